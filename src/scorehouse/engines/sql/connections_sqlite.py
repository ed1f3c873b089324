"""Connections to SQLite: one that writes, a few that read.

WAL lets readers go on while the writer commits; ``synchronous=FULL`` syncs the log at every commit, so that what is
answered survives the machine.
"""

import sqlite3
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from scorehouse.engines.sql.patterns import matches, member_matches
from scorehouse.engines.sql.texts import moment_text, number_text

FILE_NAME = "scorehouse.sqlite3"

WRITER_CACHE_KIBIBYTES = 32 * 1024
"""The upper levels of the indexes of some ten million scores."""

READER_CACHE_KIBIBYTES = 2 * 1024
"""Of each connection, for the upper levels of its indexes; pages that are read once are the system's to keep."""

CHECKPOINT_PAGES = 4000
"""Pages of log after which a commit moves them into the database: 32 MiB, so that moving is rare and sequential."""

STEPS_BETWEEN_LOOKS = 1_000_000
"""Instructions of SQLite's machine after which a long read looks at the clock, for which it needs the interpreter: some
20 ms."""

PAGE_BYTES = 8192
"""Large enough that a score with its comment stays on its page."""


_FUNCTIONS = (
    ("scorehouse_matches", 2, matches),
    ("scorehouse_member_matches", 2, member_matches),
    ("scorehouse_number_text", 1, number_text),
    ("scorehouse_moment_text", 1, moment_text),
)
"""What filters ask for and SQLite does not have: name, number of arguments, function."""

_DISK_ERRORS = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
    }
)


def open_writer(folder: Path) -> sqlite3.Connection:
    """Open the connection that writes. Its transactions are begun and ended by hand."""
    connection = sqlite3.connect(folder / FILE_NAME, timeout=0, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIBIBYTES}")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def reading_engine(folder: Path, connections: int) -> Engine:
    """Open the pool of connections that read."""
    engine = create_engine(
        f"sqlite:///{folder / FILE_NAME}",
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={"timeout": 5, "check_same_thread": False, "isolation_level": None},
    )
    event.listen(engine, "connect", _prepare_reader)
    return engine


def _prepare_reader(connection: sqlite3.Connection, _: Any) -> None:
    connection.execute("PRAGMA query_only = ON")
    connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIBIBYTES}")
    connection.execute("PRAGMA temp_store = MEMORY")
    for name, arguments, function in _FUNCTIONS:
        connection.create_function(name, arguments, function, deterministic=True)


def begin_reading(connection: Connection, longest_s: float | None) -> None:
    """Begin a transaction that reads; what takes longer than so many seconds is interrupted."""
    raw: Any = connection.connection.driver_connection
    deadline = None if longest_s is None else monotonic() + longest_s
    raw.set_progress_handler(deadline and (lambda: monotonic() > deadline), STEPS_BETWEEN_LOOKS)
    connection.exec_driver_sql("BEGIN")


def took_too_long(error: BaseException | None) -> bool:
    """Tell that a statement was interrupted."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT


def disk_refuses(error: BaseException | None) -> bool:
    """Tell a disk that is full, broken, read-only or locked from a defect of ours."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK_ERRORS
