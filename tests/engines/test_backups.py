"""Backups as the documentation says to make them: taken while writes go on, put back, complete as of one moment."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

from scorehouse.engines.sql import open_sqlite
from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.engines.sql.opening_postgresql import open_postgresql
from scorehouse.storage.port import Store
from tests.engines.stores import Room, draft, open_room
from tests.postgresql_server import EMPTY, PostgresqlServer, binaries


def run(*command: str | Path) -> None:
    """Run a program that succeeds."""
    subprocess.run(command, check=True)


async def write_while(store: Store, back_up: Callable[[], None]) -> tuple[Room, int]:
    """Record scores before, during and after a backup; return how many were acknowledged before it began."""
    room = await open_room(store)
    for _ in range(20):
        await room.record(draft())
    backing_up = asyncio.create_task(asyncio.to_thread(back_up))
    while not backing_up.done():
        await room.record(draft())
    await backing_up
    return room, 20


async def check(restored: Store, room: Room, acknowledged: int) -> None:
    """Hold the restored store to what had been acknowledged, and write to it."""
    again = Room(restored, room.project, ticks=room.ticks, minted=room.minted)
    there, original = await again.scores(), await room.scores()
    assert len(there) >= acknowledged
    assert there == original[: len(there)]
    assert [change.id for change in await again.changes() if change.subject == "score"] == [score.id for score in there]
    added = await again.record(draft(name="after"))
    assert (await again.scores())[-1] == added


async def test_a_folder_is_backed_up_while_it_is_written(tmp_path: Path) -> None:
    """SQLite's online backup, laid into another folder, is a whole store."""
    store = await open_sqlite(tmp_path / "data", queue_rows_max=100, read_threads=1)
    (tmp_path / "restored").mkdir()

    def back_up() -> None:
        source = sqlite3.connect(tmp_path / "data" / FILE_NAME)
        target = sqlite3.connect(tmp_path / "restored" / FILE_NAME)
        source.backup(target)
        source.close()
        target.close()

    room, acknowledged = await write_while(store, back_up)
    restored = await open_sqlite(tmp_path / "restored", queue_rows_max=100, read_threads=1)
    await check(restored, room, acknowledged)
    await restored.close()
    await store.close()


async def test_a_database_is_backed_up_while_it_is_written(
    tmp_path: Path, postgresql: PostgresqlServer, database_url: str
) -> None:
    """pg_dump and pg_restore make a whole store of it, in an empty database."""
    fresh = postgresql.url(postgresql.new_database(EMPTY))
    store = await open_postgresql(database_url, queue_rows_max=100, read_threads=1, writers=1, prepares=True)
    dump = f"--file={tmp_path / 'scores.dump'}"

    def back_up() -> None:
        run(binaries() / "pg_dump", "--format=custom", dump, database_url)

    room, acknowledged = await write_while(store, back_up)
    into = f"--dbname={fresh}"
    await asyncio.to_thread(run, binaries() / "pg_restore", "--no-owner", into, tmp_path / "scores.dump")
    restored = await open_postgresql(fresh, queue_rows_max=100, read_threads=1, writers=1, prepares=True)
    await check(restored, room, acknowledged)
    await restored.close()
    await store.close()
