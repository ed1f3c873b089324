"""What a query means, in plain Python: the reference that the conformance suite holds every engine to.

Written to be read rather than to be fast: one function an operator, no SQL to compare it with.

**Values.** A field of a row is one of: absent (None), a boolean, a number, a text, a list of those, or,
inside a map field, any JSON. JSON null and the empty list count as absent. A list field compares by its
members; a list inside a map field compares with nothing, like an object. Booleans are not numbers,
numbers are not texts, and values of different sorts never compare: the comparison is false. Numbers
compare by what they stand for (1 equals 1.0), texts by code point. The fields that carry ids
(`ID_FIELDS`) are read in their canonical spelling, and so is what they are compared with.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cmp_to_key
from typing import Any as Anything
from typing import TypeVar

from scorehouse.domain.identity import canonical
from scorehouse.storage.fields import DOCUMENTS
from scorehouse.storage.operands import found
from scorehouse.storage.queries import (
    ID_FIELDS,
    TEXT_OPERATORS,
    All,
    Any,
    Compare,
    Cursor,
    Field,
    Filter,
    HasSpan,
    Not,
    Operand,
    Operator,
    Order,
    Page,
    Query,
    Reading,
    TraceField,
)
from scorehouse.storage.readings import members_of, number_of, text_of

ValueOf = Callable[[Field, tuple[str, ...]], Anything]
"""Reads a field of one row; the keys lead into a map field and are empty for any other.

