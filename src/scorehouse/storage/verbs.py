"""What can be done to a store, as data. Each verb first checks, then writes: a refusal touches nothing.

A verb carries the moment and the ids it needs, so that performing it is a function of the verb and the store.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from scorehouse.domain.access import Key, Permission, Project, Voucher
from scorehouse.domain.changes import Actor
from scorehouse.domain.frozen import Frozen
from scorehouse.domain.instants import Instant
from scorehouse.domain.patches import SpanPatch, TracePatch
from scorehouse.domain.refusals import Refusal
from scorehouse.domain.registry import Config, Evaluator
from scorehouse.domain.retention import RetentionPolicy, StandingPolicy
from scorehouse.domain.scores import Draft, Patch, Score
from scorehouse.domain.traces import Span, SpanSketch, TraceSketch

ResultT = TypeVar("ResultT")


class Verb(Frozen, Generic[ResultT], frozen=True):
    """Something that can be done; `ResultT` is what doing it answers."""

    @property
    def weight(self) -> int:
        """How many rows it writes at most, roughly: what a group commit adds up."""
        return 1


class ProjectVerb(Verb[ResultT], frozen=True):
    """A verb inside a project: who does it, and when."""

    project: int
    actor: Actor
    at: Instant


class Judging(Frozen, frozen=True, kw_only=True):
    """By whom a score is judged, as a client names it: found when the verb is performed, so that nobody asks first.

    Attributes:
        named: an evaluator's id, or its key where no id matches. Found, it becomes the score's evaluator and its
            key the score's name. None: what the score itself says.
        registered: whether an unknown one refuses (Invalid at ``source.evaluator``); otherwise the name stands
            for itself.
        binding: whether a value that the evaluator's or the config's constraint does not allow refuses.
        retired: whether an evaluator or config that is archived takes it all the same.
    """

    named: str | None = None
    registered: bool = False
    binding: bool = True
    retired: bool = False


AS_SAID = Judging()


class Recording(Frozen, frozen=True, kw_only=True):
    """One score to record.

    Attributes:
        draft: what to record if it is new.
        id: minted by the house, used where the draft has none.
        sole: whether there may be only one such living score of its target, dimension (its evaluator, else its
            name) and author. It stays so: a change that would make two of them is refused with Conflict.
        if_exists: what to change where the draft's id, or the sole score, is already recorded; None refuses
            with Conflict.
        must_exist: whether an unknown trace or span refuses (NotFound); otherwise it is mentioned into being.
        created_at, updated_at: when it was recorded, and last changed, elsewhere; None, or later than now: now.
    """

    draft: Draft
    id: str
    sole: bool = False
    if_exists: Patch | None = None
    must_exist: bool = True
    judging: Judging = AS_SAID
    created_at: Instant | None = None
    updated_at: Instant | None = None


class Recorded(Frozen, frozen=True):
    """A score as it now stands, whether it was `created` just now, and the registered evaluator that judged it.

    A repetition that is answered from memory (`Idempotency`) does not tell the evaluator.
    """

    score: Score
    created: bool
    evaluator: Evaluator | None = None


class Idempotency(Frozen, frozen=True):
    """A request that may come again.

    Attributes:
        key: chosen by the client, unique in its project.
        digest: of the request; the same key with another digest is a Conflict.
    """

    key: str
    digest: bytes


class RecordScores(ProjectVerb[tuple[Recorded | Refusal, ...]], frozen=True):
    """Record scores, each judged by itself; the answers stand in the order of the recordings.

    With `together`, one refusal refuses all: the first one found is raised and nothing is written.
    With `idempotency`, a repetition answers what the first time answered (the scores as they stand now)
    and records nothing.
    """

    recordings: tuple[Recording, ...]
    together: bool = False
    idempotency: Idempotency | None = None

    @property
    def weight(self) -> int:
        """One row a score, at least one."""
        return len(self.recordings) or 1


class ReviseScore(ProjectVerb[Score], frozen=True):
    """Change a score. Answers it as it now stands.

    Raises NotFound, Invalid where the result would break its config's or evaluator's constraint, or Conflict
    where it would be a second one of a score that has to be the sole one.
    """

    id: str
    patch: Patch
    judging: Judging = AS_SAID


class ForgetScore(ProjectVerb[Score], frozen=True):
    """Delete a score; its history stays. Answers it as it was. Raises NotFound."""

    id: str


class Anchor(ProjectVerb[int], frozen=True):
    """Take in sketches of traces and spans, in order; merge them into what is known. Answers how many.

    What says nothing new gets no place in the feed.
    """

    traces: tuple[TraceSketch, ...] = ()
    spans: tuple[SpanSketch, ...] = ()

    @property
    def weight(self) -> int:
        """One row a sketch, at least one."""
        return len(self.traces) + len(self.spans) or 1


class ReviseTrace(ProjectVerb[str], frozen=True):
    """Change a trace that somebody sent. Answers its id as shown; its figures take a read. Raises NotFound."""

    id: str
    patch: TracePatch


class ReviseSpan(ProjectVerb[Span], frozen=True):
    """Change a span that somebody sent: the newest of this id or alias, in `trace` if given.

    Answers it as it now stands. Raises NotFound.
    """

    id: str
    patch: SpanPatch
    trace: str | None = None


class RetagTraces(ProjectVerb[int], frozen=True):
    """Take tags from traces that somebody sent, then give them others. Unknown ids do not count.

    Answers how many traces were found, whether or not their tags changed.
    """

    ids: tuple[str, ...]
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """One row a trace, at least one."""
        return len(self.ids) or 1


class ForgetTraces(ProjectVerb[int], frozen=True):
    """Delete traces with their spans and all scores on them. Unknown ids do not count. Answers how many traces."""

    ids: tuple[str, ...]

    @property
    def weight(self) -> int:
        """A trace has tens of rows."""
        return 10 * len(self.ids) or 1


class SetRetention(ProjectVerb[StandingPolicy | None], frozen=True):
    """Set the retention policy of a project, or clear it (None). Answers what stands now. Removes nothing by itself."""

    policy: RetentionPolicy | None


class Aged(Frozen, frozen=True):
    """A place among the traces of an environment, in order of recording: where the next step goes on."""

    created_at: Instant
    key: int


class Removed(Frozen, frozen=True):
    """What a step removed, and where the next one goes on; None where nothing is left to look at."""

    scores: int = 0
    traces: int = 0
    spans: int = 0
    next: Aged | None = None


class RemoveAged(ProjectVerb[Removed], frozen=True):
    """Remove what is older than the project's policy says, of one environment (None: of what says none).

    What is too old, and what has to go first, says `domain.retention`; the policy is the one that stands when the verb
    is performed, the age is that at `at`. Oldest first, scores before traces; at most `rows_max` scores, traces and
    spans, with their history. A trace that alone has more spans goes in parts. Traces that scores keep are passed over,
    at most `rows_max` of them. Each score and each trace that somebody sent has its entry in the feed.

    Attributes:
        after: the `next` of the step before; None for the first one.
    """

    environment: str | None
    rows_max: int
    after: Aged | None = None

    @property
    def weight(self) -> int:
        """One row a thing."""
        return self.rows_max


class PutConfig(ProjectVerb[Config], frozen=True):
    """Create a config (`create`: Conflict if the id is taken), or replace one (NotFound if it is not there)."""

    config: Config
    create: bool


class PutEvaluator(ProjectVerb[Evaluator], frozen=True):
    """Create an evaluator (Conflict if id or key is taken), or replace one (NotFound if it is not there)."""

    evaluator: Evaluator
    create: bool


EvaluatorChange = Callable[[Evaluator], Evaluator]
"""Answers an evaluator as it shall be, the id unchanged, to one as it stands; refuses by raising a Refusal.

