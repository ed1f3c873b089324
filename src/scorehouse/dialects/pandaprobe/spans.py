"""Spans of a trace: added in a list, changed one by one (contract pandaprobe §3.2)."""

from scorehouse.dialects.pandaprobe.answers import SpansAdded
from scorehouse.dialects.pandaprobe.changes import read_span_change
from scorehouse.dialects.pandaprobe.reads import read_spans
from scorehouse.dialects.pandaprobe.requests import both, path_uuid, read_body
from scorehouse.dialects.pandaprobe.shapes import NewSpans, SpanChange
from scorehouse.dialects.pandaprobe.writes import write_span
from scorehouse.services.anchor import anchor
from scorehouse.services.find import find_trace
from scorehouse.services.revise import revise_span
from scorehouse.wire.call import Call, Reply, json_reply


async def add_spans(call: Call) -> Reply:
    """Take in spans of a trace that somebody sent."""
    id, given = both(lambda: path_uuid(call, "trace_id"), lambda: read_body(call, NewSpans))
    spans = read_spans(given, id, call.house.mint)
    await find_trace(call.house, call.project, id)
    await anchor(call.house, call.project, call.actor, (), spans)
    return json_reply(201, SpansAdded(span_ids=[span.id for span in spans]))


async def change_span(call: Call) -> Reply:
    """Change a span (§4.5)."""
    ids, patch = both(
        lambda: both(lambda: path_uuid(call, "trace_id"), lambda: path_uuid(call, "span_id")),
        lambda: read_span_change(read_body(call, SpanChange)),
    )
    trace, id = ids
    await find_trace(call.house, call.project, trace)
    span = await revise_span(call.house, call.project, call.actor, id, patch, trace=trace)
    return json_reply(200, write_span(span))
