"""Evaluator requests → the core's registry.

The core keeps what every dialect understands: key, name, type, the kind of value, its range and choices, what
passes. Whole configurations stay in the definition as they came, the rest in the residue.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from scorehouse.dialects.respan.evaluator_shapes import ChoiceShape, EvaluatorBody, ScoreConfigShape
from scorehouse.dialects.respan.operators import (
    MANY_VALUES,
    Op,
    Operand,
    Rule,
    operator_of,
    read_number,
    read_text,
    read_truth,
)
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.domain.documents import EMPTY, Fields, merge_patched
from scorehouse.domain.frozen import replace
from scorehouse.domain.identity import checked_id, checked_name
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.registry import Choice, Comparison, Constraint, Evaluator, EvaluatorType, PassCondition
from scorehouse.domain.values import Kind
from scorehouse.storage.queries import Scalar

NUMERICAL = "numerical"
"""What an evaluator measures if nobody says."""

PERCENT_MAX = 100.0

KINDS: Mapping[str, Kind] = {
    "numerical": Kind.NUMERIC,
    "percentage": Kind.NUMERIC,
    "boolean": Kind.BOOLEAN,
    "single_select": Kind.CATEGORICAL,
    "multi_select": Kind.MULTI,
    "categorical": Kind.MULTI,
    "text": Kind.TEXT,
    "comment": Kind.TEXT,
    "json": Kind.JSON,
}
"""The vendor's type of value → the kind that counts (contract respan §6.1)."""

CONFIGURED = (
    "score_config",
    "llm_config",
    "code_config",
    "configurations",
    "categorical_choices",
    "custom_required_fields",
)
"""Members that are kept in the definition."""

CONSTRAINING = ("score_config", "categorical_choices", "configurations")
"""Members that say which values are measured."""

KEPT = ("eval_class", "tags", "starred", "version_description")
"""Members that are kept in the residue."""

FACETS: Mapping[str, tuple[str, Callable[[Scalar], Scalar | None]]] = {
    "primary_score": ("number", read_number),
    "numerical_value": ("number", read_number),
    "boolean_value": ("boolean", read_truth),
    "categorical_value": ("labels", read_text),
    "string_value": ("text", read_text),
    "json_value": ("json", read_text),
}
"""Columns of a passing condition → facet, and how its operands are read."""

COMPARISONS: Mapping[Op, Comparison] = {
    Op.LT: Comparison.BELOW,
    Op.LTE: Comparison.AT_MOST,
    Op.GT: Comparison.ABOVE,
    Op.GTE: Comparison.AT_LEAST,
    Op.EQUAL: Comparison.EQUALS,
    Op.NOT: Comparison.DIFFERS,
    Op.IN: Comparison.ONE_OF,
    Op.NOT_IN: Comparison.NONE_OF,
    Op.CONTAINS: Comparison.CONTAINS,
}
SEVERAL: Mapping[Op, Comparison] = {Op.EQUAL: Comparison.ONE_OF, Op.NOT: Comparison.NONE_OF}
"""What equality means of several values."""

TRUE_PASSES = (PassCondition("boolean", Comparison.EQUALS, True),)
"""What passes where a boolean evaluator says nothing."""


def new_evaluator(given: EvaluatorBody, id: str, slug: str, at: Instant) -> Evaluator:
    """Read an evaluator to make; `slug` is its key unless the body has one."""
    value_type = given.score_value_type or NUMERICAL
    blank = Evaluator(
        id=id,
        key=slug,
        name="-",
        type=EvaluatorType.HUMAN,
        constraint=read_constraint(value_type, EMPTY),
        created_at=at,
        updated_at=at,
        residue={RESIDUE: {"score_value_type": value_type}},
    )
    return changed_evaluator(blank, given, at)


def changed_evaluator(before: Evaluator, given: EvaluatorBody, at: Instant) -> Evaluator:
    """Return an evaluator after a change. The type of its values is fixed when it is made (contract respan §8.1)."""
    definition = dict(before.definition) | _definition(before, given)
    kept = dict(before.residue.get(RESIDUE, EMPTY)) | _members(given, KEPT)
    constraint = before.constraint
    if any(getattr(given, name) is not UNSET for name in CONSTRAINING):
        constraint = read_constraint(value_type_of(before), definition)
    conditions = _changed_conditions(before, given, definition)
    if not conditions and constraint.kind is Kind.BOOLEAN:
        conditions = TRUE_PASSES
    return replace(
        before,
        key=checked_id(given.evaluator_slug, "evaluator_slug") if given.evaluator_slug else before.key,
        name=before.name if given.name is UNSET else checked_name(given.name, "name"),
        type=EvaluatorType(given.type) if given.type else before.type,
        description=before.description if given.description is UNSET else given.description,
        constraint=constraint,
        conditions=conditions,
        definition={name: value for name, value in definition.items() if value is not None},
        residue={**before.residue, RESIDUE: {name: value for name, value in kept.items() if value is not None}},
        updated_at=at,
    )


def _changed_conditions(before: Evaluator, given: EvaluatorBody, definition: Fields) -> tuple[PassCondition, ...]:
    """Return what passes after a change; the legacy ``passing_score`` counts where no conditions are given."""
    if given.passing_conditions is not UNSET:
        return read_conditions(given.passing_conditions or {}) or _legacy_condition(definition)
    legacy = () if given.configurations is UNSET else _legacy_condition(definition)
    return legacy or before.conditions


