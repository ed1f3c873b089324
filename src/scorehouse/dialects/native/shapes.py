"""The wire shapes of the native dialect: the core's own words as JSON. What stands around them: `answers`.

Shapes named ``New…`` and ``…Change`` are read, the others are written. What is read refuses members
that it does not know. In a ``…Change`` an absent member (UNSET) is kept and null is cleared; in a
``New…`` both mean "not given".
"""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from scorehouse.domain.registry import Comparison, EvaluatorType
from scorehouse.domain.scores import Origin, Status
from scorehouse.domain.targets import TargetKind
from scorehouse.domain.traces import Health, SpanKind
from scorehouse.domain.values import Kind
from scorehouse.services.record import BATCH_SCORES_MAX

# ── Scores, as read ──────────────────────────────────────────────────────────────────────────────────────


class NewTarget(Struct, forbid_unknown_fields=True):
    """What is scored.

    Attributes:
        trace: of a span, where it is known; of nothing else.
        must_exist: whether an unknown trace or span refuses; otherwise it is mentioned into being.
    """

    kind: TargetKind
    id: str
    trace: str | None = None
    must_exist: bool = True


class ValueChange(Struct, forbid_unknown_fields=True):
    """A value by its facets, of which `kind` says which one counts."""

    kind: Kind | UnsetType = UNSET
    number: float | None | UnsetType = UNSET
    boolean: bool | None | UnsetType = UNSET
    labels: list[str] | None | UnsetType = UNSET
    text: str | None | UnsetType = UNSET
    json: Any = UNSET


class OutcomeChange(Struct, forbid_unknown_fields=True):
    """How the evaluation ended."""

    status: Status | UnsetType = UNSET
    reason: str | None | UnsetType = UNSET


class SourceChange(Struct, forbid_unknown_fields=True):
    """Where a score comes from. `evaluator` is the id of a registered one."""

    origin: Origin | UnsetType = UNSET
    author: str | None | UnsetType = UNSET
    evaluator: str | None | UnsetType = UNSET
    run: str | None | UnsetType = UNSET


GivenValue = float | bool | str | list[str] | ValueChange | None | UnsetType
"""A number, a boolean, a text (one category), a list of texts (several), or facets."""


class ScoreChange(Struct, forbid_unknown_fields=True):
    """What changes of a score: a JSON merge patch (RFC 7396)."""

    name: str | UnsetType = UNSET
    value: GivenValue = UNSET
    outcome: OutcomeChange | None | UnsetType = UNSET
    source: SourceChange | None | UnsetType = UNSET
    comment: str | None | UnsetType = UNSET
    metadata: dict[str, Any] | None | UnsetType = UNSET
    environment: str | None | UnsetType = UNSET
    config: str | None | UnsetType = UNSET
    queue: str | None | UnsetType = UNSET
    passed: bool | None | UnsetType = UNSET
    cost_usd: float | None | UnsetType = UNSET


class IfExists(StrEnum):
    """What becomes of a score whose id is already taken: a conflict, or a change of the members given."""

    REFUSE = "refuse"
    UPDATE = "update"


class NewScore(ScoreChange, forbid_unknown_fields=True, kw_only=True):
    """A score to record.

    Attributes:
        id: chosen by the client; the house mints one otherwise.
        timestamp: ISO 8601, when it was measured; when it is recorded otherwise.
        if_exists: what becomes of a score whose id is already taken.
        created_at, updated_at, residue: taken and ignored, so that what was read can be written again.
    """

    target: NewTarget
    name: str
    id: str | None = None
    timestamp: str | None = None
    if_exists: IfExists = IfExists.REFUSE
    created_at: Any = None
    updated_at: Any = None
    residue: Any = None


class NewScores(Struct, forbid_unknown_fields=True):
    """A batch; each score is accepted or refused by itself."""

    scores: Annotated[list[NewScore], Meta(max_length=BATCH_SCORES_MAX)]


class AnyScores(Struct, forbid_unknown_fields=True):
    """A batch of which only the envelope is read, to tell good items from bad ones."""

    scores: Annotated[list[Any], Meta(max_length=BATCH_SCORES_MAX)]


# ── Scores, as written ───────────────────────────────────────────────────────────────────────────────────


class TargetShape(Struct):
    """What was scored; `trace` is null but for spans."""

    kind: TargetKind
    id: str
    trace: str | None


class ValueShape(Struct):
    """What was measured. `json` is the JSON itself, not text."""

    kind: Kind
    number: float | None
    boolean: bool | None
    labels: list[str]
    text: str | None
    json: Any


class OutcomeShape(Struct):
    """How the evaluation ended."""

    status: Status
    reason: str | None


class SourceShape(Struct):
    """Where a score comes from."""

    origin: Origin
    author: str | None
    evaluator: str | None
    run: str | None


