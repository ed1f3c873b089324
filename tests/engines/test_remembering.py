"""What the writer remembers of spans never outlives what it was: a score lands where the store alone would put it."""

from scorehouse.domain.refusals import NotFound, Refusal
from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.traces import SpanSketch
from scorehouse.storage.verbs import Recorded, Recording
from tests.engines.stores import Room, draft


async def scored(room: Room, span: str) -> Recorded | Refusal:
    """Score a span that has to be there."""
    recording = Recording(draft=draft(target=SpanTarget(span)), id=room.mint(), must_exist=True)
    (answer,) = await room.try_recording(recording)
    return answer


async def landed(room: Room, span: str) -> tuple[str, str | None]:
    """Score a span twice, the second time by what is remembered; return where both landed."""
    answers = [await scored(room, span) for _ in range(2)]
    (target,) = {answer.score.target for answer in answers if isinstance(answer, Recorded)}
    assert isinstance(target, SpanTarget)
    return target.span, target.trace


async def is_absent(room: Room, span: str) -> bool:
    """Tell whether there is no such span to score."""
    return isinstance(await scored(room, span), NotFound)


async def test_the_newest_of_two_spans_is_scored(room: Room) -> None:
    """A span that comes later under the same id, in another trace, is the one that is meant from then on."""
    await room.anchor(SpanSketch(id="s", trace="one"))
    assert await landed(room, "s") == ("s", "one")
    await room.anchor(SpanSketch(id="s", trace="two"))
    assert await landed(room, "s") == ("s", "two")


async def test_an_alias_is_found_and_given_up(room: Room) -> None:
    """A span is found by the alias that it has now: given later, taken over by another span, or given up."""
    await room.anchor(SpanSketch(id="s", trace="t"))
    assert await landed(room, "s") == ("s", "t")
    await room.anchor(SpanSketch(id="s", trace="t", alias="event"))
    assert await landed(room, "event") == ("s", "t")
    await room.anchor(SpanSketch(id="later", trace="t", alias="event"))
    assert await landed(room, "event") == ("later", "t")
    await room.anchor(SpanSketch(id="later", trace="t", replace=True), SpanSketch(id="s", trace="t", replace=True))
    assert await is_absent(room, "event")


async def test_a_span_that_was_only_mentioned_becomes_known(room: Room) -> None:
    """A span that a score mentioned refuses those who ask that it exists, until somebody sends it."""
    await room.record(draft(target=SpanTarget("s", "t")))
    assert await is_absent(room, "s")
    await room.anchor(SpanSketch(id="s", trace="t"))
    assert await landed(room, "s") == ("s", "t")


async def test_a_span_that_is_gone_is_not_scored(room: Room) -> None:
    """With its trace a span goes; another one under its id is another one."""
    await room.anchor(SpanSketch(id="s", trace="t"))
    assert await landed(room, "s") == ("s", "t")
    await room.forget_traces("t")
    assert await is_absent(room, "s")
    await room.anchor(SpanSketch(id="s", trace="u"))
    assert await landed(room, "s") == ("s", "u")
