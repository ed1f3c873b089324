"""The filter grammar: JSON → filters of the core (contract respan §9.1).

::

    filters  := { field : condition | [condition, …] | bundle , … }
    condition := { "operator": …, "value": …, "connector": "AND" | "OR" }
    bundle   := { "connector": "AND" | "OR", "filter_params": filters }

Entries are joined from left to right, without precedence: a condition's connector says how it joins the *next*
entry, a bundle's how it is joined to the one *before*; of the two, OR wins. A list of conditions is joined in the
same way and stands in brackets. What nobody says is AND, or the body's own ``operator`` where it has one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any as Json

from scorehouse.dialects.respan.errors import bad_filter
from scorehouse.dialects.respan.fields import Filterable
from scorehouse.dialects.respan.operators import (
    MANY_VALUES,
    NO_VALUE,
    Op,
    Operand,
    Rule,
    operator_of,
    read_spelled,
    read_truth,
)
from scorehouse.dialects.respan.shapes import FilterBody
from scorehouse.storage.operands import compiled
from scorehouse.storage.queries import (
    EVERYTHING,
    FILTER_TERMS_MAX,
    All,
    Any,
    Compare,
    Filter,
    Not,
    Operator,
    ScoreField,
)

CONNECTORS = frozenset({"AND", "OR"})
CONDITION_MEMBERS = frozenset({"operator", "value", "connector", "operator_function", "operator_args"})
BUNDLE_MEMBERS = frozenset({"filter_params", "connector"})
CONTAINS_KEY = "mapContainsKey"
METADATA = "metadata"

Fields = Callable[[str], Filterable | None]
"""Finds a field by the vendor's name; None for a name that is none."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a list is filtered.

    Attributes:
        fields: finds them.
        metadata: finds what stands under a key of the metadata.
        lenient: whether conditions on unknown fields or with unknown operators are dropped.
    """

    fields: Fields
    metadata: Callable[[str], Filterable]
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of a row of filters: what it asks, and how it is joined to its neighbours (None: not said)."""

    asks: Filter
    before: str | None = None
    after: str | None = None


def read_filters(given: Json, grammar: Grammar, connector: str = "AND") -> Filter:
    """Read ``filters``; `connector` joins entries that do not say how.

    Raises:
        Invalid: it is no such object; an unknown field or operator; a value that the operator does not take.
    """
    if given is None:
        return EVERYTHING
    if not isinstance(given, dict):
        raise bad_filter("'filters' must be an object of fields and conditions.")
    _check_count(given)
    entries = [entry for name, asked in given.items() for entry in _read_entry(name, asked, grammar, connector)]
    return _joined(entries, connector)


def read_body(body: FilterBody, grammar: Grammar) -> Filter:
    """Read the filters of a body, joined as its own ``operator`` says. Raises Invalid as `read_filters`."""
    return read_filters(body.filters, grammar, checked_connector(body.operator) or "AND")


def equality(name: str, values: Sequence[Operand], grammar: Grammar) -> Filter:
    """Ask for a field to have one of some values, as parameters of a query string do."""
    return read_filters({name: {"value": list(values)}}, grammar)


def checked_connector(given: Json) -> str | None:
    """Return a connector in upper case; None where none is given. Raises Invalid for any other word."""
    if given is None:
        return None
    if not isinstance(given, str) or given.upper() not in CONNECTORS:
        raise bad_filter(f"Connector {given!r} is not supported; use 'AND' or 'OR'.")
    return given.upper()


def _check_count(given: Mapping[str, Json]) -> None:
    """Refuse more conditions than a filter of the core may have, before any is read: joining them takes its time."""
    count, inside = 0, [given]
    while inside:
        for asked in inside.pop().values():
            count += max(len(asked), 1) if isinstance(asked, list) else 1
            if isinstance(asked, dict) and isinstance(params := asked.get("filter_params"), dict):
                inside.append(params)
        if count > FILTER_TERMS_MAX:
            raise bad_filter(f"'filters' must not have more than {FILTER_TERMS_MAX} conditions.")


def _read_entry(name: str, asked: Json, grammar: Grammar, connector: str) -> list[Entry]:
    """Read what stands under one name: nothing where leniency drops it."""
    if isinstance(asked, dict) and "filter_params" in asked:
        _refuse_others(name, asked, BUNDLE_MEMBERS)
        inner = read_filters(asked["filter_params"], grammar, connector)
        return [Entry(inner, before=checked_connector(asked.get("connector")))]
    if isinstance(asked, list) and all(isinstance(item, dict) for item in asked):
        parts = [entry for item in asked for entry in _read_condition(name, item, grammar)]
        return [Entry(_joined(parts, connector), after=parts[-1].after)] if parts else []
    if not isinstance(asked, dict):
        raise bad_filter(f'Filter \'{name}\' must be a condition such as {{"operator": "", "value": [...]}}.')
    return _read_condition(name, asked, grammar)


