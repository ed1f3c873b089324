"""Query parameters → filters: everything that the core can ask, in two notations.

**Parameters.** ``field=value`` asks for equality, ``field.operator=value`` for the operator, a ``not`` before
it for the contrary: ``number.gte=0.5``, ``name.not=tone``, ``comment.not.contains=sorry``. Given again,
a parameter asks for any of its values (``has_all``: for all). A field that holds an object takes the keys that lead
into it: ``metadata.user.plan=pro``. What is absent meets no comparison but ``is_null=true``, and every ``not``.

**Tree.** ``filter`` takes JSON, for OR, for operands of a certain type, and for keys that parameters cannot
say: ``{"all": [...]}``, ``{"any": [...]}``, ``{"not": ...}``, and comparisons
``{"field": "metadata", "key": ["a.b"], "operator": "gte", "operand": 3}``.

All that is asked holds together (AND).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any as Anything

from scorehouse.dialects.native.answers import FilterTerm
from scorehouse.domain.refusals import Fault, Invalid, Path
from scorehouse.storage.queries import (
    TEXT_OPERATORS,
    All,
    Any,
    Compare,
    Field,
    Filter,
    Not,
    Operand,
    Operator,
    Scalar,
)
from scorehouse.wire.bodies import convert, parse
from scorehouse.wire.times import parse_time

MICROSECONDS_PER_MILLISECOND = 1000


class Sort(Enum):
    """What a field holds, which says how its operands are read and which operators it takes."""

    TEXT = auto()
    NUMBER = auto()
    MILLISECONDS = auto()
    BOOLEAN = auto()
    TIME = auto()
    LIST = auto()
    MAP = auto()


SORTS: Mapping[str, Sort] = {
    "number": Sort.NUMBER,
    "cost_usd": Sort.NUMBER,
    "tokens_total": Sort.NUMBER,
    "errors": Sort.NUMBER,
    "trace_count": Sort.NUMBER,
    "failed": Sort.NUMBER,
    "latency": Sort.MILLISECONDS,
    "boolean": Sort.BOOLEAN,
    "passed": Sort.BOOLEAN,
    "known": Sort.BOOLEAN,
    "archived": Sort.BOOLEAN,
    "timestamp": Sort.TIME,
    "created_at": Sort.TIME,
    "last_created_at": Sort.TIME,
    "updated_at": Sort.TIME,
    "started_at": Sort.TIME,
    "ended_at": Sort.TIME,
    "labels": Sort.LIST,
    "tags": Sort.LIST,
    "trace_tags": Sort.LIST,
    "metadata": Sort.MAP,
    "residue": Sort.MAP,
    "usage": Sort.MAP,
    "score": Sort.MAP,
    "score_average": Sort.MAP,
    "score_labels": Sort.MAP,
}
"""Fields by their name in whichever enumeration; the others hold texts."""

RENAMED: Mapping[str, str] = {"latency": "latency_ms"}
"""Fields whose parameter says its unit."""

OPERATORS: Mapping[str, Operator] = {
    "eq": Operator.EQUALS,
    "lt": Operator.BELOW,
    "lte": Operator.AT_MOST,
    "gt": Operator.ABOVE,
    "gte": Operator.AT_LEAST,
    "contains": Operator.CONTAINS,
    "contains_any_case": Operator.CONTAINS_ANY_CASE,
    "starts_with": Operator.STARTS_WITH,
    "ends_with": Operator.ENDS_WITH,
    "eq_any_case": Operator.EQUALS_ANY_CASE,
    "matches": Operator.MATCHES,
    "has_any": Operator.HAS_ANY,
    "has_all": Operator.HAS_ALL,
    "is_null": Operator.IS_NULL,
}
"""What may stand after a field's dot. ONE_OF has no word: equality with several values is it."""

NOT = "not"

_EQUALITY = frozenset({Operator.EQUALS, Operator.IS_NULL})
_RANKING = frozenset({Operator.BELOW, Operator.AT_MOST, Operator.ABOVE, Operator.AT_LEAST})
_MEMBERSHIP = frozenset({Operator.HAS_ANY, Operator.HAS_ALL})

