"""The vendor's operators, by the order in which its published evaluator goes through them (contract respan §9.2).

An operator is told from its aliases; a `Rule` is one with its values. `holds` says in plain Python whether a known
value meets a rule: what it says of an absent value and of the few values of a closed field is what filters are
compiled from.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from scorehouse.domain.refusals import Invalid
from scorehouse.storage.operands import SPELLED_NUMBER, found
from scorehouse.storage.queries import Scalar
from scorehouse.wire.times import parse_time


class Op(StrEnum):
    """An operator, by its canonical name."""

    EQUAL = ""
    NOT = "not"
    IN = "in"
    NOT_IN = "not_in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    ICONTAINS = "icontains"
    STARTSWITH = "startswith"
    NOT_STARTSWITH = "not_startswith"
    ENDSWITH = "endswith"
    NOT_ENDSWITH = "not_endswith"
    IEXACT = "iexact"
    ISNULL = "isnull"
    EMPTY = "empty"
    NOT_EMPTY = "not_empty"
    REGEX = "regex"
    OVERLAP = "overlap"
    NOT_OVERLAP = "not_overlap"
    HAS_KEY = "has_key"


ALIASES: Mapping[str, Op] = {
    **{str(op): op for op in Op},
    **dict.fromkeys(("=", "==", "eq", "equals", "is"), Op.EQUAL),
    **dict.fromkeys(("!=", "<>", "ne", "not_equal", "not_equals"), Op.NOT),
    **dict.fromkeys(("is_empty", "isempty"), Op.EMPTY),
    "notempty": Op.NOT_EMPTY,
    "ilike": Op.ICONTAINS,
}

NAMESAKES: Mapping[Op, Op] = {Op.HAS_KEY: Op.NOT_EMPTY}
"""What the vendor's evaluator takes an operator for where it is asked of a field that is no map."""

POSITIVES: Mapping[Op, Op] = {
    Op.NOT: Op.EQUAL,
    Op.NOT_IN: Op.IN,
    Op.NOT_CONTAINS: Op.CONTAINS,
    Op.NOT_STARTSWITH: Op.STARTSWITH,
    Op.NOT_ENDSWITH: Op.ENDSWITH,
    Op.NOT_OVERLAP: Op.OVERLAP,
    Op.NOT_EMPTY: Op.EMPTY,
}
"""What each negation denies of a value that is there."""

MANY_VALUES = frozenset({Op.EQUAL, Op.NOT, Op.IN, Op.NOT_IN, Op.OVERLAP, Op.NOT_OVERLAP})
NO_VALUE = frozenset({Op.EMPTY, Op.NOT_EMPTY})
ORDERING = frozenset({Op.LT, Op.LTE, Op.GT, Op.GTE})
EQUALITY = frozenset({Op.EQUAL, Op.NOT, Op.IN, Op.NOT_IN})
TEXTUAL = frozenset(
    {
        *(Op.CONTAINS, Op.NOT_CONTAINS, Op.ICONTAINS, Op.STARTSWITH, Op.NOT_STARTSWITH),
        *(Op.ENDSWITH, Op.NOT_ENDSWITH, Op.IEXACT, Op.REGEX),
    }
)
"""They ask a value for its text, whatever it is: ``4.5`` and ``5.0``, ``True``, a time as it is written."""

Operand = Scalar | None

