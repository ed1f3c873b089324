"""The wire shapes of the native dialect: the core's own words as JSON.

Shapes named ``New…`` and ``…Change`` are read, the others are written. What is read refuses members
that it does not know. In a ``…Change`` an absent member (UNSET) is kept and null is cleared; in a
``New…`` both mean "not given".
"""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from scorehouse.domain.scores import Origin, Status
from scorehouse.domain.targets import TargetKind
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


# ── Answers around them ──────────────────────────────────────────────────────────────────────────────────


class ProblemError(Struct, omit_defaults=True):
    """One thing that is wrong, and where: a JSON pointer into the body, a query parameter, or a header."""

    code: str
    message: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    allowed: list[str] | None = None


class Problem(Struct, omit_defaults=True, kw_only=True):
    """A refusal (RFC 9457); members beyond the RFC's own are there where the refusal has them."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    errors: list[ProblemError] | None = None
    offset: int | None = None
    reason: str | None = None
    needed: str | None = None
    kind: str | None = None
    id: str | None = None
    allowed: tuple[str, ...] | None = None
    what: str | None = None
    limit: int | None = None
    unit: str | None = None
    accepted: tuple[str, ...] | None = None
    retry_after_s: int | None = None


class ItemStatus(StrEnum):
    """What became of one item of a batch."""

    CREATED = "created"
    UPDATED = "updated"
    REFUSED = "refused"


class ScoreResult(Struct, omit_defaults=True, kw_only=True):
    """What became of one score of a batch: the score as it now stands, or the problem."""

    index: int
    status: ItemStatus
    score: ScoreShape | None = None
    problem: Problem | None = None


class ScoreResults(Struct):
    """What became of a batch, item by item, in order."""

    created: int
    updated: int
    refused: int
    results: list[ScoreResult]


class PageShape(Struct, omit_defaults=True, kw_only=True):
    """A part of a list. `next` is the cursor of the next part, `total` there if asked for."""

    items: list[Any]
    next: str | None = None
    total: int | None = None


class ScorePage(PageShape, kw_only=True):
    """A part of a list of scores."""

    items: list[ScoreShape]


# ── Filters ──────────────────────────────────────────────────────────────────────────────────────────────


class Comparison(Struct, forbid_unknown_fields=True):
    """A leaf of the ``filter`` tree. Several operands ask for any of them, with ``has_all`` for all.

    Attributes:
        key: the path of keys into a field that holds an object.
    """

    field: str
    operand: str | int | float | bool | list[str | int | float | bool]
    operator: str = "eq"
    key: list[str] = []


class WindowQuery(Struct):
    """Which part of a list, in which order; beside these, every field of what is listed is a parameter.

    Attributes:
        limit: 0 to 1,000; 0 asks for the total alone.
        offset: rows to pass over, instead of a cursor.
        cursor: `next` of the part before.
        order: a field, with a minus before it for the greatest first.
        total: whether to count all that match.
        filter: a tree of comparisons as JSON.
    """

    limit: int = 50
    offset: int = 0
    cursor: str | None = None
    order: str = "-created_at"
    total: bool = False
    filter: str | None = None