FITTING: Mapping[Sort, frozenset[Operator]] = {
    Sort.TEXT: _EQUALITY | _RANKING | TEXT_OPERATORS,
    Sort.NUMBER: _EQUALITY | _RANKING,
    Sort.MILLISECONDS: _EQUALITY | _RANKING,
    Sort.BOOLEAN: _EQUALITY,
    Sort.TIME: _EQUALITY | _RANKING,
    Sort.LIST: _EQUALITY | _MEMBERSHIP,
    Sort.MAP: frozenset(OPERATORS.values()),
}
"""Which operators a field takes by what it holds."""

ORDERABLE = frozenset(Sort) - {Sort.LIST, Sort.MAP}

_TRUTHS: Mapping[str, bool] = {"true": True, "false": False}
_NUMBER = re.compile(r"-?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Listed:
    """A field that can be asked for, and what it holds."""

    field: Field
    sort: Sort


Fields = Mapping[str, Listed]
"""Parameter name → field."""


def fields_of(enumeration: Iterable[Field]) -> Fields:
    """Return the table of the fields of one enumeration."""
    return {RENAMED.get(field, str(field)): Listed(field, SORTS.get(field, Sort.TEXT)) for field in enumeration}


@dataclass(frozen=True, slots=True)
class Question:
    """One comparison before its operand is read: what, how, and where it was asked (for faults)."""

    field: Field
    sort: Sort
    key: tuple[str, ...]
    operator: Operator
    path: Path

    def __post_init__(self) -> None:
        if self.operator not in FITTING[self.sort]:
            raise _wrong(self.path, "not_allowed", "this field does not take this operator")
        if self.key and self.sort is not Sort.MAP:
            raise _wrong(self.path, "unknown", "is not a parameter here")
        if self.sort is Sort.MAP and not self.key and self.operator is not Operator.IS_NULL:
            raise _wrong(self.path, "missing", "needs the key to compare")


# ── Parameters ───────────────────────────────────────────────────────────────────────────────────────────


def read_parameter(name: str, values: Sequence[str], fields: Fields) -> Filter:
    """Read one parameter with all the values that it was given.

    Raises:
        Invalid: it names no field or operator, or its values do not fit.
    """
    parts = name.split(".")
    operator = OPERATORS[parts.pop()] if parts[-1] in OPERATORS and len(parts) > 1 else Operator.EQUALS
    negated = len(parts) > 1 and parts[-1] == NOT
    key = tuple(parts[1:-1] if negated else parts[1:])
    listed = fields.get(parts[0])
    if listed is None:
        raise _wrong((name,), "unknown", "is not a parameter here")
    question = Question(listed.field, listed.sort, key, operator, (name,))
    operands = [operand for value in values for operand in _readings(value, question)]
    answer = _compare(question, operands)
    return Not(answer) if negated else answer


def _readings(value: str, question: Question) -> list[Scalar]:
    """Read a parameter's text; inside an object its type is not known, so equality asks for each it may have."""
    if question.operator is Operator.IS_NULL or question.sort is not Sort.MAP:
        sort = Sort.BOOLEAN if question.operator is Operator.IS_NULL else question.sort
        return [TEXT_READERS[sort](value, question.path)]
    if question.operator in TEXT_OPERATORS or question.operator is Operator.HAS_ALL:
        return [value]
    readings: list[Scalar] = [value]
    if _NUMBER.fullmatch(value):
        readings.append(_read_number(value, question.path))
    if value in _TRUTHS:
        readings.append(_TRUTHS[value])
    return readings[-1:] if question.operator in _RANKING else readings


def _read_number(text: str, path: Path) -> float:
    if not _NUMBER.fullmatch(text):
        raise _wrong(path, "wrong_type", "must be a number")
    return float(text)


def _read_truth(text: str, path: Path) -> bool:
    if text not in _TRUTHS:
        raise _wrong(path, "wrong_type", "must be true or false")
    return _TRUTHS[text]


TEXT_READERS: Mapping[Sort, Callable[[str, Path], Scalar]] = {
    Sort.TEXT: lambda text, _: text,
    Sort.LIST: lambda text, _: text,
    Sort.NUMBER: _read_number,
    Sort.MILLISECONDS: lambda text, path: _read_number(text, path) * MICROSECONDS_PER_MILLISECOND,
    Sort.BOOLEAN: _read_truth,
    Sort.TIME: lambda text, path: parse_time(text, *path),
}


# ── Tree ─────────────────────────────────────────────────────────────────────────────────────────────────


def read_tree(text: str, fields: Fields) -> Filter:
    """Read the ``filter`` parameter.

    Raises:
        Unreadable: it is not JSON.
        Invalid: it is no tree of comparisons, with the faults at their places in it.
    """
    return _read_node(parse(text.encode("utf-8", "surrogatepass")), fields, ("filter",))


def _read_node(node: Anything, fields: Fields, path: Path) -> Filter:
    match node:
        case {"all": list(terms), **rest} if not rest:
            return All(tuple(_read_node(t, fields, (*path, "all", i)) for i, t in enumerate(terms)))
        case {"any": list(terms), **rest} if not rest:
            return Any(tuple(_read_node(t, fields, (*path, "any", i)) for i, t in enumerate(terms)))
        case {"not": term, **rest} if not rest:
            return Not(_read_node(term, fields, (*path, "not")))
        case {"field": _}:
            return _read_comparison(convert(node, FilterTerm, *path), fields, path)
        case _:
            raise _wrong(
                path, "malformed", 'must be {"all": […]}, {"any": […]}, {"not": …} or a comparison of a "field"'
            )


def _read_comparison(given: FilterTerm, fields: Fields, path: Path) -> Filter:
    listed = fields.get(given.field)
    if listed is None:
        raise _wrong((*path, "field"), "not_a_choice", "is not a field here", tuple(fields))
    if given.operator not in OPERATORS:
        raise _wrong((*path, "operator"), "not_a_choice", "is not an operator", tuple(OPERATORS))
    question = Question(listed.field, listed.sort, tuple(given.key), OPERATORS[given.operator], path)
    sort = Sort.BOOLEAN if question.operator is Operator.IS_NULL else listed.sort
    operands = given.operand if isinstance(given.operand, list) else [given.operand]
    return _compare(question, [_read_operand(operand, sort, (*path, "operand")) for operand in operands])


def _read_operand(operand: Scalar, sort: Sort, path: Path) -> Scalar:
    """Check that a JSON operand is of the type that its field holds."""
    wanted, name = JSON_TYPES[sort]
    if not isinstance(operand, wanted) or (isinstance(operand, bool) and bool not in wanted):
        raise _wrong(path, "wrong_type", f"must be a {name}")
    if sort is Sort.TIME:
        return parse_time(str(operand), *path)
    return operand * MICROSECONDS_PER_MILLISECOND if sort is Sort.MILLISECONDS else operand


JSON_TYPES: Mapping[Sort, tuple[tuple[type, ...], str]] = {
    Sort.TEXT: ((str,), "string"),
    Sort.LIST: ((str,), "string"),
    Sort.NUMBER: ((int, float), "number"),
    Sort.MILLISECONDS: ((int, float), "number"),
    Sort.BOOLEAN: ((bool,), "boolean"),
    Sort.TIME: ((str,), "string"),
    Sort.MAP: ((str, int, float, bool), "string, number or boolean"),
}


# ── Both ─────────────────────────────────────────────────────────────────────────────────────────────────


def _compare(question: Question, operands: Sequence[Scalar]) -> Filter:
    """Ask for any of the operands; HAS_ALL for all."""
    operator = question.operator
    if operator is Operator.EQUALS and question.sort is Sort.LIST:
        operator = Operator.HAS_ANY
    if operator in _MEMBERSHIP:
        return _term(question, operator, tuple(operands))
    if operator is Operator.EQUALS and len(operands) != 1:
        return _term(question, Operator.ONE_OF, tuple(operands))
    terms = tuple(_term(question, operator, operand) for operand in operands)
    return terms[0] if len(terms) == 1 else Any(terms)


def _term(question: Question, operator: Operator, operand: Operand) -> Filter:
    try:
        if operator in TEXT_OPERATORS and not isinstance(operand, str):
            raise _wrong(question.path, "wrong_type", "this operator takes a text")
        return Compare(question.field, operator, operand, question.key)
    except Invalid as refusal:
        raise Invalid(*(Fault(question.path, fault.code, fault.message) for fault in refusal.faults)) from refusal


def _wrong(path: Path, code: str, message: str, allowed: tuple[str, ...] = ()) -> Invalid:
    return Invalid(Fault(path, code, message, allowed=allowed))
