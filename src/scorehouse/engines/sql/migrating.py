"""Bring a store's schema up to date, one process at a time."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from scorehouse.engines.sql.connections_postgresql import single_connection
from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.engines.sql.statistics import describe_indexes
from scorehouse.engines.sql.tables import metadata

_SCRIPTS = Path(__file__).parent / "migrations"

MIGRATION_LOCK = 4480_0001
"""The advisory lock under which a PostgreSQL database is migrated; any number, as long as it never changes."""


class SchemaTooNew(Exception):
    """The data was written by a newer release, which this one cannot read."""


class SchemaTooOld(Exception):
    """The data was written by an older release, and nobody has said that it may be brought up to date."""


def migrate(folder: Path) -> tuple[str | None, str]:
    """Run the migrations that the store in `folder` has not seen, in one transaction.

    Returns:
        the schema that it had, None for none, and the one that it has now.

    Raises:
        SchemaTooNew: the store has seen migrations that this release does not have.
    """
    engine = create_engine(f"sqlite:///{folder / FILE_NAME}", connect_args={"isolation_level": None})

    def upgrade(connection: Connection, config: Config) -> None:
        command.upgrade(config, "head")
        describe_indexes(connection, metadata.tables)

    newest = _newest()
    with engine.connect() as connection:
        seen = _current(connection)
        if seen != newest:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            _upgrade(connection, upgrade)
            connection.exec_driver_sql("COMMIT")
    engine.dispose()
    return seen, newest


def migrate_database(url: str, *, upgrades: bool) -> tuple[str | None, str]:
    """Run the migrations that a PostgreSQL database has not seen, in one transaction, under a lock.

    An empty database is always given the schema; one that has an older one only where `upgrades`: several nodes may
    be running on it.

    Returns:
        the schema that it had, None for none, and the one that it has now.

    Raises:
        SchemaTooNew: the store has seen migrations that this release does not have.
        SchemaTooOld: it has not seen all of them, and `upgrades` is false.
        ConnectionError: the database cannot be reached.
    """
    newest = _newest()
    with single_connection(url) as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        seen = _current(connection)
        if seen is not None and seen != newest and not upgrades and seen in _known():
            raise SchemaTooOld(
                f"The data is of schema {seen}, this release needs {newest}: stop all nodes, then 'scorehouse migrate'."
            )
        if seen != newest:
            _upgrade(connection, lambda _, config: command.upgrade(config, "head"))
        connection.exec_driver_sql("COMMIT")
    return seen, newest


def _upgrade(connection: Connection, upgrade: Callable[[Connection, Config], None]) -> None:
    seen = _current(connection)
    if seen is not None and seen not in _known():
        raise SchemaTooNew(f"The data is of schema {seen}; this release knows {_newest()}.")
    config = _config()
    config.attributes["connection"] = connection
    upgrade(connection, config)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def _newest() -> str:
    head = _scripts().get_current_head()
    assert head is not None  # noqa: S101 - there is a first migration
    return head


def _known() -> set[str]:
    return {item.revision for item in _scripts().walk_revisions()}


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
