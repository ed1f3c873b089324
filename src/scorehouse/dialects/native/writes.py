"""Our words → their shapes."""

import msgspec

from scorehouse.dialects.native.shapes import (
    ItemStatus,
    OutcomeShape,
    ScoreResult,
    ScoreShape,
    SourceShape,
    TargetShape,
    ValueShape,
)
from scorehouse.domain.scores import Outcome, Score, Source
from scorehouse.domain.targets import SpanTarget, Target
from scorehouse.domain.values import Value
from scorehouse.storage.verbs import Recorded
from scorehouse.wire.times import microseconds_z


def write_score(score: Score) -> ScoreShape:
    """Write a score, every member of it."""
    return ScoreShape(
        id=score.id,
        name=score.name,
        target=write_target(score.target),
        value=None if score.value is None else write_value(score.value),
        outcome=write_outcome(score.outcome),
        source=write_source(score.source),
        comment=score.comment,
        metadata=dict(score.metadata),
        environment=score.environment,
        config=score.config,
        queue=score.queue,
        passed=score.passed,
        cost_usd=score.cost_usd,
        timestamp=microseconds_z(score.timestamp),
        created_at=microseconds_z(score.created_at),
        updated_at=microseconds_z(score.updated_at),
        residue=dict(score.residue),
    )


def write_target(target: Target) -> TargetShape:
    """Write what was scored."""
    trace = target.trace if isinstance(target, SpanTarget) else None
    return TargetShape(target.kind, target.id, trace)


def write_value(value: Value) -> ValueShape:
    """Write a value with all its facets; JSON goes in as it was stored."""
    json = None if value.json is None else msgspec.Raw(value.json.encode())
    return ValueShape(value.kind, value.number, value.boolean, list(value.labels), value.text, json)


def write_outcome(outcome: Outcome) -> OutcomeShape:
    """Write how the evaluation ended."""
    return OutcomeShape(outcome.status, outcome.reason)


def write_source(source: Source) -> SourceShape:
    """Write where a score comes from."""
    return SourceShape(source.origin, source.author, source.evaluator, source.run)


def write_recorded(index: int, recorded: Recorded) -> ScoreResult:
    """Write what became of an accepted item of a batch."""
    status = ItemStatus.CREATED if recorded.created else ItemStatus.UPDATED
    return ScoreResult(index=index, status=status, score=write_score(recorded.score))
