"""Open a store on SQLite, in a folder; ``opening_postgresql`` opens one by its URL."""

import asyncio
import sqlite3
from pathlib import Path

from scorehouse.engines.sql import connections_sqlite
from scorehouse.engines.sql.committer_sqlite import SqliteCommitter
from scorehouse.engines.sql.migrating import migrate
from scorehouse.engines.sql.performers import PERFORMERS
from scorehouse.engines.sql.store import Readers, SqlStore
from scorehouse.engines.sql.writer import QUEUE_TIMEOUT_S, Commits, Writer


async def open_sqlite(
    folder: Path,
    *,
    queue_rows_max: int,
    read_threads: int,
    queue_timeout_s: float = QUEUE_TIMEOUT_S,
    longest_read_s: float | None = None,
) -> SqlStore:
    """Open the store in a folder, made now if it is not there, with its schema up to date.

    Raises:
        OSError: the folder cannot be made or written.
        SchemaTooNew: a newer release has written to it.
    """
    connection = await asyncio.to_thread(_open_file, folder)
    engine = connections_sqlite.reading_engine(folder, read_threads)
    commits = Commits()
    writer = Writer(SqliteCommitter(connection, engine.dialect, PERFORMERS), commits, queue_rows_max, queue_timeout_s)
    ways = connections_sqlite
    readers = Readers(engine, ways.begin_reading, ways.took_too_long, ways.disk_refuses)
    return SqlStore(
        (writer,), commits, readers, read_threads, queue_timeout_s=queue_timeout_s, longest_read_s=longest_read_s
    )


def _open_file(folder: Path) -> sqlite3.Connection:
    folder.mkdir(parents=True, exist_ok=True)
    connection = connections_sqlite.open_writer(folder)
    migrate(folder)
    return connection
