"""Exports: one trace with all its spans and scores, or many; the way in which scores are read back.

An export is written as it is read, so its size bounds nothing: small traces are read in bundles, because a question
to the store costs more than its rows, and a large trace page by page. What can refuse an export (who asks, for what,
whether the store answers) is asked before its first byte.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from scorehouse.dialects.twosignal import tabular
from scorehouse.dialects.twosignal.filters import KNOWN, scores_of, traces_between, traces_with
from scorehouse.dialects.twosignal.shapes import ExportFormat, ExportQuery, ScoreShape, SpanShape, TraceHead
from scorehouse.dialects.twosignal.writes import parents_of, write_score, write_span, write_trace, write_trace_head
from scorehouse.domain.identity import canonical
from scorehouse.domain.traces import Span, Trace
from scorehouse.services.find import find_trace
from scorehouse.services.house import House
from scorehouse.storage.queries import (
    Cursor,
    Filter,
    Order,
    Page,
    ScoreField,
    ScoreQuery,
    SpanField,
    SpanQuery,
    TraceField,
    TraceQuery,
    Window,
    all_of,
    equals,
    one_of,
)
from scorehouse.wire.bodies import read_query
from scorehouse.wire.call import Call, Reply

OfTraceT = TypeVar("OfTraceT", SpanShape, ScoreShape)

PAGE_ROWS = 200
"""Rows held at a time: inputs and outputs of some hundred spans are megabytes, not gigabytes."""

PART_BYTES_MIN = 65_536
"""Small parts are gathered until they are worth sending."""

CSV_MEDIA = "text/csv; charset=utf-8"
DOWNLOAD = ("content-disposition", 'attachment; filename="traces.csv"')

_encode = msgspec.json.Encoder().encode


async def export_trace(call: Call) -> Reply:
    """Write one trace with all its spans and scores; 404 unless somebody sent it."""
    archive = _archive(call)
    trace = await find_trace(call.house, call.project, call.parameters["id"])
    return Reply(200, _gathered(_enveloped(archive.trace_parts(trace))))


async def export_traces(call: Call) -> Reply:
    """Write the traces asked for, newest first, as JSON with spans and scores or as CSV with scores."""
    asked = read_query(call.head.query, ExportQuery)
    wanted = all_of(KNOWN, traces_with(asked.status), traces_between(asked.from_, asked.to, ("from", "to")))
    archive = _archive(call)
    first = await archive.trace_page(wanted, None)
    traces = archive.traces(wanted, first)
    if asked.format is ExportFormat.CSV:
        return Reply(200, _gathered(archive.table_parts(traces)), CSV_MEDIA, (DOWNLOAD,))
    return Reply(200, _gathered(_enveloped(_joined(archive.exported(traces)))))


@dataclass(frozen=True, slots=True)
class Archive:
    """Reads traces of a project with all that belongs to them.

    Attributes:
        project: its number.
        name: of the project, which every exported thing names.
    """

    house: House
    project: int
    name: str

    async def trace_page(self, wanted: Filter, after: Cursor | None) -> Page[Trace]:
        """Read a page of traces, newest first."""
        window = Window(PAGE_ROWS, after=after)
        return await self.house.store.traces(TraceQuery(self.project, wanted, Order(TraceField.CREATED_AT), window))

    async def traces(self, wanted: Filter, first: Page[Trace]) -> AsyncIterator[Trace]:
        """Yield all traces from a first page on."""
        page = first
        for trace in page.items:
            yield trace
        while page.next is not None:
            page = await self.trace_page(wanted, page.next)
            for trace in page.items:
                yield trace

    async def exported(self, traces: AsyncIterator[Trace]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Yield exported traces as JSON, each in parts."""
        async for bundle in _bundles(traces):
            if len(bundle) == 1:
                yield self.trace_parts(bundle[0])
                continue
            spans = await _by_trace(self.spans(bundle))
            scores = await _by_trace(self.scores(bundle))
            for trace in bundle:
                head = write_trace_head(trace, self.name)
                yield _parts(head, _each(spans.get(trace.id, ())), _each(scores.get(trace.id, ())))

    def trace_parts(self, trace: Trace) -> AsyncIterator[bytes]:
        """Yield one exported trace as JSON, an ExportedTrace, in parts."""
        return _parts(write_trace_head(trace, self.name), self.spans([trace]), self.scores([trace]))

    async def table_parts(self, traces: AsyncIterator[Trace]) -> AsyncIterator[bytes]:
        """Yield exported traces as CSV, a line a part."""
        yield tabular.header()
        async for bundle in _bundles(traces):
            scores = await _by_trace(self.scores(bundle))
            for trace in bundle:
                yield tabular.row(write_trace(trace), scores.get(trace.id, ()))

    async def spans(self, traces: Sequence[Trace]) -> AsyncIterator[SpanShape]:
        """Yield the spans of some traces in order of their start, those without one last."""
        within = one_of(SpanField.TRACE, [trace.id for trace in traces])
        wanted = all_of(within, equals(SpanField.KNOWN, True))
        after: Cursor | None = None
        while True:
            window = Window(PAGE_ROWS, after=after)
            page = await self.house.store.spans(
                SpanQuery(self.project, wanted, Order(SpanField.STARTED_AT, descending=False), window)
            )
            parents = parents_of((*page.items, *await self._named_by_event(within, page.items)))
            for span in page.items:
                yield write_span(span, self.name, parents)
            after = page.next
            if after is None:
                return

    async def scores(self, traces: Sequence[Trace]) -> AsyncIterator[ScoreShape]:
        """Yield the scores of some traces and their spans, oldest first."""
        wanted = scores_of([trace.id for trace in traces])
        after: Cursor | None = None
        while True:
            window = Window(PAGE_ROWS, after=after)
            page = await self.house.store.scores(
                ScoreQuery(self.project, wanted, Order(ScoreField.CREATED_AT, descending=False), window)
            )
            for score in page.items:
                yield write_score(score, self.name)
            after = page.next
            if after is None:
                return

    async def _named_by_event(self, within: Filter | None, spans: Sequence[Span]) -> Sequence[Span]:
        """Find the spans that these, a page, name as parents by the id of their event, as far as they are not of it."""
        own = {(span.trace, canonical(id)) for span in spans for id in (span.id, span.alias) if id is not None}
        named = {(span.trace, canonical(span.parent)) for span in spans if span.parent is not None} - own
        if not named:
            return ()
        wanted = all_of(within, one_of(SpanField.ALIAS, sorted({event for _, event in named})))
        query = SpanQuery(self.project, wanted, Order(SpanField.CREATED_AT), Window(PAGE_ROWS))
        return (await self.house.store.spans(query)).items