It is a pure function: an engine calls it between check and write, may call it again, and lets it ask nobody.
"""


class ReviseEvaluator(ProjectVerb[Evaluator], frozen=True):
    """Change an evaluator as it stands when the verb is performed. Answers it as it now stands.

    Of two that come at once the second one changes what the first one made. Raises NotFound, Conflict where its new
    key is taken, or what `change` refuses with.
    """

    id: str
    change: EvaluatorChange


class OpenProject(Verb[Project], frozen=True):
    """Answer the project of this name, made now if it is new, with its `evaluators` seeded then.

    `within` is the number of the project in which names are looked for, None for those that stand by themselves.
    """

    name: str
    at: Instant
    evaluators: tuple[Evaluator, ...] = ()
    within: int | None = None


class CreateKey(Verb[Key], frozen=True, kw_only=True):
    """Keep a key under the digest of its secret. Conflict if the digest is taken."""

    id: str
    project: Project
    digest: bytes
    owner: str | None
    permissions: frozenset[Permission]
    at: Instant
    expires_at: Instant | None = None


class RevokeKey(Verb[Key], frozen=True):
    """Revoke a key; revoking again changes nothing. NotFound if there is none of this id."""

    id: str
    at: Instant


class RemoveKey(Verb[None], frozen=True):
    """Forget a key as if it had never been; what it did stays. NotFound if there is none of this id."""

    id: str


class IssueVoucher(Verb[None], frozen=True):
    """Keep a voucher; those that have ended by now are let go."""

    voucher: Voucher
    at: Instant


class RedeemVoucher(Verb[Key | None], frozen=True, kw_only=True):
    """Spend the voucher of this digest, and make the key that it is good for under `key_digest`.

    Whatever comes of it the voucher is gone, so that a code can be tried once. Answers None, and makes no key, where
    there is no such voucher, it does not honour the digest of the proof, or its issuer is not a good key any more.
    """

    digest: bytes
    proof: bytes
    id: str
    key_digest: bytes
    at: Instant


class ReviseProject(Verb[Project], frozen=True, kw_only=True):
    """Change a project's name or description; None leaves it. Answers it as it now stands.

    Raises NotFound, or Conflict where the name is taken by another one in the same place.
    """

    number: int
    name: str | None = None
    description: str | None = None
