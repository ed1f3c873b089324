"""Connections to SQLite: one that writes, a few that read.

WAL lets readers go on while the writer commits; ``synchronous=FULL`` syncs the log at every commit, so that what is
answered survives the machine.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from scorehouse.domain.refusals import Fault, Invalid

FILE_NAME = "scorehouse.sqlite3"

WRITER_CACHE_KIBIBYTES = 32 * 1024
"""The upper levels of the indexes of some ten million scores."""

READER_CACHE_KIBIBYTES = 8 * 1024

CHECKPOINT_PAGES = 4000
"""Pages of log after which a commit moves them into the database: 32 MiB, so that moving is rare and sequential."""

PAGE_BYTES = 8192
"""Large enough that a score with its comment stays on its page."""

PATTERN_CHARACTERS_MAX = 1000


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
    connection.create_function("scorehouse_matches", 2, _matches, deterministic=True)


def _matches(text: str | None, pattern: str) -> bool | None:
    return None if text is None else bool(compiled(pattern).search(text))


def compiled(pattern: str) -> Any:
    """Compile a regular expression of RE2, whose time is linear in the text: nobody can hang the server with one.

    Raises:
        Invalid: it is longer than 1,000 characters or not a regular expression.
    """
    import re2  # noqa: PLC0415 - few stores ever see a regular expression, and the library is not small

    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise Invalid(Fault(("filter",), "too_long", f"must not exceed {PATTERN_CHARACTERS_MAX} characters"))
    try:
        return re2.compile(pattern)
    except re2.error as error:
        raise Invalid(Fault(("filter",), "not_a_pattern", "must be a regular expression")) from error
