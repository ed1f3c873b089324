"""What many logs come to, in the vendor's words (contract respan §10.5)."""

from collections.abc import Iterable, Mapping
from typing import Any

from scorehouse.dialects.respan.evaluator_reads import value_type_of
from scorehouse.dialects.respan.log_shapes import SummaryShape
from scorehouse.dialects.respan.log_writes import SCORE_TYPES
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.domain.identity import canonical
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND
from scorehouse.domain.registry import Evaluator
from scorehouse.storage.queries import SpanField
from scorehouse.storage.sums import Measure, ScoreSums, SpanSums, Sum

AVERAGED = frozenset({"numerical", "percentage"})
COUNTED = frozenset({"boolean"})
"""Types of value that a summary averages or counts; the others it leaves out (contract respan §10.5)."""

MEASURES: tuple[Measure, ...] = (
    (SpanField.COST_USD, ()),
    (SpanField.USAGE, ("input",)),
    (SpanField.USAGE, ("output",)),
    (SpanField.TOKENS_TOTAL, ()),
    (SpanField.LATENCY, ()),
    (SpanField.RESIDUE, (RESIDUE, "time_to_first_token")),
    (SpanField.RESIDUE, (RESIDUE, "tokens_per_second")),
)
"""In the order in which `write_summary` takes their sums."""

Json = dict[str, Any]


def write_summary(sums: SpanSums, errors: int, scores: dict[str, Json]) -> SummaryShape:
    """Write the figures over logs; the vendor's later client takes no null for a mean."""
    cost, prompts, completions, tokens, latency, first_token, speed = sums.sums
    seconds = None if latency.mean is None else latency.mean / MICROSECONDS_PER_SECOND
    return SummaryShape(
        number_of_requests=sums.count,
        total_requests=sums.count,
        total_cost=cost.total,
        total_prompt_tokens=int(prompts.total),
        total_completion_tokens=int(completions.total),
        total_tokens=int(tokens.total),
        average_cost=cost.total / sums.count if sums.count else 0.0,
        average_latency=seconds,
        avg_latency=seconds or 0.0,
        avg_ttft=first_token.mean or 0.0,
        avg_tps=speed.mean or 0.0,
        error_count=errors,
        scores=scores,
    )


def write_tally(scores: Iterable[ScoreSums], evaluators: Mapping[str, Evaluator]) -> dict[str, Json]:
    """Write the sums of scores, by evaluator id, else by slug; those that cannot be summed up are left out."""
    written: dict[str, Json] = {}
    numbers: dict[str, Sum] = {}
    for one in scores:
        evaluator = None if one.evaluator is None else evaluators.get(canonical(one.evaluator))
        measured = SCORE_TYPES[one.kind] if evaluator is None else value_type_of(evaluator)
        counted, averaged = measured in COUNTED and one.trues + one.falses, measured in AVERAGED and one.numbers.count
        if not (counted or averaged):
            continue
        key = one.evaluator or one.name
        row = written.setdefault(key, _named(one, evaluator, measured))
        if counted:
            row["true_count"] = (row["true_count"] or 0) + one.trues
            row["false_count"] = (row["false_count"] or 0) + one.falses
        else:
            numbers[key] = numbers.get(key, Sum()).plus(one.numbers)
            row["avg_score"] = numbers[key].mean
    return written


def _named(one: ScoreSums, evaluator: Evaluator | None, measured: str) -> Json:
    return {
        "evaluator_id": one.evaluator,
        "evaluator_slug": one.name,
        "evaluator_name": evaluator.name if evaluator else None,
        "score_value_type": measured,
        "avg_score": None,
        "true_count": None,
        "false_count": None,
    }
