"""Groups on PostgreSQL: several nodes, each with a few writers, take turns in each project.

**Turns.** A transaction begins by counting up the project's row in `head`, which locks it until the end. So within a
project groups are committed one after another, on whatever node they run: what a verb has checked stays true until it
is committed, no update is lost, nothing is made twice, surrogate keys are the greatest in use plus one, and the feed's
order is the order of commits, so that a reader which has seen a place in it has seen all before. Projects do not wait
for each other. READ COMMITTED: every statement after the lock sees what others committed before it.

**Memory.** The count tells whether another node has written since; if so, everything but the terms, which never
change, is asked again.

**Late groups.** A group is made up once its turn has come: while other nodes have theirs, those who wait for it grow
more. So two nodes in one project commit as many scores together as one would.

**Where things run.** Each group in a thread of the writer's own: most of the time it waits for the database.

**Lost connections.** The next group connects again; while that fails, callers get Unavailable. If the connection is
lost during COMMIT, nobody knows whether it happened: the next connection takes the project's turn and looks for the
last row that the group gave to the feed. If that cannot be found out, the group is InDoubt and callers are told so.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

import psycopg
from sqlalchemy import Dialect as SqlDialect

from scorehouse.domain.refusals import Refusal
from scorehouse.engines.sql.connections_postgresql import Connect, database_refuses
from scorehouse.engines.sql.memory import Memory
from scorehouse.engines.sql.transaction_postgresql import PostgresqlTransaction
from scorehouse.engines.sql.writer import InDoubt, Performers, number_of
from scorehouse.storage.verbs import Verb

LOCK_TIMEOUT_S = 10
"""How long to wait for other nodes' groups; a group takes milliseconds."""

IDLE_TIMEOUT_S = 10
"""After which the database gives up a node that fell silent inside of a transaction, and with it the lock."""

DOUBT_S = 10.0
"""How long to look for the end of a commit during which the connection was lost."""

DOUBT_PAUSE_S = 0.1

BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED; "
    f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'; "
    f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_TIMEOUT_S}s'; "
)
TURN = (
    "INSERT INTO head (project, groups) VALUES ({project}, 1) "
    "ON CONFLICT (project) DO UPDATE SET groups = head.groups + 1 RETURNING groups"
)
"""Takes the project's turn. With BEGIN in front it is one round trip."""

KEYS = (
    "; SELECT (SELECT max(key) FROM score WHERE project = {project}), "
    "(SELECT max(sequence) FROM change WHERE project = {project})"
)
"""What nearly every group asks first after another node has written; asked in the turn, it costs no round trip."""

SYNC = "SET LOCAL synchronous_commit = on; "
"""Sent where the database is set up to answer a commit before it is on disk."""

WITNESS = "SELECT 1 FROM change WHERE project = $1 AND sequence = $2 AND at = $3 AND subject_id = $4"

log = logging.getLogger(__name__)


