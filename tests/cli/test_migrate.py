"""``scorehouse migrate``: schemas, copies and shards, as operators run them."""

import sqlite3
from pathlib import Path

import psycopg
import pytest

from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.engines.sql import copying, open_sqlite
from scorehouse.engines.sql.copying import NotACopy, copy
from scorehouse.engines.sql.migrations import versions
from scorehouse.engines.sql.opening_postgresql import open_postgresql
from scorehouse.engines.sql.sharding import DISTRIBUTED_TABLES, REFERENCE_TABLES, sharding_statements
from scorehouse.engines.sql.tables import metadata
from scorehouse.storage.port import Store
from tests.cli.test_keys import scorehouse
from tests.engines.stores import Room, draft, open_room
from tests.postgresql_server import EMPTY, PostgresqlServer


async def furnish(store: Store) -> Room:
    """Write something of most kinds."""
    room = await open_room(store)
    await room.anchor(
        TraceSketch(id="trace-1", tags=("a", "ü")), SpanSketch(id="span-1", trace="trace-1", input={"q": 1})
    )
    for number in range(5):
        await room.record(draft(name=f"name-{number}", number=0.1 * number, comment="é\n🙂", metadata={"n": [1, None]}))
    await room.forget((await room.scores())[0].id)
    return room


def nothing(what: str, table: str, rows: int, total: int) -> None:
    """Be told of progress, and say nothing."""


async def test_a_store_moves_to_postgresql_and_back(tmp_path: Path, database_url: str) -> None:
    """SQLite → PostgreSQL → SQLite: every question is answered alike on all three, and writing goes on in each."""
    store = await open_sqlite(tmp_path / "first", queue_rows_max=100, read_threads=1)
    room = await furnish(store)
    scores, changes = await room.scores(), await room.changes()
    await store.close()
    copied = {table.table: table for table in copy(tmp_path / "first", database_url, nothing)}
    assert copied["score"].rows == copied["score"].moved == 4
    assert set(copied) == set(metadata.tables)
    there = await open_postgresql(database_url, queue_rows_max=100, read_threads=1, writers=1, prepares=True)
    moved = Room(there, room.project, ticks=room.ticks, minted=room.minted)
    assert (await moved.scores(), await moved.changes()) == (scores, changes)
    await moved.record(draft(name="on PostgreSQL"))
    scores, changes = await moved.scores(), await moved.changes()
    await there.close()
    copy(database_url, tmp_path / "second", nothing)
    back = await open_sqlite(tmp_path / "second", queue_rows_max=100, read_threads=1)
    home = Room(back, room.project, ticks=room.ticks, minted=room.minted)
    assert (await home.scores(), await home.changes()) == (scores, changes)
    await home.record(draft(name="home"))
    assert [score.name for score in await home.scores()][-2:] == ["on PostgreSQL", "home"]
    await back.close()


async def test_an_interrupted_copy_goes_on(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped in the middle of a table, it copies only what is missing; a third time nothing."""
    monkeypatch.setattr(copying, "BATCH_ROWS", 2)
    store = await open_sqlite(tmp_path, queue_rows_max=100, read_threads=1)
    await furnish(store)
    await store.close()

    def stop_in_scores(what: str, table: str, rows: int, total: int) -> None:
        if (what, table) == ("copied", "score"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(tmp_path, database_url, stop_in_scores)
    again = {table.table: table for table in copy(tmp_path, database_url, nothing)}
    assert (again["score"].rows, again["score"].moved) == (4, 2)
    assert {table.moved for table in copy(tmp_path, database_url, nothing)} == {0}


async def test_a_copy_that_differs_is_said_to(tmp_path: Path, database_url: str) -> None:
    """One changed value anywhere, or another store in the target, and it is no copy."""
    store = await open_sqlite(tmp_path / "ours", queue_rows_max=100, read_threads=1)
    await furnish(store)
    await store.close()
    copy(tmp_path / "ours", database_url, nothing)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE score SET comment = 'é' WHERE key = 3")
    with pytest.raises(NotACopy, match=r"table score at \[1, 3\]"):
        copy(tmp_path / "ours", database_url, nothing)
    other = await open_sqlite(tmp_path / "other", queue_rows_max=100, read_threads=1)
    await open_room(other, "somebody else's")
    await other.close()
    with pytest.raises(NotACopy, match="another store"):
        copy(tmp_path / "other", database_url, nothing)


def test_the_command_line_migrates_and_copies(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    """Each says what it did; what cannot be done is one line, without a password."""
    url = postgresql.url(postgresql.new_database(EMPTY))
    newest = max(path.name[:4] for path in Path(versions.__path__[0]).glob("0*.py"))
    assert f"had schema none, and has {newest} now" in scorehouse(tmp_path, "migrate").stdout
    assert f"is of schema {newest} already" in scorehouse(tmp_path, "migrate").stdout
    assert f"had schema none, and has {newest} now" in scorehouse(None, "migrate", database_url=url).stdout
    copied = scorehouse(tmp_path, "migrate", "copy", "--to", url)
    assert (copied.returncode, copied.stdout.splitlines()[-1]) == (0, "The copy is complete.")
    assert scorehouse(tmp_path, "migrate", "copy", "--to", str(tmp_path)).returncode == 1
    refused = scorehouse(None, "migrate", "shard", database_url=url)
    assert (refused.returncode, refused.stderr.count("\n"), "citus" in refused.stderr) == (1, 1, True)
    away = scorehouse(None, "migrate", database_url="postgresql://u:hunter2@127.0.0.1:1/none?connect_timeout=1")
    assert (away.returncode, away.stderr.count("\n"), "hunter2" in away.stderr) == (1, 1, False)
    assert sqlite3.connect(tmp_path / "scorehouse.sqlite3").execute("SELECT count(*) FROM head").fetchone() == (0,)


def test_a_dry_run_shows_how_tables_are_spread() -> None:
    """Every table once: the three of reference on every machine, the others by project, together."""
    shown = scorehouse(None, "migrate", "shard", "--dry-run").stdout.splitlines()
    assert shown == [f"{statement};" for statement in sharding_statements()]
    assert len(shown) == len(metadata.tables)
    assert {*REFERENCE_TABLES, *DISTRIBUTED_TABLES} == set(metadata.tables)
    assert sum("create_reference_table" in line for line in shown) == 3
    assert all("'project', colocate_with" in line for line in shown if "create_distributed_table" in line)
