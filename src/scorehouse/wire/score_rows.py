"""Rows of SCORE_COLUMNS, as any file holds them, → scores to take in. The way back is `storage.columns.score_row`."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from scorehouse.domain.documents import EMPTY
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.scores import COMPLETED, FROM_API, Draft, Origin, Outcome, Source, Status, facet_kinds
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TargetKind, TraceTarget
from scorehouse.domain.values import Kind, Value
from scorehouse.services.offers import Offer
from scorehouse.wire.times import parse_time

SOURCES_MAX = 1024
"""Sources that are remembered: few make most of the rows of a file."""


class ScoreRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A score as a row. Without an id it gets one that is made of what it says, so that it is the same score again.

    Name and target are required of what is not deleted; of what is, the id alone counts, and may be all there is.
    """

    name: str | None = None
    target_kind: TargetKind | None = None
    target: str | None = None
    id: str | None = None
    trace: str | None = None
    kind: Kind | None = None
    number: float | None = None
    boolean: bool | None = None
    labels: list[str] | None = None
    text: str | None = None
    json: Any = None
    status: Status | None = Status.COMPLETED
    reason: str | None = None
    origin: Origin | None = Origin.API
    author: str | None = None
    evaluator: str | None = None
    run: str | None = None
    comment: str | None = None
    metadata: dict[str, Any] | None = None
    environment: str | None = None
    config: str | None = None
    queue: str | None = None
    passed: bool | None = None
    cost_usd: float | None = None
    timestamp: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    residue: dict[str, dict[str, Any]] | None = None
    sole: bool | None = None
    deleted: bool = False


TARGETS: Mapping[TargetKind, Callable[[str, str | None], Target]] = {
    TargetKind.TRACE: lambda id, trace: TraceTarget(id),
    TargetKind.SPAN: SpanTarget,
    TargetKind.SESSION: lambda id, trace: SessionTarget(id),
    TargetKind.RUN: lambda id, trace: RunTarget(id),
}


def read_score(given: ScoreRow, row: Any) -> Offer:
    """Read a typed row; `row` is the same as it came."""
    if given.deleted:
        if given.id is None:
            raise Invalid(Fault(("id",), "missing", "is required of what was deleted"))
        return Offer(row, gone=given.id)
    created_at = None if given.created_at is None else parse_time(given.created_at, "created_at")
    updated_at = created_at
    if given.updated_at is not None and given.updated_at != given.created_at:
        updated_at = parse_time(given.updated_at, "updated_at")
    draft = _read_draft(given, created_at)
    return Offer(row, draft, created_at=created_at, updated_at=updated_at, sole=bool(given.sole))


def made_of(said: Any) -> str:
    """Make the id of a score that has none: 32 hex digits of what it says."""
    return blake2b(msgspec.json.encode(said, order="deterministic"), digest_size=16).hexdigest()


def _read_draft(given: ScoreRow, created_at: Instant | None) -> Draft:
    if given.name is None or given.target_kind is None or given.target is None:
        names = ("name", "target_kind", "target")
        raise Invalid(*(Fault((name,), "missing", "is required") for name in names if getattr(given, name) is None))
    status, origin = given.status or Status.COMPLETED, given.origin or Origin.API
    # What was never measured at another time was measured when it was recorded.
    timestamp = created_at
    if given.timestamp is not None and given.timestamp != given.created_at:
        timestamp = parse_time(given.timestamp, "timestamp")
    plain = origin is Origin.API and given.author is None and given.evaluator is None and given.run is None
    return Draft(
        id=given.id or made_of(given),
        target=TARGETS[given.target_kind](given.target, given.trace),
        name=given.name,
        value=_read_value(given),
        outcome=COMPLETED if status is Status.COMPLETED else Outcome(status, given.reason),
        source=FROM_API if plain else _source(origin, given.author, given.evaluator, given.run),
        comment=given.comment,
        metadata=given.metadata or EMPTY,
        environment=given.environment,
        config=given.config,
        queue=given.queue,
        passed=given.passed,
        cost_usd=given.cost_usd,
        timestamp=timestamp,
        residue=given.residue or EMPTY,
    )


_source = lru_cache(SOURCES_MAX)(Source)


def _read_value(given: ScoreRow) -> Value | None:
    """Read the facets; where no kind is told, as in files of other makers, the first one counts that is there."""
    said = given.json is not None or given.kind is Kind.JSON
    json = msgspec.json.encode(given.json).decode() if said else None
    kind, number, labels = given.kind, given.number, tuple(given.labels or ())
    if kind is None:
        kind = next(iter(facet_kinds(number, given.boolean, labels, given.text, json)), None)
        if kind is None:
            return None
        if kind is Kind.BOOLEAN:
            number = float(given.boolean or False)
    return Value(kind, number, given.boolean, labels, given.text, json)
