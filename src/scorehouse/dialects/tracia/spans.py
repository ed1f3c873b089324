"""Spans: recorded, read, listed."""

from dataclasses import dataclass

from scorehouse.dialects.tracia.paging import read_list, write_span_page
from scorehouse.dialects.tracia.reads import read_span, read_trace
from scorehouse.dialects.tracia.shapes import NewSpan
from scorehouse.dialects.tracia.writes import write_created_span, write_span
from scorehouse.domain.identity import canonical, checked_id
from scorehouse.domain.refusals import NotFound
from scorehouse.domain.traces import Span
from scorehouse.services.anchor import anchor
from scorehouse.services.find import find_span
from scorehouse.wire.bodies import decode
from scorehouse.wire.call import Call, Reply, json_reply


@dataclass(frozen=True, slots=True)
class Anchored:
    """A span that was taken in: its ids as they are shown, and the status to answer with."""

    span: str
    trace: str
    status: int


async def create_span(call: Call) -> Reply:
    """Record a span: 201 if it is new, 200 if it is known."""
    anchored = await anchor_span(call, decode(call.body, NewSpan))
    return json_reply(anchored.status, write_created_span(anchored.span, anchored.trace, cost=None))


async def read_one_span(call: Call) -> Reply:
    """Read a span by the id that its client chose."""
    return json_reply(200, write_span(await find_span(call.house, call.project, call.parameters["spanId"])))


async def list_spans(call: Call) -> Reply:
    """List spans, the newest first."""
    page = await call.house.store.spans(read_list(call.head.query, call.project))
    return json_reply(200, write_span_page(page))


async def anchor_span(call: Call, given: NewSpan) -> Anchored:
    """Take in a span. It may come again: background creation repeats a request that it believes lost (§2.4).

    A known span stays in the trace that it is in.
    """
    known = await _known(call, given.span_id, "id")
    trace = known.trace if known is not None else await _trace_of(call, given)
    sketch = read_span(given, trace, known, call.house.clock())
    await anchor(call.house, call.project, call.actor, (read_trace(sketch),), (sketch,))
    return Anchored(sketch.id, trace, 201 if known is None else 200)


async def _trace_of(call: Call, given: NewSpan) -> str:
    """Return the trace of a new span: the one given, else its parent's, else one of its own id (§2.4)."""
    if given.trace_id:
        return given.trace_id
    parent = await _known(call, given.parent_span_id, "parent") if given.parent_span_id else None
    return given.span_id if parent is None else parent.trace


async def _known(call: Call, id: str, member: str) -> Span | None:
    """Return the span of this very id, not one that only has it as an alias; None if nobody sent one.

    Raises:
        Invalid: no span can have this id; the fault is at `member`, the core's word for it.
    """
    checked_id(id, member)
    try:
        span = await find_span(call.house, call.project, id)
    except NotFound:
        return None
    return span if canonical(span.id) == canonical(id) else None
