"""Traces and sessions: list, read with all that hangs on them, delete (contract langfuse §13)."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from scorehouse.dialects.langfuse.event_shapes import Event
from scorehouse.dialects.langfuse.events import read_trace_event
from scorehouse.dialects.langfuse.paging import read_page
from scorehouse.dialects.langfuse.parameters import Parameters
from scorehouse.dialects.langfuse.shapes import Message, ScoreId
from scorehouse.dialects.langfuse.trace_filters import asked_of_sessions, asked_of_traces, read_trace_order
from scorehouse.dialects.langfuse.trace_shapes import SessionPage, TraceIds, TracePage
from scorehouse.dialects.langfuse.trace_writes import (
    write_session,
    write_trace,
    write_whole_session,
    write_whole_trace,
)
from scorehouse.dialects.langfuse.words import SPEAKABLE_V1
from scorehouse.domain.identity import canonical, checked_id
from scorehouse.domain.refusals import Fault, Invalid, NotFound, TooLarge
from scorehouse.domain.scores import Score
from scorehouse.domain.targets import SpanTarget, TraceTarget
from scorehouse.domain.traces import Span, Trace
from scorehouse.services.anchor import anchor
from scorehouse.services.find import ONE, find_trace
from scorehouse.services.forget import forget_traces
from scorehouse.storage.queries import (
    PAGE_ROWS_MAX,
    Compare,
    Cursor,
    Filter,
    Operator,
    Order,
    Page,
    ScoreField,
    ScoreQuery,
    SessionField,
    SessionQuery,
    SpanField,
    SpanQuery,
    TraceField,
    TraceQuery,
    Window,
    all_of,
)
from scorehouse.wire.bodies import decode
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.times import microseconds_z

GROUPS = frozenset({"core", "io", "scores", "observations", "metrics"})

DELETED = Message("Trace deleted successfully")
MANY_DELETED = Message("Traces deleted successfully")
DELETED_TRACES_MAX = 1000

WHOLE_MAX = 10_000
"""Observations or scores that a whole trace embeds; beyond, it would be tens of megabytes."""

LISTED_MAX = 50_000
"""Observations or scores whose ids a list of traces shows."""

RowT = TypeVar("RowT", Span, Score)


async def list_traces(call: Call) -> Reply:
    """List traces; observations and scores are lists of ids."""
    parameters = Parameters(call.head.query)
    page = read_page(parameters)
    asked = parameters.texts("fields")
    groups = GROUPS if asked is None else GROUPS.intersection(asked)
    wanted, order = asked_of_traces(parameters), read_trace_order(parameters)
    parameters.check()
    found = await call.house.store.traces(TraceQuery(call.project, wanted, order, page.window))
    spans = await _spans_of(call, found.items, LISTED_MAX) if "observations" in groups else []
    scores = await _scores_of(call, found.items, LISTED_MAX) if "scores" in groups else []
    span_ids = _by_trace((span.trace, span.id) for span in spans)
    score_ids = _by_trace((_trace_of(score), score.id) for score in scores)
    project = call.principal.project.name
    data = [
        write_trace(
            trace, project, groups, span_ids.get(canonical(trace.id), []), score_ids.get(canonical(trace.id), [])
        )
        for trace in found.items
    ]
    return json_reply(200, TracePage(data, page.meta(found.total)))


async def read_trace(call: Call) -> Reply:
    """Read a trace with its observations and scores as whole objects."""
    trace = await find_trace(call.house, call.project, call.parameters["traceId"])
    spans, scores = await _spans_of(call, (trace,), WHOLE_MAX), await _scores_of(call, (trace,), WHOLE_MAX)
    return json_reply(200, write_whole_trace(trace, call.principal.project.name, spans, scores))


async def create_trace(call: Call) -> Reply:
    """Create a trace or add to one, as a trace-create event does; answers its id."""
    body: dict[str, Any] = decode(call.body, dict[str, Any])
    id = body.get("id") or call.house.mint()
    now = call.house.clock()
    event = Event(id="trace", timestamp=microseconds_z(now), type="trace-create", body={**body, "id": id})
    sketch = read_trace_event(event, now)
    await anchor(call.house, call.project, call.actor, (sketch,))
    return json_reply(200, ScoreId(sketch.id))


async def delete_trace(call: Call) -> Reply:
    """Delete a trace with its observations and scores; whether it was there or not."""
    await forget_traces(call.house, call.project, call.actor, (call.parameters["traceId"],))
    return json_reply(200, DELETED)


async def delete_traces(call: Call) -> Reply:
    """Delete up to 1,000 traces."""
    ids = decode(call.body, TraceIds).trace_ids
    if not 1 <= len(ids) <= DELETED_TRACES_MAX:
        code = "too_long" if ids else "too_short"
        raise Invalid(Fault(("traceIds",), code, f"must have 1 to {DELETED_TRACES_MAX} ids"))
    for place, id in enumerate(ids):
        checked_id(id, "traceIds", place)
    await forget_traces(call.house, call.project, call.actor, ids)
    return json_reply(200, MANY_DELETED)


async def list_sessions(call: Call) -> Reply:
    """List sessions, the newest first."""
    parameters = Parameters(call.head.query)
    page = read_page(parameters)
    wanted = asked_of_sessions(parameters)
    parameters.check()
    query = SessionQuery(call.project, wanted, Order(SessionField.CREATED_AT), page.window)
    found = await call.house.store.sessions(query)
    data = [write_session(session, call.principal.project.name) for session in found.items]
    return json_reply(200, SessionPage(data, page.meta(found.total)))


async def read_session(call: Call) -> Reply:
    """Read a session with its traces."""
    id = call.parameters["sessionId"]
    wanted = Compare(SessionField.ID, Operator.EQUALS, id)
    page = await call.house.store.sessions(SessionQuery(call.project, wanted, Order(SessionField.CREATED_AT), ONE))
    if not page.items:
        raise NotFound("session", id)
    of_session = Compare(TraceField.SESSION, Operator.EQUALS, id)
    query = TraceQuery(call.project, of_session, Order(TraceField.CREATED_AT), Window(PAGE_ROWS_MAX))
    traces = await call.house.store.traces(query)
    if traces.next is not None:
        raise TooLarge("session", PAGE_ROWS_MAX, "traces")
    return json_reply(200, write_whole_session(page.items[0], call.principal.project.name, traces.items))


# ── What hangs on traces ─────────────────────────────────────────────────────────────────────────────────


async def _spans_of(call: Call, traces: Sequence[Trace], most: int) -> list[Span]:
    known = Compare(SpanField.KNOWN, Operator.EQUALS, True)
    wanted = all_of(_in_traces(SpanField.TRACE, traces), known)
    found: list[Span] = []
    after: Cursor | None = None
    while traces:
        window = Window(PAGE_ROWS_MAX, after=after)
        query = SpanQuery(call.project, wanted, Order(SpanField.CREATED_AT, descending=False), window)
        after = _gather(found, await call.house.store.spans(query), most)
        if after is None:
            break
    return found


async def _scores_of(call: Call, traces: Sequence[Trace], most: int) -> list[Score]:
    wanted = all_of(SPEAKABLE_V1, _in_traces(ScoreField.TRACE, traces))
    found: list[Score] = []
    after: Cursor | None = None
    while traces:
        window = Window(PAGE_ROWS_MAX, after=after)
        query = ScoreQuery(call.project, wanted, Order(ScoreField.CREATED_AT, descending=False), window)
        after = _gather(found, await call.house.store.scores(query), most)
        if after is None:
            break
    return found


def _gather(found: list[RowT], page: Page[RowT], most: int) -> Cursor | None:
    """Add a page to what was found; answers where the next one starts.

    Raises:
        TooLarge: there are more than `most` of them.
    """
    found += page.items
    if len(found) > most:
        raise TooLarge("answer, which could be narrowed or asked for with fewer fields,", most, "items")
    return page.next


def _in_traces(field: SpanField | ScoreField, traces: Sequence[Trace]) -> Filter:
    return Compare(field, Operator.ONE_OF, tuple(trace.id for trace in traces))


def _trace_of(score: Score) -> str:
    target = score.target
    return (target.trace or "") if isinstance(target, TraceTarget | SpanTarget) else ""


def _by_trace(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for trace, id in pairs:
        grouped.setdefault(canonical(trace), []).append(id)
    return grouped
