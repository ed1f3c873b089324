"""Scores and configs: our words → their shapes (contract langfuse §9, §10)."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET

from scorehouse.dialects.langfuse.environments import DEFAULT, write_environment
from scorehouse.dialects.langfuse.shapes import (
    BrowserStackScore,
    Category,
    Config,
    ScoreV3,
    Subject,
    TraceOfScore,
)
from scorehouse.dialects.langfuse.shapes import Score as ScoreShape
from scorehouse.dialects.langfuse.words import CONFIG_DATA_TYPES, DATA_TYPES, NAME, SOURCES, TRUTHS
from scorehouse.domain import registry
from scorehouse.domain.scores import Origin, Score
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TraceTarget
from scorehouse.domain.traces import Trace
from scorehouse.domain.values import Kind, Value
from scorehouse.wire.times import milliseconds_z

EXACT_END = 2**53
"""Whole numbers below it are exact in a double."""

BOOLEAN_CATEGORIES = [(TRUTHS[True], 1.0), (TRUTHS[False], 0.0)]
"""What a BOOLEAN config shows as its categories (contract langfuse §10)."""


def write_score(score: Score, project: str) -> ScoreShape:
    """Write a score as GET by id of v1 does; lists and v2 add to it."""
    target, value = score.target, _measured(score)
    return ScoreShape(
        id=score.id,
        project_id=project,
        name=score.name,
        environment=write_environment(score.environment),
        trace_id=_trace_id(target),
        observation_id=target.span if isinstance(target, SpanTarget) else None,
        data_type=DATA_TYPES[value.kind],
        source=SOURCES[score.source.origin],
        string_value=write_text(value),
        author_user_id=score.source.author,
        comment=score.comment,
        metadata=dict(score.metadata),
        config_id=score.config,
        queue_id=score.queue,
        execution_trace_id=score.residue.get(NAME, {}).get("executionTraceId"),
        timestamp=milliseconds_z(score.timestamp),
        created_at=milliseconds_z(score.created_at),
        updated_at=milliseconds_z(score.updated_at),
        value=UNSET if value.kind is Kind.TEXT else write_number(value),
    )


def write_score_v2(score: Score, project: str) -> ScoreShape:
    """Write a score as GET by id of v2 does; its list adds the trace."""
    shape = write_score(score, project)
    shape.session_id = score.target.session if isinstance(score.target, SessionTarget) else None
    shape.dataset_run_id = score.target.run if isinstance(score.target, RunTarget) else None
    return shape


def write_browserstack(score: Score) -> BrowserStackScore:
    """Write a score as BrowserStack's page shows it."""
    target, value = score.target, _measured(score)
    return BrowserStackScore(
        id=score.id,
        trace_id=_trace_id(target),
        observation_id=target.span if isinstance(target, SpanTarget) else None,
        name=score.name,
        value=write_number(value),
        string_value=write_text(value),
        data_type=DATA_TYPES[value.kind],
        source=SOURCES[score.source.origin],
        comment=score.comment,
        config_id=score.config,
        environment=write_environment(score.environment),
        created_at=milliseconds_z(score.created_at),
        updated_at=milliseconds_z(score.updated_at),
    )


def write_trace_of_score(trace: Trace | None, *, with_session: bool) -> TraceOfScore:
    """Write what a list tells of a score's trace; of one that nobody sent, that it has nothing (contract §13.3)."""
    if trace is None:
        return TraceOfScore(user_id=None, tags=[], environment=DEFAULT, session_id=None if with_session else UNSET)
    return TraceOfScore(
        user_id=trace.user,
        tags=sorted(trace.tags),
        environment=write_environment(trace.environment),
        session_id=trace.session if with_session else UNSET,
    )


