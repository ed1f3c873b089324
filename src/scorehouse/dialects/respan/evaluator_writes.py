"""The core's evaluators → the vendor's, whichever dialect made them."""

from typing import Any

from scorehouse.dialects.respan.evaluator_reads import (
    TRUE_PASSES,
    read_constraint,
    rule_of,
    value_type_of,
)
from scorehouse.dialects.respan.evaluator_shapes import EvaluatorShape, PersonShape
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.domain.documents import EMPTY, Fields
from scorehouse.domain.identity import hyphenated
from scorehouse.domain.registry import Constraint, Evaluator
from scorehouse.wire.times import microseconds_z


def write_evaluator(evaluator: Evaluator, organization: int) -> EvaluatorShape:
    """Write an evaluator as its draft stands now."""
    kept: Fields = evaluator.residue.get(RESIDUE, EMPTY)
    definition = evaluator.definition
    maker, changer = write_person(kept.get("created_by")), write_person(kept.get("updated_by"))
    return EvaluatorShape(
        id=evaluator.id,
        version_id=str(kept.get("version_id") or version_id(evaluator, evaluator.version)),
        version=evaluator.version,
        is_read_only=False,
        version_description=kept.get("version_description"),
        name=evaluator.name,
        evaluator_slug=slug_of(evaluator),
        slug=slug_of(evaluator),
        type=str(evaluator.type),
        score_value_type=value_type_of(evaluator),
        eval_class=kept.get("eval_class") or "",
        description=evaluator.description or "",
        score_config=_score_config(evaluator),
        passing_conditions=write_conditions(evaluator),
        llm_config=definition.get("llm_config"),
        code_config=definition.get("code_config"),
        configurations=definition.get("configurations") or {},
        categorical_choices=definition.get("categorical_choices") or [],
        custom_required_fields=definition.get("custom_required_fields") or [],
        starred=bool(kept.get("starred")),
        tags=kept.get("tags") or [],
        created_at=microseconds_z(evaluator.created_at),
        updated_at=microseconds_z(evaluator.updated_at),
        created_by=maker,
        updated_by=changer,
        editor=changer,
        organization=organization,
        version_count=evaluator.version + 1,
    )


def version_id(evaluator: Evaluator, number: int) -> str:
    """Return the id of one version: the evaluator's, and its number; nothing else has to be kept to find it."""
    return f"{hyphenated(evaluator.id)}:{number}"


def slug_of(evaluator: Evaluator) -> str:
    """Return the slug: the key, or what the key was before the evaluator was deleted."""
    deleted = evaluator.residue.get(RESIDUE, EMPTY).get("deleted_slug")
    return deleted if isinstance(deleted, str) else evaluator.key


def write_person(owner: Any) -> PersonShape:
    """Write who did something, as far as a key tells."""
    return PersonShape(email=owner if isinstance(owner, str) else "")


def write_conditions(evaluator: Evaluator) -> dict[str, Any]:
    """Write what passes; that true passes is understood and not written."""
    written: dict[str, Any] = {}
    if evaluator.conditions == TRUE_PASSES:
        return written
    for condition in evaluator.conditions:
        rule = rule_of(condition)
        value = list(rule.values) if isinstance(condition.operand, tuple) else rule.values[0]
        one = {"operator": str(rule.operator), "value": value}
        before = written.get(rule.field)
        several = [*before, one] if isinstance(before, list) else [before, one]
        written[rule.field] = one if before is None else several
    return written


def _score_config(evaluator: Evaluator) -> dict[str, Any]:
    """Write the range and choices: as they came, unless another dialect has changed them since."""
    constraint = evaluator.constraint
    came = evaluator.definition.get("score_config")
    if came and read_constraint(value_type_of(evaluator), evaluator.definition) == constraint:
        return {name: value for name, value in came.items() if value is not None}
    return _written_constraint(constraint)


def _written_constraint(constraint: Constraint) -> dict[str, Any]:
    bounds = {"min_score": constraint.minimum, "max_score": constraint.maximum}
    written: dict[str, Any] = {name: bound for name, bound in bounds.items() if bound is not None}
    if constraint.choices:
        written["choices"] = [
            {"name": choice.label, "value": choice.label if choice.number is None else choice.number}
            for choice in constraint.choices
        ]
    return written
