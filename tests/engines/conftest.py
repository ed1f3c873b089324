"""The engines under the conformance suite: a new one is one more entry here."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from scorehouse.engines.sql import open_postgresql, open_sqlite
from scorehouse.storage.port import Store
from tests.engines.stores import Room, open_room


async def _sqlite(request: pytest.FixtureRequest) -> Store:
    folder: Path = request.getfixturevalue("tmp_path")
    return await open_sqlite(folder, queue_rows_max=10_000, read_threads=2)


async def _postgresql(request: pytest.FixtureRequest) -> Store:
    url: str = request.getfixturevalue("database_url")
    return await open_postgresql(url, queue_rows_max=10_000, read_threads=2, writers=2, prepares=True)


ENGINES: dict[str, Callable[[pytest.FixtureRequest], Awaitable[Store]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Open an empty store of each engine."""
    opened = await ENGINES[request.param](request)
    yield opened
    await opened.close()


@pytest.fixture
async def room(store: Store) -> Room:
    """Open a project in it."""
    return await open_room(store)
