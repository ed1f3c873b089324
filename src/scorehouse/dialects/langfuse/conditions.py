"""The `filter` parameter: a JSON array of conditions, all of which must hold (contract langfuse §9.6).

A table says what each type of condition and its operators mean, another (one for each thing that can be listed)
what each column is. A condition on a column that cannot be compared so is refused: a filter that
silently matches nothing is the trap that Langfuse's users know best.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from scorehouse.dialects.langfuse.environments import DEFAULT
from scorehouse.dialects.langfuse.errors import BadRequest
from scorehouse.domain.refusals import Fault, Invalid, Unreadable
from scorehouse.storage.queries import All, Compare, Field, Filter, Not, Operand, Operator
from scorehouse.storage.queries import Any as AnyOf
from scorehouse.wire.bodies import convert, parse
from scorehouse.wire.times import parse_time

CONDITIONS_MAX = 50
"""Conditions in one filter; people combine a handful."""

MICROSECONDS = 1_000_000

Build = Callable[[Operator, Operand, tuple[str, ...]], Filter]
"""Writes a comparison of a column: operator, operand, path inside the column."""


class Condition(msgspec.Struct):
    """One condition, as sent."""

    type: str
    column: str
    operator: str
    value: Any = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column that can be filtered.

    Attributes:
        types: the types of condition that suit it.
        build: writes the comparison.
    """

    types: frozenset[str]
    build: Build


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a `filter` asks for, and of which columns: they win over the simple parameters."""

    filter: Filter
    columns: frozenset[str]


NOTHING = Conditions(All(), frozenset())

TEXT = frozenset({"string", "stringOptions", "null"})
NUMBER = frozenset({"number", "null"})
TIME = frozenset({"datetime", "null"})
TRUTH = frozenset({"boolean", "null"})
LIST = frozenset({"arrayOptions", "null"})
OBJECT = frozenset({"stringObject", "numberObject", "booleanObject", "categoryOptions", "null"})

Meaning = tuple[Operator, bool]
"""An operator of the core, and whether its opposite is meant."""

_TEXTS: Mapping[str, Meaning] = {
    "=": (Operator.EQUALS, False),
    "contains": (Operator.CONTAINS, False),
    "does not contain": (Operator.CONTAINS, True),
    "starts with": (Operator.STARTS_WITH, False),
    "ends with": (Operator.ENDS_WITH, False),
}
_NUMBERS: Mapping[str, Meaning] = {
    "=": (Operator.EQUALS, False),
    ">": (Operator.ABOVE, False),
    "<": (Operator.BELOW, False),
    ">=": (Operator.AT_LEAST, False),
    "<=": (Operator.AT_MOST, False),
}
_TIMES = {word: meaning for word, meaning in _NUMBERS.items() if word != "="}
_OPTIONS: Mapping[str, Meaning] = {"any of": (Operator.ONE_OF, False), "none of": (Operator.ONE_OF, True)}
_TRUTHS: Mapping[str, Meaning] = {"=": (Operator.EQUALS, False), "<>": (Operator.EQUALS, True)}

TYPES: Mapping[str, Mapping[str, Meaning]] = {
    "datetime": _TIMES,
    "string": _TEXTS,
    "number": _NUMBERS,
    "stringOptions": _OPTIONS,
    "categoryOptions": _OPTIONS,
    "arrayOptions": {
        "any of": (Operator.HAS_ANY, False),
        "none of": (Operator.HAS_ANY, True),
        "all of": (Operator.HAS_ALL, False),
    },
    "stringObject": _TEXTS,
    "numberObject": _NUMBERS,
    "booleanObject": _TRUTHS,
    "boolean": _TRUTHS,
    "null": {"is null": (Operator.IS_NULL, False), "is not null": (Operator.IS_NULL, True)},
}
KEYED = frozenset({"stringObject", "numberObject", "booleanObject", "categoryOptions"})


def read_conditions(text: str | None, columns: Mapping[str, Column]) -> Conditions:
    """Read a `filter`; nothing asks for everything.

    Raises:
        BadRequest: it is not JSON, or names a column that is not there or cannot be compared so.
        Invalid: it has another structure.
    """
    if not text:
        return NOTHING
    try:
        document = parse(text.encode())
    except (Unreadable, UnicodeEncodeError) as error:
        raise BadRequest(Fault(("filter",), "custom", "Invalid JSON in the filter parameter")) from error
    conditions = convert(document, list[Condition], "filter")
    if len(conditions) > CONDITIONS_MAX:
        raise Invalid(Fault(("filter",), "too_long", f"must not have more than {CONDITIONS_MAX} conditions"))
    terms = tuple(_term(condition, columns, place) for place, condition in enumerate(conditions))
    return Conditions(All(terms), frozenset(condition.column for condition in conditions))


def _term(condition: Condition, columns: Mapping[str, Column], place: int) -> Filter:
    operators = TYPES.get(condition.type)
    if operators is None:
        raise _wrong(place, "type", tuple(TYPES))
    meaning = operators.get(condition.operator)
    if meaning is None:
        raise _wrong(place, "operator", tuple(operators))
    column = columns.get(condition.column)
    if column is None:
        raise BadRequest(Fault(("filter",), "custom", f"Invalid filter column: {condition.column}"))
    if condition.type not in column.types:
        sentence = f"The column {condition.column} cannot be filtered by a condition of type {condition.type}"
        raise BadRequest(Fault(("filter",), "custom", sentence))
    if condition.type in KEYED and not condition.key:
        raise Invalid(Fault(("filter", place, "key"), "missing", "Expected a string"))
    operator, negated = meaning
    operand = _READERS[condition.type](condition.value, place)
    term = column.build(operator, operand, (condition.key,) if condition.key else ())
    return Not(term) if negated else term


def _wrong(place: int, member: str, allowed: tuple[str, ...]) -> Invalid:
    return Invalid(Fault(("filter", place, member), "not_a_choice", "Invalid option", allowed=allowed))


# ── Operands ─────────────────────────────────────────────────────────────────────────────────────────────


def _text(value: Any, place: int) -> Operand:
    return convert(value, str, "filter", place, "value")


def _texts(value: Any, place: int) -> Operand:
    return tuple(convert(value, list[str], "filter", place, "value"))


def _number(value: Any, place: int) -> Operand:
    return convert(value, float, "filter", place, "value")


def _truth(value: Any, place: int) -> Operand:
    return convert(value, bool, "filter", place, "value")


def _moment(value: Any, place: int) -> Operand:
    return parse_time(convert(value, str, "filter", place, "value"), "filter", place, "value")


def _null(value: Any, place: int) -> Operand:
    return True


_READERS: Mapping[str, Callable[[Any, int], Operand]] = {
    "datetime": _moment,
    "string": _text,
    "number": _number,
    "stringOptions": _texts,
    "categoryOptions": _texts,
    "arrayOptions": _texts,
    "stringObject": _text,
    "numberObject": _number,
    "booleanObject": _truth,
    "boolean": _truth,
    "null": _null,
}


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────────


def plain(types: frozenset[str], field: Field) -> Column:
    """Make a column that is a field of the core."""
    return Column(types, lambda operator, operand, key: Compare(field, operator, operand, key))


def scaled(field: Field, factor: float) -> Column:
    """Make a numeric column that counts in another unit than its field: seconds of microseconds."""

    def build(operator: Operator, operand: Operand, key: tuple[str, ...]) -> Filter:
        if isinstance(operand, float):
            operand *= factor
        return Compare(field, operator, operand)

    return Column(NUMBER, build)


def within(field: Field, *path: str) -> Build:
    """Write comparisons of what stands under a path inside a map field."""
    return lambda operator, operand, key: Compare(field, operator, operand, path)


def worded(field: Field, words: Mapping[str, Sequence[str]]) -> Column:
    """Make a column of a closed set of words, each of which stands for some values of the field."""

    def build(operator: Operator, operand: Operand, key: tuple[str, ...]) -> Filter:
        if operator is Operator.IS_NULL:
            return Compare(field, operator, operand)
        meant = [value for word, values in words.items() if says(word, operator, operand) for value in values]
        return Compare(field, Operator.ONE_OF, tuple(meant))

    return Column(TEXT, build)


def environment_column(field: Field) -> Column:
    """Make a column of environments, where an absent one is ``default``."""

    def build(operator: Operator, operand: Operand, key: tuple[str, ...]) -> Filter:
        if operator is Operator.IS_NULL:
            return AnyOf()  # what readers see is never null
        term = Compare(field, operator, operand)
        return AnyOf((term, Compare(field, Operator.IS_NULL, True))) if says(DEFAULT, operator, operand) else term

    return Column(TEXT, build)


def first_of(types: frozenset[str], *fields: Field) -> Column:
    """Make a column that is the first of these fields that is there."""

    def build(operator: Operator, operand: Operand, key: tuple[str, ...]) -> Filter:
        first, *others = fields
        term: Filter = Compare(first, operator, operand, key)
        for field in others:
            if operator is Operator.IS_NULL:
                term = All((term, Compare(field, operator, operand, key)))
            else:
                absent = Compare(first, Operator.IS_NULL, True)
                term = AnyOf((term, All((absent, Compare(field, operator, operand, key)))))
        return term

    return Column(types, build)


_SAYS: Mapping[Operator, Callable[[str, Any], bool]] = {
    Operator.EQUALS: lambda word, operand: word == operand,
    Operator.ONE_OF: lambda word, operands: word in operands,
    Operator.CONTAINS: lambda word, operand: operand in word,
    Operator.STARTS_WITH: lambda word, operand: word.startswith(operand),
    Operator.ENDS_WITH: lambda word, operand: word.endswith(operand),
}


def says(word: str, operator: Operator, operand: Operand) -> bool:
    """Tell whether a word itself passes a condition on texts."""
    return operator in _SAYS and _SAYS[operator](word, operand)
