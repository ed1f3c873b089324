"""Verbs of one commit see what those before them did, however their writes are gathered."""

import asyncio

from scorehouse.domain.refusals import Conflict
from scorehouse.domain.scores import Patch
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.domain.values import numeric
from scorehouse.storage.verbs import Recorded, Recording
from tests.engines.stores import Room, draft


def given(room: Room, id: str | None = None, *, sole: bool = False, number: float = 0.5) -> Recording:
    """Offer a score; a sole one takes the place of one that is there."""
    offered = draft(id=id, number=number)
    again = Patch(value=numeric(number)) if sole else None
    return Recording(draft=offered, id=room.mint(), sole=sole, if_exists=again, must_exist=False)


async def test_an_id_is_taken_at_once(room: Room) -> None:
    """Of five requests of one commit with the same id one is recorded and four conflict."""
    answers = await asyncio.gather(*(room.try_recording(given(room, "mine")) for _ in range(5)))
    kinds = [type(answer[0]) for answer in answers]
    assert (kinds.count(Recorded), kinds.count(Conflict)) == (1, 4)
    assert len(await room.scores()) == 1


async def test_an_id_is_taken_within_a_batch(room: Room) -> None:
    """In one batch the second score with an id conflicts, and those with other ids are recorded."""
    answers = await room.try_recording(*(given(room, id) for id in ("a", "b", "a", "c")))
    assert [type(answer) for answer in answers] == [Recorded, Recorded, Conflict, Recorded]
    assert [score.id for score in await room.scores()] == ["a", "b", "c"]


async def test_a_slot_is_taken_at_once(room: Room) -> None:
    """Of sole scores of one commit the first is made and the others change it; the last one stays."""
    await room.anchor(TraceSketch(id="trace-1"))
    numbers = (0.1, 0.2, 0.3)
    answers = await asyncio.gather(*(room.try_recording(given(room, sole=True, number=n)) for n in numbers))
    made = [answer[0].created for answer in answers if isinstance(answer[0], Recorded)]
    assert made == [True, False, False]
    (score,) = await room.scores()
    assert score.value == numeric(0.3)


async def test_what_was_just_recorded_can_be_changed_and_deleted(room: Room) -> None:
    """Recorded, changed, deleted and recorded again in one commit: the last stands, the feed tells all four."""
    await asyncio.gather(
        room.record(draft(id="mine", number=0.1)),
        room.revise("mine", Patch(value=numeric(0.2))),
        room.forget("mine"),
        room.record(draft(id="mine", number=0.4)),
    )
    (score,) = await room.scores()
    assert score.value == numeric(0.4)
    assert [change.action for change in await room.changes("mine")] == ["created", "changed", "deleted", "created"]


async def test_what_was_just_sent_can_be_scored(room: Room) -> None:
    """A span and the score on it come in one commit, the score first refused nowhere."""
    await asyncio.gather(
        room.anchor(TraceSketch(id="trace-1"), SpanSketch(id="span-1", trace="trace-1")),
        room.try_recording(Recording(draft=draft("trace-1"), id=room.mint(), must_exist=True)),
    )
    assert len(await room.scores()) == 1


async def test_many_rows_keep_their_order(room: Room) -> None:
    """A batch whose size is no round number is stored whole and in its order."""
    numbers = [position / 211 for position in range(211)]
    await room.try_recording(*(given(room, number=number) for number in numbers))
    assert [score.value for score in await room.scores()] == [numeric(number) for number in numbers]
