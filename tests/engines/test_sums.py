"""What many spans come to is what adding them up one by one comes to."""

import pytest

from scorehouse.domain.refusals import Invalid
from scorehouse.domain.registry import Evaluator
from scorehouse.domain.scores import Source
from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.traces import SpanSketch
from scorehouse.domain.values import Kind, Value, numeric
from scorehouse.storage.queries import EVERYTHING, Compare, Operator, ScoreField, SpanField
from scorehouse.storage.sums import MEASURES_MAX, Measure, ScoreSums, SpanSumsQuery, Sum
from scorehouse.storage.verbs import PutEvaluator
from tests.engines.stores import ACTOR, Room, draft

MEASURES: tuple[Measure, ...] = (
    (SpanField.COST_USD, ()),
    (SpanField.USAGE, ("input",)),
    (SpanField.TOKENS_TOTAL, ()),
    (SpanField.LATENCY, ()),
    (SpanField.METADATA, ("n",)),
)


async def test_spans_and_the_scores_on_them_are_summed_up(room: Room) -> None:
    """By the filter, absent numbers not counted; scores by evaluator or name and kind, those elsewhere left out."""
    now = room.now()
    judge = Evaluator(id="judge", key="quality", name="Quality", created_at=now, updated_at=now)
    await room.store.perform(PutEvaluator(room.number, ACTOR, now, judge, create=True))
    for number in range(4):
        await room.anchor(
            SpanSketch(
                id=f"s{number}",
                trace=f"t{number % 2}",
                name="out" if number == 3 else "in",
                usage={"input": number, "output": 1} if number else None,
                cost_usd=0.25 if number else None,
                started_at=room.now(),
                ended_at=room.now() if number else None,
                metadata={"n": ["1.5", 2, "x", None][number]},
            )
        )
        target = SpanTarget(f"s{number}", f"t{number % 2}")
        await room.record(draft(target=target, name="quality", value=numeric(number), source=Source(evaluator="judge")))
        for truth in (True, bool(number)):
            await room.record(draft(target=target, name="passes", value=Value(Kind.BOOLEAN, boolean=truth, number=1.0)))
    await room.record(draft("t0", 5, name="quality"))
    query = SpanSumsQuery(room.number, Compare(SpanField.NAME, Operator.EQUALS, "in"), MEASURES)
    sums = await room.store.span_sums(query)
    assert sums.count == 3
    assert sums.sums == (Sum(2, 0.5), Sum(2, 3.0), Sum(3, 5.0), Sum(2, 2.0), Sum(2, 3.5))
    assert sorted(sums.scores, key=lambda one: one.name) == [
        ScoreSums(None, "passes", Kind.BOOLEAN, Sum(6, 6.0), 5, 1),
        ScoreSums("judge", "quality", Kind.NUMERIC, Sum(3, 3.0), 0, 0),
    ]


async def test_the_greatest_numbers_have_a_mean(room: Room) -> None:
    """Sums that no double holds are no failure; nothing has no mean."""
    for number in range(3):
        await room.anchor(SpanSketch(id=f"s{number}", trace="t", cost_usd=1.7e308))
        await room.record(draft(target=SpanTarget(f"s{number}", "t"), value=numeric(1.7e308)))
    sums = await room.store.span_sums(SpanSumsQuery(room.number, EVERYTHING, ((SpanField.COST_USD, ()),)))
    assert (sums.count, sums.sums[0].count) == (3, 3)
    nothing = await room.store.span_sums(SpanSumsQuery(room.number + 1, EVERYTHING, ((SpanField.COST_USD, ()),)))
    assert (nothing.count, nothing.sums[0].mean, nothing.scores) == (0, None, ())


async def test_a_question_that_cannot_be_asked_is_refused(room: Room) -> None:
    """A field that spans do not have, and too many measures."""
    with pytest.raises(Invalid):
        await room.store.span_sums(SpanSumsQuery(room.number, Compare(ScoreField.PASSED, Operator.EQUALS, True), ()))
    with pytest.raises(Invalid):
        SpanSumsQuery(room.number, EVERYTHING, MEASURES * MEASURES_MAX)
