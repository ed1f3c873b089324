"""Groups on SQLite: one writer, in this process.

**Where things run.** Verbs run on the event loop: a verb is a few dozen microseconds, and handing each to a thread
would cost more than running it (in CPython both would queue for the interpreter lock). What they insert waits, and is
written together as few statements. Only COMMIT, which waits for the disk and leaves the interpreter free, goes to a
thread. Long groups give way to the loop between verbs.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Dialect as SqlDialect

from scorehouse.domain.refusals import Refusal
from scorehouse.engines.sql.connections_sqlite import disk_refuses
from scorehouse.engines.sql.memory import Memory
from scorehouse.engines.sql.transaction_sqlite import SqliteTransaction
from scorehouse.engines.sql.writer import Gather, Performers
from scorehouse.storage.verbs import Verb

ROWS_BETWEEN_BREATHS = 100
"""Rows after which a long group lets the event loop serve others: some 5 ms."""

LOCK_WAITS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Pauses between attempts to begin while another process (a command line) holds the write lock."""

log = logging.getLogger(__name__)


class SqliteCommitter:
    """See ``writer.Committer``.

    Attributes:
        connection: the one that writes.
    """

    mixes = True

    def __init__(self, connection: sqlite3.Connection, dialect: SqlDialect, performers: Performers) -> None:
        self.connection = connection
        self._transaction = SqliteTransaction(connection, dialect, Memory())
        self._performers = performers
        self._seen_version = -1
        self._disk = ThreadPoolExecutor(1, "scorehouse-commit")

    async def wait_for_turn(self, project: int, gather: Gather) -> None:
        """Nothing to wait for: whoever shares the file is met at BEGIN."""

    async def pass_turn(self) -> None:
        """Nothing was taken."""

    async def commit(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        """Run a group in one transaction."""
        await self._begin()
        try:
            results = await self._run(verbs)
            self._transaction.write()
            await asyncio.get_running_loop().run_in_executor(self._disk, self.connection.execute, "COMMIT")
        except BaseException:
            self._roll_back()
            raise
        return results

    def refuses(self, error: Exception) -> bool:
        """Tell a disk that is full, broken, read-only or locked from a defect of ours."""
        return disk_refuses(error)

    def close(self) -> None:
        """Let go of the connection."""
        self._disk.shutdown()
        self.connection.close()

    async def _run(self, verbs: Sequence[Verb[Any]]) -> list[Any]:
        results: list[Any] = []
        rows = 0
        for verb in verbs:
            rows += verb.weight
            if rows > ROWS_BETWEEN_BREATHS:
                rows = 0
                await asyncio.sleep(0)
            try:
                results.append(self._performers[type(verb)](self._transaction, verb))
            except Refusal as refusal:
                results.append(refusal)
        return results

    async def _begin(self) -> None:
        for pause_s in LOCK_WAITS_S:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
            await asyncio.sleep(pause_s)
        else:
            self.connection.execute("BEGIN IMMEDIATE")
        self._notice_others()

    def _notice_others(self) -> None:
        """Forget what is remembered if another process has written since."""
        (version,) = self.connection.execute("PRAGMA data_version").fetchone()
        if version != self._seen_version:
            self._transaction.memory.forget()
            self._seen_version = version

    def _roll_back(self) -> None:
        self._transaction.abandon()
        self._transaction.memory.forget()
        if self.connection.in_transaction:
            try:
                self.connection.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                log.warning("rolling back failed: %s", error)