TRUTHS: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on one field.

    Attributes:
        field: its name, for refusals.
        operator: how.
        values: what was listed. Those that cannot be read as what the field holds are left out: nothing equals
            them, and nothing is before or after them.
    """

    field: str
    operator: Op
    values: tuple[Operand, ...]

    @property
    def truth(self) -> bool:
        """What ISNULL asks for."""
        return bool(self.values and self.values[0])

    def read_as(self, read: Callable[[Scalar], Scalar | None]) -> "Rule":
        """Return the rule with its values as what the field holds; None in a rule means null and stays."""
        if self.operator is Op.ISNULL or self.operator in NO_VALUE:
            return self
        readings = [(value, None if value is None else read(value)) for value in self.values]
        kept = tuple(reading for value, reading in readings if value is None or reading is not None)
        return replace(self, values=kept)


def operator_of(text: str) -> Op | None:
    """Tell an operator from any of its aliases; None for a text that is none."""
    stripped = text.strip()
    return ALIASES.get(stripped, ALIASES.get(stripped.lower()))


def holds(value: Any, rule: Rule) -> bool:
    """Tell whether a value meets a rule whose values are read as its sort; None is null."""
    if value is None:
        return _holds_of_null(rule)
    if rule.operator is Op.ISNULL:
        return not rule.truth
    positive = POSITIVES.get(rule.operator)
    if positive is not None:
        return not _OPERATORS[positive](value, rule.values)
    return _OPERATORS[rule.operator](value, rule.values)


def _holds_of_null(rule: Rule) -> bool:
    asks_for_null = rule.values == (None,)
    answers = {
        Op.EQUAL: asks_for_null,
        Op.NOT: not asks_for_null,
        Op.ISNULL: rule.truth,
        Op.EMPTY: True,
    }
    return answers.get(rule.operator, False)


def read_number(value: Scalar) -> float | None:
    """Read a number as the vendor casts it: texts that spell one count, truths are 1 and 0; None for any other."""
    if isinstance(value, str):
        return float(value) if re.fullmatch(SPELLED_NUMBER, value.strip()) else None
    return float(value)


def read_text(value: Scalar) -> str:
    """Read a text: numbers and truths as JSON spells them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value}"


def read_spelled(value: Scalar) -> str:
    """Read what an operator on texts is given, as the vendor's evaluator does: by Python's `str`."""
    return str(value)


def read_truth(value: Scalar) -> bool | None:
    """Read a truth: true, false, 1, 0, or one of those as text; None for any other."""
    return TRUTHS.get(read_text(value).strip().lower().removesuffix(".0"))


def read_moment(value: Scalar) -> int | None:
    """Read a point in time from ISO 8601; None for any other."""
    try:
        return parse_time(value) if isinstance(value, str) else None
    except Invalid:
        return None


def _folded(text: str) -> str:
    """Fold A to Z, as the core does."""
    return "".join(character.lower() if character.isascii() else character for character in text)


def _equals_any(value: Any, values: Sequence[Operand]) -> bool:
    return any(value == other for other in values)


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[Any, Sequence[Operand]], bool]:
    def ranks(value: Any, values: Sequence[Operand]) -> bool:
        number = read_number(value)
        others = [read_number(other) for other in values if other is not None]
        return number is not None and any(other is not None and compare(number, other) for other in others)

    return ranks


def _of_texts(compare: Callable[[str, str], bool]) -> Callable[[Any, Sequence[Operand]], bool]:
    def matches(value: Any, values: Sequence[Operand]) -> bool:
        return any(isinstance(other, str) and compare(read_spelled(value), other) for other in values)

    return matches


_OPERATORS: Mapping[Op, Callable[[Any, Sequence[Operand]], bool]] = {
    Op.EQUAL: _equals_any,
    Op.IN: _equals_any,
    Op.OVERLAP: _equals_any,
    Op.LT: _ordered(lambda value, other: value < other),
    Op.LTE: _ordered(lambda value, other: value <= other),
    Op.GT: _ordered(lambda value, other: value > other),
    Op.GTE: _ordered(lambda value, other: value >= other),
    Op.CONTAINS: _of_texts(lambda value, part: part in value),
    Op.ICONTAINS: _of_texts(lambda value, part: _folded(part) in _folded(value)),
    Op.STARTSWITH: _of_texts(lambda value, start: value.startswith(start)),
    Op.ENDSWITH: _of_texts(lambda value, end: value.endswith(end)),
    Op.IEXACT: _of_texts(lambda value, other: _folded(value) == _folded(other)),
    Op.REGEX: _of_texts(lambda value, pattern: found(pattern, value)),
    Op.EMPTY: lambda value, _: value == "",
}
