"""The record on SQL: SQLite embedded, PostgreSQL next; one schema, in which only the connection and the writer differ.

store          SqlStore, the port fulfilled; `open_sqlite`
writer         group commit                     plans, filters, fields, comparisons, functions
transaction    what verbs write through             queries → SQL
verbs/         one function a verb              *_rows, codes, lists
tables         the schema                           words ↔ rows
migrations/    its history                      keys, memory: surrogate keys and terms
"""

from scorehouse.engines.sql.migrating import SchemaTooNew
from scorehouse.engines.sql.opening import open_sqlite
from scorehouse.engines.sql.store import SqlStore

__all__ = ["SchemaTooNew", "SqlStore", "open_sqlite"]
