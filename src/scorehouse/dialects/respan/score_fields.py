"""What scores can be filtered and ordered by (contract respan §9.4).

The vendor publishes no list; these are the members of its answers, with the names that its own columns have.
"""

from scorehouse.dialects.respan.fields import Cases, Filterable, Open, Sort, truth_cases, word_cases
from scorehouse.domain.scores import Origin, Status
from scorehouse.domain.values import Kind
from scorehouse.storage.queries import All, Any, Compare, Filter, Not, Operator, Order, ScoreField

RESIDUE = "respan"
METADATA_PREFIX = "metadata__"


def _is(field: ScoreField, operand: str | float | bool) -> Compare:
    return Compare(field, Operator.EQUALS, operand)


STANDS_FOR_TRUTH: Filter = All(
    (
        _is(ScoreField.KIND, Kind.BOOLEAN),
        Any(
            (
                All((_is(ScoreField.BOOLEAN, True), _is(ScoreField.NUMBER, 1.0))),
                All((_is(ScoreField.BOOLEAN, False), _is(ScoreField.NUMBER, 0.0))),
            )
        ),
    )
)
"""Scores whose number only repeats their truth, for statistics; the vendor shows no ``numerical_value`` for them."""

_UNREGISTERED = Compare(ScoreField.EVALUATOR_TYPE, Operator.IS_NULL, True)
_BY_HAND = _is(ScoreField.ORIGIN, Origin.HUMAN)

TYPES = Cases(
    Sort.TEXT,
    {
        "llm": Any((_is(ScoreField.EVALUATOR_TYPE, "llm"), All((_UNREGISTERED, Not(_BY_HAND))))),
        "human": Any((_is(ScoreField.EVALUATOR_TYPE, "human"), All((_UNREGISTERED, _BY_HAND)))),
        "code": _is(ScoreField.EVALUATOR_TYPE, "code"),
    },
    Order(ScoreField.EVALUATOR_TYPE),
)

_NUMBER = Open(Sort.NUMBER, ScoreField.NUMBER, hidden=STANDS_FOR_TRUTH)
_LOG = Open(Sort.TEXT, ScoreField.SPAN)

SCORE_FIELDS: dict[str, Filterable] = {
    "id": Open(Sort.TEXT, ScoreField.ID),
    "created_at": Open(Sort.MOMENT, ScoreField.CREATED_AT),
    "type": TYPES,
    "environment": Open(Sort.TEXT, ScoreField.ENVIRONMENT),
    "numerical_value": _NUMBER,
    "primary_score": _NUMBER,
    "string_value": Open(Sort.TEXT, ScoreField.TEXT),
    "boolean_value": truth_cases(ScoreField.BOOLEAN),
    "categorical_value": Open(Sort.LIST, ScoreField.LABELS),
    "json_value": Open(Sort.TEXT, ScoreField.JSON),
    "is_passed": truth_cases(ScoreField.PASSED, absent=False),
    "passed": truth_cases(ScoreField.PASSED, absent=False),
    "cost": Open(Sort.NUMBER, ScoreField.COST_USD, shown_absent=0.0),
    "evaluator_id": Open(Sort.TEXT, ScoreField.EVALUATOR),
    "evaluator_slug": Open(Sort.TEXT, ScoreField.NAME),
    "evaluator_name": Open(Sort.TEXT, ScoreField.EVALUATOR_NAME),
    "scorer": Open(Sort.TEXT, ScoreField.AUTHOR),
    "log_id": _LOG,
    "log_unique_id": _LOG,
    "prompt_id": Open(Sort.TEXT, ScoreField.RESIDUE, (RESIDUE, "prompt_id")),
    "prompt_version_number": Open(Sort.NUMBER, ScoreField.RESIDUE, (RESIDUE, "prompt_version_number")),
    "dataset_id": Open(Sort.TEXT, ScoreField.RESIDUE, (RESIDUE, "dataset_id")),
    "automation_id": Open(Sort.TEXT, ScoreField.RESIDUE, (RESIDUE, "automation_id")),
    "status": word_cases(ScoreField.STATUS, {status: str(status) for status in Status}),
    "error_message": Open(Sort.TEXT, ScoreField.REASON, shown_absent=""),
    "explanation": Open(Sort.TEXT, ScoreField.COMMENT),
}


def score_metadata(key: str) -> Filterable:
    """Return what stands under a key of a score's metadata."""
    return Open(Sort.LOOSE, ScoreField.METADATA, (key,))


def score_field(name: str) -> Filterable | None:
    """Find a field of scores by its name."""
    if name.startswith(METADATA_PREFIX) and name != METADATA_PREFIX:
        return score_metadata(name.removeprefix(METADATA_PREFIX))
    return SCORE_FIELDS.get(name)
