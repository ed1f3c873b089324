"""Tables divided by project inside of one database, to see what a cluster would be asked.

Every table that is sharded becomes two: one for the projects that tests open, numbered from 1 upwards, and one for all
others. A statement that says for each of its tables which project it means never looks into the second one: the planner
leaves it out, as Citus leaves out the machines that a statement has nothing to do with. What does look there is counted
by PostgreSQL itself, by table, so nothing has to read our statements: `strays` names the tables.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from scorehouse.engines.sql.sharding import DISTRIBUTED_TABLES
from tests.postgresql_server import PostgresqlServer

PROJECTS_MAX = 100
"""Numbers of projects that tests may open."""

OURS = {table: f"{table}_ours" for table in DISTRIBUTED_TABLES}
"""What a table's rows stand in; to empty that alone is no question about others."""

_NUMBERS = ", ".join(str(number) for number in range(PROJECTS_MAX))

_SPREAD = """
    ALTER TABLE {table} RENAME TO {table}_before;
    CREATE TABLE {table} (LIKE {table}_before INCLUDING ALL) PARTITION BY LIST (project);
    DROP TABLE {table}_before;
    CREATE TABLE {table}_ours PARTITION OF {table} FOR VALUES IN ({numbers});
    CREATE TABLE {table}_others PARTITION OF {table} DEFAULT;
"""

_STRAYS = """
    SELECT relname::text FROM pg_stat_user_tables
    WHERE relname LIKE '%\\_others' AND coalesce(seq_scan, 0) + coalesce(idx_scan, 0) > 0 ORDER BY 1
"""

_BACKENDS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""

PATIENCE_S = 10


def spread_database(server: PostgresqlServer) -> str:
    """Make a database with divided tables, and return its URL."""
    url = server.url(server.new_database())
    with psycopg.connect(url) as connection:
        for table in DISTRIBUTED_TABLES:
            connection.execute(_SPREAD.format(table=table, numbers=_NUMBERS).encode())
    with _settled(url) as connection:
        connection.execute("SELECT pg_stat_reset()")  # Dividing them has looked everywhere.
    return url


def strays(url: str) -> list[str]:
    """List the tables of which a statement did not say which project it means, since the database was made."""
    with _settled(url) as connection:
        return [str(name) for (name,) in connection.execute(_STRAYS.encode())]


@contextmanager
def _settled(url: str) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """Connect once everybody else has gone: what a connection did is counted for others when it is closed."""
    deadline = time.monotonic() + PATIENCE_S
    with psycopg.connect(url, autocommit=True) as connection:
        while (connection.execute(_BACKENDS.encode()).fetchone() or (0,))[0]:
            assert time.monotonic() < deadline, "connections were left open"
            time.sleep(0.01)
        yield connection