def write_score_v3(score: Score, project: str, groups: frozenset[str]) -> ScoreV3:
    """Write a score as v3 does, with the groups asked for (contract langfuse §9.3)."""
    value, annotated = _measured(score), score.source.origin is Origin.HUMAN
    shape = ScoreV3(
        id=score.id,
        project_id=project,
        name=score.name,
        data_type=DATA_TYPES[value.kind],
        value=_PLAIN[value.kind](value),
        source=SOURCES[score.source.origin],
        timestamp=milliseconds_z(score.timestamp),
        environment=write_environment(score.environment),
        created_at=milliseconds_z(score.created_at),
        updated_at=milliseconds_z(score.updated_at),
    )
    if "details" in groups:
        shape.comment, shape.config_id, shape.metadata = score.comment, score.config, dict(score.metadata)
    if "subject" in groups:
        shape.subject = write_subject(score.target)
    if "annotation" in groups:
        shape.author_user_id = score.source.author if annotated else None
        shape.queue_id = score.queue if annotated else None
    return shape


def write_subject(target: Target) -> Subject:
    """Write what was scored."""
    match target:
        case TraceTarget(trace):
            return Subject("trace", trace)
        case SpanTarget(span, trace):
            return Subject("observation", span, trace)
        case SessionTarget(session):
            return Subject("session", session)
        case RunTarget(run):
            return Subject("experiment", run)


def write_number(value: Value) -> float:
    """Return the stored number: of what maps to none, 0 (contract langfuse §4.2)."""
    if value.kind is Kind.BOOLEAN:
        return int(bool(value.boolean))
    return shortest(value.number) if value.number is not None and value.kind in _NUMBERED else 0


def shortest(number: float) -> float:
    """Return a whole number as an integer, which JSON writes without its ``.0``, as JavaScript does."""
    return int(number) if number.is_integer() and abs(number) < EXACT_END else number


def write_text(value: Value) -> str | None:
    """Return the stored text: null of a number alone."""
    return _TEXTS[value.kind](value)


def write_config(config: registry.Config, project: str) -> Config:
    """Write a config."""
    constraint = config.constraint
    return Config(
        id=config.id,
        project_id=project,
        name=config.name,
        data_type=CONFIG_DATA_TYPES[constraint.kind or Kind.NUMERIC],
        is_archived=config.archived,
        min_value=None if constraint.minimum is None else shortest(constraint.minimum),
        max_value=None if constraint.maximum is None else shortest(constraint.maximum),
        categories=_categories(constraint),
        description=config.description,
        created_at=milliseconds_z(config.created_at),
        updated_at=milliseconds_z(config.updated_at),
    )


def _categories(constraint: registry.Constraint) -> list[Category] | None:
    if constraint.kind is Kind.BOOLEAN:
        return [Category(label, shortest(number)) for label, number in BOOLEAN_CATEGORIES]
    if constraint.kind is not Kind.CATEGORICAL:
        return None
    return [
        Category(choice.label, place if choice.number is None else shortest(choice.number))
        for place, choice in enumerate(constraint.choices)
    ]


def _measured(score: Score) -> Value:
    if score.value is None:
        raise TypeError("only speakable scores are written")
    return score.value


def _trace_id(target: Target) -> str | None:
    return target.trace if isinstance(target, TraceTarget | SpanTarget) else None


_NUMBERED = frozenset({Kind.NUMERIC, Kind.CATEGORICAL})


def _no_text(value: Value) -> str | None:
    return None


_TEXTS: Mapping[Kind, Callable[[Value], str | None]] = {
    Kind.NUMERIC: _no_text,
    Kind.BOOLEAN: lambda value: TRUTHS[bool(value.boolean)],
    Kind.CATEGORICAL: lambda value: value.labels[0],
    Kind.TEXT: lambda value: value.text,
    Kind.CORRECTION: lambda value: value.text,
}

_PLAIN: Mapping[Kind, Callable[[Value], Any]] = {
    Kind.NUMERIC: write_number,
    Kind.BOOLEAN: lambda value: bool(value.boolean),
    Kind.CATEGORICAL: lambda value: value.labels[0],
    Kind.TEXT: lambda value: value.text,
    Kind.CORRECTION: lambda value: value.text,
}
"""A value as v3 shows it."""
