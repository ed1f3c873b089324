"""Bring a store's schema up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.engines.sql.statistics import describe_indexes
from scorehouse.engines.sql.tables import metadata

_SCRIPTS = Path(__file__).parent / "migrations"


class SchemaTooNew(Exception):
    """The data was written by a newer release, which this one cannot read."""


def migrate(folder: Path) -> None:
    """Run the migrations that the store in `folder` has not seen, in one transaction.

    Raises:
        SchemaTooNew: the store has seen migrations that this release does not have.
    """
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    engine = create_engine(f"sqlite:///{folder / FILE_NAME}", connect_args={"isolation_level": None})
    with engine.connect() as connection:
        if _current(connection) == scripts.get_current_head():
            return
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        seen = _current(connection)
        if seen is not None and seen not in {item.revision for item in scripts.walk_revisions()}:
            raise SchemaTooNew(f"The data is of schema {seen}; this release knows {scripts.get_current_head()}.")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        describe_indexes(connection, metadata.tables)
        connection.exec_driver_sql("COMMIT")
    engine.dispose()


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
