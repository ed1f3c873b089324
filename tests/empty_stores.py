"""Empty stores of every engine, made in milliseconds, so that suites above the storage port can run on all of them.

A place is where a store is: a folder for SQLite, a URL for PostgreSQL. Migrations are run once a process and copied
from then on. A PostgreSQL database is shared by all tests of a process, one after another, and emptied after each:
that takes a tenth of the time of making one.

What never reaches the store only repeats itself on another engine. So a store is opened when it is first asked for
something: a request that is refused before that costs its repetition nothing, and nobody keeps a list of such tests.
"""

import os
from asyncio import Lock
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, cast

import psycopg

from scorehouse.domain.access import Project
from scorehouse.engines.sql import open_sqlite
from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.engines.sql.migrating import migrate
from scorehouse.engines.sql.opening_postgresql import open_postgresql
from scorehouse.engines.sql.tables import metadata
from scorehouse.storage.port import Store
from scorehouse.storage.verbs import OpenProject
from tests.pgbouncer import CHOSEN, prepares

Place = Path | str
"""Where a store is: a folder, or the URL of a PostgreSQL database."""

ENGINES = ("sqlite", "postgresql")

QUEUE_ROWS_MAX = 100_000

LOCK_TIMEOUT_MS = 10_000
"""How long emptying waits for a transaction that a test left open before it says so."""


async def open_empty(place: Place, *, threads: int = 1) -> Store:
    """Open the empty store at a place; with `threads` connections for each, reading and writing."""
    if isinstance(place, str):
        may_prepare = CHOSEN not in os.environ or prepares()
        return await open_postgresql(
            place, queue_rows_max=QUEUE_ROWS_MAX, read_threads=threads, writers=threads, prepares=may_prepare
        )
    furnish(place)
    return await open_sqlite(place, queue_rows_max=QUEUE_ROWS_MAX, read_threads=threads)


def furnish(folder: Path) -> None:
    """Put an empty store into a folder that has none."""
    file = folder / FILE_NAME
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_migrated())


def empty(url: str, named: Mapping[str, str] = MappingProxyType({})) -> None:
    """Empty a database that nobody uses any more; `named` says which tables are called otherwise in it."""
    names = (named.get(table.name, table.name) for table in metadata.sorted_tables)
    emptying = "; ".join(f"DELETE FROM {name}" for name in names)  # noqa: S608 - names of our own tables
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"BEGIN; SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}; {emptying}; COMMIT".encode())


def open_later(place: Place, opening: OpenProject) -> Store:
    """Return the store at a place, opened with its first project when it is first asked for something."""
    return cast("Store", _Later(place, opening))


class _Later:
    """See `open_later`."""

    def __init__(self, place: Place, opening: OpenProject) -> None:
        self._place = place
        self._opening = opening
        self._store: Store | None = None
        self._lock = Lock()

    def __getattr__(self, verb: str) -> Any:
        """Return what does a verb of the port."""

        async def do(*arguments: Any, **named: Any) -> Any:
            return await getattr(await self._opened(), verb)(*arguments, **named)

        return do

    async def close(self) -> None:
        """Close the store and empty it, if it was opened."""
        if self._store is not None:
            await self._store.close()
            if isinstance(self._place, str):
                empty(self._place)

    async def _opened(self) -> Store:
        async with self._lock:
            if self._store is None:
                store = await open_empty(self._place)
                project = await store.perform(self._opening)
                assert project == first_project(self._opening), "the store was not empty"
                self._store = store
        return self._store


def first_project(opening: OpenProject) -> Project:
    """Return the project that is opened first in an empty store."""
    return Project(1, opening.name, opening.at)


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        migrate(Path(folder))
        return (Path(folder) / FILE_NAME).read_bytes()
