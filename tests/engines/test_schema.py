"""The schema: what the migrations build is what the tables say, and it shards as it is."""

import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Index, Table, UniqueConstraint, create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from scorehouse.engines.sql import migrating, migrating_postgresql
from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.engines.sql.migrating import SchemaTooNew, migrate
from scorehouse.engines.sql.migrating_postgresql import SchemaTooOld, migrate_database
from scorehouse.engines.sql.tables import metadata
from tests.postgresql_server import EMPTY, PostgresqlServer

for partial in (index for table in metadata.sorted_tables for index in table.indexes):
    # The tables say each condition once, as SQLite's option.
    partial.dialect_kwargs["postgresql_where"] = partial.dialect_options["sqlite"].get("where")

REFERENCE_TABLES = {"project", "access_key", "voucher"}
"""Small, needed to find out which project is asked about, and so on every shard."""

SHARDED = [table for table in metadata.sorted_tables if table.name not in REFERENCE_TABLES]


def described(path: Path) -> set[str]:
    """Return the definitions of all tables and indexes in a file, white space and quoting aside."""
    with sqlite3.connect(path) as connection:
        ours = "name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite%'"
        rows = connection.execute(f"SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND {ours}")  # noqa: S608 - our own condition
        return {re.sub(r'[\s"]+', "", sql) for (sql,) in rows}


def test_migrations_build_what_the_tables_say(tmp_path: Path) -> None:
    """A migrated store and one made from the tables have the same tables and indexes, to the column."""
    migrate(tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path / 'made.sqlite3'}")
    metadata.create_all(engine)
    engine.dispose()
    migrated, made = described(tmp_path / FILE_NAME), described(tmp_path / "made.sqlite3")
    assert migrated == made
    assert len(made) > len(metadata.tables)


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    """A store that is up to date is left alone."""
    migrate(tmp_path)
    before = (tmp_path / FILE_NAME).read_bytes()
    migrate(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_migrations_are_known_by_the_names_of_their_files() -> None:
    """The numbers that a start goes by, without alembic, are those that alembic itself finds, the newest as well."""
    config = Config()
    config.set_main_option("script_location", str(migrating.SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert {script.revision for script in scripts.walk_revisions()} == migrating.known_schemas()
    assert scripts.get_heads() == [migrating.newest_schema()]


def test_data_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    """A store that has seen a migration which this release does not know is not touched."""
    migrate(tmp_path)
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew, match="9999"):
        migrate(tmp_path)


@pytest.mark.parametrize("table", SHARDED, ids=lambda table: table.name)
def test_every_unique_key_contains_the_project(table: Table) -> None:
    """The distribution column stands first in the primary key and in every unique key."""
    keys = [list(table.primary_key.columns)]
    keys += [list(constraint.columns) for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    keys += [list(index.columns) for index in table.indexes if index.unique]
    assert all(columns[0].name == "project" for columns in keys), table.name


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_the_schema_can_be_said_to_postgresql(table: Table) -> None:
    """Every table and index compiles for PostgreSQL: nothing in it is SQLite's alone."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # of the library
    written = str(CreateTable(table).compile(dialect=dialect))
    assert f"CREATE TABLE {table.name} " in written.replace('"', "")
    assert "WITHOUT ROWID" not in written
    for index in table.indexes:
        assert isinstance(index, Index)
        assert ("WHERE" in str(CreateIndex(index).compile(dialect=dialect))) is _is_partial(index)


def _is_partial(index: Index) -> bool:
    return index.dialect_options["sqlite"].get("where") is not None


INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
COLUMNS = """
    SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, collation_name)
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""


@pytest.fixture
def empty_database(postgresql: PostgresqlServer) -> Iterator[str]:
    """A database without the schema."""
    name = postgresql.new_database(EMPTY)
    yield name
    postgresql.drop_database(name)


def test_migrations_build_what_the_tables_say_on_postgresql(
    postgresql: PostgresqlServer, database_url: str, empty_database: str
) -> None:
    """A migrated database and one made from the tables have the same columns, collations and indexes."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(postgresql.url(empty_database)))
    metadata.create_all(engine)
    engine.dispose()
    with psycopg.connect(database_url) as connection:
        migrated = {row[0] for statement in (INDEXES, COLUMNS) for row in connection.execute(statement.encode())}
    made = {row[0] for statement in (INDEXES, COLUMNS) for row in postgresql.execute(statement, empty_database)}
    assert migrated == made
    assert "score comment text YES C" in made


def test_nodes_that_start_together_make_the_schema_once(postgresql: PostgresqlServer, empty_database: str) -> None:
    """Of four that open an empty database at once, one makes the schema and the others find it."""
    url = postgresql.url(empty_database)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: migrate_database(url, upgrades=False), range(4)))
    assert sorted(seen is None for seen, _ in found) == [False, False, False, True]


def test_a_database_of_a_newer_release_is_refused(postgresql: PostgresqlServer, empty_database: str) -> None:
    """A database that has seen a migration which this release does not know is not touched."""
    url = postgresql.url(empty_database)
    migrate_database(url, upgrades=False)
    postgresql.execute("UPDATE alembic_version SET version_num = '9999'", empty_database)
    for upgrades in (False, True):
        with pytest.raises(SchemaTooNew, match="9999"):
            migrate_database(url, upgrades=upgrades)


def test_a_database_of_an_older_release_waits_for_its_operator(
    postgresql: PostgresqlServer, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serving refuses an older schema and says what to do; other nodes may be running on it."""
    url = postgresql.url(empty_database)
    migrate_database(url, upgrades=False)
    monkeypatch.setattr(migrating_postgresql, "newest_schema", lambda: "9998")
    with pytest.raises(SchemaTooOld, match="then 'scorehouse migrate'"):
        migrate_database(url, upgrades=False)
