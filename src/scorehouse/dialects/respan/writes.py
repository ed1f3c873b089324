"""Our words → the vendor's scores and pages."""

from collections.abc import Mapping
from typing import Any

from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.dialects.respan.shapes import ScoreInputs, ScoreShape, WholeScore
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.registry import Evaluator
from scorehouse.domain.scores import Origin, Score
from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.traces import Span
from scorehouse.domain.values import Kind, Value
from scorehouse.wire.times import microseconds_z

NO_VALUE = Value(Kind.MULTI)


def write_score(score: Score, evaluator: Evaluator | None) -> ScoreShape:
    """Write a score as lists and log-scoped operations answer it; `evaluator` is the registered one, if any."""
    return ScoreShape(**score_members(score, evaluator))


def write_whole(score: Score, evaluator: Evaluator | None, span: Span | None, detail: Any) -> WholeScore:
    """Write a score as the general operations on one answer it; `detail` is the evaluator, written."""
    return WholeScore(**score_members(score, evaluator), inputs=write_inputs(span), evaluator=detail)


def score_members(score: Score, evaluator: Evaluator | None) -> dict[str, Any]:
    """Write the members that every answer has (contract respan §3)."""
    value = score.value or NO_VALUE
    kept: Mapping[str, Any] = score.residue.get(RESIDUE, EMPTY)
    return {
        "id": score.id,
        "created_at": microseconds_z(score.created_at),
        "type": write_type(score, evaluator),
        "environment": score.environment,
        "numerical_value": None if stands_for_truth(value) else value.number,
        "string_value": value.text,
        "boolean_value": value.boolean,
        "categorical_value": list(value.labels),
        "json_value": value.json,
        # Without a condition nothing passes (contract respan §6.3).
        "is_passed": bool(score.passed),
        "cost": score.cost_usd or 0.0,
        "evaluator_id": score.source.evaluator,
        "evaluator_slug": score.name,
        "evaluator_name": evaluator.name if evaluator else None,
        "scorer": score.source.author,
        "log_id": score.target.span if isinstance(score.target, SpanTarget) else None,
        "prompt_id": kept.get("prompt_id"),
        "prompt_version_number": kept.get("prompt_version_number"),
        "dataset_id": kept.get("dataset_id"),
        "automation_id": kept.get("automation_id"),
        "status": str(score.outcome.status),
        "error_message": score.outcome.reason or "",
        "explanation": score.comment,
    }


def write_type(score: Score, evaluator: Evaluator | None) -> str:
    """Write what kind of judge it was: the evaluator's type; of an unregistered one the vendor says ``llm``."""
    if evaluator is not None:
        return str(evaluator.type)
    return "human" if score.source.origin is Origin.HUMAN else "llm"


def stands_for_truth(value: Value) -> bool:
    """Tell whether the number only repeats the truth, for statistics: nobody sent it."""
    return value.kind is Kind.BOOLEAN and value.boolean is not None and value.number == float(value.boolean)


def write_inputs(span: Span | None) -> ScoreInputs:
    """Write what was scored, out of the log; nothing where the log is gone or was never sent."""
    if span is None:
        return ScoreInputs()
    return ScoreInputs(input=span.input, output=span.output, metadata=dict(span.metadata))
