"""Bring a store's schema up to date, one process at a time.

Alembic is loaded (``upgrading``) where there is a migration to run: a store that is up to date, as at nearly every
start, is known by its number. ``migrating_postgresql`` does the same for a database.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect

from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.engines.sql.statistics import describe_indexes
from scorehouse.engines.sql.tables import metadata

SCRIPTS = Path(__file__).parent / "migrations"


class SchemaTooNew(Exception):
    """The data was written by a newer release, which this one cannot read."""


def migrate(folder: Path) -> tuple[str | None, str]:
    """Run the migrations that the store in `folder` has not seen, in one transaction.

    Returns:
        the schema that it had, None for none, and the one that it has now.

    Raises:
        SchemaTooNew: the store has seen migrations that this release does not have.
    """
    engine = create_engine(f"sqlite:///{folder / FILE_NAME}", connect_args={"isolation_level": None})
    newest = newest_schema()
    with engine.connect() as connection:
        seen = current_schema(connection)
        if seen != newest:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            upgrade(connection)
            describe_indexes(connection, metadata.tables)
            connection.exec_driver_sql("COMMIT")
    engine.dispose()
    return seen, newest


def upgrade(connection: Connection) -> None:
    """Run what has not been run, in the transaction that the connection is in.

    Raises:
        SchemaTooNew: see `migrate`.
    """
    seen = current_schema(connection)
    if seen is not None and seen not in known_schemas():
        raise SchemaTooNew(f"The data is of schema {seen}; this release knows {newest_schema()}.")
    from scorehouse.engines.sql.upgrading import run_migrations  # noqa: PLC0415 - loads alembic, which most starts spare

    run_migrations(connection, SCRIPTS)


def current_schema(connection: Connection) -> str | None:
    """Return the number of the last migration that was run, None if there was none; alembic keeps it in a table."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    number: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return number


def newest_schema() -> str:
    """Return the number of the last migration that this release has."""
    return max(known_schemas())


@cache
def known_schemas() -> frozenset[str]:
    """Return the numbers of all migrations that this release has: what their files' names begin with."""
    return frozenset(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*_*.py"))
