"""Groups on PostgreSQL: several nodes, each with a few writers, take turns in each project.

**Turns.** A transaction begins by locking the project's row in `head` until its end. So within a project groups are
committed one after another, on whatever node they run: what a verb has checked stays true until it is committed, no
update is lost, nothing is made twice, surrogate keys are the greatest in use plus one, and the feed's order is that of
commits, so that a reader which has seen a place in it has seen all before. Projects do not wait for each other. READ
COMMITTED: every statement after the lock sees what others committed before it.

**Memory.** A group that writes what others may remember (`REMEMBERED`) counts up the project's row. By the count a node
sees whether another one has done so since; if so, everything but the terms, which never change, is asked again. The
greatest keys of scores and feed, which every group changes, come with each turn.

**Groups that append.** After a group that asked nothing and only added scores, the next one is likely to be alike, and
is tried in one round trip, from the event loop (`appending_postgresql`). If it turns out to do more, or a count has
changed, nothing of it was stored, and it is run as any other.

**Late groups.** A group is made up once its turn has come: while other nodes have theirs, those who wait for it grow
more. A group that appends takes its turn as it is sent. Where other nodes write, it is made up once those are back who
were around at the end of the one before; and where none does, a few turns of the event loop later, if that pays
(`pace_postgresql`). Most of what a group costs, it costs once.

**Where things run.** Each other group in a thread of the writer's own: most of the time it waits for the database.

**Lost connections.** The next group connects again; while that fails, callers get Unavailable. If the connection is
lost during COMMIT, nobody knows whether it happened: the next connection takes the project's turn and looks for the
last row that the group gave to the feed. If it is not there, the count is raised, so that a group which appends, and
may still be on its way, will append nothing. If that cannot be found out, the group is InDoubt and callers are told so.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep, thread_time
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Dialect as SqlDialect
from sqlalchemy import bindparam, update

from scorehouse.domain.refusals import Refusal
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.appending_postgresql import AppendingTransaction, Lost, append, prepare
from scorehouse.engines.sql.connections_postgresql import Connect, database_refuses
from scorehouse.engines.sql.memory import Memory
from scorehouse.engines.sql.pace_postgresql import Pace
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.engines.sql.transaction_postgresql import PostgresqlTransaction
from scorehouse.engines.sql.writer import Gather, InDoubt, Performers, number_of
from scorehouse.storage.verbs import RecordScores, Verb

LOCK_TIMEOUT_S = 10
"""How long to wait for other nodes' groups; a group takes milliseconds."""

IDLE_TIMEOUT_S = 10
"""After which the database gives up a node that fell silent inside of a transaction, and with it the lock."""

DOUBT_S = 10.0
"""How long to look for the end of a commit during which the connection was lost."""

DOUBT_PAUSE_S = 0.1

GATHERING_LOOPS = 12
"""Turns of the event loop for which an appending group waits for more, alone: less than a commit takes."""

APPEND_ROWS_MAX = 100
"""Rows that are appended from the event loop, at once: some 2 ms of it."""

BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED; "
    f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'; "
    f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_TIMEOUT_S}s'; "
)
TURN = "SELECT groups FROM head WHERE project = {project} FOR UPDATE; "
"""Takes the project's turn. With BEGIN in front and KEYS behind it is one round trip."""

KEYS = (
    "SELECT (SELECT max(key) FROM score WHERE project = {project}), "
    "(SELECT max(sequence) FROM change WHERE project = {project})"
)
"""The keys in use where every group writes; other keys are remembered."""

FIRST = "INSERT INTO head (project, groups) VALUES ({project}, 0) ON CONFLICT (project) DO NOTHING; "
"""Makes the row that is locked, in front of TURN. A node that makes it as well is waited for."""

COUNT = update(tables.head).where(tables.head.c.project == bindparam("of")).values(groups=tables.head.c.groups + 1)
"""Says that what other nodes remember may be wrong."""

SETTINGS = "SELECT current_setting('synchronous_commit'), current_setting('default_transaction_isolation')"

SYNC = "SET LOCAL synchronous_commit = on; "
"""Sent where the database is set up to answer a commit before it is on disk."""

WITNESS = (
    "SELECT 1 FROM change WHERE project = $1 AND subject_id = $2 AND at = $3 AND sequence = coalesce($4, sequence)"
)
"""What was appended has no sequence that we know; its ids were made here, and are in the feed once."""

FENCE = "UPDATE head SET groups = groups + 1 WHERE project = {project}; COMMIT"
"""Keeps out a group of which the database may not yet have read all that was sent."""

log = logging.getLogger(__name__)


