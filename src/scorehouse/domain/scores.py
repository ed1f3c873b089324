"""A score as offered (Draft), as recorded (Score), and what changes of it (Patch).

Nouns of the vendors, field by field: docs/dialects.md.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, Final, Literal

from scorehouse.domain.documents import EMPTY, Fields, checked_document, merge_patched, merged, same
from scorehouse.domain.frozen import Frozen, field_names, replace
from scorehouse.domain.identity import checked_id, checked_name, checked_text
from scorehouse.domain.instants import Instant, instant
from scorehouse.domain.numbers import checked_number
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.targets import SpanTarget, Target
from scorehouse.domain.values import Kind, Value


class Keep(Enum):
    """The mark of a field that a patch does not touch; None, in contrast, clears."""

    KEEP = "keep"

    def __bool__(self) -> Literal[False]:
        """KEEP is nothing to write."""
        return False


KEEP: Final = Keep.KEEP


class Status(StrEnum):
    """Whether there is a measurement at all."""

    COMPLETED = "completed"
    FAILED = "failed"
    PENDING = "pending"


class Outcome(Frozen, frozen=True):
    """How the evaluation ended. A failed or pending one has no part in any statistics.

    Attributes:
        status: completed, failed or pending.
        reason: why it failed, for people; None unless failed.
    """

    status: Status = Status.COMPLETED
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.reason is None:
            return
        if self.status is not Status.FAILED:
            raise Invalid(Fault(("outcome", "reason"), "not_allowed", "only a failed evaluation has a reason"))
        checked_text(self.reason, "outcome", "reason")


COMPLETED: Final = Outcome()


class Origin(StrEnum):
    """Who produced the judgment."""

    API = "api"
    HUMAN = "human"
    EVALUATOR = "evaluator"


class Source(Frozen, frozen=True):
    """Where a score comes from.

    Attributes:
        origin: code that called the API, a person, or an evaluator.
        author: the person or program that answers for it (Respan's ``scorer``, Langfuse's ``authorUserId``).
        evaluator: id of the registered Evaluator, if one measured it.
        run: id of the evaluation run that produced it (not a target).
    """

    origin: Origin = Origin.API
    author: str | None = None
    evaluator: str | None = None
    run: str | None = None

    def __post_init__(self) -> None:
        for name in ("author", "evaluator", "run"):
            text = getattr(self, name)
            if text is not None:
                checked_id(text, "source", name)


FROM_API: Final = Source()


class ScoreFacts(Frozen, frozen=True, kw_only=True):
    """What is said of a score, whether offered or recorded.

    Attributes:
        target: what was scored.
        name: the dimension (``accuracy``); for a registered evaluator its key.
        value: what was measured; None where the outcome is not completed, or after its value was cleared.
        outcome: whether it was measured at all.
        source: who measured.
        comment: reasoning, explanation, note.
        metadata: free-form, shown to every dialect that has metadata.
        environment: a deployment label such as ``production``; None where none was given.
        config: id of the Config that constrains it.
        queue: id of the annotation queue it was given in.
        passed: whether it meets its evaluator's pass condition; None without one.
        cost_usd: what the evaluation cost.
        residue: dialect name → that vendor's fields which no other dialect understands.
    """

    target: Target
    name: str
    value: Value | None
    outcome: Outcome = COMPLETED
    source: Source = FROM_API
    comment: str | None = None
    metadata: Fields = EMPTY
    environment: str | None = None
    config: str | None = None
    queue: str | None = None
    passed: bool | None = None
    cost_usd: float | None = None
    residue: Mapping[str, Fields] = EMPTY

    def __post_init__(self) -> None:
        checked_name(self.name, "name")
        if self.comment is not None:
            checked_text(self.comment, "comment")
        if self.environment is not None:
            checked_id(self.environment, "environment")
        if self.config is not None:
            checked_id(self.config, "config")
        if self.queue is not None:
            checked_id(self.queue, "queue")
        if self.metadata:
            checked_document(self.metadata, "metadata")
        if self.residue:
            checked_document(self.residue, "residue")
        if self.cost_usd is not None:
            checked_number(self.cost_usd, "cost_usd")


class Draft(ScoreFacts, frozen=True, kw_only=True):
    """A score as offered.

    Attributes:
        id: chosen by the client, kept as it is; None lets the house mint one.
        timestamp: when it was measured; None means when it is recorded.
    """

    id: str | None = None
    timestamp: Instant | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.value is None and self.outcome.status is Status.COMPLETED:
            raise Invalid(Fault(("value",), "missing", "a completed score needs a value"))
        if self.id is not None:
            checked_id(self.id, "id")
        if self.timestamp is not None:
            instant(self.timestamp, ("timestamp",))


class Score(ScoreFacts, frozen=True, kw_only=True):
    """A score as recorded.

    Attributes:
        id: unique in its project, in the spelling in which it first came.
        timestamp: when it was measured.
        created_at: when it was first recorded.
        updated_at: when it last changed; equals created_at until then.
        sole: whether there may be only one such score of its target, dimension and author.
    """

    id: str
    timestamp: Instant
    created_at: Instant
    updated_at: Instant
    sole: bool = False

    def __post_init__(self) -> None:
        """Trust the store: a recorded score was checked when it was offered."""


class Facets(Frozen, frozen=True, kw_only=True):
    """A change of single facets of a value (a merge patch, Respan's PATCH); the others stay.

    Absent facets are KEEP, None clears. Unless a kind is given, it stays while its facet is there; otherwise
    the first facet present in the order number, boolean, labels, text, json decides. The number of a boolean
    value that stood for its truth follows it, and goes with it.
    """

    kind: Kind | Keep = KEEP
    number: float | None | Keep = KEEP
    boolean: bool | None | Keep = KEEP
    labels: tuple[str, ...] | None | Keep = KEEP
    text: str | None | Keep = KEEP
    json: str | None | Keep = KEEP

    def apply(self, before: Value | None) -> Value | None:
        """Return the value after the change, None if no facet is left."""
        if self == Facets():
            return before
        old = before or Value(Kind.MULTI)
        number = old.number if self.number is KEEP else self.number
        boolean = old.boolean if self.boolean is KEEP else self.boolean
        labels = old.labels if self.labels is KEEP else (self.labels or ())
        text = old.text if self.text is KEEP else self.text
        json = old.json if self.json is KEEP else self.json
        if self.number is KEEP and old.kind is Kind.BOOLEAN and boolean is None and old.number == old.boolean:
            number = None
        kinds = facet_kinds(number, boolean, labels, text, json)
        if not kinds and self.kind is KEEP:
            return None
        kind = self.kind or (old.kind if before and old.kind in kinds else kinds[0])
        stood_for_truth = old.number is None or old.number == old.boolean
        if kind is Kind.BOOLEAN and boolean is not None and self.number is KEEP and stood_for_truth:
            number = float(boolean)
        return Value(kind, number, boolean, labels, text, json)


def facet_kinds(
    number: float | None, boolean: bool | None, labels: tuple[str, ...], text: str | None, json: str | None
) -> list[Kind]:
    """List the kinds that these facets can carry, the first being the one to assume."""
    candidates = (
        (Kind.NUMERIC, number is not None),
        (Kind.BOOLEAN, boolean is not None),
        (Kind.CATEGORICAL, len(labels) == 1),
        (Kind.MULTI, bool(labels)),
        (Kind.TEXT, text is not None),
        (Kind.CORRECTION, text is not None),
        (Kind.JSON, json is not None),
    )
    return [kind for kind, present in candidates if present]


class OutcomeParts(Frozen, frozen=True, kw_only=True):
    """A change of single parts of an outcome; a reason goes when its failure does."""

    status: Status | Keep = KEEP
    reason: str | None | Keep = KEEP

    def apply(self, before: Outcome) -> Outcome:
        """Return the outcome after the change."""
        status = self.status or before.status
        remembered = before.reason if status is Status.FAILED else None
        return Outcome(status, remembered if self.reason is KEEP else self.reason)


class SourceParts(Frozen, frozen=True, kw_only=True):
    """A change of single parts of a source; the others stay."""

    origin: Origin | Keep = KEEP
    author: str | None | Keep = KEEP
    evaluator: str | None | Keep = KEEP
    run: str | None | Keep = KEEP

    def apply(self, before: Source) -> Source:
        """Return the source after the change."""
        return Source(
            origin=self.origin or before.origin,
            author=before.author if self.author is KEEP else self.author,
            evaluator=before.evaluator if self.evaluator is KEEP else self.evaluator,
            run=before.run if self.run is KEEP else self.run,
        )


class MetadataParts(Frozen, frozen=True):
    """A change of single members of metadata by the rules of a JSON merge patch (RFC 7396): null removes."""

    members: Fields

    def apply(self, before: Fields) -> Fields:
        """Return the metadata after the change."""
        return merge_patched(before, self.members)


Parts = Facets | OutcomeParts | SourceParts | MetadataParts


class Patch(Frozen, frozen=True, kw_only=True):
    """Which fields of a score change. KEEP leaves a field as it is, None clears it.

    Attributes:
        value, outcome, source: a whole new one, or single parts of it.
        metadata: replaces; with `merge_metadata`, merges deeply, the patch's keys winning; or single parts.
        residue: of one dialect, replaces that dialect's residue only; with `merge_residue`, its members are laid
            over what the dialect keeps, and a member that is None goes.
        touch: the score counts as changed now, even if nothing differs.

    The others are as in ScoreFacts. Target, timestamp and created_at never change.
    """

    name: str | Keep = KEEP
    value: Value | Facets | None | Keep = KEEP
    outcome: Outcome | OutcomeParts | Keep = KEEP
    source: Source | SourceParts | Keep = KEEP
    comment: str | None | Keep = KEEP
    metadata: Fields | MetadataParts | Keep = KEEP
    merge_metadata: bool = False
    environment: str | None | Keep = KEEP
    config: str | None | Keep = KEEP
    queue: str | None | Keep = KEEP
    passed: bool | None | Keep = KEEP
    cost_usd: float | None | Keep = KEEP
    residue: Mapping[str, Fields] | Keep = KEEP
    merge_residue: bool = False
    touch: bool = False

    def apply(self, score: Score, at: Instant) -> Score:
        """Return the score after this patch; the very same object if nothing differs.

        Raises:
            Invalid: the result would break a rule of ScoreFacts.
        """
        changes = {name: change for name in _PLAIN_FIELDS if (change := getattr(self, name)) is not KEEP}
        for name, change in changes.items():
            if isinstance(change, Parts):
                changes[name] = change.apply(getattr(score, name))
        if self.merge_metadata and "metadata" in changes:
            changes["metadata"] = merged(score.metadata, changes["metadata"])
        if self.residue is not KEEP:
            changes["residue"] = {**score.residue, **self._residue_after(score)}
        changed: dict[str, Any] = {name: new for name, new in changes.items() if not same(new, getattr(score, name))}
        if not changed and not self.touch:
            return score
        result = replace(score, **changed, updated_at=at)
        ScoreFacts.__post_init__(result)
        return result

    def _residue_after(self, score: Score) -> Mapping[str, Fields]:
        if self.residue is KEEP or not self.merge_residue:
            return self.residue or EMPTY
        return {
            dialect: {
                name: value
                for name, value in {**score.residue.get(dialect, EMPTY), **members}.items()
                if value is not None
            }
            for dialect, members in self.residue.items()
        }


_NOT_PLAIN: Final = frozenset({"merge_metadata", "merge_residue", "residue", "touch"})
_PLAIN_FIELDS: Final = tuple(name for name in field_names(Patch) if name not in _NOT_PLAIN)


def located(target: Target, trace: str, span: str) -> Target:
    """Return a span target as it was found: under this trace, with its own id for an alias; any other as it is."""
    return SpanTarget(span, trace) if isinstance(target, SpanTarget) else target
