"""Rows of configs and evaluators → what is taken in. The way back is `services.export_rows`."""

from typing import Any

from msgspec import Struct

from scorehouse.domain.documents import EMPTY
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.registry import (
    LIST_COMPARISONS,
    Choice,
    Comparison,
    Config,
    Constraint,
    Evaluator,
    EvaluatorType,
    PassCondition,
)
from scorehouse.domain.values import Kind
from scorehouse.services.export import What
from scorehouse.services.offers import Offer
from scorehouse.wire.times import parse_time


class ChoiceRow(Struct, forbid_unknown_fields=True):
    """One category."""

    label: str
    number: float | None = None


class ConditionRow(Struct, forbid_unknown_fields=True):
    """One condition of passing."""

    facet: str
    comparison: Comparison
    operand: Any


class ConfigRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """A config as a row. Of one that is gone there is the id alone."""

    id: str
    name: str | None = None
    kind: Kind | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: list[ChoiceRow] | None = None
    description: str | None = None
    archived: bool | None = None
    metadata: dict[str, Any] | None = None
    residue: dict[str, dict[str, Any]] | None = None
    created_at: str | None = None
    updated_at: str | None = None
    deleted: bool = False


class EvaluatorRow(ConfigRow, forbid_unknown_fields=True, kw_only=True):
    """An evaluator as a row."""

    key: str | None = None
    type: EvaluatorType | None = None
    conditions: list[ConditionRow] | None = None
    version: int | None = None
    definition: dict[str, Any] | None = None


def read_config(given: ConfigRow, row: Any) -> Offer:
    """Read a row of a config."""
    if given.deleted:
        return Offer(row, gone=given.id, what=What.CONFIGS)
    return Offer(row, Config(**_dimension(given)))


def read_evaluator(given: EvaluatorRow, row: Any) -> Offer:
    """Read a row of an evaluator."""
    if given.deleted:
        return Offer(row, gone=given.id, what=What.EVALUATORS)
    evaluator = Evaluator(
        **_dimension(given),
        key=_told(given.key, "key"),
        type=given.type or EvaluatorType.HUMAN,
        conditions=tuple(_read_condition(each) for each in given.conditions or ()),
        version=given.version or 0,
        definition=given.definition or EMPTY,
    )
    return Offer(row, evaluator)


def _dimension(given: ConfigRow) -> dict[str, Any]:
    """Read what configs and evaluators have in common."""
    choices = tuple(Choice(each.label, each.number) for each in given.choices or ())
    return {
        "id": given.id,
        "name": _told(given.name, "name"),
        "constraint": Constraint(given.kind, given.minimum, given.maximum, choices),
        "description": given.description,
        "archived": given.archived or False,
        "metadata": given.metadata or EMPTY,
        "residue": given.residue or EMPTY,
        "created_at": (created_at := _read_time(given.created_at, "created_at")),
        "updated_at": created_at if given.updated_at is None else _read_time(given.updated_at, "updated_at"),
    }


def _read_condition(given: ConditionRow) -> PassCondition:
    is_list = given.comparison in LIST_COMPARISONS and isinstance(given.operand, list)
    return PassCondition(given.facet, given.comparison, tuple(given.operand) if is_list else given.operand)


def _read_time(text: str | None, name: str) -> Instant:
    return parse_time(_told(text, name), name)


def _told(text: str | None, name: str) -> str:
    if text is None:
        raise Invalid(Fault((name,), "missing", "is required"))
    return text