ResultT = TypeVar("ResultT")


class PostgresqlCommitter:
    """See ``writer.Committer``."""

    # One project a transaction: it has one turn to wait for, and on a sharded database one shard to write to.
    mixes = False

    def __init__(self, connect: Connect, dialect: SqlDialect, performers: Performers) -> None:
        self._connect = connect
        self._connection: psycopg.Connection[Any] | None = None
        self._dialect = dialect
        memory = Memory()
        self._transaction = PostgresqlTransaction(dialect, memory)
        self._appending = AppendingTransaction(memory, dialect)
        self._performers = performers
        self._syncs = True
        self._may_append = False
        self._is_prepared = False
        self._appends: set[int] = set()
        self._groups: dict[int, int] = {}
        self._pace = Pace()
        self._worked_s = 0.0
        self._places: dict[int, int] = {}
        self._turn: int | Exception | None = None
        self._thread = ThreadPoolExecutor(1, "scorehouse-write")

    async def wait_for_turn(self, project: int, gather: Gather) -> None:
        """Begin a transaction with the project's turn; the group is made up once others have had theirs.

        A group that is likely to append takes its turn as it is committed; it may wait for what is about to come in.
        """
        if not self._is_appending(project):
            await self._run(self._wait_for_turn, project)
        elif self._pace.gathers_s:
            await gather(self._pace.gathers_s)
        elif self._pace.waits:
            for _ in range(GATHERING_LOOPS):
                await asyncio.sleep(0)

    async def pass_turn(self) -> None:
        """End that transaction."""
        if self._turn is not None:
            await self._run(self._roll_back)

    async def commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Run a group in one transaction."""
        project = number_of(verbs[0])
        if self._turn is None and self._is_appending(project):
            self._appends.discard(project)
            results = self._try_appending(project, verbs)
            if results is not None and await self._append(project):
                self._appends.add(project)
                return results
        return await self._run(self._commit, verbs)

    def refuses(self, error: Exception) -> bool:
        """Tell a database that cannot write now from a defect of ours."""
        return database_refuses(error)

    def close(self) -> None:
        """Let go of the connection."""
        self._thread.shutdown()
        self._disconnect()

    async def _run(self, work: Callable[..., ResultT], *arguments: Any) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def _is_appending(self, project: int) -> bool:
        """Tell that the project's last group only appended, and that it is known what was counted."""
        return project in self._appends and project in self._groups

    def _try_appending(self, project: int, verbs: Sequence[Verb[Any]]) -> list[Any] | None:
        """Return what verbs answer that only append; None if they do more. Nothing is sent yet."""
        if (
            any(type(verb) is not RecordScores for verb in verbs)
            or sum(verb.weight for verb in verbs) > APPEND_ROWS_MAX
        ):
            return None
        self._appending.begin(project)
        try:
            results = [self._perform(self._appending, verb) for verb in verbs]
        except Exception:  # noqa: BLE001 - it asks, or it is a defect, which shows again where the group is run again
            return None
        return results if self._appending.last_change is not None else None

    async def _append(self, project: int) -> bool:
        """Commit the rows of verbs that only append; False, and nothing is stored, if that has to be done otherwise."""
        connection = self._connection
        assert connection is not None  # noqa: S101 - what was counted is forgotten with the connection
        began = monotonic()
        try:
            told = await append(connection.pgconn, project, self._groups[project], self._appending.written())
        except Lost as lost:
            await self._run(self._find_out, project, lost)
            return True
        except psycopg.errors.InvalidSqlStatementName:
            # After a rollback the driver drops whatever was prepared; the group that follows prepares it again.
            self._is_prepared = False
            return False
        except psycopg.Error as error:
            if connection.closed:  # It was gone before anything was sent.
                self._disconnect()
            elif isinstance(error, psycopg.OperationalError):
                raise
            log.warning("a group could not be appended, and is run as any other: %s", error)
            return False
        except BaseException:
            self._disconnect()
            raise
        if told is not None:
            self._take_down(project, *told, commit_s=monotonic() - began)
        return told is not None

    def _take_down(self, project: int, first: int, last: int, commit_s: float) -> None:
        """Take down what a group has cost, and by the places in the feed that it got whether others write."""
        worked_s = thread_time()
        others = first != self._places.get(project, 0) + 1
        self._pace.note(1 + last - first, commit_s, worked_s - self._worked_s, others=others)
        self._places[project], self._worked_s = last, worked_s

    def _find_out(self, project: int, lost: Lost) -> None:
        """Find out whether rows were appended, though the connection was lost before the database said so.

        Raises:
            InDoubt: it cannot be found out.
            psycopg.OperationalError: they were not, and will not be.
        """
        witness = self._appending.last_change
        assert witness is not None  # noqa: S101 - nothing is appended that the feed is not told
        self._disconnect()
        if not self._was_committed(project, (project, None, *witness[2:])):
            raise psycopg.OperationalError(str(lost)) from lost
        log.warning("the connection was lost during a commit, which had happened: %s", lost)

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
            results = [self._perform(self._transaction, verb) for verb in verbs]
        except BaseException:
            self._roll_back()
            raise
        only_appends = self._may_append and self._transaction.only_appends
        self._finish(project)
        (self._appends.add if only_appends else self._appends.discard)(project)
        self._places[project] = self._transaction.memory.last_keys.get(("change", project), 0)
        return results

    def _perform(self, transaction: Transaction, verb: Verb[Any]) -> Any:
        try:
            return self._performers[type(verb)](transaction, verb)
        except Refusal as refusal:
            return refusal

    def _begin(self, project: int) -> None:
        if self._connection is None or self._connection.closed:
            self._open()
        elif self._may_append and not self._is_prepared:
            self._prepare(self._connection)
        groups, score, change = self._take_turn(project)
        memory = self._transaction.memory
        if self._groups.get(project) != groups:
            memory.forget_others()
        self._groups[project] = groups
        memory.last_keys["score", project], memory.last_keys["change", project] = score or 0, change or 0

    def _open(self) -> None:
        self._connection = self._transaction.connection = connection = self._connect()
        # Another server may answer now, or the same one with an older state.
        self._forget()
        row = connection.execute(SETTINGS).fetchone()
        self._syncs = row is None or row[0] != "off"
        # Each statement of an appending group has to see what was committed before it.
        self._may_append = row is not None and row[1] == "read committed" and connection.prepare_threshold is not None
        if self._may_append:
            self._prepare(connection)

    def _prepare(self, connection: "psycopg.Connection[Any]") -> None:
        prepare(connection.pgconn, self._dialect, f"{LOCK_TIMEOUT_S}s", syncs=self._syncs)
        self._is_prepared = True

    def _take_turn(self, project: int) -> list[Any]:
        """Begin; return the project's count of groups and its greatest keys.

        Each statement sees what was committed before it; the one that takes the turn began before it had it.
        """
        begin = BEGIN + ("" if self._syncs else SYNC)
        found = self._ask(begin + (TURN + KEYS).format(project=project))
        if len(found) == 1:  # The project has no row yet.
            found = self._ask((FIRST + TURN + KEYS).format(project=project))
        (groups,), keys = found
        return [groups, *keys]

    def _ask(self, text: str) -> list[tuple[Any, ...]]:
        """Run several statements in one round trip; return all rows."""
        assert self._connection is not None  # noqa: S101 - it was just opened
        cursor = self._connection.execute(text.encode(), prepare=False)
        found: list[tuple[Any, ...]] = []
        while True:
            if cursor.description is not None:
                found += cursor.fetchall()
            if not cursor.nextset():
                return found

    def _finish(self, project: int) -> None:
        witness = self._transaction.last_change
        counts = self._transaction.changes_memory
        try:
            if counts:
                self._transaction.run(COUNT, {"of": project})
            self._transaction.commit()
        except psycopg.Error as error:
            lost = self._connection is None or self._connection.closed
            self._roll_back()
            if not (lost and self._was_committed(project, witness)):
                raise
            log.warning("the connection was lost during a commit, which had happened: %s", error)
        else:
            self._groups[project] += counts

    def _was_committed(self, project: int, witness: tuple[Any, ...] | None) -> bool:
        """Look for a row of the feed, in the project's turn.

        Nobody is still about to commit it: a group that had its turn before has ended, and one that appends and has
        not had its turn yet will find that groups were counted since.

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
                cursor = psycopg.RawCursor(self._connection)
                found = cursor.execute(WITNESS, (project, subject, at, sequence)).fetchone()
                self._connection.execute(b"ROLLBACK" if found else FENCE.format(project=project).encode())
            except psycopg.OperationalError as error:
                self._disconnect()
                if monotonic() > deadline:
                    raise InDoubt(str(error)) from error
                sleep(DOUBT_PAUSE_S)
            else:
                self._forget()
                return found is not None

    def _roll_back(self) -> None:
        if not isinstance(self._turn, Exception):
            self._turn = None
        self._forget()
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
        self._forget()

    def _forget(self) -> None:
        """Forget what was to be sent, what is remembered, and when that was so."""
        self._transaction.abandon()
        self._groups.clear()
