"""Spans of the core → the vendor's logs, whichever dialect sent them."""

from collections.abc import Iterable, Mapping
from typing import Any

from scorehouse.dialects.respan.evaluator_reads import value_type_of
from scorehouse.dialects.respan.log_fields import ERROR_CODE, ERROR_STATUS, OK_CODE, OK_STATUS, log_type_of
from scorehouse.dialects.respan.log_shapes import CreatedLog
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.dialects.respan.writes import score_members
from scorehouse.domain.documents import EMPTY, Fields
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant
from scorehouse.domain.registry import Evaluator
from scorehouse.domain.scores import Score
from scorehouse.domain.traces import Health, Span, SpanSketch, tokens_total
from scorehouse.domain.values import Kind
from scorehouse.wire.times import microseconds_z

Json = dict[str, Any]

ALWAYS = (
    "customer_email",
    "custom_identifier",
    "group_identifier",
    "prompt_id",
    "prompt_name",
    "prompt_version_number",
    "note",
    "time_to_first_token",
    "tokens_per_second",
)
"""Members of the residue that are there, as null, where nobody said them."""

SCORE_TYPES: Mapping[Kind, str] = {
    Kind.NUMERIC: "numerical",
    Kind.BOOLEAN: "boolean",
    Kind.CATEGORICAL: "single_select",
    Kind.MULTI: "multi_select",
    Kind.TEXT: "text",
    Kind.CORRECTION: "text",
    Kind.JSON: "json",
}
"""What a score of no registered evaluator is said to measure, by the facet that counts."""

EMBEDDED = (
    "id",
    "evaluator_id",
    "evaluator_slug",
    "evaluator_name",
    "numerical_value",
    "string_value",
    "boolean_value",
    "categorical_value",
    "json_value",
    "is_passed",
    "explanation",
    "cost",
)
"""Members of a score that are shown inside its log."""


def write_created(sketch: SpanSketch, trace: str, organization: str) -> CreatedLog:
    """Write the answer to a new log."""
    kept = sketch.residue.get(RESIDUE, EMPTY)
    return CreatedLog(
        id=sketch.id,
        unique_id=sketch.id,
        trace_unique_id=trace,
        organization_id=organization,
        customer_identifier=sketch.user,
        environment=sketch.environment,
        status=ERROR_STATUS if sketch.health is Health.ERROR else OK_STATUS,
        cost=sketch.cost_usd,
        latency=_seconds(sketch.started_at, sketch.ended_at),
        time_to_first_token=kept.get("time_to_first_token"),
        timestamp=microseconds_z(sketch.ended_at or Instant(0)),
    )


def write_log(span: Span, scores: Json, organization: str) -> Json:
    """Write a log with the scores on it."""
    kept: Fields = span.residue.get(RESIDUE, EMPTY)
    failed = span.health is Health.ERROR
    usage = span.usage or EMPTY
    return {
        **dict.fromkeys(ALWAYS),
        **kept,
        "id": span.id,
        "unique_id": span.id,
        "full_unique_id": span.id,
        "trace_unique_id": span.trace,
        "span_unique_id": span.alias or span.id,
        "span_parent_id": span.parent,
        "span_name": span.name,
        "organization_id": organization,
        "environment": span.environment,
        "timestamp": _time(span.ended_at or span.started_at or span.created_at),
        "start_time": _time(span.started_at or span.ended_at or span.created_at),
        "log_type": kept.get("log_type") or log_type_of(span.kind),
        "model": span.model,
        "input": span.input,
        "output": span.output,
        "metadata": dict(span.metadata),
        "status": ERROR_STATUS if failed else OK_STATUS,
        "status_code": kept.get("status_code", ERROR_CODE if failed else OK_CODE),
        "error_message": span.error,
        "prompt_tokens": usage.get("input", 0),
        "completion_tokens": usage.get("output", 0),
        "total_request_tokens": tokens_total(span.usage),
        "cost": span.cost_usd,
        "latency": _seconds(span.started_at, span.ended_at),
        "customer_identifier": span.user,
        "session_identifier": span.session,
        "thread_identifier": kept.get("thread_identifier", span.session),
        "positive_feedback": kept.get("positive_feedback"),
        "is_pinned": bool(kept.get("is_pinned")),
        "scores": scores,
    }


def write_embedded(scores: Iterable[tuple[Score, Evaluator | None]]) -> Json:
    """Write the scores of one log, the newest first, under their evaluators' ids, else their slugs.

    Of several scorers the newest stands under the plain key (contract respan §10.5).
    """
    embedded: Json = {}
    for score, evaluator in scores:
        embedded.setdefault(score.source.evaluator or score.name, _embedded(score, evaluator))
    return embedded


def score_type(score: Score, evaluator: Evaluator | None) -> str:
    """Return what a score measures, in the vendor's words."""
    if evaluator is not None:
        return value_type_of(evaluator)
    return SCORE_TYPES[score.value.kind] if score.value else SCORE_TYPES[Kind.NUMERIC]


def _embedded(score: Score, evaluator: Evaluator | None) -> Json:
    members = score_members(score, evaluator)
    number, truth = members["numerical_value"], members["boolean_value"]
    return {name: members[name] for name in EMBEDDED} | {
        "score_value_type": score_type(score, evaluator),
        "score_value": float(truth) if number is None and truth is not None else number,
    }


def _seconds(start: Instant | None, end: Instant | None) -> float | None:
    return None if start is None or end is None else (end - start) / MICROSECONDS_PER_SECOND


def _time(at: Instant) -> str:
    return microseconds_z(at)