TraceField.SPANS reads as the readers of the spans of a trace.
"""

RowT = TypeVar("RowT")

_OPAQUE: Mapping[str, Anything] = {}
"""An object, which is there and compares with nothing."""

_FOLD_ASCII = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def holds(filter: Filter, value_of: ValueOf) -> bool:
    """Tell whether the row that `value_of` reads passes the filter."""
    match filter:
        case All(terms):
            return all(holds(term, value_of) for term in terms)
        case Any(terms):
            return any(holds(term, value_of) for term in terms)
        case Not(term):
            return not holds(term, value_of)
        case HasSpan(term):
            return any(holds(term, span) for span in value_of(TraceField.SPANS, ()))
        case Compare(field, operator, operand, key, reading):
            value = _read(value_of, field, key, reading)
            return _compare(operator, value, _spelled(field, operand))


def place_key(order: Order) -> Callable[[Cursor], Anything]:
    """Return a sort key for places in `order`: absent values last in both directions, ties by key."""

    def compare(one: Cursor, other: Cursor) -> int:
        if (one.value is None) is not (other.value is None):
            return 1 if one.value is None else -1
        ours: Anything = one.key if one.value is None else (one.value, one.key)
        theirs: Anything = other.key if other.value is None else (other.value, other.key)
        rising: int = (ours > theirs) - (ours < theirs)
        return -rising if order.descending else rising

    return cmp_to_key(compare)


def answer(
    query: Query,
    rows: Iterable[RowT],
    value_of: Callable[[RowT], ValueOf],
    recorded: Callable[[RowT], int],
) -> Page[RowT]:
    """Answer a query over the rows of its project; `recorded` numbers them in order of recording."""
    key = place_key(query.order)

    def place(row: RowT) -> Cursor:
        reading = Reading.NUMBER if query.order.key else Reading.RECORDED
        return Cursor(_read(value_of(row), query.order.field, query.order.key, reading), recorded(row))

    matching = sorted((row for row in rows if holds(query.filter, value_of(row))), key=lambda row: key(place(row)))
    window = query.window
    remaining = matching[window.offset :]
    if window.after is not None:
        end = key(window.after)
        remaining = [row for row in matching if key(place(row)) > end]
    items = tuple(remaining[: window.limit])
    following = place(items[-1]) if items and len(items) < len(remaining) else None
    return Page(items, following, len(matching) if window.total else None)


def _read(value_of: ValueOf, field: Field, key: tuple[str, ...], reading: Reading) -> Anything:
    if reading is Reading.MEMBERS and key and field in DOCUMENTS:
        return members_of(value_of(field, key))
    value = _recorded(value_of(field, key), field, key)
    if reading is Reading.NUMBER:
        return number_of(value)
    return text_of(field, value) if reading is Reading.TEXT else value


def _recorded(value: Anything, field: Field, key: tuple[str, ...]) -> Anything:
    if isinstance(value, list | tuple):
        is_opaque = key and field != TraceField.SCORE_LABELS
        return (_OPAQUE if is_opaque else list(value)) if value else None
    return _spelled(field, value)


def _spelled(field: Field, value: Anything) -> Anything:
    if field not in ID_FIELDS:
        return value
    if isinstance(value, tuple):
        return tuple(_spelled(field, item) for item in value)
    return canonical(value) if isinstance(value, str) else value


def _compare(operator: Operator, value: Anything, operand: Operand) -> bool:
    if operator is Operator.IS_NULL:
        return (value is None) is operand
    if isinstance(value, list) and operator in _OF_MEMBERS:
        return any(_OPERATORS[operator](member, operand) for member in value)
    return value is not None and _OPERATORS[operator](value, operand)


def _sort_of(value: Anything) -> type | None:
    """Return bool, float or str for a scalar, None for a list or an object."""
    if isinstance(value, bool):
        return bool
    if isinstance(value, int | float):
        return float
    return str if isinstance(value, str) else None


def _equal(value: Anything, operand: Anything) -> bool:
    sort = _sort_of(value)
    return sort is not None and sort is _sort_of(operand) and bool(value == operand)


def _ranks(value: Anything, operand: Anything) -> bool:
    """Tell whether the two have an order: both numbers or both texts."""
    return _sort_of(value) is _sort_of(operand) and _sort_of(value) in {float, str}


def _texts(value: Anything, operand: Anything) -> bool:
    return isinstance(value, str) and isinstance(operand, str)


def _folded(value: str) -> str:
    return value.translate(_FOLD_ASCII)


def _members(value: Anything, operands: Sequence[Anything]) -> list[bool] | None:
    """Tell of each operand whether the list has it; None if the value is no list."""
    if not isinstance(value, list):
        return None
    return [any(_equal(member, operand) for member in value) for operand in operands]


def _has_all(value: Anything, operands: Anything) -> bool:
    found = _members(value, operands)
    return found is not None and all(found)


_OF_MEMBERS = frozenset({Operator.EQUALS, Operator.ONE_OF} | TEXT_OPERATORS)
"""They hold of a list field if they hold of one of its members."""

_OPERATORS: Mapping[Operator, Callable[[Anything, Anything], bool]] = {
    Operator.EQUALS: _equal,
    Operator.BELOW: lambda value, operand: _ranks(value, operand) and value < operand,
    Operator.AT_MOST: lambda value, operand: _ranks(value, operand) and value <= operand,
    Operator.ABOVE: lambda value, operand: _ranks(value, operand) and value > operand,
    Operator.AT_LEAST: lambda value, operand: _ranks(value, operand) and value >= operand,
    Operator.ONE_OF: lambda value, operands: any(_equal(value, operand) for operand in operands),
    Operator.CONTAINS: lambda value, operand: _texts(value, operand) and operand in value,
    Operator.CONTAINS_ANY_CASE: lambda value, operand: _texts(value, operand) and _folded(operand) in _folded(value),
    Operator.STARTS_WITH: lambda value, operand: _texts(value, operand) and value.startswith(operand),
    Operator.ENDS_WITH: lambda value, operand: _texts(value, operand) and value.endswith(operand),
    Operator.EQUALS_ANY_CASE: lambda value, operand: _texts(value, operand) and _folded(value) == _folded(operand),
    Operator.MATCHES: lambda value, operand: _texts(value, operand) and found(operand, value),
    Operator.HAS_ANY: lambda value, operands: any(_members(value, operands) or ()),
    Operator.HAS_ALL: _has_all,
}
