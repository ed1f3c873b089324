"""Sessions are groups of traces: their figures, and what they are when only some traces count."""

from scorehouse.domain.instants import Instant
from scorehouse.domain.traces import Health, Session, SpanSketch, TraceSketch
from scorehouse.storage.queries import (
    EVERYTHING,
    Compare,
    Filter,
    Operator,
    Order,
    SessionField,
    SessionQuery,
    TraceField,
    TraceQuery,
    Window,
)
from tests.engines.stores import Room

SECOND = 1_000_000


def at(seconds: float) -> Instant:
    """A moment after 1970."""
    return Instant(round(seconds * SECOND))


async def fill(room: Room) -> None:
    """Session s of three traces by two users, session q of one."""
    told = (
        TraceSketch(id="1", session="s", user="u", tags=("a", "b"), started_at=at(10), ended_at=at(12)),
        TraceSketch(id="2", session="s", user="v", tags=("b", "c"), started_at=at(5), health=Health.ERROR),
        TraceSketch(id="3", session="s", started_at=at(1), ended_at=at(2.5)),
        TraceSketch(id="4", session="q", user="u", started_at=at(3), ended_at=at(4)),
        TraceSketch(id="5", user="u"),
    )
    for sketch in told:
        await room.anchor(sketch)
    spans = (
        SpanSketch(id="a", trace="1", usage={"input": 3, "output": 4}, cost_usd=0.5),
        SpanSketch(id="b", trace="1", cost_usd=0.25),
        SpanSketch(id="c", trace="2", usage={"total": 10}),
        SpanSketch(id="d", trace="4", cost_usd=2.0),
    )
    for span in spans:
        await room.anchor(span)


async def ask(
    room: Room, traces: Filter = EVERYTHING, order: SessionField = SessionField.ID, only: Filter = EVERYTHING
) -> list[Session]:
    """List sessions, smallest first."""
    query = SessionQuery(room.number, only, Order(order, descending=False), Window(10), traces)
    return list((await room.store.sessions(query)).items)


async def test_the_figures_of_a_session_are_those_of_its_traces_and_their_spans(room: Room) -> None:
    """Counted and summed by hand: latency over traces with both ends, user of the earliest trace that has one."""
    await fill(room)
    q, s = await ask(room)
    assert (s.trace_count, s.started_at, s.ended_at, s.latency_us) == (3, at(1), at(12), 3_500_000)
    assert (s.failed_count, s.user, s.tags) == (1, "v", ("a", "b", "c"))
    assert (s.span_count, s.tokens_total, s.cost_usd) == (3, 17, 0.75)
    assert (q.trace_count, q.failed_count, q.span_count, q.cost_usd, q.tags) == (1, 0, 1, 2.0, ())


async def test_sessions_of_some_traces_are_as_if_there_were_no_others(room: Room) -> None:
    """A filter on traces leaves out the others from counts, sums, tags and users; emptied sessions vanish."""
    await fill(room)
    of_u = Compare(TraceField.USER, Operator.EQUALS, "u")
    q, s = await ask(room, of_u)
    assert (s.trace_count, s.started_at, s.tags, s.user, s.failed_count) == (1, at(10), ("a", "b"), "u", 0)
    assert (s.span_count, s.tokens_total, s.cost_usd, q.trace_count) == (2, 7, 0.75, 1)
    assert [item.id for item in await ask(room, Compare(TraceField.TAGS, Operator.HAS_ANY, ("c",)))] == ["s"]


async def test_sessions_filter_and_order_by_their_figures(room: Room) -> None:
    """Each figure orders; failed ones can be told from the others."""
    await fill(room)
    for field in (SessionField.TRACE_COUNT, SessionField.LATENCY):
        assert [item.id for item in await ask(room, order=field)] == ["q", "s"]
    for field in (SessionField.COST_USD, SessionField.FAILED):
        expected = {SessionField.COST_USD: ["s", "q"], SessionField.FAILED: ["q", "s"]}[field]
        assert [item.id for item in await ask(room, order=field)] == expected
    assert [item.id for item in await ask(room, order=SessionField.LAST_CREATED_AT)] == ["s", "q"]
    failed = Compare(SessionField.FAILED, Operator.ABOVE, 0)
    assert [item.id for item in await ask(room, only=failed)] == ["s"]


async def test_metadata_of_a_shallow_sketch_replaces_by_top_level_key(room: Room) -> None:
    """Shallow or deep, keys that the newcomer lacks stay."""
    replaced, merged = {"a": {"y": 2}, "b": 1}, {"a": {"x": 1, "y": 2}, "b": 1}
    for id, shallow in (("1", True), ("2", False)):
        await room.anchor(TraceSketch(id=id, metadata={"a": {"x": 1}, "b": 1}))
        await room.anchor(TraceSketch(id=id, metadata={"a": {"y": 2}}, shallow=shallow))
    query = TraceQuery(room.number, EVERYTHING, Order(TraceField.ID, descending=False), Window(10))
    assert [trace.metadata for trace in (await room.store.traces(query)).items] == [replaced, merged]
