"""Store: what the house asks of whatever keeps its record.

This docstring and those of the verbs and queries are the specification; ``tests/engines`` holds every
engine to it.

**Ownership.** A store owns its data exclusively by whatever means it likes, and shares it with other
processes on the same data as its engine allows (SQLite: one server, any number of command lines).

**Durability.** `perform` answers after what it did is synced to disk: it survives the death of the process
and of the machine. It is in every read that begins after the answer.

**Isolation.** A verb sees the state after all verbs answered before it, and either happens whole or not at
all. Verbs run one after another, or as if they did. A verb that refuses or fails never disturbs another.

**Refusal.** A verb raises the Refusal that its docstring names, `Unavailable` where the store is full, closing
or cannot write. After `Unavailable` nothing of the verb is stored.

**Order.** Lists are in the order asked for, ties by order of recording. The feed is in order of commit: a
reader that saw a mark has seen every change before it.

**Ids** compare by their canonical spelling and are shown in the spelling in which they first came.

**Patience.** A store may have a longest read: a list that takes longer is refused with Invalid at ``filter``, unless
its query is `patient`.

**Emptiness.** An unknown project, or a filter that nothing passes, is an empty page, never an error.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from scorehouse.domain.access import Key, Project, Voucher
from scorehouse.domain.changes import Change, Mark
from scorehouse.domain.registry import Config, Evaluator
from scorehouse.domain.retention import StandingPolicy
from scorehouse.domain.scores import Score
from scorehouse.domain.traces import Session, Span, Trace
from scorehouse.storage.columns import BatchQuery, ScoreBatch
from scorehouse.storage.queries import (
    ChangeQuery,
    ConfigQuery,
    EvaluatorQuery,
    Page,
    ScoreQuery,
    SessionQuery,
    SpanQuery,
    TraceQuery,
)
from scorehouse.storage.sums import SpanSums, SpanSumsQuery
from scorehouse.storage.verbs import Verb

ResultT = TypeVar("ResultT")

Measured = Sequence[tuple[str, float | None]]
"""Names of scores, and the number facet of each."""


class Store(Protocol):
    """The storage port. See the module's docstring for what holds of every method."""

    async def perform(self, verb: Verb[ResultT]) -> ResultT:
        """Do it, and answer once it is on disk."""
        ...

    async def score(self, project: int, id: str) -> Score | None:
        """Return one score, None if it is not in the project."""
        ...

    async def scores(self, query: ScoreQuery) -> Page[Score]:
        """List scores. `next` is where to go on under the same filter and order."""
        ...

    async def score_batch(self, query: BatchQuery) -> ScoreBatch:
        """Read scores as columns, in order of recording: what `scores` would list, for reading very many.

        A score recorded while a reader goes from batch to batch is in a later batch or in the feed behind the mark
        from before the first one, or in both.
        """
        ...

    async def measured(self, project: int, ids: Sequence[str]) -> Measured:
        """Return name and number of each of these scores, in no order: what is needed to add them up.

        Ids that are not there are left out; at most PAGE_ROWS_MAX may be asked for.
        """
        ...

    async def last_place(self, project: int) -> int:
        """Return the place of the score recorded last, in the order that `score_batch` counts in; 0 if there is none.

        Places count up by one from 1, with gaps where scores were deleted.
        """
        ...

    async def traces(self, query: TraceQuery) -> Page[Trace]:
        """List traces with their rollups. Traces only mentioned by scores are among them, with `known` False."""
        ...

    async def spans(self, query: SpanQuery) -> Page[Span]:
        """List spans."""
        ...

    async def span_sums(self, query: SpanSumsQuery) -> SpanSums:
        """Sum up the spans that pass, and the scores on them. Raises TooLarge beyond SCORE_SUMS_MAX dimensions."""
        ...

    async def sessions(self, query: SessionQuery) -> Page[Session]:
        """List sessions: the groups of traces that name one."""
        ...

    async def configs(self, query: ConfigQuery) -> Page[Config]:
        """List configs, archived ones included."""
        ...

    async def evaluators(self, query: EvaluatorQuery) -> Page[Evaluator]:
        """List evaluators, archived ones included."""
        ...

    async def changes(self, query: ChangeQuery) -> tuple[Change, ...]:
        """Read the feed: at most `limit` changes after the mark, oldest first; fewer only at its present end."""
        ...

    async def mark(self, project: int) -> Mark:
        """Return the mark of the newest change of the project, START if there is none."""
        ...

    async def committed(self, since: int) -> int:
        """Wait until something was committed since then, and return the number of commits.

        The number means nothing but that it differs from what an earlier call returned; any other, such as -1,
        answers at once. Only what was performed through this very object wakes anybody: who must also see what other
        processes write asks the feed again after a while.
        """
        ...

    async def key(self, digest: bytes) -> Key | None:
        """Return the key kept under this digest, revoked and expired ones included."""
        ...

    async def key_of(self, id: str) -> Key | None:
        """Return the key of this public id, revoked and expired ones included."""
        ...

    async def keys(self, project: str | None = None, *, around: int | None = None) -> tuple[Key, ...]:
        """List keys, oldest first, of the projects of this name or of all; revoked ones included.

        With `around`, only those of the project of this number and of projects opened within it.
        """
        ...

    async def voucher(self, digest: bytes) -> Voucher | None:
        """Return the voucher kept under this digest, one that has ended included."""
        ...

    async def projects(self, within: int | None = None) -> tuple[Project, ...]:
        """List projects, oldest first: all, or those opened within one."""
        ...

    async def retention(self, project: int) -> StandingPolicy | None:
        """Return the retention policy of a project, None if it has none."""
        ...

    async def environments(self, project: int) -> tuple[str, ...]:
        """List the environments that scores, traces or spans of the project have ever said."""
        ...

    async def ready(self) -> None:
        """Return if the store can read and write now; raise Unavailable if not."""
        ...

    async def close(self) -> None:
        """Finish what was accepted, then let go. Verbs that come later are refused with Unavailable."""
        ...
