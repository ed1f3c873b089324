"""Bring the schema of a PostgreSQL database up to date, one process at a time."""

from scorehouse.engines.sql.connections_postgresql import single_connection
from scorehouse.engines.sql.migrating import current_schema, known_schemas, newest_schema, upgrade

MIGRATION_LOCK = 4480_0001
"""The advisory lock under which a database is migrated; any number, as long as it never changes."""


class SchemaTooOld(Exception):
    """The data was written by an older release, and nobody has said that it may be brought up to date."""


def migrate_database(url: str, *, upgrades: bool) -> tuple[str | None, str]:
    """Run the migrations that a database has not seen, in one transaction, under a lock.

    An empty database is always given the schema; one that has an older one only where `upgrades`: several nodes may
    be running on it.

    Returns:
        the schema that it had, None for none, and the one that it has now.

    Raises:
        SchemaTooNew: the store has seen migrations that this release does not have.
        SchemaTooOld: it has not seen all of them, and `upgrades` is false.
        ConnectionError: the database cannot be reached.
    """
    newest = newest_schema()
    with single_connection(url) as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        seen = current_schema(connection)
        if seen is not None and seen != newest and not upgrades and seen in known_schemas():
            raise SchemaTooOld(
                f"The data is of schema {seen}, this release needs {newest}: stop all nodes, then 'scorehouse migrate'."
            )
        if seen != newest:
            upgrade(connection)
        connection.exec_driver_sql("COMMIT")
    return seen, newest
