"""The wire shapes around the things themselves: problems, results of a batch, pages, changes, query strings."""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from scorehouse.dialects.native.shapes import (
    ConfigShape,
    EvaluatorShape,
    ScoreShape,
    SessionShape,
    SpanShape,
    TraceShape,
)
from scorehouse.domain.changes import Action, Subject
from scorehouse.storage.queries import PAGE_ROWS_MAX

# ── Refusals and results ─────────────────────────────────────────────────────────────────────────────────


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


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────


class PageShape(Struct, kw_only=True):
    """A part of a list. `next` is the cursor of the next part, null at the end; `total` is there if asked for."""

    items: list[Any]
    next: str | None
    total: int | UnsetType = UNSET


class ScorePage(PageShape, kw_only=True):
    """A part of a list of scores."""

    items: list[ScoreShape]


class TracePage(PageShape, kw_only=True):
    """A part of a list of traces."""

    items: list[TraceShape]


class SpanPage(PageShape, kw_only=True):
    """A part of a list of spans."""

    items: list[SpanShape]


class SessionPage(PageShape, kw_only=True):
    """A part of a list of sessions."""

    items: list[SessionShape]


class ConfigPage(PageShape, kw_only=True):
    """A part of a list of configs."""

    items: list[ConfigShape]


class EvaluatorPage(PageShape, kw_only=True):
    """A part of a list of evaluators."""

    items: list[EvaluatorShape]


# ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────


class ActorShape(Struct):
    """Who did it: the key's public id, its owner, and the dialect through which."""

    key: str
    owner: str | None
    dialect: str


class ChangeShape(Struct):
    """One entry of the feed. `before` is a changed or deleted score as it was."""

    mark: str
    at: str
    actor: ActorShape
    subject: Subject
    action: Action
    id: str
    before: ScoreShape | None


class ChangesShape(Struct):
    """Changes, oldest first. `mark` is where to go on: of the last one, or the one asked from if there is none."""

    changes: list[ChangeShape]
    mark: str


class LiveChange(Struct):
    """One event of the live stream. `score` is as it stands now; null if it is gone, or does not pass the filter."""

    mark: str
    at: str
    actor: ActorShape
    action: Action
    id: str
    score: ScoreShape | None
    before: ScoreShape | None


# ── Query strings ────────────────────────────────────────────────────────────────────────────────────────


class FilterTerm(Struct, forbid_unknown_fields=True):
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

    limit: Annotated[int, Meta(ge=0, le=PAGE_ROWS_MAX)] = 50
    offset: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    cursor: str | UnsetType = UNSET
    order: str | UnsetType = UNSET
    total: bool = False
    filter: str | UnsetType = UNSET


class HistoryQuery(Struct, forbid_unknown_fields=True):
    """Which part of a score's history: at most `limit` changes after the mark."""

    limit: Annotated[int, Meta(ge=1, le=PAGE_ROWS_MAX)] = 100
    after: str | UnsetType = UNSET


class ChangesQuery(Struct, forbid_unknown_fields=True):
    """Which part of the feed; of one thing if `subject` and `id` are given, of one kind of things by `subject`."""

    limit: Annotated[int, Meta(ge=1, le=PAGE_ROWS_MAX)] = 100
    after: str | UnsetType = UNSET
    subject: Subject | UnsetType = UNSET
    id: str | UnsetType = UNSET


class SpanReadQuery(Struct, forbid_unknown_fields=True):
    """In which trace to look for a span."""

    trace: str | UnsetType = UNSET
