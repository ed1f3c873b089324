"""Moving out: everything of one kind as a file, or what changed of it since a mark.

The same export answers ``GET /v1/export`` and ``scorehouse export``. The mark stands in a header, because a file has no
place for it that every reader of its format would pass over.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field

from msgspec import UNSET, Struct, UnsetType

from scorehouse.dialects.native.filters import Fields
from scorehouse.dialects.native.paging import read_unwindowed
from scorehouse.dialects.native.reads import read_mark
from scorehouse.dialects.native.registry import CONFIG_FIELDS, EVALUATOR_FIELDS
from scorehouse.dialects.native.scores import SCORE_FIELDS
from scorehouse.dialects.native.traces import SPAN_FIELDS, TRACE_FIELDS
from scorehouse.dialects.native.writes import write_mark
from scorehouse.domain.access import Project
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.services.export import Asked, Export, What, export
from scorehouse.services.export_shaped import Shaped, Tally, shaped_scores, unspoken
from scorehouse.services.house import House
from scorehouse.services.shapes import Shape
from scorehouse.storage.queries import EVERYTHING
from scorehouse.wire.bodies import convert_query
from scorehouse.wire.call import Call, Reply
from scorehouse.wire.shapes import SHAPE_WRITERS, ShapeWriter
from scorehouse.wire.tables import MEDIA, WRITERS, Format, TableWriter

MARK_HEADER = "scorehouse-mark"

LEFT_OUT_HEADER = "scorehouse-left-out"
"""How many scores the shape asked for has no row for; missing where that is not known beforehand."""

UNSAID_HEADER = "scorehouse-unsaid"
"""Which facts of a score the shape asked for has no words for."""

FIELDS: Mapping[What, Fields] = {
    What.SCORES: SCORE_FIELDS,
    What.TRACES: TRACE_FIELDS,
    What.SPANS: SPAN_FIELDS,
    What.CONFIGS: CONFIG_FIELDS,
    What.EVALUATORS: EVALUATOR_FIELDS,
}
"""What each kind of thing can be filtered by; history by nothing."""


class ExportQuery(Struct):
    """What to export, as what, after which mark; beside these, the parameters of a list of it, without its window.

    Attributes:
        shape: name of a dialect whose rows the scores become, instead of those of the core.
    """

    what: What = What.SCORES
    format: Format = Format.JSONL
    after: str | UnsetType = UNSET
    filter: str | UnsetType = UNSET
    shape: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Begun:
    """An export that has begun.

    Attributes:
        asked: what is exported.
        mark: after which the next one goes on.
        parts: its bytes.
        shape: the vendor's, if it is in one.
        tally: what that vendor's shape does not say; complete when the parts are read.
    """

    asked: Asked
    format: Format
    mark: str
    parts: AsyncGenerator[bytes, None]
    shape: Shape | None = None
    tally: Tally = field(default_factory=Tally)


async def export_all(call: Call) -> Reply:
    """Answer an export."""
    begun = await begin_export(call.house, call.principal.project, call.head.query)
    name = f'attachment; filename="export.{begun.format}"'
    headers = ((MARK_HEADER, begun.mark), ("content-disposition", name), ("cache-control", "no-store"))
    return Reply(200, begun.parts, MEDIA[begun.format], headers + await _left_out(begun))


async def begin_export(
    house: House, project: Project, query: str, count: Callable[[int], None] = lambda rows: None
) -> Begun:
    """Begin the export that a query string asks for; `count` is told how many rows were looked at, part by part.

    Raises:
        Unreadable, Invalid: as a list; a shape of which there is none, or that what is asked for does not have.
        Unsupported: Parquet, where what it takes is not installed.
    """
    given, rest = read_unwindowed(query, frozenset(ExportQuery.__struct_fields__) - {"filter"})
    asked = convert_query(given, ExportQuery)
    fields = FIELDS.get(asked.what)
    if fields is None and rest.given:
        raise Invalid(*(Fault((name,), "unknown", "is not a parameter here") for name, _ in rest.given))
    filter = rest.filter(fields) if fields else EVERYTHING
    after = None if asked.after is UNSET else read_mark(asked.after, "after")
    wanted = Asked(house, project.number, asked.what, filter, after)
    if asked.shape is not UNSET:
        shape = _read_shape(asked.shape, asked, house)
        end, tally = await house.store.mark(project.number), Tally()
        rows = shaped_scores(wanted, end, project, shape, tally)
        parts = _shaped_parts(rows, SHAPE_WRITERS[asked.format](shape.members), count)
        return Begun(wanted, asked.format, write_mark(end), parts, shape, tally)
    begun = await export(wanted)
    writer = WRITERS[asked.format](begun.columns)
    return Begun(wanted, asked.format, write_mark(begun.mark), _parts(begun, writer, count))


def _read_shape(name: str, asked: ExportQuery, house: House) -> Shape:
    """Find a shape, or say why there is none."""
    shape = house.shapes.get(name)
    if shape is None:
        known = tuple(sorted(house.shapes))
        raise Invalid(Fault(("shape",), "not_a_choice", f"must be one of {', '.join(known)}", name, known))
    if asked.what is not What.SCORES:
        raise Invalid(Fault(("what",), "not_allowed", "only scores have a vendor's shape", asked.what))
    if asked.format not in SHAPE_WRITERS:
        reason = "Parquet has typed columns, which a vendor's JSON has not; take jsonl or csv"
        raise Invalid(Fault(("format",), "not_allowed", reason, asked.format))
    return shape


async def _left_out(begun: Begun) -> tuple[tuple[str, str], ...]:
    """Say before the first byte what a vendor's shape leaves out: a file has no place for it."""
    if begun.shape is None:
        return ()
    count = await unspoken(begun.asked, begun.shape)
    unsaid = (UNSAID_HEADER, "; ".join((*begun.shape.decisive, *begun.shape.unsaid)))
    return (unsaid,) if count is None else ((LEFT_OUT_HEADER, str(count)), unsaid)


async def _parts(begun: Export, writer: TableWriter, count: Callable[[int], None]) -> AsyncGenerator[bytes, None]:
    """Write batches in a thread, so that who waits for other answers does not wait for this one.

    In the same one throughout: each thread keeps memory of its own for what it makes and lets go.
    """
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1, "scorehouse-export")
    try:
        yield writer.begin()
        async with aclosing(begun.batches) as batches:
            async for batch in batches:
                yield await loop.run_in_executor(thread, writer.write, batch)
                count(len(batch[0]))
        yield await loop.run_in_executor(thread, writer.end)
    finally:
        thread.shutdown(wait=False)


async def _shaped_parts(
    pages: AsyncGenerator[Shaped, None], writer: ShapeWriter, count: Callable[[int], None]
) -> AsyncGenerator[bytes, None]:
    yield writer.begin()
    async with aclosing(pages):
        async for page in pages:
            yield await asyncio.to_thread(writer.write, page.rows)
            count(page.seen)
