"""The transaction on PostgreSQL: what is written waits, and goes out together.

A statement costs a round trip, so writes are gathered: rows for one table become one statement (`rows_postgresql`), and
what waits is sent in one pipeline, in front of the next question that could see it or of COMMIT. A group that asks
nothing takes two round trips, however many verbs are in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
from sqlalchemy import Dialect as SqlDialect
from sqlalchemy import Insert
from sqlalchemy.sql import ClauseElement

from scorehouse.engines.sql import tables
from scorehouse.engines.sql.memory import Memory
from scorehouse.engines.sql.rows_postgresql import TableRows
from scorehouse.engines.sql.statements import Parameters, Prepared, Row

REMEMBERED = frozenset({tables.term, tables.trace, tables.span, tables.config, tables.evaluator})
"""Tables of which nodes remember rows, or the greatest key, from one transaction to the next."""

APPENDED = frozenset({tables.score, tables.change})


class _Inserts:
    """Rows for one table, in order."""

    def __init__(self, statement: Insert) -> None:
        self.table: Any = statement.table
        self.rows: list[tuple[Any, ...]] = []


_Work = _Inserts | tuple[str, tuple[Any, ...]]
"""What waits to be sent: rows, or a statement with its parameters."""


class PostgresqlTransaction:
    """See ``transaction.Transaction``.

    Attributes:
        connection: on which the present transaction runs; set by the committer.
    """

    def __init__(self, dialect: SqlDialect, memory: Memory) -> None:
        self.memory = memory
        self.number = 0
        self.connection: psycopg.Connection[Any] | None = None
        self._dialect = dialect
        self._prepared: dict[ClauseElement, Prepared] = {}
        self._rows: dict[str, TableRows] = {}
        self._waiting: list[_Work] = []
        self._gathering: dict[ClauseElement, _Inserts] = {}
        self._claims: set[str] = set()
        self._last_change: tuple[Any, ...] | None = None
        self._written: set[Any] = set()
        self._asked = False

    @property
    def last_change(self) -> tuple[Any, ...] | None:
        """The last row that the present transaction wrote to the feed: by it one sees whether it was committed."""
        return self._last_change

    @property
    def changes_memory(self) -> bool:
        """Whether the present transaction wrote what other nodes may remember otherwise."""
        return not self._written.isdisjoint(REMEMBERED)

    @property
    def only_appends(self) -> bool:
        """Whether the present transaction asked nothing, and wrote nothing but new rows of scores and their feed."""
        return not self._asked and self._written == APPENDED

    def one(self, statement: ClauseElement, parameters: Parameters, claims: Iterable[str] | None = None) -> Row | None:
        """Return the first row, None if there is none."""
        return self._ask(statement, parameters, claims).fetchone()

    def all(self, statement: ClauseElement, parameters: Parameters, claims: Iterable[str] | None = None) -> list[Row]:
        """Return all rows."""
        return self._ask(statement, parameters, claims).fetchall()

    def run(self, statement: ClauseElement, parameters: Parameters) -> None:
        """Run a statement that answers no rows, before the next question or the end."""
        prepared = self._prepare(statement)
        self._asked = True
        self._written |= prepared.tables
        self._then(prepared.text, prepared.arrange(parameters))

    def insert(self, statement: ClauseElement, values: Iterable[Any], claims: Iterable[str] = ()) -> None:
        """Insert a row, before the next question or the end, whose values stand in the order of the table's columns."""
        inserts = self._gathering.get(statement)
        if inserts is None:
            assert isinstance(statement, Insert)  # noqa: S101 - verbs insert with inserts
            inserts = self._gathering[statement] = _Inserts(statement)
            self._waiting.append(inserts)
            self._written.add(inserts.table)
        row = tuple(values)
        inserts.rows.append(row)
        self._claims.update(claims)
        if inserts.table is tables.change:
            self._last_change = row

    def savepoint(self, command: str) -> None:
        """Run SAVEPOINT, ROLLBACK TO or RELEASE for the verb that needs it."""
        if command == "ROLLBACK TO":
            self._forget_waiting()  # All that waits was written since the savepoint, which `_send` has seen to.
        self._then(f"{command} verb", ())
        self._send()

    def commit(self) -> None:
        """Write what waits and commit, in one round trip."""
        self._then("COMMIT", ())
        self._send()
        self._forget()

    def abandon(self) -> None:
        """Forget what waits: the transaction is rolled back."""
        self._forget()
        self.memory.forget()

    def _then(self, text: str, parameters: tuple[Any, ...]) -> None:
        self._waiting.append((text, parameters))
        self._gathering.clear()  # Rows that come later must not be inserted before this.

    def _forget(self) -> None:
        self._forget_waiting()
        self._last_change = None
        self._written.clear()
        self._asked = False

    def _forget_waiting(self) -> None:
        self._waiting.clear()
        self._gathering.clear()
        self._claims.clear()

    def _send(self) -> None:
        if self._waiting:
            with self._connected().pipeline():
                self._send_these(list(self._waiting))

    def _seen_by(self, prepared: Prepared, claims: Iterable[str] | None) -> list[_Work]:
        """Return what a question could see of what waits: rows for its tables; everything if more than rows wait."""
        rows = [item for item in self._waiting if isinstance(item, _Inserts)]
        if len(rows) < len(self._waiting):
            return list(self._waiting)
        if claims is not None and self._claims.isdisjoint(claims):
            return []
        return [item for item in rows if item.table in prepared.tables]

    def _send_these(self, work: Sequence[_Work]) -> None:
        cursor = psycopg.RawCursor(self._connected())
        for text, parameters in self._steps(work):
            cursor.execute(text.encode(), parameters)
        self._waiting = [item for item in self._waiting if item not in work]
        self._gathering = {key: rows for key, rows in self._gathering.items() if rows not in work}
        if not self._waiting:
            self._claims.clear()

    def _ask(
        self, statement: ClauseElement, parameters: Parameters, claims: Iterable[str] | None
    ) -> "psycopg.RawCursor[Row]":
        prepared = self._prepare(statement)
        self._asked = True
        connection = self._connected()
        cursor = psycopg.RawCursor(connection)
        seen = self._seen_by(prepared, claims)
        if not seen:
            return cursor.execute(prepared.text.encode(), prepared.arrange(parameters))
        with connection.pipeline():
            self._send_these(seen)
            cursor.execute(prepared.text.encode(), prepared.arrange(parameters))
        return cursor

    def _steps(self, work: Iterable[_Work]) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for item in work:
            if isinstance(item, tuple):
                yield item
                continue
            rows = self._rows.get(item.table.name)
            if rows is None:
                rows = self._rows[item.table.name] = TableRows(item.table, self._dialect)
            yield rows.insert, (rows.written(item.rows),)

    def _prepare(self, statement: ClauseElement) -> Prepared:
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = Prepared(statement, self._dialect)
        return prepared

    def _connected(self) -> "psycopg.Connection[Any]":
        assert self.connection is not None  # noqa: S101 - the committer connects before it runs a verb
        return self.connection
