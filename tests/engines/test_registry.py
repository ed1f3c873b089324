"""Evaluators change as they stand when they are written, whoever else changes them at the same time."""

import asyncio

import pytest

from scorehouse.domain.frozen import replace
from scorehouse.domain.refusals import Conflict, Forbidden, NotFound
from scorehouse.domain.registry import Evaluator
from scorehouse.storage.verbs import EvaluatorChange, PutEvaluator, ReviseEvaluator
from tests.engines.stores import ACTOR, Room

EDITS = 20


def noting(word: str) -> EvaluatorChange:
    """Return a change that adds one word to what is there and counts the version up."""

    def change(before: Evaluator) -> Evaluator:
        return replace(before, metadata={**before.metadata, word: True}, version=before.version + 1)

    return change


async def make(room: Room, id: str) -> Evaluator:
    """Make an evaluator whose key is its id."""
    evaluator = Evaluator(id=id, key=id, name=id, created_at=room.now(), updated_at=room.now())
    return await room.store.perform(PutEvaluator(room.number, ACTOR, room.now(), evaluator, create=True))


async def revise(room: Room, id: str, change: EvaluatorChange) -> Evaluator:
    """Change an evaluator."""
    return await room.store.perform(ReviseEvaluator(room.number, ACTOR, room.now(), id, change))


async def check_that_none_is_lost(*rooms: Room) -> None:
    """Let all rooms change one evaluator at once; each change has to be in what comes of it."""
    await make(rooms[0], "judge")
    words = [f"{node} {number}" for node in range(len(rooms)) for number in range(EDITS)]
    made = await asyncio.gather(*(revise(rooms[int(word[0])], "judge", noting(word)) for word in words))
    last = max(made, key=lambda evaluator: evaluator.version)
    assert last.version == len(words)
    assert set(last.metadata) == set(words)
    again = await revise(rooms[-1], "judge", lambda before: before)
    assert again == last


async def test_concurrent_changes_of_an_evaluator_are_all_kept(room: Room) -> None:
    """Changes that wait for the same commit build on each other."""
    await check_that_none_is_lost(room)


async def test_a_change_that_refuses_changes_nothing(room: Room) -> None:
    """A refusal of the change's own is the verb's; a taken key and an unknown id are refused too."""
    made = await make(room, "judge")
    await make(room, "other")

    def forbid(before: Evaluator) -> Evaluator:
        raise Forbidden("changes")

    with pytest.raises(Forbidden):
        await revise(room, "judge", forbid)
    with pytest.raises(Conflict):
        await revise(room, "judge", lambda before: replace(before, key="other"))
    with pytest.raises(NotFound):
        await revise(room, "nobody", lambda before: before)
    assert await revise(room, "judge", lambda before: before) == made
