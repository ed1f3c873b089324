"""The record on SQL: SQLite embedded, PostgreSQL for many nodes; only connection and writer differ.

store          SqlStore, the port fulfilled     plans, filters, fields, comparisons, functions
opening        `open_sqlite`, `open_postgresql`     queries → SQL
writer         group commit
transaction    what verbs write through
verbs/         one function a verb              *_rows, codes, lists
tables         the schema                           words ↔ rows
migrations/    its history                      keys, memory: surrogate keys and terms

connections_*, committer_* and transaction_* are what each of the two has of its own.
"""

from scorehouse.engines.sql.migrating import SchemaTooNew, SchemaTooOld
from scorehouse.engines.sql.opening import open_postgresql, open_sqlite
from scorehouse.engines.sql.store import SqlStore

__all__ = ["SchemaTooNew", "SchemaTooOld", "SqlStore", "open_postgresql", "open_sqlite"]
