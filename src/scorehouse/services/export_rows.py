"""What an export says of traces, spans, configs, evaluators and changes, as rows (of scores: `storage.columns`)."""

from collections.abc import Mapping
from typing import Any

from scorehouse.domain.changes import Change
from scorehouse.domain.registry import Config, Evaluator
from scorehouse.domain.traces import Described, Span, Trace
from scorehouse.storage.columns import SCORE_COLUMNS, Column, Sort, columns, json_text, score_row

_TEXT, _JSON, _TIME = Sort.TEXT, Sort.JSON, Sort.TIME

_DESCRIBED: Mapping[str, Sort] = {
    "id": _TEXT,
    "name": _TEXT,
    "started_at": _TIME,
    "ended_at": _TIME,
    "session": _TEXT,
    "user": _TEXT,
    "environment": _TEXT,
    "release": _TEXT,
    "version": _TEXT,
    "health": _TEXT,
    "error": _TEXT,
    "tags": Sort.TEXTS,
    "input": _JSON,
    "output": _JSON,
    "metadata": _JSON,
    "residue": _JSON,
}

TRACE_COLUMNS = columns(
    **_DESCRIBED,
    known=Sort.TRUTH,
    public=Sort.TRUTH,
    created_at=_TIME,
    updated_at=_TIME,
    span_count=Sort.COUNT,
    score_count=Sort.COUNT,
    error_count=Sort.COUNT,
    tokens_total=Sort.COUNT,
    cost_usd=Sort.NUMBER,
)

SPAN_COLUMNS = columns(
    **_DESCRIBED,
    known=Sort.TRUTH,
    created_at=_TIME,
    updated_at=_TIME,
    trace=_TEXT,
    alias=_TEXT,
    parent=_TEXT,
    kind=_TEXT,
    model=_TEXT,
    model_parameters=_JSON,
    usage=_JSON,
    cost_usd=Sort.NUMBER,
    completion_started_at=_TIME,
)

CONFIG_COLUMNS = columns(
    id=_TEXT,
    name=_TEXT,
    kind=_TEXT,
    minimum=Sort.NUMBER,
    maximum=Sort.NUMBER,
    choices=_JSON,
    description=_TEXT,
    archived=Sort.TRUTH,
    metadata=_JSON,
    residue=_JSON,
    created_at=_TIME,
    updated_at=_TIME,
)

EVALUATOR_COLUMNS = (
    *CONFIG_COLUMNS,
    *columns(key=_TEXT, type=_TEXT, conditions=_JSON, version=Sort.COUNT, definition=_JSON),
)

CHANGE_COLUMNS = (
    *columns(mark=_TEXT, at=_TIME, key=_TEXT, owner=_TEXT, dialect=_TEXT, subject=_TEXT, action=_TEXT, id=_TEXT),
    *(Column(f"before_{column.name}", column.sort, column.repeats) for column in SCORE_COLUMNS),
)
"""An entry of the feed; a changed or deleted score as it was stands in the columns ``before_…``."""


def trace_row(trace: Trace) -> tuple[Any, ...]:
    """Write a trace as a row of TRACE_COLUMNS."""
    rollup = trace.rollup
    return (
        *_described(trace),
        trace.known,
        trace.public,
        trace.created_at,
        trace.updated_at,
        rollup.span_count,
        rollup.score_count,
        rollup.error_count,
        rollup.tokens_total,
        rollup.cost_usd,
    )


def span_row(span: Span) -> tuple[Any, ...]:
    """Write a span as a row of SPAN_COLUMNS."""
    return (
        *_described(span),
        span.known,
        span.created_at,
        span.updated_at,
        span.trace,
        span.alias,
        span.parent,
        span.kind,
        span.model,
        json_text(span.model_parameters and dict(span.model_parameters)),
        json_text(span.usage and dict(span.usage)),
        span.cost_usd,
        span.completion_started_at,
    )


def config_row(config: Config | Evaluator) -> tuple[Any, ...]:
    """Write a config as a row of CONFIG_COLUMNS."""
    constraint = config.constraint
    choices = [{"label": choice.label, "number": choice.number} for choice in constraint.choices]
    return (
        config.id,
        config.name,
        constraint.kind,
        constraint.minimum,
        constraint.maximum,
        json_text(choices or None),
        config.description,
        config.archived,
        json_text(dict(config.metadata) or None),
        json_text(dict(config.residue) or None),
        config.created_at,
        config.updated_at,
    )


def evaluator_row(evaluator: Evaluator) -> tuple[Any, ...]:
    """Write an evaluator as a row of EVALUATOR_COLUMNS."""
    conditions = [
        {"facet": condition.facet, "comparison": condition.comparison, "operand": condition.operand}
        for condition in evaluator.conditions
    ]
    return (
        *config_row(evaluator),
        evaluator.key,
        evaluator.type,
        json_text(conditions or None),
        evaluator.version,
        json_text(dict(evaluator.definition) or None),
    )


def change_row(change: Change) -> tuple[Any, ...]:
    """Write an entry of the feed as a row of CHANGE_COLUMNS."""
    before = (None,) * len(SCORE_COLUMNS) if change.before is None else score_row(change.before)
    mark, actor = change.mark, change.actor
    return (
        f"{mark.transaction}.{mark.sequence}",
        change.at,
        actor.key,
        actor.owner,
        actor.dialect,
        change.subject,
        change.action,
        change.id,
        *before,
    )


def _described(thing: Described) -> tuple[Any, ...]:
    return (
        thing.id,
        thing.name,
        thing.started_at,
        thing.ended_at,
        thing.session,
        thing.user,
        thing.environment,
        thing.release,
        thing.version,
        thing.health,
        thing.error,
        thing.tags or None,
        json_text(thing.input),
        json_text(thing.output),
        json_text(dict(thing.metadata) or None),
        json_text(dict(thing.residue) or None),
    )
