"""What the tests of the matrix start from.

Those that draw are plain functions that run coroutines in a loop of their own: hypothesis cannot draw in a task.
"""

from asyncio import Runner
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.dialects.speaking import open_speaker
from tests.empty_stores import Place
from tests.matrix.world import World


@pytest.fixture
def runner() -> Iterator[Runner]:
    """An event loop that lives as long as the test."""
    with Runner() as opened:
        yield opened


@pytest.fixture
def world(runner: Runner, place: Place) -> Iterator[World]:
    """A new house in which everybody speaks."""
    house = open_speaker(place)
    yield World(runner.run(house.__aenter__()))
    runner.run(house.__aexit__(None, None, None))


@pytest.fixture
async def world_of_tasks(place: Place) -> AsyncIterator[World]:
    """The same for tests that are coroutines."""
    async with open_speaker(place) as speaker:
        yield World(speaker)
