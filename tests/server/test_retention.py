"""The sweeper: at work beside the server, counted, and ended in order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from scorehouse.domain.changes import Actor
from scorehouse.domain.refusals import Unavailable
from scorehouse.domain.retention import RetentionPolicy
from scorehouse.domain.scores import Draft
from scorehouse.domain.targets import SessionTarget
from scorehouse.domain.values import numeric
from scorehouse.server.retention import NOTHING, Sweeper
from scorehouse.server.telemetry import Telemetry
from scorehouse.services.record import record_score
from scorehouse.services.retention import set_policy
from scorehouse.storage.verbs import RemoveAged, Removed
from tests.dialects.speaking import Speaker, open_speaker

DAY_S = 86_400
ACTOR = Actor("key-1", None, "native")


@pytest.fixture
async def speaker(tmp_path: Path) -> AsyncIterator[Speaker]:
    """Open a house with a project whose scores are kept for a day."""
    async with open_speaker(tmp_path) as opened:
        await set_policy(opened.house, opened.principal.project.number, ACTOR, RetentionPolicy(1))
        yield opened


async def record(speaker: Speaker, count: int) -> None:
    """Record so many scores."""
    for _ in range(count):
        draft = Draft(name="accuracy", target=SessionTarget("s"), value=numeric(1))
        await record_score(speaker.house, speaker.principal.project.number, ACTOR, draft)


def has_removed(sweeper: Sweeper, scores: int) -> bool:
    """Tell whether so many scores are gone."""
    return sweeper.removed.scores == scores


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, twenty seconds at most."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came to be")


async def test_it_sweeps_again_and_again(speaker: Speaker) -> None:
    """At once when it is put to work, and after every period; what it removed is counted."""
    sweeper = Sweeper(speaker.house, period_s=0.01, step_rows=2)
    telemetry = Telemetry()
    sweeper.show(telemetry)
    async with sweeper.at_work():
        for total in (3, 6):
            await record(speaker, 3)
            speaker.clock.advance(DAY_S + 1)
            await until(partial(has_removed, sweeper, total))
    assert sweeper.removed == Removed(scores=6)
    assert b"scorehouse_retention_scores_total 6.0" in telemetry.exposition()


async def test_it_ends_after_the_step_in_progress(speaker: Speaker) -> None:
    """Told to stop, it begins no further step, however much is left, and does not wait for its period."""
    await record(speaker, 10)
    speaker.clock.advance(DAY_S + 1)
    sweeper = Sweeper(speaker.house, period_s=DAY_S, step_rows=1, seconds=iter(range(0, 10**9, 3600)).__next__)
    async with asyncio.timeout(20):
        async with sweeper.at_work():
            await until(lambda: sweeper.removed != NOTHING)
        assert sweeper.removed == Removed(scores=1)


async def test_a_store_that_cannot_write_is_asked_again(speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep that is refused, or fails, ends neither the sweeper nor the server; the next one goes on."""
    await record(speaker, 1)
    speaker.clock.advance(DAY_S + 1)
    perform = speaker.house.store.perform
    troubles = iter([Unavailable("The store cannot write now."), ZeroDivisionError()])

    async def troubled(verb: RemoveAged) -> Removed:
        for trouble in troubles:
            raise trouble
        return await perform(verb)

    monkeypatch.setattr(speaker.house.store, "perform", troubled)
    sweeper = Sweeper(speaker.house, period_s=0.01, step_rows=10)
    async with sweeper.at_work():
        await until(lambda: sweeper.removed != NOTHING)
    assert sweeper.removed == Removed(scores=1)