class PostgresqlCommitter:
    """See ``writer.Committer``."""

    # One project a transaction: it has one turn to wait for, and on a sharded database one shard to write to.
    mixes = False

    def __init__(self, connect: Connect, dialect: SqlDialect, performers: Performers) -> None:
        self._connect = connect
        self._connection: psycopg.Connection[Any] | None = None
        self._transaction = PostgresqlTransaction(dialect, Memory())
        self._performers = performers
        self._syncs = True
        self._groups: dict[int, int] = {}
        self._turn: int | Exception | None = None
        self._others: int | None = None
        self._thread = ThreadPoolExecutor(1, "scorehouse-write")

    async def wait_for_turn(self, project: int) -> None:
        """Begin a transaction with the project's turn; the group is made up once others have had theirs."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._wait_for_turn, project)

    async def pass_turn(self) -> None:
        """End that transaction."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._roll_back)

    async def commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Run a group in one transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, verbs)

    def refuses(self, error: Exception) -> bool:
        """Tell a database that cannot write now from a defect of ours."""
        return database_refuses(error)

    def close(self) -> None:
        """Let go of the connection."""
        self._thread.shutdown()
        self._disconnect()

    def _wait_for_turn(self, project: int) -> None:
        try:
            self._begin(project)
            self._turn = project
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the group's answer
            self._turn = error
            self._roll_back()

    def _use_turn(self, project: int) -> None:
        """Go on in the transaction that was begun, or begin one."""
        turn, self._turn = self._turn, None
        if isinstance(turn, Exception):
            raise turn
        if turn != project:
            if turn is not None:
                self._roll_back()
            self._begin(project)

    def _commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        project = number_of(verbs[0])
        try:
            self._use_turn(project)
            results = [self._perform(verb) for verb in verbs]
        except BaseException:
            self._roll_back()
            raise
        self._finish(project)
        return results

    def _perform(self, verb: Verb[Any]) -> Any:
        try:
            return self._performers[type(verb)](self._transaction, verb)
        except Refusal as refusal:
            return refusal

    def _begin(self, project: int) -> None:
        if self._connection is None or self._connection.closed:
            self._open()
        groups, *keys = self._take_turn(project)
        others = self._groups.get(project) != groups - 1
        if others:
            self._transaction.memory.forget_others()
            for table, last in zip(("score", "change"), keys, strict=False):
                self._transaction.memory.last_keys[table, project] = last
        self._others = project if others else None
        self._groups[project] = groups

    def _open(self) -> None:
        self._connection = self._transaction.connection = connection = self._connect()
        # Another server may answer now, or the same one with an older state.
        self._transaction.memory.forget()
        self._groups.clear()
        row = connection.execute("SHOW synchronous_commit").fetchone()
        self._syncs = row is None or row[0] != "off"

    def _take_turn(self, project: int) -> list[int]:
        """Begin, and return the project's count of groups; behind it the keys, where others are likely to have written.

        Each statement sees what was committed before it; the one that takes the turn began before it had it.
        """
        assert self._connection is not None  # noqa: S101 - it was just opened
        asks = KEYS.format(project=project) if self._others == project else ""
        text = BEGIN + ("" if self._syncs else SYNC) + TURN.format(project=project) + asks
        cursor = self._connection.execute(text.encode(), prepare=False)
        found: list[int] = []
        while True:
            if cursor.description is not None:
                found += (value or 0 for value in cursor.fetchone() or ())
            if not cursor.nextset():
                return found

    def _finish(self, project: int) -> None:
        witness = self._transaction.last_change
        try:
            self._transaction.commit()
        except psycopg.Error as error:
            lost = self._connection is None or self._connection.closed
            self._roll_back()
            if not (lost and self._was_committed(project, witness)):
                raise
            log.warning("the connection was lost during a commit, which had happened: %s", error)

    def _was_committed(self, project: int, witness: tuple[Any, ...] | None) -> bool:
        """Look for a row of the feed, in the project's turn: nobody is still about to commit it.

        Raises:
            InDoubt: the database did not come back in time, or the group gave nothing to the feed (keys, projects).
        """
        if witness is None:
            raise InDoubt("it left no trace in the feed")
        deadline = monotonic() + DOUBT_S
        _, sequence, _, at, _, _, _, subject, _ = witness
        while True:
            try:
                self._begin(project)
                assert self._connection is not None  # noqa: S101 - a transaction was just begun on it
                found = (
                    psycopg.RawCursor(self._connection).execute(WITNESS, (project, sequence, at, subject)).fetchone()
                )
            except psycopg.OperationalError as error:
                self._disconnect()
                if monotonic() > deadline:
                    raise InDoubt(str(error)) from error
                sleep(DOUBT_PAUSE_S)
            else:
                self._roll_back()
                return found is not None

    def _roll_back(self) -> None:
        if not isinstance(self._turn, Exception):
            self._turn = None
        self._transaction.abandon()
        self._groups.clear()
        if self._connection is None or self._connection.closed:
            return
        try:
            self._connection.execute("ROLLBACK")
        except psycopg.Error as error:
            log.warning("rolling back failed: %s", error)
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