def _archive(call: Call) -> Archive:
    return Archive(call.house, call.project, call.principal.project.name)


async def _bundles(traces: AsyncIterator[Trace]) -> AsyncIterator[list[Trace]]:
    """Gather traces that have no more than PAGE_ROWS spans and scores together; a large one stands alone."""
    bundle: list[Trace] = []
    rows = 0
    async for trace in traces:
        more = 1 + trace.rollup.span_count + trace.rollup.score_count
        if bundle and rows + more > PAGE_ROWS:
            yield bundle
            bundle, rows = [], 0
        bundle.append(trace)
        rows += more
    if bundle:
        yield bundle


async def _by_trace(shapes: AsyncIterator[OfTraceT]) -> Mapping[str, Sequence[OfTraceT]]:
    """Gather spans or scores under the ids of their traces, their order kept."""
    gathered: dict[str, list[OfTraceT]] = {}
    async for shape in shapes:
        gathered.setdefault(shape.trace_id, []).append(shape)
    return gathered


async def _each(shapes: Iterable[OfTraceT]) -> AsyncIterator[OfTraceT]:
    """Yield what is there already."""
    for shape in shapes:
        yield shape


# ── Parts of JSON ────────────────────────────────────────────────────────────────────────────────────────


async def _parts(
    head: TraceHead, spans: AsyncIterator[SpanShape], scores: AsyncIterator[ScoreShape]
) -> AsyncIterator[bytes]:
    """Yield one exported trace, an ExportedTrace."""
    yield _encode(head).removesuffix(b"}")
    yield b',"spans":'
    async for part in _listed(spans):
        yield part
    yield b',"scores":'
    async for part in _listed(scores):
        yield part
    yield b"}"


async def _listed(shapes: AsyncIterator[msgspec.Struct]) -> AsyncIterator[bytes]:
    """Yield shapes as a JSON array."""
    separator = b"["
    async for shape in shapes:
        yield separator + _encode(shape)
        separator = b","
    yield b"[]" if separator == b"[" else b"]"


async def _joined(items: AsyncIterator[AsyncIterator[bytes]]) -> AsyncIterator[bytes]:
    """Yield values that are JSON in parts already as a JSON array."""
    separator = b"["
    async for item in items:
        yield separator
        async for part in item:
            yield part
        separator = b","
    yield b"[]" if separator == b"[" else b"]"


async def _enveloped(data: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the data in the envelope of lists and exports."""
    yield b'{"data":'
    async for part in data:
        yield part
    yield b',"error":null}'


async def _gathered(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the same bytes in parts worth sending."""
    waiting: list[bytes] = []
    size = 0
    async for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= PART_BYTES_MIN:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
