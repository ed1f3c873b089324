"""The record on SQL: SQLite embedded, PostgreSQL for many nodes; only connection and writer differ.

store          SqlStore, the port fulfilled     plans, filters, fields, comparisons, functions
opening        `open_sqlite`                        queries → SQL
writer         group commit
transaction    what verbs write through
verbs/         one function a verb              *_rows, codes, lists
tables         the schema                           words ↔ rows
migrations/    its history                      keys, memory: surrogate keys and terms

copying, sharding   for operators

connections_*, committer_*, transaction_* and others that end in _sqlite or _postgresql are what each of the two has of
its own. What ends in _postgresql is loaded where the record is there, and alembic (``upgrading``) where there is a
migration to run: a server on SQLite starts without either. So this package hands on SQLite's alone;
``opening_postgresql`` has `open_postgresql`.
"""

from scorehouse.engines.sql.opening import open_sqlite
from scorehouse.engines.sql.store import SqlStore

__all__ = ["SqlStore", "open_sqlite"]
