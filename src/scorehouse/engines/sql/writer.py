"""The writer: group commit.

Whatever waits is run in one transaction; each verb checks and then writes, and its caller is answered after the
commit is on disk. While one group is being synced, the next one gathers. How a transaction is begun, run and
committed is the Committer's business, one for each database (`committer_sqlite`, `committer_postgresql`).

**Failure.** A Refusal is a verb's answer and touches nothing. Any other exception rolls the whole group back, and its
verbs are run again one by one, each in its own transaction, so that only the culprit fails. When the database cannot
write (disk full, connection lost, lock held too long) the callers get Unavailable, nothing is stored, and the next
group tries again. A verb that has waited for too long gets the same: under more load than can be borne, some are
answered in time, instead of all of them too late. Where it cannot be known whether a group is stored, Unavailable says
so.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from scorehouse.domain.refusals import Refusal, Unavailable
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.storage.verbs import ProjectVerb, Verb

QUEUE_TIMEOUT_S = 10.0
"""How long a verb or a question may wait for its turn, unless told otherwise: who asked has given up soon after."""

GROUP_ROWS_MAX = 2000
"""Rows in one commit: large enough to fill the disk's patience, small enough to keep callers from waiting long."""

IN_DOUBT = (
    "The connection to the database was lost during the commit: the write may or may not have been stored. "
    "Read before you send it again, unless it names its own id or an idempotency key."
)

log = logging.getLogger(__name__)


class InDoubt(Exception):
    """A group may or may not be stored, and it could not be found out which; carries why."""


Performer = Callable[[Transaction, Any], Any]
Performers = Mapping[type[Verb[Any]], Performer]

Gather = Callable[[float], Awaitable[None]]
"""Waits until as many verbs are queued as were on their way when the last group ended, at most so many seconds."""


class Committer(Protocol):
    """Runs groups of verbs, one transaction a group, on a connection of its own.

    Attributes:
        mixes: whether one transaction may hold verbs of several projects.
    """

    mixes: bool

    async def wait_for_turn(self, project: int, gather: Gather) -> None:
        """Wait until nobody else writes to a project; whoever queues meanwhile still comes into the group.

        It may gather: whoever was answered is likely to come back, and most of what a group costs, it costs once.
        What goes wrong is raised by `commit`, which takes a turn itself where none was waited for.
        """
        ...

    async def pass_turn(self) -> None:
        """Let others write: after all, nothing is to be committed."""
        ...

    async def commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Run verbs in one transaction; return, once it is on disk, what each answers: a result or a Refusal.

        Raises:
            InDoubt: the group may or may not be stored. Whatever else is raised, nothing of it is.
        """
        ...

    def refuses(self, error: Exception) -> bool:
        """Tell a database that cannot write now from a defect of ours."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Commits:
    """Tells who follows that something was committed, by whichever writer."""

    def __init__(self) -> None:
        self._count = 0
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Wake who waits for a commit; who comes later waits for the next one."""
        self._count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def after(self, since: int) -> int:
        """Return the number of commits once it is another than `since`."""
        while self._count == since:
            await self._next.wait()
        return self._count


@dataclass(slots=True)
class _Waiting:
    verb: Verb[Any]
    answer: asyncio.Future[Any]
    since: float


class Writer:
    """Hands verbs to one committer, in groups."""

    def __init__(
        self, committer: Committer, commits: Commits, queue_rows_max: int, queue_timeout_s: float = QUEUE_TIMEOUT_S
    ) -> None:
        self._committer = committer
        self._queue_timeout_s = queue_timeout_s
        self._commits = commits
        self._queue_rows_max = queue_rows_max
        self._queue: deque[_Waiting] = deque()
        self._queued_rows = 0
        self._around = 0
        self._gathered: asyncio.Future[None] | None = None
        self._wake = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._work(), name="scorehouse-writer")

    @property
    def queued_rows(self) -> int:
        """How many rows wait, roughly."""
        return self._queued_rows

    async def perform(self, verb: Verb[Any]) -> Any:
        """Queue a verb and answer once it is on disk.

        Raises:
            Refusal: the verb's own, or Unavailable where the queue is full or stands still, the writer closes, or the
                database refuses.
        """
        if self._closing:
            raise Unavailable("The server is shutting down.")
        if self._queued_rows + verb.weight > self._queue_rows_max and self._queue:
            raise Unavailable("Too many writes are waiting.")
        waiting = _Waiting(verb, asyncio.get_running_loop().create_future(), monotonic())
        self._queue.append(waiting)
        self._queued_rows += verb.weight
        self._wake.set()
        if self._gathered is not None and len(self._queue) >= self._around:
            _end(self._gathered)
        return await waiting.answer

    async def finish(self) -> None:
        """Finish what waits, then stop."""
        self._closing = True
        self._wake.set()
        await self._task

    def close(self) -> None:
        """Let go of the connection, once finished."""
        self._committer.close()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._committer.wait_for_turn(number_of(self._queue[0].verb), self._gather)
                group = self._next_group()
                await (self._serve(group) if group else self._committer.pass_turn())
                self._around = len(group) + len(self._queue)
            if self._closing:
                return

    async def _gather(self, within_s: float) -> None:
        """See ``Gather``. Those were around who were answered and those who had come in meanwhile."""
        if len(self._queue) >= self._around:
            return
        loop = asyncio.get_running_loop()
        self._gathered = gathered = loop.create_future()
        timer = loop.call_later(within_s, _end, gathered)
        try:
            await gathered
        finally:
            timer.cancel()
            self._gathered = None

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        passed_over: list[_Waiting] = []
        rows = 0
        latest = monotonic() - self._queue_timeout_s
        while self._queue and (not group or rows + self._queue[0].verb.weight <= GROUP_ROWS_MAX):
            waiting = self._queue.popleft()
            if waiting.since < latest:
                self._queued_rows -= waiting.verb.weight
                _fail([waiting], Unavailable("Writes wait for too long."))
                continue
            if group and not self._committer.mixes and number_of(waiting.verb) != number_of(group[0].verb):
                passed_over.append(waiting)
                continue
            rows += waiting.verb.weight
            group.append(waiting)
        self._queue.extendleft(reversed(passed_over))
        self._queued_rows -= rows
        return group

    async def _serve(self, group: list[_Waiting]) -> None:
        try:
            results = await self._committer.commit([waiting.verb for waiting in group])
        except InDoubt as doubt:
            log.error("a commit is in doubt: %s", doubt)  # noqa: TRY400 - the connection's end is no defect of ours
            self._commits.tell()
            _fail(group, Unavailable(IN_DOUBT))
            return
        except Exception as error:
            if self._committer.refuses(error):
                log.warning("the store cannot write: %s", error)
                _fail(group, Unavailable("The store cannot write now."))
            elif len(group) > 1:
                for waiting in group:
                    await self._serve([waiting])
            else:
                log.exception("a verb failed")
                _fail(group, error)
            return
        self._commits.tell()
        for waiting, result in zip(group, results, strict=True):
            _answer(waiting, result)


def _end(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def number_of(verb: Verb[Any]) -> int:
    """Return the number of the project that a verb is inside of; 0 for verbs of the house itself."""
    return verb.project if isinstance(verb, ProjectVerb) else 0


def _answer(waiting: _Waiting, result: Any) -> None:
    if waiting.answer.done():  # The caller has gone; what it asked for is done all the same.
        return
    if isinstance(result, Refusal):
        waiting.answer.set_exception(result)
    else:
        waiting.answer.set_result(result)


def _fail(group: list[_Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
