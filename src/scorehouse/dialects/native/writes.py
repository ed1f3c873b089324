"""Our words → their shapes."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from scorehouse.dialects.native.answers import (
    ActorShape,
    ChangeShape,
    ChangesShape,
    ItemStatus,
    LiveChange,
    ScoreResult,
)
from scorehouse.dialects.native.shapes import (
    ChoiceShape,
    ConditionShape,
    ConfigShape,
    EvaluatorShape,
    Facet,
    OutcomeShape,
    RollupShape,
    ScoreShape,
    SessionShape,
    SourceShape,
    SpanShape,
    TargetShape,
    TraceShape,
    ValueShape,
)
from scorehouse.domain.changes import Change, Mark
from scorehouse.domain.instants import Instant
from scorehouse.domain.registry import Config, Evaluator, PassCondition
from scorehouse.domain.scores import Outcome, Score, Source
from scorehouse.domain.targets import SpanTarget, Target
from scorehouse.domain.traces import Rollup, Session, Span, Trace
from scorehouse.domain.values import Value
from scorehouse.storage.verbs import Recorded
from scorehouse.wire.times import microseconds_z


def write_location(collection: str, id: str) -> tuple[str, str]:
    """Write the header that says where a thing just made can be read."""
    plain = id.isascii() and id.isalnum()
    return "location", f"/v1/{collection}/{id if plain else quote(id, safe='')}"


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


# ── Traces ───────────────────────────────────────────────────────────────────────────────────────────────


def write_trace(trace: Trace) -> TraceShape:
    """Write a trace with its figures."""
    return TraceShape(**_described(trace), public=trace.public, rollup=_write_rollup(trace.rollup))


def write_span(span: Span) -> SpanShape:
    """Write a span."""
    return SpanShape(
        **_described(span),
        trace=span.trace,
        alias=span.alias,
        parent=span.parent,
        kind=span.kind,
        model=span.model,
        model_parameters=None if span.model_parameters is None else dict(span.model_parameters),
        usage=None if span.usage is None else dict(span.usage),
        cost_usd=span.cost_usd,
        completion_started_at=_time(span.completion_started_at),
    )


def write_session(session: Session) -> SessionShape:
    """Write a session."""
    return SessionShape(
        id=session.id,
        trace_count=session.trace_count,
        started_at=_time(session.started_at),
        ended_at=_time(session.ended_at),
        user=session.user,
        environment=session.environment,
        created_at=microseconds_z(session.created_at),
    )


def _described(thing: Trace | Span) -> dict[str, Any]:
    """Write what traces and spans both say of themselves."""
    return {
        "id": thing.id,
        "known": thing.known,
        "name": thing.name,
        "started_at": _time(thing.started_at),
        "ended_at": _time(thing.ended_at),
        "session": thing.session,
        "user": thing.user,
        "environment": thing.environment,
        "release": thing.release,
        "version": thing.version,
        "health": thing.health,
        "error": thing.error,
        "tags": list(thing.tags),
        "input": thing.input,
        "output": thing.output,
        "metadata": dict(thing.metadata),
        "created_at": microseconds_z(thing.created_at),
        "updated_at": microseconds_z(thing.updated_at),
        "residue": dict(thing.residue),
    }


def _write_rollup(rollup: Rollup) -> RollupShape:
    return RollupShape(
        started_at=_time(rollup.started_at),
        ended_at=_time(rollup.ended_at),
        span_count=rollup.span_count,
        score_count=rollup.score_count,
        error_count=rollup.error_count,
        tokens_total=rollup.tokens_total,
        cost_usd=rollup.cost_usd,
    )


def _time(at: Instant | None) -> str | None:
    return None if at is None else microseconds_z(at)


# ── Configs and evaluators ───────────────────────────────────────────────────────────────────────────────


def write_config(config: Config) -> ConfigShape:
    """Write a config."""
    return ConfigShape(**_dimension(config))


def write_evaluator(evaluator: Evaluator) -> EvaluatorShape:
    """Write an evaluator."""
    return EvaluatorShape(
        **_dimension(evaluator),
        key=evaluator.key,
        type=evaluator.type,
        conditions=[_write_condition(condition) for condition in evaluator.conditions],
        version=evaluator.version,
        definition=dict(evaluator.definition),
    )


def _dimension(thing: Config | Evaluator) -> dict[str, Any]:
    """Write what configs and evaluators both say of themselves."""
    constraint = thing.constraint
    return {
        "id": thing.id,
        "name": thing.name,
        "kind": constraint.kind,
        "minimum": constraint.minimum,
        "maximum": constraint.maximum,
        "choices": [ChoiceShape(choice.label, choice.number) for choice in constraint.choices],
        "description": thing.description,
        "archived": thing.archived,
        "metadata": dict(thing.metadata),
        "created_at": microseconds_z(thing.created_at),
        "updated_at": microseconds_z(thing.updated_at),
        "residue": dict(thing.residue),
    }


def _write_condition(condition: PassCondition) -> ConditionShape:
    operand = condition.operand
    return ConditionShape(
        facet=Facet(condition.facet),
        comparison=condition.comparison,
        operand=list(operand) if isinstance(operand, tuple) else operand,
    )


# ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────


def write_changes(changes: Sequence[Change], asked_from: Mark) -> ChangesShape:
    """Write a part of the feed, with the mark to go on from."""
    mark = changes[-1].mark if changes else asked_from
    return ChangesShape(changes=[_write_change(change) for change in changes], mark=write_mark(mark))


def write_mark(mark: Mark) -> str:
    """Write a mark; opaque to clients, who send back what they got."""
    return f"{mark.transaction}.{mark.sequence}"


def write_live_change(change: Change, score: Score | None) -> LiveChange:
    """Write a change of a score with the score as it stands now."""
    return LiveChange(
        mark=write_mark(change.mark),
        at=microseconds_z(change.at),
        actor=ActorShape(change.actor.key, change.actor.owner, change.actor.dialect),
        action=change.action,
        id=change.id,
        score=None if score is None else write_score(score),
        before=None if change.before is None else write_score(change.before),
    )


def _write_change(change: Change) -> ChangeShape:
    return ChangeShape(
        mark=write_mark(change.mark),
        at=microseconds_z(change.at),
        actor=ActorShape(change.actor.key, change.actor.owner, change.actor.dialect),
        subject=change.subject,
        action=change.action,
        id=change.id,
        before=None if change.before is None else write_score(change.before),
    )
