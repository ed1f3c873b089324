"""Moving out: everything of one kind as a file, or what changed of it since a mark.

The same export answers ``GET /v1/export`` and ``scorehouse export``. The mark stands in a header, because a file has no
place for it that every reader of its format would pass over.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from msgspec import UNSET, Struct, UnsetType

from scorehouse.dialects.native.filters import Fields
from scorehouse.dialects.native.paging import read_unwindowed
from scorehouse.dialects.native.reads import read_mark
from scorehouse.dialects.native.registry import CONFIG_FIELDS, EVALUATOR_FIELDS
from scorehouse.dialects.native.scores import SCORE_FIELDS
from scorehouse.dialects.native.traces import SPAN_FIELDS, TRACE_FIELDS
from scorehouse.dialects.native.writes import write_mark
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.services.export import Asked, Export, What, export
from scorehouse.services.house import House
from scorehouse.storage.queries import EVERYTHING
from scorehouse.wire.bodies import convert_query
from scorehouse.wire.call import Call, Reply
from scorehouse.wire.tables import MEDIA, WRITERS, Format, TableWriter

MARK_HEADER = "scorehouse-mark"

FIELDS: Mapping[What, Fields] = {
    What.SCORES: SCORE_FIELDS,
    What.TRACES: TRACE_FIELDS,
    What.SPANS: SPAN_FIELDS,
    What.CONFIGS: CONFIG_FIELDS,
    What.EVALUATORS: EVALUATOR_FIELDS,
}
"""What each kind of thing can be filtered by; history by nothing."""


class ExportQuery(Struct):
    """What to export, as what, after which mark; beside these, the parameters of a list of it, without its window."""

    what: What = What.SCORES
    format: Format = Format.JSONL
    after: str | UnsetType = UNSET
    filter: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Begun:
    """An export that has begun: what was asked, the mark after which the next one goes on, its bytes part by part."""

    asked: Asked
    format: Format
    mark: str
    parts: AsyncGenerator[bytes, None]


async def export_all(call: Call) -> Reply:
    """Answer an export."""
    begun = await begin_export(call.house, call.project, call.head.query)
    name = f'attachment; filename="export.{begun.format}"'
    headers = ((MARK_HEADER, begun.mark), ("content-disposition", name), ("cache-control", "no-store"))
    return Reply(200, begun.parts, MEDIA[begun.format], headers)


async def begin_export(
    house: House, project: int, query: str, count: Callable[[int], None] = lambda rows: None
) -> Begun:
    """Begin the export that a query string asks for; `count` is told of the rows of every batch written.

    Raises:
        Unreadable, Invalid: as a list.
        Unsupported: Parquet, where what it takes is not installed.
    """
    given, rest = read_unwindowed(query, frozenset(ExportQuery.__struct_fields__) - {"filter"})
    asked = convert_query(given, ExportQuery)
    fields = FIELDS.get(asked.what)
    if fields is None and rest.given:
        raise Invalid(*(Fault((name,), "unknown", "is not a parameter here") for name, _ in rest.given))
    filter = rest.filter(fields) if fields else EVERYTHING
    after = None if asked.after is UNSET else read_mark(asked.after, "after")
    wanted = Asked(house, project, asked.what, filter, after)
    begun = await export(wanted)
    writer = WRITERS[asked.format](begun.columns)
    return Begun(wanted, asked.format, write_mark(begun.mark), _parts(begun, writer, count))


async def _parts(begun: Export, writer: TableWriter, count: Callable[[int], None]) -> AsyncGenerator[bytes, None]:
    """Write batches in a thread, so that who waits for other answers does not wait for this one."""
    yield writer.begin()
    async with aclosing(begun.batches) as batches:
        async for batch in batches:
            yield await asyncio.to_thread(writer.write, batch)
            count(len(batch[0]))
    yield await asyncio.to_thread(writer.end)
