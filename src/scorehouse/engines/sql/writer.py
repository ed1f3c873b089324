"""The writer: group commit.

Whatever waits is run in one transaction; each verb checks and then writes, and its caller is answered after the
commit is on disk. While one group is being synced, the next one gathers.

**Where things run.** Verbs run on the event loop: a verb is a few dozen microseconds of statements, and handing each
to a thread would cost more than running it (in CPython both would queue for the interpreter lock). Only COMMIT, which
waits for the disk and leaves the interpreter free, goes to a thread. Long groups give way to the loop between verbs.

**Failure.** A Refusal is a verb's answer and touches nothing. Any other exception rolls the whole group back, and its
verbs are run again one by one, each in its own transaction, so that only the culprit fails. When the disk fails
(full, read-only, I/O error) the callers get Unavailable, nothing is stored, and the next group tries again.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from scorehouse.domain.refusals import Refusal, Unavailable
from scorehouse.engines.sql.connections import disk_refuses
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.storage.verbs import Verb

GROUP_ROWS_MAX = 2000
"""Rows in one commit: large enough to fill the disk's patience, small enough to keep callers from waiting long."""

ROWS_BETWEEN_BREATHS = 100
"""Rows after which a long group lets the event loop serve others: some 5 ms."""

LOCK_WAITS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Pauses between attempts to begin while another process (a command line) holds the write lock."""

log = logging.getLogger(__name__)

Performer = Callable[[Transaction, Any], Any]


@dataclass(slots=True)
class _Waiting:
    verb: Verb[Any]
    answer: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Done:
    """A verb's answer, held back until its group is on disk."""

    waiting: _Waiting
    result: Any
    refusal: Refusal | None


class Writer:
    """Runs verbs on one connection, in groups."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        transaction: Transaction,
        performers: Mapping[type[Verb[Any]], Performer],
        queue_rows_max: int,
    ) -> None:
        self._connection = connection
        self._transaction = transaction
        self._performers = performers
        self._queue_rows_max = queue_rows_max
        self._queue: deque[_Waiting] = deque()
        self._queued_rows = 0
        self._wake = asyncio.Event()
        self._closing = False
        self._seen_version = -1
        self._disk = ThreadPoolExecutor(1, "scorehouse-commit")
        self._task = asyncio.create_task(self._work(), name="scorehouse-writer")

    @property
    def queued_rows(self) -> int:
        """How many rows wait, roughly."""
        return self._queued_rows

    async def perform(self, verb: Verb[Any]) -> Any:
        """Queue a verb and answer once it is on disk.

        Raises:
            Refusal: the verb's own, or Unavailable where the queue is full, the writer closes or the disk refuses.
        """
        if self._closing:
            raise Unavailable("The server is shutting down.")
        if self._queued_rows + verb.weight > self._queue_rows_max and self._queue:
            raise Unavailable("Too many writes are waiting.")
        waiting = _Waiting(verb, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._queued_rows += verb.weight
        self._wake.set()
        return await waiting.answer

    async def close(self) -> None:
        """Finish what waits, then stop."""
        self._closing = True
        self._wake.set()
        await self._task
        self._disk.shutdown()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._serve(self._next_group())
            if self._closing:
                return

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        rows = 0
        while self._queue and (not group or rows + self._queue[0].verb.weight <= GROUP_ROWS_MAX):
            waiting = self._queue.popleft()
            rows += waiting.verb.weight
            group.append(waiting)
        self._queued_rows -= rows
        return group

    async def _serve(self, group: list[_Waiting]) -> None:
        try:
            await self._commit(group)
        except Exception as error:
            if disk_refuses(error):
                log.warning("the store cannot write: %s", error)
                _fail(group, Unavailable("The store cannot write now."))
            elif len(group) > 1:
                for waiting in group:
                    await self._serve([waiting])
            else:
                log.exception("a verb failed")
                _fail(group, error)

    async def _commit(self, group: list[_Waiting]) -> None:
        """Run a group in one transaction; answer its callers after the commit."""
        await self._begin()
        try:
            done = await self._run(group)
            await asyncio.get_running_loop().run_in_executor(self._disk, self._connection.execute, "COMMIT")
        except BaseException:
            self._roll_back()
            raise
        for item in done:
            _answer(item)

    async def _run(self, group: list[_Waiting]) -> list[_Done]:
        done: list[_Done] = []
        rows = 0
        for waiting in group:
            rows += waiting.verb.weight
            if rows > ROWS_BETWEEN_BREATHS:
                rows = 0
                await asyncio.sleep(0)
            try:
                result = self._performers[type(waiting.verb)](self._transaction, waiting.verb)
                done.append(_Done(waiting, result, None))
            except Refusal as refusal:
                done.append(_Done(waiting, None, refusal))
        return done

    async def _begin(self) -> None:
        for pause_s in LOCK_WAITS_S:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
            await asyncio.sleep(pause_s)
        else:
            self._connection.execute("BEGIN IMMEDIATE")
        self._notice_others()

    def _notice_others(self) -> None:
        """Forget what is remembered if another process has written since."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._seen_version:
            self._transaction.memory.forget()
            self._seen_version = version

    def _roll_back(self) -> None:
        self._transaction.memory.forget()
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                log.warning("rolling back failed: %s", error)


def _answer(item: _Done) -> None:
    if item.waiting.answer.done():  # The caller has gone; what it asked for is done all the same.
        return
    if item.refusal is not None:
        item.waiting.answer.set_exception(item.refusal)
    else:
        item.waiting.answer.set_result(item.result)


def _fail(group: list[_Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
