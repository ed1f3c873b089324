"""Evaluators that are named when a score is recorded, and scores of which there may be only one."""

import pytest

from scorehouse.domain.frozen import replace
from scorehouse.domain.refusals import Conflict, Invalid, Refusal
from scorehouse.domain.registry import Config, Constraint, Evaluator
from scorehouse.domain.scores import Draft, Patch, Source, SourceParts
from scorehouse.domain.targets import SpanTarget, TraceTarget
from scorehouse.domain.traces import SpanSketch
from scorehouse.domain.values import Kind, numeric
from scorehouse.storage.verbs import AS_SAID, Judging, PutConfig, PutEvaluator, Recorded, Recording, ReviseScore
from tests.engines.stores import ACTOR, Room

QUALITY = "0190a0b0-c0d0-7000-8000-00000000000a"
SPAN = SpanTarget("span-1")


async def register(room: Room, *, maximum: float | None = None) -> Evaluator:
    """Register the evaluator of key ``quality``."""
    at = room.now()
    evaluator = Evaluator(
        id=QUALITY,
        key="quality",
        name="Quality",
        constraint=Constraint(Kind.NUMERIC, maximum=maximum),
        created_at=at,
        updated_at=at,
    )
    return await room.store.perform(PutEvaluator(room.project.number, ACTOR, at, evaluator, True))


async def offer(
    room: Room,
    name: str = "quality",
    *,
    target: SpanTarget | TraceTarget = SPAN,
    author: str | None = "me",
    judging: Judging = AS_SAID,
    number: float = 1.0,
) -> Recorded | Refusal:
    """Offer a sole score, which changes its number where it is there already."""
    draft = Draft(target=target, name=name, value=numeric(number), source=Source(author=author))
    recording = Recording(
        draft=draft,
        id=room.mint(),
        sole=True,
        if_exists=Patch(value=numeric(number)),
        must_exist=False,
        judging=judging,
    )
    return (await room.try_recording(recording))[0]


def recorded(answer: Recorded | Refusal) -> Recorded:
    """Take an answer that is no refusal."""
    assert isinstance(answer, Recorded), answer
    return answer


async def test_an_evaluator_is_found_by_id_and_by_key(room: Room) -> None:
    """Id in any spelling and key name the same evaluator, so both write the same sole score; the answer tells it."""
    evaluator = await register(room)
    by_key = recorded(await offer(room, "anything", judging=Judging(named="quality")))
    by_id = recorded(await offer(room, "other", judging=Judging(named=QUALITY.upper(), registered=True), number=2.0))
    assert (by_key.created, by_id.created) == (True, False)
    assert by_key.score.id == by_id.score.id
    assert by_key.evaluator == by_id.evaluator == evaluator
    assert (by_id.score.name, by_id.score.source.evaluator) == ("quality", QUALITY)


async def test_an_unknown_evaluator_stands_for_itself_or_refuses(room: Room) -> None:
    """As the client wishes; and one registered later is found from then on."""
    lone = recorded(await offer(room, "quality", judging=Judging(named="quality")))
    assert (lone.score.source.evaluator, lone.evaluator) == (None, None)
    refused = await offer(room, judging=Judging(named="quality", registered=True))
    assert isinstance(refused, Invalid)
    assert refused.faults[0].path == ("source", "evaluator")
    await register(room)
    assert recorded(await offer(room, judging=Judging(named="quality"))).score.source.evaluator == QUALITY


async def test_a_constraint_binds_unless_told(room: Room) -> None:
    """A number above the maximum is refused where the constraint binds, and kept where it does not."""
    await register(room, maximum=5)
    assert isinstance(await offer(room, judging=Judging(named="quality"), number=6.0), Invalid)
    loose = recorded(await offer(room, judging=Judging(named="quality", binding=False), number=6.0))
    assert loose.score.value == numeric(6.0)


async def test_sole_is_by_target_dimension_and_author(room: Room) -> None:
    """Another target, dimension or author is another score; an alias of the span is the same target."""
    await room.anchor(SpanSketch(id="span-1", alias="event-1", trace="trace-1"))
    ids = [
        recorded(answer).score.id
        for answer in (
            await offer(room),
            await offer(room, target=SpanTarget("event-1")),
            await offer(room, target=TraceTarget("trace-1")),
            await offer(room, "tone"),
            await offer(room, author="you"),
            await offer(room, author=None),
        )
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 5


async def test_a_change_keeps_it_sole(room: Room) -> None:
    """A change that would make a second one is refused; one that makes room lets another take the place."""
    mine = recorded(await offer(room)).score
    yours = recorded(await offer(room, author="you")).score
    become_mine = Patch(source=SourceParts(author="me"))
    with pytest.raises(Conflict):
        await room.store.perform(ReviseScore(room.project.number, ACTOR, room.now(), yours.id, become_mine))
    renamed = Patch(name="tone")
    await room.store.perform(ReviseScore(room.project.number, ACTOR, room.now(), mine.id, renamed))
    await room.store.perform(ReviseScore(room.project.number, ACTOR, room.now(), yours.id, become_mine))
    assert recorded(await offer(room, number=3.0)).score.id == yours.id
    assert recorded(await offer(room, "tone", number=3.0)).score.id == mine.id


async def test_an_archived_evaluator_takes_no_scores(room: Room) -> None:
    """Naming it is refused, also where a sole score of it is there; that one stays, and can be changed otherwise."""
    evaluator = await register(room)
    scored = recorded(await offer(room, judging=Judging(named="quality"))).score
    archived = replace(evaluator, archived=True)
    await room.store.perform(PutEvaluator(room.project.number, ACTOR, room.now(), archived, False))
    for judging in (Judging(named="quality"), Judging(named=QUALITY, registered=True)):
        refused = await offer(room, judging=judging, number=2.0)
        assert isinstance(refused, Invalid)
        assert refused.faults[0].code == "archived"
    revised = await room.revise(scored.id, Patch(value=numeric(3.0)))
    assert (revised.value, revised.source.evaluator) == (numeric(3.0), QUALITY)
    again = ReviseScore(room.project.number, ACTOR, room.now(), scored.id, Patch(comment="x"), Judging(named=QUALITY))
    assert (await room.store.perform(again)).source.evaluator == QUALITY


async def test_what_was_measured_before_is_taken_by_the_retired(room: Room) -> None:
    """An archived evaluator and an archived config take scores that moved in, and no others."""
    evaluator = await register(room)
    at = room.now()
    retired = replace(evaluator, archived=True)
    rule = Config(id="rule", name="tone", constraint=Constraint(), archived=True, created_at=at, updated_at=at)
    await room.store.perform(PutEvaluator(room.number, ACTOR, at, retired, False))
    await room.store.perform(PutConfig(room.number, ACTOR, at, rule, True))
    judged = Draft(target=SPAN, name="quality", value=numeric(1), source=Source(evaluator=QUALITY))
    for offered in (judged, replace(judged, source=Source(), config="rule")):
        for judging, taken in ((AS_SAID, False), (Judging(retired=True), True)):
            recording = Recording(draft=offered, id=room.mint(), must_exist=False, judging=judging)
            (answer,) = await room.try_recording(recording)
            assert isinstance(answer, Recorded) is taken, answer
