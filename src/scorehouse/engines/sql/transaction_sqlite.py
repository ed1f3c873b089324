"""The transaction on SQLite: every statement runs at once, in this process."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Dialect as SqlDialect
from sqlalchemy.sql import ClauseElement

from scorehouse.engines.sql.memory import Memory
from scorehouse.engines.sql.statements import Parameters, Prepared, Row


class SqliteTransaction:
    """See ``transaction.Transaction``."""

    def __init__(self, connection: sqlite3.Connection, dialect: SqlDialect, memory: Memory) -> None:
        self.memory = memory
        self.number = 0
        self._cursor = connection.cursor()
        self._dialect = dialect
        self._prepared: dict[ClauseElement, Prepared] = {}

    def one(self, statement: ClauseElement, parameters: Parameters) -> Row | None:
        """Return the first row, None if there is none."""
        prepared = self._prepare(statement)
        row: Row | None = self._cursor.execute(prepared.text, prepared.arrange(parameters)).fetchone()
        return row

    def all(self, statement: ClauseElement, parameters: Parameters) -> list[Row]:
        """Return all rows."""
        prepared = self._prepare(statement)
        return self._cursor.execute(prepared.text, prepared.arrange(parameters)).fetchall()

    def run(self, statement: ClauseElement, parameters: Parameters) -> None:
        """Run a statement that answers no rows."""
        prepared = self._prepare(statement)
        self._cursor.execute(prepared.text, prepared.arrange(parameters))

    def insert(self, statement: ClauseElement, values: Iterable[Any]) -> None:
        """Run an insert whose values stand in the order of the table's columns."""
        self._cursor.execute(self._prepare(statement).text, tuple(values))

    def savepoint(self, command: str) -> None:
        """Run SAVEPOINT, ROLLBACK TO or RELEASE for the verb that needs it."""
        self._cursor.execute(f"{command} verb")

    def _prepare(self, statement: ClauseElement) -> Prepared:
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = Prepared(statement, self._dialect)
        return prepared
