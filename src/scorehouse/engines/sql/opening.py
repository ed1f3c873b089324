"""Open a store on SQLite."""

import asyncio
import sqlite3
from pathlib import Path

from scorehouse.engines.sql.committer_sqlite import SqliteCommitter
from scorehouse.engines.sql.connections_sqlite import disk_refuses, open_writer, reading_engine
from scorehouse.engines.sql.migrating import migrate
from scorehouse.engines.sql.performers import PERFORMERS
from scorehouse.engines.sql.store import Readers, SqlStore
from scorehouse.engines.sql.writer import Commits, Writer


async def open_sqlite(folder: Path, *, queue_rows_max: int, read_threads: int) -> SqlStore:
    """Open the store in a folder, made now if it is not there, with its schema up to date.

    Raises:
        OSError: the folder cannot be made or written.
        SchemaTooNew: a newer release has written to it.
    """
    connection = await asyncio.to_thread(_open_file, folder)
    engine = reading_engine(folder, read_threads)
    commits = Commits()
    writer = Writer(SqliteCommitter(connection, engine.dialect, PERFORMERS), commits, queue_rows_max)
    return SqlStore((writer,), commits, Readers(engine, "BEGIN", disk_refuses), read_threads)


def _open_file(folder: Path) -> sqlite3.Connection:
    folder.mkdir(parents=True, exist_ok=True)
    connection = open_writer(folder)
    migrate(folder)
    return connection
