"""The engines under the conformance suite: a new one is one more entry in ``tests/empty_stores.py``.

On PostgreSQL the suite runs on tables that are divided by project, and proves by the way that no statement needs more
than the projects that it names; the suites of the dialects run on whole ones.
"""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from scorehouse.storage.port import Store
from tests.empty_stores import Place, empty, open_empty
from tests.engines.spread import OURS, spread_database, strays
from tests.engines.stores import Room, open_room
from tests.pgbouncer import CHOSEN, pooled, pooled_url
from tests.postgresql_server import PostgresqlServer


@pytest.fixture(scope="session")
def shared_database(postgresql: PostgresqlServer) -> Iterator[str]:
    """The URL of a database that tests use one after another; none of them asks beyond its projects."""
    if CHOSEN in os.environ:
        with pooled(postgresql) as folder:
            yield pooled_url(folder, postgresql.new_database())
        return
    url = spread_database(postgresql)
    yield url
    assert strays(url) == []


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    """Open an empty store of each engine."""
    opened = await open_empty(place, threads=2)
    yield opened
    await opened.close()
    if isinstance(place, str):
        empty(place, {} if CHOSEN in os.environ else OURS)


@pytest.fixture
async def room(store: Store) -> Room:
    """Open a project in it."""
    return await open_room(store)
