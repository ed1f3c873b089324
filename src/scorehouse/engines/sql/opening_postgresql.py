"""Open a store on PostgreSQL, by its URL. Loaded by whoever has one: a server on SQLite does without the driver."""

import asyncio

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from scorehouse.engines.sql import connections_postgresql
from scorehouse.engines.sql.committer_postgresql import PostgresqlCommitter
from scorehouse.engines.sql.migrating_postgresql import migrate_database
from scorehouse.engines.sql.performers import PERFORMERS
from scorehouse.engines.sql.store import Readers, SqlStore
from scorehouse.engines.sql.writer import QUEUE_TIMEOUT_S, Commits, Writer


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
