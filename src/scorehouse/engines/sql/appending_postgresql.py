"""Groups that only append, on PostgreSQL: one round trip, without leaving the event loop.

The common group records new scores on what the node remembers: it asks nothing, changes nothing, and adds rows to
`score` and to the feed. All that it needs of the database is its turn and the next keys, and the database can see to
both. So the whole group is one pipeline, which is one transaction: lock the project's row, insert, insert.

**The turn.** Locking the row makes the group wait for others, and others wait for it, as for any group. What the
node remembers, and what the verbs were checked by, holds if the row still counts as many groups as when the node last
saw it: whoever changes what another node may remember counts it up. The inserts say so themselves, and insert nothing
otherwise. The group is then run again, as one that asks.

**Keys.** Rows are numbered from 1; the statement that inserts them adds the greatest key in use. It sees what was
committed before it began, which is after the lock, so keys are in the order of commits, and who follows the feed
passes over nothing. Nodes that append take turns without hearing from each other.

**The event loop.** libpq sends and receives without waiting, and the loop tells when there is something to receive.
Handing a group to a thread would cost more than all that is done for it.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, NoReturn

import psycopg
from psycopg import pq
from sqlalchemy import Dialect as SqlDialect
from sqlalchemy import Insert, Table
from sqlalchemy.sql import ClauseElement

from scorehouse.engines.sql import tables
from scorehouse.engines.sql.memory import Memory
from scorehouse.engines.sql.rows_postgresql import TableRows
from scorehouse.engines.sql.statements import Parameters

KEYS = {tables.score: "key", tables.change: "sequence"}
"""What is appended to, and which column counts up."""

TURN = "scorehouse_turn"
"""Name of the prepared statement that takes the turn; the inserts are named by their tables."""


class Asks(Exception):
    """A verb asks or changes something: its group does not only append."""


class Lost(Exception):
    """The connection was lost before the database had answered; carries why."""


class AppendingTransaction:
    """See ``transaction.Transaction``: takes new rows of scores and of the feed, and raises Asks at anything else."""

    def __init__(self, memory: Memory, dialect: SqlDialect) -> None:
        self.memory = memory
        self.number = 0
        self._shapes = {table: TableRows(table, dialect) for table in KEYS}
        self._rows: dict[Any, list[tuple[Any, ...]]] = {table: [] for table in KEYS}  # In the order of insertion.

    def begin(self, project: int) -> None:
        """Begin with no rows. Keys count from 1."""
        for table, rows in self._rows.items():
            rows.clear()
            self.memory.last_keys[table.name, project] = 0

    @property
    def last_change(self) -> tuple[Any, ...] | None:
        """The last row for the feed."""
        rows = self._rows[tables.change]
        return rows[-1] if rows else None

    def written(self) -> list[tuple[Table, bytes]]:
        """Return the rows of each table, as one parameter."""
        return [(table, self._shapes[table].written(rows).encode()) for table, rows in self._rows.items()]

    def insert(self, statement: ClauseElement, values: Iterable[Any], claims: Iterable[str] = ()) -> None:
        """Take a row. Nothing in the group can ask for it, so its claims do not matter."""
        assert isinstance(statement, Insert)  # noqa: S101 - verbs insert with inserts
        rows = self._rows.get(statement.table)
        if rows is None:
            raise Asks
        rows.append(tuple(values))

    def one(self, statement: ClauseElement, parameters: Parameters, claims: Iterable[str] | None = None) -> NoReturn:
        """Refuse."""
        raise Asks

    def all(self, statement: ClauseElement, parameters: Parameters, claims: Iterable[str] | None = None) -> NoReturn:
        """Refuse."""
        raise Asks

    def run(self, statement: ClauseElement, parameters: Parameters) -> NoReturn:
        """Refuse."""
        raise Asks

    def savepoint(self, command: str) -> NoReturn:
        """Refuse."""
        raise Asks


def prepare(pgconn: pq.abc.PGconn, dialect: SqlDialect, lock_timeout: str, *, syncs: bool) -> None:
    """Prepare the statements on a new connection.

    Args:
        pgconn: the connection, outside of a transaction.
        dialect: of SQL.
        lock_timeout: how long to wait for the turn, as PostgreSQL reads it.
        syncs: whether the database answers a commit when it is on disk, without being told.
    """
    texts = {TURN: _turn_text(lock_timeout, syncs=syncs)}
    texts |= {_name_of(table): _insert_text(table, key, dialect) for table, key in KEYS.items()}
    for name, text in texts.items():
        result = pgconn.prepare(name.encode(), text.encode())
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise _error(result)


async def append(
    pgconn: pq.abc.PGconn, project: int, groups: int, rows: Iterable[tuple[Table, bytes]]
) -> tuple[int, int] | None:
    """Append rows in one transaction; None, and nothing is stored, if another number of groups was counted.

    Returns the first and the last place that they were given in the feed.

    Raises:
        Lost: the rows may or may not be stored.
        psycopg.Error: nothing is stored.
    """
    for _ in range(2):  # Notices now, before anything is sent, that the database has gone: its last words, and the end.
        pgconn.consume_input()
    pgconn.enter_pipeline_mode()
    of_project = str(project).encode()
    pgconn.send_query_prepared(TURN.encode(), [of_project])
    for table, written in rows:
        pgconn.send_query_prepared(_name_of(table).encode(), [of_project, str(groups).encode(), written])
    pgconn.pipeline_sync()  # Ends the transaction. Without it nothing of it is ever committed.
    try:
        results = await _Exchange(pgconn).run()
        pgconn.exit_pipeline_mode()
    except psycopg.OperationalError as error:
        raise Lost(str(error)) from error
    for result in results:
        if result.status == pq.ExecStatus.FATAL_ERROR:
            raise _error(result)
    places = results[-1]
    if not places.ntuples:
        return None
    first, last = places.get_value(0, 0), places.get_value(places.ntuples - 1, 0)
    return int(first or 0), int(last or 0)


class _Exchange:
    """Sends what libpq holds and receives the results of one pipeline, on the event loop."""

    def __init__(self, pgconn: pq.abc.PGconn) -> None:
        self._pgconn = pgconn
        self._loop = asyncio.get_running_loop()
        self._results: list[pq.abc.PGresult] = []
        self._done: asyncio.Future[list[pq.abc.PGresult]] = self._loop.create_future()

    async def run(self) -> "list[pq.abc.PGresult]":
        """Return the results in order.

        Raises:
            psycopg.OperationalError: the connection was lost.
        """
        socket = self._pgconn.socket
        self._loop.add_reader(socket, self._receive)
        try:
            if self._pgconn.flush():
                self._loop.add_writer(socket, self._send)
            return await self._done
        finally:
            self._loop.remove_reader(socket)
            self._loop.remove_writer(socket)

    def _send(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._pgconn.socket)
        except psycopg.OperationalError as error:
            self._end(error)

    def _receive(self) -> None:
        try:
            self._pgconn.consume_input()
            while not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:  # Between the results of two statements.
                    if self._pgconn.status != pq.ConnStatus.OK:
                        raise psycopg.OperationalError("the connection is lost")  # noqa: TRY301 - caught for its end
                elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                    self._end(None)
                    return
                else:
                    self._results.append(result)
        except psycopg.OperationalError as error:
            self._end(error)

    def _end(self, error: Exception | None) -> None:
        if self._done.done():
            return
        if error is None:
            self._done.set_result(self._results)
        else:
            self._done.set_exception(error)


def _name_of(table: Table) -> str:
    return f"scorehouse_{table.name}"


def _turn_text(lock_timeout: str, *, syncs: bool) -> str:
    """Write what locks the project's row. The settings, which hold for the transaction, are set before it waits."""
    settings = [f"set_config('lock_timeout', '{lock_timeout}', true)"]
    settings += [] if syncs else ["set_config('synchronous_commit', 'on', true)"]
    return (
        f"SELECT groups FROM head, (SELECT {', '.join(settings)}) AS bounds "  # noqa: S608 - constants of ours
        "WHERE project = $1 FOR UPDATE OF head"
    )


def _insert_text(table: Table, key: str, dialect: SqlDialect) -> str:
    """Write an insert of three parameters: project, groups that it has to have counted, rows.

    The last one tells the places in the feed.
    """
    quote = dialect.identifier_preparer.quote
    returning = f"RETURNING {quote(key)}" if table is tables.change else ""
    name = quote(table.name)
    taken = {column.name: f"given.{quote(column.name)}" for column in table.columns}
    taken |= {"project": "head.project", key: f"last.key + given.{quote(key)}"}
    return (
        f"INSERT INTO {name} ({', '.join(map(quote, taken))}) SELECT {', '.join(taken.values())} "  # noqa: S608 - names of our own tables
        f"FROM head, (SELECT coalesce(max({quote(key)}), 0) AS key FROM {name} WHERE project = $1) AS last, "
        f"json_populate_recordset(NULL::{name}, $3) AS given "
        f"WHERE head.project = $1 AND head.groups = $2 {returning}"
    )


def _error(result: pq.abc.PGresult) -> psycopg.Error:
    """Return what a driver raises for a result."""
    state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    try:
        kind = psycopg.errors.lookup(state)
    except KeyError:
        kind = psycopg.DatabaseError
    return kind(result.get_error_message())