def replacement(given: EvaluatorBody) -> EvaluatorBody:
    """Return a body that says everything: what it leaves out is cleared. Slug and types stay, as ids do."""
    cleared: dict[str, Any] = dict.fromkeys((*CONFIGURED, *KEPT, "description", "passing_conditions"))
    said = {name: value for name in given.__struct_fields__ if (value := getattr(given, name)) is not UNSET}
    return EvaluatorBody(**(cleared | said))


def value_type_of(evaluator: Evaluator) -> str:
    """Return the vendor's type of value: as it was made, or by the kind that another dialect gave it."""
    told = evaluator.residue.get(RESIDUE, EMPTY).get("score_value_type")
    if isinstance(told, str):
        return told
    return next((name for name, kind in KINDS.items() if kind is evaluator.constraint.kind), NUMERICAL)


def read_constraint(value_type: str, definition: Fields) -> Constraint:
    """Read which values an evaluator measures out of its configurations, the newer ones first."""
    config = definition.get("score_config") or {}
    legacy = definition.get("configurations") or {}
    kind = KINDS.get(value_type, Kind.NUMERIC)
    low, high = (_bound(name, config, legacy) for name in ("min_score", "max_score"))
    if value_type == "percentage":
        low, high = low or 0.0, PERCENT_MAX if high is None else high
    choices = config.get("choices") or definition.get("categorical_choices") or []
    if kind is not Kind.NUMERIC:
        low = high = None
    return Constraint(kind, low, high, () if kind not in {Kind.CATEGORICAL, Kind.MULTI} else _choices(choices))


def read_conditions(given: Mapping[str, Any]) -> tuple[PassCondition, ...]:
    """Read what passes: columns of scores and conditions on them, all of which have to hold.

    Raises:
        Invalid: a column that is none, an operator or value that does not suit it, or a connector other than AND.
    """
    return tuple(
        _read_condition(column, condition)
        for column, asked in given.items()
        for condition in (asked if isinstance(asked, list) else [asked])
    )


def _read_condition(column: str, asked: Any) -> PassCondition:
    if column not in FACETS:
        raise _bad_condition(f"'{column}' is not supported; use one of {', '.join(FACETS)}.")
    if not isinstance(asked, dict) or "filter_params" in asked:
        raise _bad_condition(f'\'{column}\' must be a condition such as {{"operator": "gte", "value": 3}}.')
    if str(asked.get("connector") or "AND").upper() != "AND":
        raise _bad_condition("conditions can only be joined by 'AND'.")
    told = asked.get("operator")
    operator = operator_of(told) if isinstance(told, str) else (Op.EQUAL if told is None else None)
    if operator is None or operator not in COMPARISONS:
        raise _bad_condition(f"operator {told!r} of '{column}' is not supported.")
    facet, read = FACETS[column]
    value = asked.get("value")
    operands = _operands(column, value if isinstance(value, list) else [value], read)
    if len(operands) != 1 and operator not in MANY_VALUES:
        raise _bad_condition(f"operator '{operator}' of '{column}' takes one value.")
    comparison = SEVERAL.get(operator, COMPARISONS[operator]) if len(operands) != 1 else COMPARISONS[operator]
    is_list = comparison in {Comparison.ONE_OF, Comparison.NONE_OF}
    return PassCondition(facet, comparison, operands if is_list else operands[0])


def _operands(column: str, values: list[Any], read: Callable[[Scalar], Scalar | None]) -> tuple[Operand, ...]:
    readings = tuple(read(value) if isinstance(value, str | int | float) else None for value in values)
    if None in readings:
        raise _bad_condition(f"a value of '{column}' does not suit it.")
    return readings


def _legacy_condition(definition: Fields) -> tuple[PassCondition, ...]:
    passing = (definition.get("configurations") or {}).get("passing_score")
    if not isinstance(passing, int | float) or isinstance(passing, bool):
        return ()
    return (PassCondition("number", Comparison.AT_LEAST, float(passing)),)


def _definition(before: Evaluator, given: EvaluatorBody) -> dict[str, Any]:
    """Return the configurations that change; the legacy one merges, null taking members away."""
    changes = _members(given, CONFIGURED)
    legacy = changes.get("configurations")
    if legacy is not None:
        merged = merge_patched(before.definition.get("configurations") or EMPTY, legacy)
        # Nested objects are replaced whole, not merged (contract respan §8.1).
        whole = {name: value for name, value in legacy.items() if isinstance(value, dict)}
        changes["configurations"] = merged | whole
    return changes


def _members(given: EvaluatorBody, names: tuple[str, ...]) -> dict[str, Any]:
    """Return those of the named members that were given, as plain objects."""
    said = {name: value for name in names if (value := getattr(given, name)) is not UNSET}
    return {name: _plain(value) for name, value in said.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, ScoreConfigShape) or (isinstance(value, list) and value and isinstance(value[0], ChoiceShape)):
        return msgspec.to_builtins(value)
    return value


def _bound(name: str, config: Fields, legacy: Fields) -> float | None:
    for source in (config, legacy):
        bound = source.get(name)
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            return float(bound)
    return None


def _choices(given: list[Any]) -> tuple[Choice, ...]:
    return tuple(Choice(str(choice["name"]), _number_of(choice.get("value"))) for choice in given)


def _number_of(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _bad_condition(message: str) -> Invalid:
    return Invalid(Fault(("passing_conditions",), "malformed", message))


def rule_of(condition: PassCondition) -> Rule:
    """Return a pass condition as one of the vendor's rules, for writing."""
    words = {comparison: op for op, comparison in COMPARISONS.items()}
    operand = condition.operand
    values = operand if isinstance(operand, tuple) else (operand,)
    column = next(name for name, (facet, _) in FACETS.items() if facet == condition.facet)
    return Rule(column, words[condition.comparison], values)
