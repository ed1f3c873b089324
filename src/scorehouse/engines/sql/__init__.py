"""The record on SQL: SQLite embedded, PostgreSQL for many nodes; only connection and writer differ.

store          SqlStore, the port fulfilled     plans, filters, fields, comparisons, functions
opening        `open_sqlite`, `open_postgresql`     queries → SQL
writer         group commit
transaction    what verbs write through
verbs/         one function a verb              *_rows, codes, lists
tables         the schema                           words ↔ rows
migrations/    its history                      keys, memory: surrogate keys and terms

copying, sharding   for operators

connections_*, committer_* and transaction_* are what each of the two has of its own.
"""

from scorehouse.engines.sql.copying import Copied, NotACopy
from scorehouse.engines.sql.copying import copy as copy_store
from scorehouse.engines.sql.migrating import SchemaTooNew, SchemaTooOld, migrate_database
from scorehouse.engines.sql.migrating import migrate as migrate_folder
from scorehouse.engines.sql.opening import open_postgresql, open_sqlite
from scorehouse.engines.sql.sharding import ShardingRefused, sharding_statements
from scorehouse.engines.sql.sharding import shard as shard_database
from scorehouse.engines.sql.store import SqlStore

__all__ = [
    "Copied",
    "NotACopy",
    "SchemaTooNew",
    "SchemaTooOld",
    "ShardingRefused",
    "SqlStore",
    "copy_store",
    "migrate_database",
    "migrate_folder",
    "open_postgresql",
    "open_sqlite",
    "shard_database",
    "sharding_statements",
]
