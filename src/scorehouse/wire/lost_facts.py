"""Losses → what tells whether a score has the fact that is lost.

For counting what a move in a vendor's shape leaves behind. Losses that are deeds (reading back, changing, deleting) and
times that every score has are no facts that one score has and another has not.
"""

from collections.abc import Callable, Mapping

from scorehouse.domain.identity import is_128_bit
from scorehouse.domain.scores import Origin, Score, Status
from scorehouse.domain.targets import SpanTarget, TargetKind
from scorehouse.domain.values import Kind, Value
from scorehouse.wire.losses import Loss

PLAIN_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
PLAIN_CHARACTERS_MAX = 40

Has = Callable[[Score], bool]


def _on(kind: TargetKind) -> Has:
    return lambda score: score.target.kind is kind


def _of(kind: Kind) -> Has:
    return lambda score: score.value is not None and score.value.kind is kind


def _beside(kinds: frozenset[Kind], has: Callable[[Value], bool]) -> Has:
    """Tell whether a value has a facet that does not count, because it counts in values of these kinds only."""
    return lambda score: score.value is not None and score.value.kind not in kinds and has(score.value)


def _has_number_beside(score: Score) -> bool:
    value = score.value
    if value is None or value.number is None or value.kind is Kind.NUMERIC:
        return False
    return not (value.kind is Kind.BOOLEAN and value.number == value.boolean)  # It stands for the truth.


def _is_outside_unit(score: Score) -> bool:
    value = score.value
    return value is not None and value.kind is Kind.NUMERIC and not 0 <= (value.number or 0) <= 1


def _is_free(score: Score) -> bool:
    """Tell whether an id of the score, or of its trace or span, is none of 128 bits."""
    target = score.target
    on_trace = target.kind in {TargetKind.TRACE, TargetKind.SPAN}
    return not is_128_bit(score.id) or (on_trace and not is_128_bit(target.id))


def _is_spelled_freely(score: Score) -> bool:
    name = score.environment
    return name is not None and not (len(name) <= PLAIN_CHARACTERS_MAX and PLAIN_CHARACTERS.issuperset(name))


_LABELLED = frozenset({Kind.CATEGORICAL, Kind.MULTI})
_TEXTUAL = frozenset({Kind.TEXT, Kind.CORRECTION})

DECISIVE: Mapping[Loss, Has] = {
    Loss.TARGET_TRACE: _on(TargetKind.TRACE),
    Loss.TARGET_SPAN: _on(TargetKind.SPAN),
    Loss.TARGET_SESSION: _on(TargetKind.SESSION),
    Loss.TARGET_RUN: _on(TargetKind.RUN),
    Loss.UNREGISTERED_NAME: lambda score: score.source.evaluator is None,
    Loss.NUMERIC: _of(Kind.NUMERIC),
    Loss.NUMBER_OUTSIDE_UNIT: _is_outside_unit,
    Loss.BOOLEAN: _of(Kind.BOOLEAN),
    Loss.CATEGORICAL: _of(Kind.CATEGORICAL),
    Loss.MULTI: _of(Kind.MULTI),
    Loss.TEXT: _of(Kind.TEXT),
    Loss.JSON: _of(Kind.JSON),
    Loss.CORRECTION: _of(Kind.CORRECTION),
    Loss.OUTCOME: lambda score: score.outcome.status is not Status.COMPLETED,
}
"""Facts without which who loses them may have no row at all."""

UNSAID: Mapping[Loss, Has] = {
    Loss.FREE_ID: _is_free,
    Loss.TRACE_OF_SPAN: lambda score: isinstance(score.target, SpanTarget) and score.target.trace is not None,
    Loss.NUMBER_FACET: _has_number_beside,
    Loss.BOOLEAN_FACET: _beside(frozenset({Kind.BOOLEAN}), lambda value: value.boolean is not None),
    Loss.LABEL_FACET: _beside(_LABELLED, lambda value: len(value.labels) == 1),
    Loss.LABELS_FACET: _beside(_LABELLED, lambda value: len(value.labels) > 1),
    Loss.TEXT_FACET: _beside(_TEXTUAL, lambda value: value.text is not None),
    Loss.JSON_FACET: _beside(frozenset({Kind.JSON}), lambda value: value.json is not None),
    Loss.COMMENT: lambda score: score.comment is not None,
    Loss.METADATA: lambda score: bool(score.metadata),
    Loss.ENVIRONMENT: lambda score: score.environment is not None,
    Loss.ENVIRONMENT_SPELLING: _is_spelled_freely,
    Loss.TIMESTAMP: lambda score: score.timestamp != score.created_at,
    Loss.UPDATED_AT: lambda score: score.updated_at != score.created_at,
    Loss.ORIGIN: lambda score: score.source.origin is not Origin.API,
    Loss.AUTHOR: lambda score: score.source.author is not None,
    Loss.EVALUATOR: lambda score: score.source.evaluator is not None,
    Loss.SOURCE_RUN: lambda score: score.source.run is not None,
    Loss.CONFIG: lambda score: score.config is not None,
    Loss.QUEUE: lambda score: score.queue is not None,
    Loss.PASSED: lambda score: score.passed is not None,
    Loss.COST: lambda score: score.cost_usd is not None,
}
"""Facts that a row may be without."""
