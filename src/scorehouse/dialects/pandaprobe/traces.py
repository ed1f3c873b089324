"""Traces (contract pandaprobe §3.2, §3.3, §4). They are taken in at once: what was accepted can be read and scored."""

from collections.abc import Sequence

from scorehouse.dialects.pandaprobe.answers import Deleted, TraceAccepted, Updated
from scorehouse.dialects.pandaprobe.changes import read_trace_change
from scorehouse.dialects.pandaprobe.filters import of_status, trace_filter
from scorehouse.dialects.pandaprobe.paging import Part, asking, every_row, list_rows, page_reply
from scorehouse.dialects.pandaprobe.projects import in_opened
from scorehouse.dialects.pandaprobe.reads import read_spans, read_trace
from scorehouse.dialects.pandaprobe.requests import both, path_uuid, read_body, read_query
from scorehouse.dialects.pandaprobe.shapes import NewTrace, TraceChange, TraceDeletion, TraceQuery, TraceTagging
from scorehouse.dialects.pandaprobe.writes import write_trace, write_trace_item
from scorehouse.domain.identity import canonical, hyphenated
from scorehouse.domain.refusals import NotFound
from scorehouse.domain.traces import Span, Trace
from scorehouse.services.anchor import anchor
from scorehouse.services.find import find_trace
from scorehouse.services.forget import forget_traces
from scorehouse.services.revise import retag_traces, revise_trace
from scorehouse.storage import queries
from scorehouse.storage.queries import (
    OPERANDS_MAX,
    All,
    Compare,
    Filter,
    Operator,
    Order,
    SpanField,
    SpanQuery,
    TraceField,
)
from scorehouse.wire.call import Call, Reply, json_reply

SORTED_BY = {
    "started_at": TraceField.STARTED_AT,
    "ended_at": TraceField.ENDED_AT,
    "name": TraceField.NAME,
    "latency": TraceField.LATENCY,
}
STATUSES_SORTED = ("COMPLETED", "ERROR", "PENDING", "RUNNING")


async def create_trace(call: Call) -> Reply:
    """Take in a trace with its spans; what is known of it already merges with it (§4.5)."""
    given = read_body(call, NewTrace)
    trace = read_trace(given, call.house.mint)
    spans = read_spans(given.spans, trace.id, call.house.mint, ("spans",))
    call = await in_opened(call)
    await anchor(call.house, call.project, call.actor, [trace], spans)
    return json_reply(202, TraceAccepted(trace_id=trace.id, task_id=hyphenated(call.house.mint())))


async def list_traces(call: Call) -> Reply:
    """List traces (§3.3)."""
    asked = read_query(call, TraceQuery, frozenset({"tags"}))
    ask = asking(call.house.store.traces, queries.TraceQuery, call)
    parts = _parts(trace_filter(asked), asked.sort_by, descending=asked.sort_order == "desc")
    rows = await list_rows(ask, parts, asked.limit, asked.offset)
    return page_reply(rows, write_trace_item, asked.limit, asked.offset)


async def read_one_trace(call: Call) -> Reply:
    """Read one trace with its spans."""
    trace = await find_trace(call.house, call.project, path_uuid(call, "trace_id"))
    return await _trace_reply(call, trace)


async def change_trace(call: Call) -> Reply:
    """Change a trace (§4.5)."""
    id, patch = both(lambda: path_uuid(call, "trace_id"), lambda: read_trace_change(read_body(call, TraceChange)))
    return await _trace_reply(call, await revise_trace(call.house, call.project, call.actor, id, patch))


async def delete_trace(call: Call) -> Reply:
    """Delete a trace with its spans and scores."""
    id = path_uuid(call, "trace_id")
    if not await forget_traces(call.house, call.project, call.actor, (id,)):
        raise NotFound("trace", id)
    return Reply(204)


async def delete_traces(call: Call) -> Reply:
    """Delete many traces; unknown ids do not count (§3.2)."""
    given = read_body(call, TraceDeletion)
    count = await forget_traces(call.house, call.project, call.actor, given.trace_ids)
    return json_reply(200, Deleted(deleted=count))


async def tag_traces(call: Call) -> Reply:
    """Take tags from many traces, then give them others; without any tag nothing is looked at (§3.2)."""
    given = read_body(call, TraceTagging)
    if not given.add_tags and not given.remove_tags:
        return json_reply(200, Updated(updated=0))
    count = await retag_traces(
        call.house, call.project, call.actor, given.trace_ids, add=given.add_tags, remove=given.remove_tags
    )
    return json_reply(200, Updated(updated=count))


async def spans_of(call: Call, traces: Sequence[Trace]) -> dict[str, list[Span]]:
    """Read the spans of some traces: canonical id of the trace → spans by start, then id (§4.4)."""
    if not traces:
        return {}
    spans: dict[str, list[Span]] = {canonical(trace.id): [] for trace in traces}
    ask = asking(call.house.store.spans, SpanQuery, call)
    ids = tuple(spans)
    for first in range(0, len(ids), OPERANDS_MAX):
        wanted = All(
            (
                Compare(SpanField.TRACE, Operator.ONE_OF, ids[first : first + OPERANDS_MAX]),
                Compare(SpanField.KNOWN, Operator.EQUALS, True),
            )
        )
        for span in await every_row(ask, wanted, Order(SpanField.CREATED_AT, descending=False)):
            spans[canonical(span.trace)].append(span)
    for each in spans.values():
        each.sort(key=_place)
    return spans


async def _trace_reply(call: Call, trace: Trace) -> Reply:
    spans = await spans_of(call, (trace,))
    return json_reply(200, write_trace(trace, spans[canonical(trace.id)], call.project))


def _place(span: Span) -> tuple[int, str]:
    return (span.created_at if span.started_at is None else span.started_at), canonical(span.id)


def _parts(wanted: Filter, sort_by: str, *, descending: bool) -> list[Part]:
    """Return a list of traces in their order: absent values first when it falls, statuses by their words (§3.3)."""
    recorded = Order(TraceField.CREATED_AT, descending)
    if sort_by == "status":
        words = reversed(STATUSES_SORTED) if descending else STATUSES_SORTED
        return [Part(All((wanted, of_status(word))), recorded) for word in words]
    field = SORTED_BY[sort_by]
    if not descending:
        return [Part(wanted, Order(field, descending=False))]
    absent = Compare(field, Operator.IS_NULL, True)
    there = Compare(field, Operator.IS_NULL, False)
    return [Part(All((wanted, absent)), recorded), Part(All((wanted, there)), Order(field))]
