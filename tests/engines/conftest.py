"""The engines under the conformance suite: a new one is one more entry here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scorehouse.engines.sql import open_sqlite
from scorehouse.storage.port import Store
from tests.engines.stores import Room, open_room


async def _sqlite(folder: Path) -> Store:
    return await open_sqlite(folder, queue_rows_max=10_000, read_threads=2)


ENGINES = {"sqlite": _sqlite}


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Open an empty store of each engine."""
    opened = await ENGINES[request.param](tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def room(store: Store) -> Room:
    """Open a project in it."""
    return await open_room(store)
