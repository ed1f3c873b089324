"""The fields of one score, for holding a filter against a score that is no longer stored as it was.

What a filter means stands in `evaluation`; here is only where each field stands in a Score. A score knows its
evaluator and its trace by their ids alone, so the fields that belong to those (`OF_OTHERS`) cannot be read here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from scorehouse.domain.scores import Score
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget
from scorehouse.domain.values import Value
from scorehouse.storage.evaluation import ValueOf
from scorehouse.storage.queries import Compare, Field, Filter, ScoreField, levels

OF_OTHERS = frozenset(
    {
        ScoreField.EVALUATOR_KEY,
        ScoreField.EVALUATOR_NAME,
        ScoreField.EVALUATOR_TYPE,
        ScoreField.TRACE_NAME,
        ScoreField.TRACE_USER,
        ScoreField.TRACE_SESSION,
        ScoreField.TRACE_TAGS,
        ScoreField.TRACE_ENVIRONMENT,
    }
)
"""Fields of the evaluator and of the trace of a score."""


def asks_others(filter: Filter) -> bool:
    """Tell whether a filter asks for anything that a score alone does not tell."""
    return any(isinstance(term, Compare) and term.field in OF_OTHERS for level in levels(filter) for term in level)


def value_of(score: Score) -> ValueOf:
    """Return the reader of a score's own fields; those OF_OTHERS are absent."""

    def read(field: Field, key: tuple[str, ...]) -> Any:
        reader = _READERS.get(field)
        if field in OF_OTHERS:
            return None
        found = reader(score) if reader else getattr(score, field)
        for part in key:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    return read


def _facet(name: str) -> Callable[[Score], Any]:
    def read(score: Score) -> Any:
        value: Value | None = score.value
        return None if value is None else getattr(value, name)

    return read


_READERS: Mapping[str, Callable[[Score], Any]] = {
    ScoreField.KIND: _facet("kind"),
    ScoreField.NUMBER: _facet("number"),
    ScoreField.BOOLEAN: _facet("boolean"),
    ScoreField.LABELS: _facet("labels"),
    ScoreField.TEXT: _facet("text"),
    ScoreField.JSON: _facet("json"),
    ScoreField.STATUS: lambda score: score.outcome.status,
    ScoreField.REASON: lambda score: score.outcome.reason,
    ScoreField.ORIGIN: lambda score: score.source.origin,
    ScoreField.AUTHOR: lambda score: score.source.author,
    ScoreField.EVALUATOR: lambda score: score.source.evaluator,
    ScoreField.SOURCE_RUN: lambda score: score.source.run,
    ScoreField.TARGET_KIND: lambda score: score.target.kind,
    ScoreField.TRACE: lambda score: getattr(score.target, "trace", None),
    ScoreField.SPAN: lambda score: score.target.id if isinstance(score.target, SpanTarget) else None,
    ScoreField.SESSION: lambda score: score.target.id if isinstance(score.target, SessionTarget) else None,
    ScoreField.RUN: lambda score: score.target.id if isinstance(score.target, RunTarget) else None,
}
"""Fields that do not stand in a Score under their own name."""
