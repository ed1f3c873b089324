"""Spread a PostgreSQL database over the machines of a Citus cluster, by project.

Every key of ours begins with the project and joins stay inside of one, so nothing of the schema changes. Tables are
placed together: what belongs to a project is on one machine. Three small tables that say which project is asked about
are on every machine.
"""

from collections.abc import Iterator

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from scorehouse.engines.sql.connections_postgresql import single_connection
from scorehouse.engines.sql.tables import metadata

REFERENCE_TABLES = ("project", "access_key", "voucher")
"""Small, needed to find out which project is asked about, and so on every machine."""

DISTRIBUTED_TABLES = tuple(sorted({table.name for table in metadata.sorted_tables} - {*REFERENCE_TABLES}))


class ShardingRefused(Exception):
    """The database does not have the extension that shards it, or that refused a statement; with its reason."""


def sharding_statements() -> tuple[str, ...]:
    """Return the statements that spread an unspread database, in order."""
    first, *others = DISTRIBUTED_TABLES
    return (
        *(f"SELECT create_reference_table('{name}')" for name in REFERENCE_TABLES),
        f"SELECT create_distributed_table('{first}', 'project', colocate_with => 'none')",
        *(f"SELECT create_distributed_table('{name}', 'project', colocate_with => '{first}')" for name in others),
    )


def shard(url: str) -> tuple[str, ...]:
    """Run those statements that have not been run; return them.

    Raises:
        ShardingRefused: the extension is missing or refuses; what was run before stays.
        ConnectionError: the database cannot be reached.
    """
    with single_connection(url) as connection:
        if not connection.exec_driver_sql("SELECT 1 FROM pg_extension WHERE extname = 'citus'").first():
            raise ShardingRefused(
                "This database does not have the extension 'citus': run 'CREATE EXTENSION citus' first."
            )
        missing = tuple(_missing(connection))
        for statement in missing:
            try:
                connection.exec_driver_sql(statement)
            except DBAPIError as error:
                reason = str(error.orig).partition("\n")[0]
                raise ShardingRefused(f"The database refused '{statement}': {reason}.") from error
    return missing


def _missing(connection: Connection) -> Iterator[str]:
    spread = {str(row[0]) for row in connection.exec_driver_sql("SELECT logicalrelid::text FROM pg_dist_partition")}
    for statement in sharding_statements():
        table = statement.split("'")[1]
        if table not in spread:
            yield statement
