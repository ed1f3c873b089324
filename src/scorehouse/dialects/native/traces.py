"""Traces, spans and sessions: take in by OTLP, list, read, delete."""

from scorehouse.dialects.native.answers import SpanReadQuery
from scorehouse.dialects.native.filters import fields_of
from scorehouse.dialects.native.paging import read_listing, write_page
from scorehouse.dialects.native.writes import write_session, write_span, write_trace
from scorehouse.domain.refusals import NotFound
from scorehouse.services.anchor import anchor
from scorehouse.services.find import find_span, find_trace
from scorehouse.services.forget import forget_traces
from scorehouse.storage.queries import (
    SessionField,
    SessionQuery,
    SpanField,
    SpanQuery,
    TraceField,
    TraceQuery,
    all_of,
    equals,
)
from scorehouse.wire.bodies import read_query
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.otlp import answer_export, read_export
from scorehouse.wire.semantics import sketched

TRACE_FIELDS = fields_of(TraceField)
SPAN_FIELDS = fields_of(SpanField)
SESSION_FIELDS = fields_of(SessionField)


async def export_traces(call: Call) -> Reply:
    """Take in an OTLP export. Spans that cannot be stored are refused by themselves, and counted.

    The same export again changes nothing, so it may be repeated.
    """
    sketches = sketched(read_export(call.head, call.body))
    await anchor(call.house, call.project, call.actor, sketches.traces, sketches.spans)
    return answer_export(call.head, sketches.faults)


async def list_traces(call: Call) -> Reply:
    """List traces, those that only scores mention included (``known=false``)."""
    asked = read_listing(call.head.query, TRACE_FIELDS)
    page = await call.house.store.traces(TraceQuery(call.project, asked.filter, asked.order, asked.window))
    return write_page(page, write_trace)


async def read_trace(call: Call) -> Reply:
    """Read one trace, also one that only scores mention."""
    trace = await find_trace(call.house, call.project, call.parameters["id"], mentioned=True)
    return json_reply(200, write_trace(trace))


async def delete_trace(call: Call) -> Reply:
    """Delete a trace with its spans and all scores on them."""
    id = call.parameters["id"]
    if not await forget_traces(call.house, call.project, call.actor, (id,)):
        raise NotFound("trace", id)
    return Reply(204)


async def list_spans(call: Call) -> Reply:
    """List spans."""
    return await _list_spans(call, trace=None)


async def list_spans_of_trace(call: Call) -> Reply:
    """List the spans of one trace."""
    trace = await find_trace(call.house, call.project, call.parameters["id"], mentioned=True)
    return await _list_spans(call, trace.id)


async def read_span(call: Call) -> Reply:
    """Read the newest span of an id or alias, also one that only scores mention."""
    asked = read_query(call.head.query, SpanReadQuery)
    span = await find_span(call.house, call.project, call.parameters["id"], asked.trace or None, mentioned=True)
    return json_reply(200, write_span(span))


async def list_sessions(call: Call) -> Reply:
    """List sessions: the groups of traces that name one."""
    asked = read_listing(call.head.query, SESSION_FIELDS)
    query = SessionQuery(call.project, asked.filter, asked.order, asked.window)
    return write_page(await call.house.store.sessions(query), write_session)


async def _list_spans(call: Call, trace: str | None) -> Reply:
    asked = read_listing(call.head.query, SPAN_FIELDS)
    wanted = all_of(equals(SpanField.TRACE, trace), asked.filter)
    page = await call.house.store.spans(SpanQuery(call.project, wanted, asked.order, asked.window))
    return write_page(page, write_span)
