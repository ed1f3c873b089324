"""The transaction on SQLite: questions are asked at once, inserts wait.

A group's inserts run as few statements of many rows, each of which costs less than as many statements would.
"""

import sqlite3
from collections.abc import Iterable
from itertools import chain
from typing import Any

from sqlalchemy import Dialect as SqlDialect
from sqlalchemy.sql import ClauseElement

from scorehouse.engines.sql.memory import Memory
from scorehouse.engines.sql.statements import Parameters, Prepared, Row

INSERT_ROWS = (1000, 500, 250, 100, 64, 32, 16, 8, 4, 2, 1)
"""Rows of one statement: a number of rows is a sum of these, so that few statements serve every number, and the rows of
the fullest verb are one."""

VALUES_MAX = 32_766
"""Values of one statement: what SQLite takes unless it was built to take more."""


class SqliteTransaction:
    """See ``transaction.Transaction``."""

    def __init__(self, connection: sqlite3.Connection, dialect: SqlDialect, memory: Memory) -> None:
        self.memory = memory
        self.number = 0
        self._cursor = connection.cursor()
        self._dialect = dialect
        self._prepared: dict[ClauseElement, Prepared] = {}
        self._inserts: dict[ClauseElement, dict[int, str]] = {}
        self._waiting: dict[ClauseElement, list[tuple[Any, ...]]] = {}
        self._claims: set[str] = set()

    def one(self, statement: ClauseElement, parameters: Parameters, claims: Iterable[str] | None = None) -> Row | None:
        """Return the first row, None if there is none."""
        prepared = self._prepare(statement)
        if self._waiting:
            self._write_what_is_seen(prepared, claims)
        row: Row | None = self._cursor.execute(prepared.text, prepared.arrange(parameters)).fetchone()
        return row

    def all(self, statement: ClauseElement, parameters: Parameters, claims: Iterable[str] | None = None) -> list[Row]:
        """Return all rows."""
        prepared = self._prepare(statement)
        if self._waiting:
            self._write_what_is_seen(prepared, claims)
        return self._cursor.execute(prepared.text, prepared.arrange(parameters)).fetchall()

    def run(self, statement: ClauseElement, parameters: Parameters) -> None:
        """Run a statement that answers no rows, after everything that waits."""
        self.write()
        prepared = self._prepare(statement)
        self._cursor.execute(prepared.text, prepared.arrange(parameters))

    def insert(self, statement: ClauseElement, values: Iterable[Any], claims: Iterable[str] = ()) -> None:
        """Insert a row, before the next question that could see it or before COMMIT."""
        rows = self._waiting.get(statement)
        if rows is None:
            rows = self._waiting[statement] = []
        rows.append(tuple(values))
        self._claims.update(claims)

    def savepoint(self, command: str) -> None:
        """Run SAVEPOINT, ROLLBACK TO or RELEASE for the verb that needs it."""
        if command == "ROLLBACK TO":
            self.abandon()  # All that waits was inserted since the savepoint, which wrote what waited before.
        self.write()
        self._cursor.execute(f"{command} verb")

    def write(self) -> None:
        """Write what waits."""
        for statement, rows in self._waiting.items():
            self._write_rows(statement, rows)
        self.abandon()

    def abandon(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self._claims.clear()

    def _write_what_is_seen(self, prepared: Prepared, claims: Iterable[str] | None) -> None:
        """Write the rows that wait for a question's tables, unless none holds what it looks for."""
        if claims is not None and self._claims.isdisjoint(claims):
            return
        for statement in tuple(self._waiting):
            if not prepared.tables.isdisjoint(self._prepare(statement).tables):
                self._write_rows(statement, self._waiting.pop(statement))
        if not self._waiting:
            self._claims.clear()

    def _write_rows(self, statement: ClauseElement, rows: list[tuple[Any, ...]]) -> None:
        texts = self._inserts.get(statement)
        if texts is None:
            texts = self._inserts[statement] = _texts(self._prepare(statement).text)
        place = 0
        for count, text in texts.items():
            while len(rows) - place >= count:
                self._cursor.execute(text, tuple(chain.from_iterable(rows[place : place + count])))
                place += count

    def _prepare(self, statement: ClauseElement) -> Prepared:
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = Prepared(statement, self._dialect)
        return prepared


def _texts(text: str) -> dict[int, str]:
    """Write an insert of one row as inserts of many: rows → text, the greatest first."""
    head, values, row = text.partition(" VALUES ")
    rows_max = VALUES_MAX // row.count("?")
    return {count: head + values + ", ".join([row] * count) for count in INSERT_ROWS if count <= rows_max}