def _read_condition(name: str, asked: Mapping[str, Json], grammar: Grammar) -> list[Entry]:
    after = checked_connector(asked.get("connector"))
    _refuse_others(name, asked, CONDITION_MEMBERS)
    if asked.get("operator_function") is not None:
        return [Entry(_read_function(name, asked, grammar), after=after)]
    operator = _read_operator(name, asked.get("operator"), grammar)
    if operator is None:
        return []
    rule = Rule(name, operator, _read_values(name, operator, asked))
    if operator is Op.HAS_KEY and name == METADATA:
        return [Entry(_has_keys(name, rule.values, grammar), after=after)]
    field = grammar.fields(name)
    if field is None:
        if grammar.lenient:
            return []
        raise bad_filter(f"Filter field '{name}' is not supported.")
    return [Entry(field.matching(rule), after=after)]


def _read_operator(name: str, given: Json, grammar: Grammar) -> Op | None:
    """Tell the operator; None where it is unknown and leniency drops it."""
    operator = operator_of(given) if isinstance(given, str) else None
    if given is None:
        return Op.EQUAL
    if operator is None and not grammar.lenient:
        raise bad_filter(f"Operator {given!r} of filter '{name}' is not supported.")
    return operator


def _read_values(name: str, operator: Op, asked: Mapping[str, Json]) -> tuple[Operand, ...]:
    given = asked.get("value")
    values = given if isinstance(given, list) else [given]
    for value in values:
        if not isinstance(value, str | int | float | None):
            raise bad_filter(f"Value of filter '{name}' must be a string, number, boolean or null, or a list of those.")
    if operator in NO_VALUE:
        return ()
    if operator not in MANY_VALUES and len(values) != 1:
        raise bad_filter(f"Operator '{operator}' of filter '{name}' takes one value.")
    if operator is Op.ISNULL:
        return (_read_isnull(name, values[0]),)
    if operator is Op.REGEX and values[0] is not None:
        # Comparing checks the pattern, but some fields are never compared in the store.
        Compare(ScoreField.TEXT, Operator.MATCHES, read_spelled(values[0]))
        compiled(read_spelled(values[0]))
    return tuple(values)


def _read_isnull(name: str, value: Operand) -> bool:
    truth = None if value is None else read_truth(value)
    if truth is None:
        raise bad_filter(f"Operator 'isnull' of filter '{name}' takes true or false.")
    return truth


def _read_function(name: str, asked: Mapping[str, Json], grammar: Grammar) -> Filter:
    function, arguments = asked["operator_function"], asked.get("operator_args")
    if function != CONTAINS_KEY:
        raise bad_filter(f"Operator function {function!r} of filter '{name}' is not supported.")
    if not isinstance(arguments, list) or not arguments or not all(isinstance(item, str) for item in arguments):
        raise bad_filter(f"'operator_args' of filter '{name}' must be a list of keys.")
    if len(arguments) > FILTER_TERMS_MAX:
        raise bad_filter(f"'operator_args' of filter '{name}' must not have more than {FILTER_TERMS_MAX} keys.")
    return _has_keys(name, arguments, grammar)


def _has_keys(name: str, keys: Sequence[Operand], grammar: Grammar) -> Filter:
    if name != METADATA:
        raise bad_filter(f"'{name}' cannot be asked for keys; only '{METADATA}' can.")
    return All(tuple(Not(grammar.metadata(str(key)).absent) for key in keys))


def _joined(entries: Sequence[Entry], connector: str) -> Filter:
    """Join entries from left to right."""
    if not entries:
        return EVERYTHING
    result = entries[0].asks
    for previous, entry in pairwise(entries):
        said = {previous.after, entry.before} - {None} or {connector}
        result = _either(result, entry.asks) if "OR" in said else _both(result, entry.asks)
    return result


def _both(one: Filter, other: Filter) -> Filter:
    return All((*(one.terms if isinstance(one, All) else (one,)), other))


def _either(one: Filter, other: Filter) -> Filter:
    return Any((*(one.terms if isinstance(one, Any) else (one,)), other))


def _refuse_others(name: str, asked: Mapping[str, Json], known: frozenset[str]) -> None:
    others = sorted(set(asked) - known)
    if others:
        raise bad_filter(f"Filter '{name}' has members that are not supported: {', '.join(others)}.")
