"""Open a store: on SQLite in a folder, on PostgreSQL by its URL."""

import asyncio
import sqlite3
from pathlib import Path

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from scorehouse.engines.sql import connections_postgresql, connections_sqlite
from scorehouse.engines.sql.committer_postgresql import PostgresqlCommitter
from scorehouse.engines.sql.committer_sqlite import SqliteCommitter
from scorehouse.engines.sql.migrating import migrate, migrate_database
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


async def open_postgresql(
    url: str,
    *,
    queue_rows_max: int,
    read_threads: int,
    writers: int,
    prepares: bool,
    queue_timeout_s: float = QUEUE_TIMEOUT_S,
    longest_read_s: float | None = None,
) -> SqlStore:
    """Open the store in a database, given the schema now if it is empty. Any number of nodes may have it open.

    Args:
        url: ``postgresql://user:password@host:port/database?…``, as libpq reads it.
        queue_rows_max: rows that may wait to be written, by each writer.
        read_threads: connections that read.
        writers: connections that write; a project always goes to the same one.
        prepares: whether statements are prepared; a pooler in between may forbid it.
        queue_timeout_s: how long a verb or a question may wait for its turn.
        longest_read_s: how long a list may take; None for as long as it takes.

    Raises:
        ConnectionError: the database cannot be reached.
        SchemaTooNew, SchemaTooOld: another release has written to it.
    """
    await asyncio.to_thread(migrate_database, url, upgrades=False)
    connect = connections_postgresql.connector(url, prepares=prepares)
    engine = connections_postgresql.reading_engine(url, read_threads, prepares=prepares)
    dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # of the library
    commits = Commits()
    lanes = [
        Writer(PostgresqlCommitter(connect, dialect, PERFORMERS), commits, queue_rows_max, queue_timeout_s)
        for _ in range(writers)
    ]
    ways = connections_postgresql
    readers = Readers(engine, ways.begin_reading, ways.took_too_long, ways.database_refuses, ways.misreads)
    return SqlStore(
        lanes, commits, readers, read_threads, queue_timeout_s=queue_timeout_s, longest_read_s=longest_read_s
    )


def _open_file(folder: Path) -> sqlite3.Connection:
    folder.mkdir(parents=True, exist_ok=True)
    connection = connections_sqlite.open_writer(folder)
    migrate(folder)
    return connection
