"""Traces and spans arrive piecemeal, in any order, and merge into one."""

from collections.abc import Sequence
from itertools import permutations

import pytest

from scorehouse.domain.changes import Action, Subject
from scorehouse.domain.frozen import field_names, replace
from scorehouse.domain.traces import Health, Rollup, Span, SpanKind, SpanSketch, Trace, TraceSketch
from scorehouse.storage.queries import (
    EVERYTHING,
    Compare,
    Filter,
    Operator,
    Order,
    SessionField,
    SessionQuery,
    SpanField,
    SpanQuery,
    TraceField,
    TraceQuery,
    Window,
)
from tests.engines.stores import Room, draft


async def traces(room: Room, filter: Filter = EVERYTHING) -> list[Trace]:
    """List traces in order of recording."""
    query = TraceQuery(room.number, filter, Order(TraceField.CREATED_AT, descending=False), Window(100))
    return list((await room.store.traces(query)).items)


async def spans(room: Room, filter: Filter = EVERYTHING) -> list[Span]:
    """List spans in order of recording."""
    query = SpanQuery(room.number, filter, Order(SpanField.CREATED_AT, descending=False), Window(100))
    return list((await room.store.spans(query)).items)


PIECES: list[TraceSketch | SpanSketch] = [
    TraceSketch(id="t", name="agent", metadata={"a": {"x": 1}}, user="u1"),
    TraceSketch(id="t", session="s1", tags=("red",), metadata={"a": {"y": 2}}, environment="prod"),
    SpanSketch(id="child", trace="t", parent="root", kind=SpanKind.LLM, usage={"input": 3, "output": 4}),
    SpanSketch(id="root", trace="t", name="top", health=Health.ERROR, cost_usd=0.5),
]


@pytest.mark.parametrize("order", list(permutations(range(len(PIECES)))), ids=str)
async def test_the_order_of_arrival_does_not_matter(room: Room, order: Sequence[int]) -> None:
    """Pieces that say different things come to the same trace and spans in every order, one verb each."""
    for position in order:
        await room.anchor(PIECES[position])
    (trace,) = await traces(room)
    assert (trace.name, trace.user, trace.session, trace.environment) == ("agent", "u1", "s1", "prod")
    assert trace.metadata == {"a": {"x": 1, "y": 2}}
    assert trace.tags == ("red",)
    assert trace.rollup == Rollup(
        span_count=2, error_count=1, llm_count=1, tokens_total=7, tokens_input=3, tokens_output=4, cost_usd=0.5
    )
    assert {span.id: span.parent for span in await spans(room)} == {"child": "root", "root": None}


async def test_every_field_of_a_trace_comes_back(room: Room) -> None:
    """What a sketch says is what is read."""
    sketch = TraceSketch(
        id="t",
        name="n",
        started_at=room.now(),
        ended_at=room.now(),
        session="s",
        user="u",
        environment="e",
        release="r",
        version="v",
        health=Health.OK,
        error="none",
        tags=("a", "b,c", ""),
        input={"q": [1, None]},
        output="text",
        metadata={"k": 1},
        residue={"vendor": {"x": 1}},
        public=True,
    )
    await room.anchor(sketch)
    (trace,) = await traces(room)
    for name in field_names(TraceSketch):
        if name not in {"first_wins", "shallow"}:
            assert getattr(trace, name) == getattr(sketch, name), name
    assert trace.known


async def test_every_field_of_a_span_comes_back(room: Room) -> None:
    """What a sketch says is what is read, falsy JSON included."""
    sketch = SpanSketch(
        id="s",
        trace="t",
        alias="event",
        parent="p",
        name="",
        kind=SpanKind.TOOL,
        started_at=room.now(),
        ended_at=room.now(),
        completion_started_at=room.now(),
        session="x",
        user="u",
        environment="e",
        release="r",
        version="v",
        health=Health.UNSET,
        error="e",
        tags=("a",),
        input={},
        output=0,
        model="m",
        model_parameters={"temperature": 0},
        usage={"input": 1, "total": 9},
        cost_usd=0.0,
        metadata={"k": [True]},
        residue={"vendor": {"x": 1}},
    )
    await room.anchor(sketch)
    (span,) = await spans(room)
    for name in field_names(SpanSketch):
        if name not in {"first_wins", "replace", "shallow"}:
            assert getattr(span, name) == getattr(sketch, name), name
    (trace,) = await traces(room)
    assert trace.rollup.tokens_total == 9


