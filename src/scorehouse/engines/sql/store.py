"""SqlStore: the storage port on SQL.

Verbs go to the writer. Questions are answered by a few threads, each with a connection of its own, so that a
slow list holds up neither the event loop nor the writes.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, and_, bindparam, or_, select
from sqlalchemy.exc import DBAPIError, StatementError

from scorehouse.domain.access import Key, Project, Voucher
from scorehouse.domain.changes import START, Actor, Change, Mark
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Fault, Invalid, Refusal, Unavailable
from scorehouse.domain.registry import Config, Evaluator
from scorehouse.domain.retention import StandingPolicy
from scorehouse.domain.scores import Score
from scorehouse.domain.traces import Session, Span, Trace
from scorehouse.engines.sql import plans, tables
from scorehouse.engines.sql.access_rows import (
    SELECT_KEYS,
    SELECT_PROJECTS,
    SELECT_VOUCHERS,
    key_of,
    project_of,
    voucher_of,
)
from scorehouse.engines.sql.codes import ACTIONS, SUBJECTS, TermKind
from scorehouse.engines.sql.lists import decode_json
from scorehouse.engines.sql.measured import read_measured
from scorehouse.engines.sql.retention_rows import SELECT_POLICY, standing_of
from scorehouse.engines.sql.score_batches import last_place, read_batch
from scorehouse.engines.sql.score_rows import score_of, score_of_snapshot, select_scores
from scorehouse.engines.sql.sums import read_sums
from scorehouse.engines.sql.writer import QUEUE_TIMEOUT_S, Commits, Writer, number_of
from scorehouse.storage.columns import BatchQuery, ScoreBatch
from scorehouse.storage.port import Measured
from scorehouse.storage.queries import (
    ChangeQuery,
    ConfigQuery,
    EvaluatorQuery,
    Page,
    Query,
    ScoreQuery,
    SessionQuery,
    SpanQuery,
    TraceQuery,
)
from scorehouse.storage.sums import SpanSums, SpanSumsQuery
from scorehouse.storage.verbs import Verb

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")

READS_WAITING_MAX = 1000
"""Questions that may wait for a thread; beyond it they are refused."""

_SCORE = select_scores(tables.score).where(
    tables.score.c.project == bindparam("project"), tables.score.c.external_id == bindparam("id")
)


@dataclass(frozen=True, slots=True)
class Readers:
    """How questions are put to one kind of database.

    Attributes:
        engine: a pool of connections on which transactions are begun and ended by hand.
        begin: begins one that reads, all of it at one moment, and no statement of it for longer than so many seconds.
        cuts: tells that a statement took longer.
        refuses: tells a database that cannot answer now from a defect of ours.
        misreads: tells an operand that the database cannot read from a defect of ours.
    """

    engine: Engine
    begin: Callable[[Connection, float | None], None]
    cuts: Callable[[BaseException | None], bool]
    refuses: Callable[[BaseException | None], bool]
    misreads: Callable[[BaseException | None], bool] = lambda _: False


class SqlStore:
    """See ``storage.port.Store``."""

    def __init__(
        self,
        writers: Sequence[Writer],
        commits: Commits,
        readers: Readers,
        read_threads: int,
        *,
        queue_timeout_s: float = QUEUE_TIMEOUT_S,
        longest_read_s: float | None = None,
    ) -> None:
        self._queue_timeout_s = queue_timeout_s
        self._longest_read_s = longest_read_s
        self._writers = tuple(writers)
        self._commits = commits
        self._readers = readers
        self._threads = ThreadPoolExecutor(read_threads, "scorehouse-read")
        self._waiting = 0

    @property
    def queued_rows(self) -> int:
        """How many rows wait to be written, roughly; for telemetry."""
        return sum(writer.queued_rows for writer in self._writers)

    async def perform(self, verb: Verb[ResultT]) -> ResultT:
        """Do it, and answer once it is on disk. A project's verbs all go to the same writer."""
        writer = self._writers[number_of(verb) % len(self._writers)]
        return cast("ResultT", await writer.perform(verb))

    async def score(self, project: int, id: str) -> Score | None:
        """Return one score."""

        def ask(connection: Connection) -> Score | None:
            row = connection.execute(_SCORE, {"project": project, "id": canonical(id)}).first()
            return None if row is None else score_of(tuple(row))

        return await self._ask(ask)

    async def scores(self, query: ScoreQuery) -> Page[Score]:
        """List scores."""
        return await self._page(plans.SCORES, query)

    async def score_batch(self, query: BatchQuery) -> ScoreBatch:
        """Read scores as columns."""
        return await self._ask(lambda connection: read_batch(connection, query))

    async def measured(self, project: int, ids: Sequence[str]) -> Measured:
        """Return name and number of each of these scores."""
        return await self._ask(lambda connection: read_measured(connection, project, ids))

    async def last_place(self, project: int) -> int:
        """Return the place of the score recorded last."""
        return await self._ask(lambda connection: last_place(connection, project))

    async def traces(self, query: TraceQuery) -> Page[Trace]:
        """List traces with their rollups."""
        return await self._page(plans.TRACES, query)

    async def spans(self, query: SpanQuery) -> Page[Span]:
        """List spans."""
        return await self._page(plans.SPANS, query)

    async def span_sums(self, query: SpanSumsQuery) -> SpanSums:
        """Sum up spans and the scores on them."""
        return await self._ask(lambda connection: read_sums(connection, query))

    async def sessions(self, query: SessionQuery) -> Page[Session]:
        """List sessions."""
        return await self._page(plans.session_listing(query.traces), query)

    async def configs(self, query: ConfigQuery) -> Page[Config]:
        """List configs."""
        return await self._page(plans.CONFIGS, query)

    async def evaluators(self, query: EvaluatorQuery) -> Page[Evaluator]:
        """List evaluators."""
        return await self._page(plans.EVALUATORS, query)

    async def changes(self, query: ChangeQuery) -> tuple[Change, ...]:
        """Read the feed."""
        return await self._ask(lambda connection: _changes(connection, query))

    async def mark(self, project: int) -> Mark:
        """Return the mark of the newest change."""
        newest = _NEWEST.where(tables.change.c.project == project)

        def ask(connection: Connection) -> Mark:
            row = connection.execute(newest).first()
            return START if row is None else Mark(*row)

        return await self._ask(ask)

    async def committed(self, since: int) -> int:
        """Wait until something was committed since then."""
        return await self._commits.after(since)

    async def key(self, digest: bytes) -> Key | None:
        """Return the key kept under this digest."""
        return await self._ask(lambda connection: _key(connection, tables.access_key.c.digest == digest))

    async def key_of(self, id: str) -> Key | None:
        """Return the key of this public id."""
        return await self._ask(lambda connection: _key(connection, tables.access_key.c.id == id))

    async def keys(self, project: str | None = None, *, around: int | None = None) -> tuple[Key, ...]:
        """List keys, oldest first."""
        statement = SELECT_KEYS.order_by(tables.access_key.c.created_at, tables.access_key.c.id)
        if project is not None:
            statement = statement.where(tables.project.c.name == project)
        if around is not None:
            statement = statement.where(or_(tables.project.c.number == around, tables.project.c.within == around))
        return await self._ask(lambda connection: tuple(key_of(tuple(row)) for row in connection.execute(statement)))

    async def voucher(self, digest: bytes) -> Voucher | None:
        """Return the voucher kept under this digest."""
        statement = SELECT_VOUCHERS.where(tables.voucher.c.digest == digest)

        def ask(connection: Connection) -> Voucher | None:
            row = connection.execute(statement).first()
            return None if row is None else voucher_of(tuple(row))

        return await self._ask(ask)

    async def projects(self, within: int | None = None) -> tuple[Project, ...]:
        """List projects, oldest first."""
        statement = SELECT_PROJECTS.order_by(tables.project.c.number)
        if within is not None:
            statement = statement.where(tables.project.c.within == within)
        return await self._ask(
            lambda connection: tuple(project_of(tuple(row)) for row in connection.execute(statement))
        )

    async def retention(self, project: int) -> StandingPolicy | None:
        """Return the retention policy of a project."""

        def ask(connection: Connection) -> StandingPolicy | None:
            row = connection.execute(SELECT_POLICY, {"project": project}).first()
            return None if row is None else standing_of(tuple(row))

        return await self._ask(ask)

    async def environments(self, project: int) -> tuple[str, ...]:
        """List the environments that were ever said."""
        term = tables.term
        statement = select(term.c.text).where(term.c.project == project, term.c.kind == int(TermKind.ENVIRONMENT))
        return await self._ask(lambda connection: tuple(connection.scalars(statement.order_by(term.c.text))))

    async def ready(self) -> None:
        """Return if the store can read; writing shows its own trouble to those who write."""
        await self._ask(lambda connection: connection.execute(select(1)).first())

    async def close(self) -> None:
        """Finish what was accepted, then let go."""
        await asyncio.gather(*(writer.finish() for writer in self._writers))
        await asyncio.to_thread(self._threads.shutdown)
        self._readers.engine.dispose()
        for writer in self._writers:
            writer.close()

    async def _page(self, listing: plans.Listing[ItemT], query: Query) -> Page[ItemT]:
        longest_s = None if query.patient else self._longest_read_s
        return await self._ask(lambda connection: plans.page_of(connection, listing, query), longest_s)

    async def _ask(self, question: Callable[[Connection], ItemT], longest_s: float | None = None) -> ItemT:
        """Put a question to a thread; the answer is of one moment.

        Raises:
            Unavailable: too many wait, or for too long, or the disk refuses.
            Invalid: it takes longer than `longest_s`.
        """
        if self._waiting >= READS_WAITING_MAX:
            raise Unavailable("Too many reads are waiting.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._answer, question, longest_s, monotonic()
            )
        except RuntimeError as error:
            raise Unavailable("The server is shutting down.") from error
        finally:
            self._waiting -= 1

    def _answer(self, question: Callable[[Connection], ItemT], longest_s: float | None, since: float) -> ItemT:
        if monotonic() - since > self._queue_timeout_s:
            raise Unavailable("Reads wait for too long.")
        try:
            return self._put(question, longest_s)
        except DBAPIError as error:
            if longest_s is not None and self._readers.cuts(error.orig):
                message = f"takes longer than {longest_s:g} seconds to answer: narrow it"
                raise Invalid(Fault(("filter",), "too_expensive", message)) from error
            if self._readers.misreads(error.orig):
                raise Invalid(Fault(("filter",), "wrong_type", "cannot be compared with")) from error
            if not self._readers.refuses(error.orig):
                raise
            raise Unavailable("The store cannot read now.") from error
        except StatementError as error:
            if isinstance(error.orig, Refusal):  # Said while a value was made ready for the database.
                raise error.orig from None
            raise

    def _put(self, question: Callable[[Connection], ItemT], longest_s: float | None) -> ItemT:
        with self._readers.engine.connect() as connection:
            self._readers.begin(connection, longest_s)
            try:
                return question(connection)
            finally:
                if not connection.invalidated:
                    connection.exec_driver_sql("ROLLBACK")


