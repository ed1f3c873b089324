"""Sessions: groups of traces by their session id (contract pandaprobe §3.4)."""

from scorehouse.dialects.pandaprobe.answers import Deleted
from scorehouse.dialects.pandaprobe.filters import SENT, session_filter, session_trace_filter
from scorehouse.dialects.pandaprobe.paging import Part, asking, list_rows, page_reply
from scorehouse.dialects.pandaprobe.requests import read_query
from scorehouse.dialects.pandaprobe.shapes import SessionQuery, SessionTracesQuery
from scorehouse.dialects.pandaprobe.traces import spans_of
from scorehouse.dialects.pandaprobe.writes import write_session, write_session_item, write_trace
from scorehouse.domain.frozen import replace
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import NotFound
from scorehouse.domain.traces import Session
from scorehouse.services.find import ONE
from scorehouse.services.forget import forget_traces
from scorehouse.storage import queries
from scorehouse.storage.queries import (
    PAGE_ROWS_MAX,
    All,
    Compare,
    Filter,
    Operator,
    Order,
    Page,
    SessionField,
    TraceField,
    TraceQuery,
    Window,
)
from scorehouse.wire.call import Call, Reply, json_reply

SORTED_BY = {
    "recent": SessionField.LAST_CREATED_AT,
    "trace_count": SessionField.TRACE_COUNT,
    "latency": SessionField.LATENCY,
    "cost": SessionField.COST_USD,
}


async def list_sessions(call: Call) -> Reply:
    """List sessions; its filters choose traces, and sessions consist of those."""
    asked = read_query(call, SessionQuery, frozenset({"tags"}))
    traces = session_trace_filter(asked)

    async def ask(wanted: Filter, order: Order, window: Window) -> Page[Session]:
        query = queries.SessionQuery(call.project, wanted, order, window, traces)
        return await call.house.store.sessions(query)

    wanted, order = session_filter(asked), Order(SORTED_BY[asked.sort_by], asked.sort_order == "desc")
    parts = [Part(wanted, order)]
    if asked.sort_by == "latency" and order.descending:  # Their database puts absent values first then.
        absent, there = (Compare(SessionField.LATENCY, Operator.IS_NULL, truth) for truth in (True, False))
        recent = replace(order, field=SessionField.LAST_CREATED_AT)
        parts = [Part(All((wanted, absent)), recent), Part(All((wanted, there)), order)]
    rows = await list_rows(ask, parts, asked.limit, asked.offset)
    return page_reply(rows, write_session_item, asked.limit, asked.offset)


async def read_session(call: Call) -> Reply:
    """Read a session: its figures over all traces, and a part of them, oldest first."""
    id = call.parameters["session_id"]
    asked = read_query(call, SessionTracesQuery)
    only = Compare(SessionField.ID, Operator.EQUALS, id)
    query = queries.SessionQuery(call.project, only, Order(SessionField.ID), ONE, SENT)
    found = await call.house.store.sessions(query)
    if not found.items:
        raise NotFound("session", id)
    parts = [Part(_of_session(id), Order(TraceField.STARTED_AT, descending=False))]
    rows = await list_rows(asking(call.house.store.traces, TraceQuery, call), parts, asked.limit, asked.offset)
    spans = await spans_of(call, rows.items)
    items = [write_trace(trace, spans[canonical(trace.id)], call.project) for trace in rows.items]
    return json_reply(200, write_session(found.items[0], items))


async def delete_session(call: Call) -> Reply:
    """Delete the traces of a session; its own scores stay (§3.4)."""
    id = call.parameters["session_id"]
    deleted = 0
    ask = asking(call.house.store.traces, TraceQuery, call)
    while True:
        page = await ask(_of_session(id), Order(TraceField.CREATED_AT), Window(PAGE_ROWS_MAX))
        if not page.items:
            break
        ids = [trace.id for trace in page.items]
        deleted += await forget_traces(call.house, call.project, call.actor, ids)
    if not deleted:
        raise NotFound("session", id)
    return json_reply(200, Deleted(deleted=deleted))


def _of_session(id: str) -> Filter:
    return All((SENT, Compare(TraceField.SESSION, Operator.EQUALS, id)))
