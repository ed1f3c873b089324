"""Connections to PostgreSQL: a few that write, a few that read.

Nothing here outlives a transaction on the server's side (no session settings, no advisory locks, no LISTEN), so that a
pooler which hands out connections by the transaction may stand between. Prepared statements are the one exception;
they can be switched off.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool, QueuePool

CONNECT_TIMEOUT_S = 5

PREPARE_AFTER = 3
"""Times that a statement is run before the server is asked to keep its plan: most of ours join nine tables."""

_OPTIONS: Mapping[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "application_name": "scorehouse",
    # A node that has lost its network notices within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "autocommit": True,
}

Connect = Callable[[], "psycopg.Connection[Any]"]

_REFUSALS = frozenset({"25006", "25P03"})
"""States that are no OperationalError and yet no defect: a standby that only reads, a transaction that was idle too
long."""


_MISMATCHES = frozenset({"42804", "42883"})
"""States of comparisons between types that do not compare."""


def connector(url: str, *, prepares: bool) -> Connect:
    """Return what opens a connection that writes. Its transactions are begun and ended by hand.

    Opening one raises psycopg.OperationalError where the database cannot be reached.
    """

    def connect() -> "psycopg.Connection[Any]":
        connection = psycopg.connect(url, prepare_threshold=PREPARE_AFTER if prepares else None, **_OPTIONS)
        # All integers as one type: otherwise 7 and 70,000 would be two statements to prepare.
        connection.adapters.register_dumper(int, Int8Dumper)
        return connection

    return connect


@contextmanager
def single_connection(url: str) -> Iterator[Connection]:
    """Open a connection for an operator's work, outside of a transaction.

    Raises:
        ConnectionError: the database cannot be reached; with its reason on one line.
    """
    creator = connector(url, prepares=False)
    engine = create_engine("postgresql+psycopg://", creator=creator, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise ConnectionError(str(error.orig).partition("\n")[0]) from error
    with connection:
        yield connection
    engine.dispose()


def reading_engine(url: str, connections: int, *, prepares: bool) -> Engine:
    """Open the pool of connections that read."""
    return create_engine(
        "postgresql+psycopg://",
        creator=connector(url, prepares=prepares),
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        # After the database has been away, connections of the pool are dead: asked first, they are replaced unseen.
        pool_pre_ping=True,
        isolation_level="AUTOCOMMIT",
    )


def begin_reading(connection: Connection, longest_s: float | None) -> None:
    """Begin a transaction that reads; a statement of it that takes longer than so many seconds is cancelled.

    The bound is the transaction's own, so that a pooler hands nobody else a connection that has it.
    """
    connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    if longest_s is not None:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, round(longest_s * 1000))}")


def took_too_long(error: BaseException | None) -> bool:
    """Tell that a statement was cancelled."""
    return isinstance(error, psycopg.errors.QueryCanceled)


def misreads(error: BaseException | None) -> bool:
    """Tell an operand that the database cannot read (another list's cursor, an odd pattern) from a defect of ours."""
    state = getattr(error, "sqlstate", None) or ""
    return isinstance(error, psycopg.Error) and (state.startswith("22") or state in _MISMATCHES)


def database_refuses(error: BaseException | None) -> bool:
    """Tell a database that is away, full, locked or read-only from a defect of ours."""
    if isinstance(error, psycopg.OperationalError):
        return True
    return isinstance(error, psycopg.Error) and error.sqlstate in _REFUSALS
