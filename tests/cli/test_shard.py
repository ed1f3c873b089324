"""``scorehouse migrate shard``, run against the rules of Citus (`tests/citus`), which stand in for a cluster."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from scorehouse.engines.sql.opening_postgresql import open_postgresql
from scorehouse.engines.sql.sharding import DISTRIBUTED_TABLES, REFERENCE_TABLES, sharding_statements
from tests.cli.test_keys import scorehouse
from tests.engines.stores import draft, open_room
from tests.postgresql_server import PostgresqlServer

STAND_IN = Path(__file__).parents[1] / "citus" / "extension"

EXTENSIONS_ANYWHERE = 18
"""The release from which a server can be told where extensions are."""

SPREAD = "SELECT logicalrelid::text, partmethod::text, partkey, colocationid FROM pg_dist_partition"


@pytest.fixture
def cluster_url(postgresql: PostgresqlServer, database_url: str) -> str:
    """A database with the schema and the stand-in, as its extension `citus`."""
    if postgresql.release < EXTENSIONS_ANYWHERE:
        pytest.skip("before PostgreSQL 18 an extension has to be put into the installation, which is not ours")
    folder = postgresql.folder / "share" / "extension"
    if not folder.exists():
        shutil.copytree(STAND_IN, folder)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"SET extension_control_path = '{folder.parent}:$system'".encode())
        connection.execute("CREATE EXTENSION citus")
    return database_url


@pytest.fixture
def connection(cluster_url: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection to it, whose statements stand for themselves."""
    with psycopg.connect(cluster_url, autocommit=True) as opened:
        yield opened


async def test_every_table_is_spread_by_project_with_what_is_in_it(cluster_url: str) -> None:
    """The rules let every table of ours pass; asked again it does nothing; nodes go on with what was there."""
    store = await open_postgresql(cluster_url, queue_rows_max=100, read_threads=1, writers=1, prepares=True)
    room = await open_room(store)
    score = await room.record(draft())
    ran = scorehouse(None, "migrate", "shard", database_url=cluster_url)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [f"{statement};" for statement in sharding_statements()]
    with psycopg.connect(cluster_url) as connection:
        spread = set(connection.execute(SPREAD).fetchall())
    assert spread == {
        *((name, "n", None, 0) for name in REFERENCE_TABLES),
        *((name, "h", "project", 1) for name in DISTRIBUTED_TABLES),
    }
    assert scorehouse(None, "migrate", "shard", database_url=cluster_url).stdout == "All tables are spread already.\n"
    assert await room.scores() == [score]
    await store.close()


def test_what_was_begun_is_finished(cluster_url: str, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """After an interruption only what is missing is run, placed together with what was there."""
    for statement in sharding_statements()[:4]:
        connection.execute(statement.encode())
    ran = scorehouse(None, "migrate", "shard", database_url=cluster_url)
    assert ran.stdout.splitlines() == [f"{statement};" for statement in sharding_statements()[4:]]
    assert {row[3] for row in connection.execute(SPREAD) if row[1] == "h"} == {1}


BROKEN = [
    ("CREATE UNIQUE INDEX wrong ON score (external_id)", "cannot create constraint"),
    ("CREATE UNIQUE INDEX wrong ON score (key) INCLUDE (project)", "cannot create constraint"),
    (
        "ALTER TABLE score DROP CONSTRAINT score_pkey; ALTER TABLE score ADD PRIMARY KEY (key)",
        "cannot create constraint",
    ),
    (
        "ALTER TABLE project ADD UNIQUE (name); ALTER TABLE project ADD wrong integer REFERENCES other",
        "reference tables",
    ),
    ("ALTER TABLE score ADD wrong integer REFERENCES other", "cannot create foreign key"),
    ("ALTER TABLE head ADD wrong integer, ADD FOREIGN KEY (wrong) REFERENCES head", "cannot create foreign key"),
    ("ALTER TABLE other ADD wrong integer REFERENCES head", "cannot create foreign key"),
    ("ALTER TABLE head ALTER project TYPE bigint", "cannot colocate"),
    ("ALTER TABLE head RENAME project TO wrong", "does not exist"),
]


@pytest.mark.parametrize(("change", "reason"), BROKEN)
def test_a_schema_that_citus_would_refuse_is_refused(
    cluster_url: str, connection: "psycopg.Connection[tuple[object, ...]]", change: str, reason: str
) -> None:
    """The stand-in can say no: each rule that our schema keeps to, broken once."""
    connection.execute("CREATE TABLE other (id integer PRIMARY KEY)")
    connection.execute(change.encode())
    ran = scorehouse(None, "migrate", "shard", database_url=cluster_url)
    assert ran.returncode == 1
    assert reason in ran.stderr
    assert ran.stderr.count("\n") == 1
