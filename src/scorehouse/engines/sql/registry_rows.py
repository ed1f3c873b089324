"""Configs and evaluators ↔ rows of their tables, in the order of the tables' columns."""

from typing import Any

from scorehouse.domain.registry import Choice, Comparison, Config, Constraint, Evaluator, PassCondition
from scorehouse.engines.sql.codes import EVALUATOR_TYPES, KINDS
from scorehouse.engines.sql.lists import dump, dump_object, load, load_object
from scorehouse.engines.sql.score_rows import spelling_of
from scorehouse.engines.sql.statements import Row


def config_of(row: Row) -> Config:
    """Read a row of `config`."""
    (_, _, external_id, spelling, name, kind, minimum, maximum, choices) = row[:9]
    (description, archived, metadata, residue, created_at, updated_at) = row[9:]
    return Config(
        id=spelling or external_id,
        name=name,
        constraint=_constraint(kind, minimum, maximum, choices),
        description=description,
        archived=bool(archived),
        metadata=load_object(metadata),
        residue=load_object(residue),
        created_at=created_at,
        updated_at=updated_at,
    )


def config_row(project: int, key: int, config: Config) -> tuple[Any, ...]:
    """Write a row of `config`."""
    return (
        project,
        key,
        *spelling_of(config.id),
        config.name,
        *_constraint_columns(config.constraint),
        config.description,
        config.archived,
        dump_object(config.metadata),
        dump_object(config.residue),
        config.created_at,
        config.updated_at,
    )


def evaluator_of(row: Row) -> Evaluator:
    """Read a row of `evaluator`."""
    (_, _, external_id, spelling, handle, name, type, kind, minimum, maximum, choices, conditions) = row[:12]
    (description, archived, version, definition, metadata, residue, created_at, updated_at) = row[12:]
    return Evaluator(
        id=spelling or external_id,
        key=handle,
        name=name,
        type=EVALUATOR_TYPES.word[type],
        constraint=_constraint(kind, minimum, maximum, choices),
        conditions=tuple(_condition(*parts) for parts in load(conditions) or ()),
        description=description,
        archived=bool(archived),
        version=version,
        definition=load_object(definition),
        metadata=load_object(metadata),
        residue=load_object(residue),
        created_at=created_at,
        updated_at=updated_at,
    )


def evaluator_row(project: int, key: int, evaluator: Evaluator) -> tuple[Any, ...]:
    """Write a row of `evaluator`."""
    conditions = [[item.facet, item.comparison, item.operand] for item in evaluator.conditions]
    return (
        project,
        key,
        *spelling_of(evaluator.id),
        evaluator.key,
        evaluator.name,
        EVALUATOR_TYPES.number[evaluator.type],
        *_constraint_columns(evaluator.constraint),
        dump(conditions or None),
        evaluator.description,
        evaluator.archived,
        evaluator.version,
        dump_object(evaluator.definition),
        dump_object(evaluator.metadata),
        dump_object(evaluator.residue),
        evaluator.created_at,
        evaluator.updated_at,
    )


def _constraint(kind: int | None, minimum: float | None, maximum: float | None, choices: str | None) -> Constraint:
    given = tuple(Choice(label, number) for label, number in load(choices) or ())
    return Constraint(None if kind is None else KINDS.word[kind], minimum, maximum, given)


def _constraint_columns(constraint: Constraint) -> tuple[Any, ...]:
    choices = [[choice.label, choice.number] for choice in constraint.choices]
    kind = None if constraint.kind is None else KINDS.number[constraint.kind]
    return (kind, constraint.minimum, constraint.maximum, dump(choices or None))


def _condition(facet: str, comparison: str, operand: Any) -> PassCondition:
    many = tuple(operand) if isinstance(operand, list) else operand
    return PassCondition(facet, Comparison(comparison), many)
