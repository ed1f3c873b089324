"""Inserts that wait on SQLite are written in statements of many rows: all of them, and never with too many values."""

import sqlite3

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert
from sqlalchemy.dialects.sqlite import dialect

from scorehouse.engines.sql.memory import Memory
from scorehouse.engines.sql.transaction_sqlite import SqliteTransaction

SQLITE_VALUES_MAX = 32_766
"""Values of one statement that SQLite takes as it is built by default (sqlite.org/limits.html, section 9)."""


@pytest.mark.parametrize("columns", [2, 40], ids=["narrow", "wide"])
@pytest.mark.parametrize("rows", [1, 63, 1000, 1787])
def test_every_number_of_rows_is_written(columns: int, rows: int) -> None:
    """However many wait, each row is there once and unmixed; a wide table keeps to the limit of values."""
    table = Table("wide", MetaData(), *(Column(f"c{place}", Integer) for place in range(columns)))
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, SQLITE_VALUES_MAX)
    connection.execute(f"CREATE TABLE wide ({', '.join(column.name for column in table.c)})")
    tx = SqliteTransaction(connection, dialect(paramstyle="qmark"), Memory())
    offered = [tuple(range(row, row + columns)) for row in range(rows)]
    for row in offered:
        tx.insert(insert(table), row)
    tx.write()
    assert sorted(connection.execute("SELECT * FROM wide")) == offered
    connection.close()
