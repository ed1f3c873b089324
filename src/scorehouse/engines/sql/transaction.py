"""Transaction: the one thing that verbs write through.

A verb is a plain function of a Transaction; it runs between the writer's BEGIN and COMMIT and knows
nothing of the connection, the driver or its neighbours in the same commit.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Dialect as SqlDialect
from sqlalchemy.sql import ClauseElement

from scorehouse.engines.sql.memory import Memory
from scorehouse.engines.sql.statements import Parameters, Prepared, Row


class Transaction:
    """Runs prepared statements on the writer's connection.

    Attributes:
        memory: what the writer remembers between transactions.
        number: orders commits in the feed; 0 where one writer commits in order.
    """

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

    def run(self, statement: ClauseElement, parameters: Parameters) -> int:
        """Run a statement that answers no rows; return how many it touched."""
        prepared = self._prepare(statement)
        return self._cursor.execute(prepared.text, prepared.arrange(parameters)).rowcount

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