_CHANGES = (
    select(tables.change, tables.term.c.text)
    .join(
        tables.term,
        and_(tables.term.c.project == tables.change.c.project, tables.term.c.key == tables.change.c.actor),
    )
    .order_by(tables.change.c.sequence)
)

_NEWEST = (
    select(tables.change.c.transaction, tables.change.c.sequence).order_by(tables.change.c.sequence.desc()).limit(1)
)


def _changes(connection: Connection, query: ChangeQuery) -> tuple[Change, ...]:
    table = tables.change
    statement = _CHANGES.where(table.c.project == query.project, table.c.sequence > query.after.sequence)
    if query.subject is not None:
        statement = statement.where(table.c.subject == SUBJECTS.number[query.subject])
    if query.id is not None:
        statement = statement.where(table.c.subject_id == canonical(query.id))
    return tuple(_change_of(tuple(row)) for row in connection.execute(statement.limit(query.limit)).all())


def _change_of(row: tuple[Any, ...]) -> Change:
    _, sequence, transaction, at, _, subject, action, id, before, actor = row
    return Change(
        mark=Mark(transaction, sequence),
        at=at,
        actor=Actor(*decode_json(actor)),
        subject=SUBJECTS.word[subject],
        action=ACTIONS.word[action],
        id=id,
        before=None if before is None else score_of_snapshot(before),
    )


def _key(connection: Connection, wanted: Any) -> Key | None:
    row = connection.execute(SELECT_KEYS.where(wanted)).first()
    return None if row is None else key_of(tuple(row))