async def test_later_words_win_unless_the_first_ones_shall(room: Room) -> None:
    """A field told twice takes the newer word; `first_wins` names those that keep the older."""
    first = TraceSketch(id="t", name="a", environment="prod", tags=("x", "y"))
    await room.anchor(first)
    await room.anchor(
        replace(first, name="b", environment="dev", tags=("z", "x"), first_wins=frozenset({"environment"}))
    )
    (trace,) = await traces(room)
    assert (trace.name, trace.environment, trace.tags) == ("b", "prod", ("x", "y", "z"))


async def test_a_replacing_span_forgets_the_older_word(room: Room) -> None:
    """With `replace`, what the newer sketch does not say is gone."""
    await room.anchor(SpanSketch(id="s", trace="t", name="a", output="old", tags=("x",), usage={"total": 5}))
    await room.anchor(SpanSketch(id="s", trace="t", name="b", replace=True))
    (span,) = await spans(room)
    assert (span.name, span.output, span.tags, span.usage) == ("b", None, (), None)
    (trace,) = await traces(room)
    assert trace.rollup.tokens_total == 0


async def test_a_span_without_a_trace_finds_one(room: Room) -> None:
    """It lies in the trace where it already is, else in its parent's, else in one of its own id."""
    await room.anchor(SpanSketch(id="root"))
    await room.anchor(SpanSketch(id="child", parent="root"))
    await room.anchor(SpanSketch(id="child", name="again"))
    await room.anchor(SpanSketch(id="orphan", parent="nowhere"))
    assert {span.id: span.trace for span in await spans(room)} == {"root": "root", "child": "root", "orphan": "orphan"}


async def test_the_same_span_id_in_two_traces_is_two_spans(room: Room) -> None:
    """OpenTelemetry's span ids have 64 bits and are unique in their trace only."""
    await room.anchor(SpanSketch(id="s", trace="t1", name="one"), SpanSketch(id="s", trace="t2", name="two"))
    assert [(span.trace, span.name) for span in await spans(room)] == [("t1", "one"), ("t2", "two")]


async def test_mentions_become_known_when_sent(room: Room) -> None:
    """A trace that only a score mentions is listed as not known, until somebody sends it or a span of it."""
    await room.record(draft("t1"))
    await room.record(draft("t2"))
    assert [trace.known for trace in await traces(room)] == [False, False]
    await room.anchor(TraceSketch(id="t1"), SpanSketch(id="s", trace="t2"))
    assert [(trace.id, trace.known, trace.rollup.score_count) for trace in await traces(room)] == [
        ("t1", True, 1),
        ("t2", True, 1),
    ]


async def test_a_trace_takes_one_place_in_the_feed_a_message(room: Room) -> None:
    """A message that says many things of a trace is one change of it."""
    await room.anchor(TraceSketch(id="t"), *(SpanSketch(id=f"s{n}", trace="t") for n in range(5)))
    await room.anchor(SpanSketch(id="s9", trace="t"))
    feed = [(change.subject, change.action, change.id) for change in await room.changes()]
    assert feed == [(Subject.TRACE, Action.CREATED, "t"), (Subject.TRACE, Action.CHANGED, "t")]


async def test_sessions_are_the_traces_that_name_them(room: Room) -> None:
    """A session sums up its traces; the user is that of its earliest trace that has one."""
    early, late = room.now(), room.now()
    await room.anchor(
        TraceSketch(id="t1", session="s1", started_at=late, ended_at=late, user="later"),
        TraceSketch(id="t2", session="s1", started_at=early, user="earlier"),
        TraceSketch(id="t3", session="s2"),
        TraceSketch(id="t4"),
    )
    query = SessionQuery(
        room.number, EVERYTHING, Order(SessionField.CREATED_AT, descending=False), Window(10, total=True)
    )
    page = await room.store.sessions(query)
    summary = [(item.id, item.trace_count, item.started_at, item.ended_at, item.user) for item in page.items]
    assert summary == [("s1", 2, early, late, "earlier"), ("s2", 1, None, None, None)]
    assert page.total == 2
    only = Compare(SessionField.ID, Operator.EQUALS, "s2")
    page = await room.store.sessions(SessionQuery(room.number, only, Order(SessionField.STARTED_AT), Window(10)))
    assert [item.id for item in page.items] == ["s2"]