class ScoreShape(Struct):
    """A score as recorded. Times are ISO 8601 in UTC with microseconds."""

    id: str
    name: str
    target: TargetShape
    value: ValueShape | None
    outcome: OutcomeShape
    source: SourceShape
    comment: str | None
    metadata: dict[str, Any]
    environment: str | None
    config: str | None
    queue: str | None
    passed: bool | None
    cost_usd: float | None
    timestamp: str
    created_at: str
    updated_at: str
    residue: dict[str, Any]


# ── Traces and spans ─────────────────────────────────────────────────────────────────────────────────────


class DescribedShape(Struct, kw_only=True):
    """What traces and spans both say of themselves. `known` is false for what only scores mention."""

    id: str
    known: bool
    name: str | None
    started_at: str | None
    ended_at: str | None
    session: str | None
    user: str | None
    environment: str | None
    release: str | None
    version: str | None
    health: Health | None
    error: str | None
    tags: list[str]
    input: Any
    output: Any
    metadata: dict[str, Any]
    created_at: str
    updated_at: str
    residue: dict[str, Any]


class RollupShape(Struct):
    """Figures over the spans and scores of a trace."""

    started_at: str | None
    ended_at: str | None
    span_count: int
    score_count: int
    error_count: int
    tokens_total: int
    cost_usd: float


class TraceShape(DescribedShape, kw_only=True):
    """A trace as known so far."""

    public: bool
    rollup: RollupShape


class SpanShape(DescribedShape, kw_only=True):
    """A span as known so far. `alias` is a second id that clients gave it."""

    trace: str
    alias: str | None
    parent: str | None
    kind: SpanKind | None
    model: str | None
    model_parameters: dict[str, Any] | None
    usage: dict[str, int] | None
    cost_usd: float | None
    completion_started_at: str | None


class SessionShape(Struct):
    """The traces that name a session, summed up."""

    id: str
    trace_count: int
    started_at: str | None
    ended_at: str | None
    user: str | None
    environment: str | None
    created_at: str


# ── Configs and evaluators ───────────────────────────────────────────────────────────────────────────────


class ChoiceShape(Struct, forbid_unknown_fields=True):
    """One category, and the number it stands for, if it stands for one."""

    label: str
    number: float | None = None


class Facet(StrEnum):
    """Which facet of a value a condition is about."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    LABELS = "labels"
    TEXT = "text"
    JSON = "json"


class ConditionShape(Struct, forbid_unknown_fields=True):
    """One condition of passing; ``in`` and ``not_in`` take a list of operands, the others one."""

    facet: Facet
    comparison: Comparison
    operand: str | int | float | bool | list[str | int | float | bool]


class ConfigChange(Struct, forbid_unknown_fields=True):
    """What changes of a config: a JSON merge patch (RFC 7396)."""

    name: str | UnsetType = UNSET
    kind: Kind | None | UnsetType = UNSET
    minimum: float | None | UnsetType = UNSET
    maximum: float | None | UnsetType = UNSET
    choices: list[ChoiceShape] | None | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    metadata: dict[str, Any] | None | UnsetType = UNSET


class NewConfig(ConfigChange, forbid_unknown_fields=True, kw_only=True):
    """A config to make. Members that are only written are taken and ignored."""

    name: str
    id: str | None = None
    created_at: Any = None
    updated_at: Any = None
    residue: Any = None


class EvaluatorChange(ConfigChange, forbid_unknown_fields=True):
    """What changes of an evaluator: a JSON merge patch (RFC 7396)."""

    key: str | UnsetType = UNSET
    type: EvaluatorType | UnsetType = UNSET
    conditions: list[ConditionShape] | None | UnsetType = UNSET
    version: Annotated[int, Meta(ge=0, lt=2**31)] | UnsetType = UNSET
    definition: dict[str, Any] | None | UnsetType = UNSET


class NewEvaluator(EvaluatorChange, forbid_unknown_fields=True, kw_only=True):
    """An evaluator to make; without a name it is called by its key."""

    key: str
    id: str | None = None
    created_at: Any = None
    updated_at: Any = None
    residue: Any = None


class ConfigShape(Struct, kw_only=True):
    """A config: what values the scores that name it may have."""

    id: str
    name: str
    kind: Kind | None
    minimum: float | None
    maximum: float | None
    choices: list[ChoiceShape]
    description: str | None
    archived: bool
    metadata: dict[str, Any]
    created_at: str
    updated_at: str
    residue: dict[str, Any]


class EvaluatorShape(ConfigShape, kw_only=True):
    """A named judge. A score passes when all conditions hold; without any, a boolean passes when true."""

    key: str
    type: EvaluatorType
    conditions: list[ConditionShape]
    version: int
    definition: dict[str, Any]
