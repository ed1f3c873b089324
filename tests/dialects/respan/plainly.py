"""The vendor's published order of evaluating filters, in plain Python over the rows as the server answers them.

Written from the contract (respan §9.1, §9.2) and from what the README decides where that is silent, without any
of the dialect's own code, so that both can be held against each other.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

Json = dict[str, Any]

NEGATIONS = {
    "not": "",
    "not_in": "in",
    "not_contains": "contains",
    "not_startswith": "startswith",
    "not_endswith": "endswith",
    "not_overlap": "overlap",
    "not_empty": "empty",
    # The vendor's evaluator takes one for the other.
    "has_key": "empty",
}
RANKS: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
}
TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "icontains": lambda text, part: part.lower() in text.lower(),
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "iexact": lambda text, part: text.lower() == part.lower(),
    "regex": lambda text, part: re.search(part, text) is not None,
}


def value_in(row: Json, field: str) -> Any:
    """Read a field of a row; the score fields and virtual fields of logs too."""
    if field.startswith("metadata__"):
        return row["metadata"].get(field.removeprefix("metadata__"))
    if field.startswith("scores__"):
        scored = row["scores"].get(field.removeprefix("scores__"))
        return scored["score_value"] if scored else None
    if field == "is_root_span":
        return row["span_parent_id"] is None
    value = row.get(field)
    return None if value == [] else value


def keeps(row: Json, filters: Json, connector: str = "AND") -> bool:
    """Tell whether a row passes: entries from left to right, each joined as its neighbours say."""
    verdict: bool | None = None
    after: str | None = None
    for name, asked in filters.items():
        if isinstance(asked, dict) and "filter_params" in asked:
            one, before, following = keeps(row, asked["filter_params"], connector), asked.get("connector"), None
        else:
            conditions = asked if isinstance(asked, list) else [asked]
            one, before, following = _any_order(row, name, conditions, connector), None, conditions[-1].get("connector")
        joint = "OR" if "OR" in (after, before) else (after or before or connector)
        verdict = one if verdict is None else (verdict or one if joint == "OR" else verdict and one)
        after = following
    return True if verdict is None else verdict


def _any_order(row: Json, name: str, conditions: list[Json], connector: str) -> bool:
    verdict = meets(row, name, conditions[0])
    for previous, condition in pairwise(conditions):
        one = meets(row, name, condition)
        is_or = (previous.get("connector") or connector) == "OR"
        verdict = verdict or one if is_or else verdict and one
    return verdict


def meets(row: Json, field: str, condition: Json) -> bool:
    """Tell whether a row meets one condition."""
    value, operator = value_in(row, field), condition.get("operator", "")
    given = condition.get("value")
    values = given if isinstance(given, list) else [given]
    if value is None:
        return not field.startswith("metadata__") and _null_meets(operator, values)
    if operator == "isnull":
        return not values[0]
    if isinstance(value, bool) and field.startswith("metadata__") and operator not in RANKS:
        value = _spelled(value)
    if operator in NEGATIONS:
        return not _met(value, NEGATIONS[operator], values, field)
    return _met(value, operator, values, field)


def _null_meets(operator: str, values: list[Any]) -> bool:
    if operator == "":
        return values == [None]
    if operator == "not":
        return values != [None]
    return operator == "empty" or (operator == "isnull" and bool(values[0]))


def _met(value: Any, operator: str, values: list[Any], field: str) -> bool:
    if operator == "empty":
        return bool(value == "")
    if isinstance(value, list | dict):
        is_list = isinstance(value, list) and not field.startswith("metadata__")
        return is_list and operator not in RANKS and any(_met(member, operator, values, field) for member in value)
    if operator in {"", "in", "overlap"}:
        return any(_equal(value, one) for one in values)
    if operator in RANKS:
        return _ranks(value, operator, values[0])
    return values[0] is not None and TEXTS[operator](str(value), str(values[0]))


def _equal(value: Any, one: Any) -> bool:
    """Tell whether a listed value is the field's, read as what the field holds."""
    if one is None:
        return False
    if isinstance(value, bool):
        read = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
        return read.get(str(one).lower()) is value
    if isinstance(value, str):
        moments = _moments(value, one)
        return moments[0] == moments[1] if moments else value == _spelled(one)
    return _number(one) == float(value)


def _ranks(value: Any, operator: str, one: Any) -> bool:
    pair = _moments(value, one) or (_number(value), _number(one))
    return None not in pair and RANKS[operator](*pair)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _spelled(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _moments(value: Any, one: Any) -> tuple[datetime, datetime] | None:
    """Read both as times, if the value is one as the server writes it."""
    if not (isinstance(value, str) and value.endswith("Z") and len(value) == 27):
        return None
    try:
        return datetime.fromisoformat(value), datetime.fromisoformat(str(one))
    except ValueError:
        return None
