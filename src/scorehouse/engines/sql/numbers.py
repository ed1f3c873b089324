"""Fields read as numbers, whatever holds them: texts that spell one, numbers and truths inside JSON objects."""

from typing import Any

from sqlalchemy import Double, and_, case, cast, literal
from sqlalchemy.sql import ColumnElement

from scorehouse.engines.sql.comparisons import NUMBER, TRUTH, Comparable, Mapped, Scalar
from scorehouse.engines.sql.fields import NewestScore
from scorehouse.engines.sql.functions import JsonNumber, JsonSort, JsonText, Matches, Pattern, json_path
from scorehouse.engines.sql.trace_scores import MeanScore
from scorehouse.storage.operands import SPELLED_NUMBER


def number_at(field: Comparable, key: tuple[str, ...]) -> ColumnElement[Any]:
    """Return a field, or what stands in it under `key`, as a number; NULL where it is none."""
    if isinstance(field, NewestScore | MeanScore):
        return field.at(key)
    if isinstance(field, Mapped):
        path = literal(json_path(key))
        return _number_in_json(field.column, path)
    if isinstance(field, Scalar) and field.sorts == NUMBER:
        return field.place
    if isinstance(field, Scalar) and field.sorts == TRUTH:
        return case((field.place.is_(True), 1.0), (field.place.is_(False), 0.0))
    return case((_spells(field.place), cast(field.place, Double)))


def _number_in_json(document: ColumnElement[Any], path: ColumnElement[str]) -> ColumnElement[Any]:
    sort, text = JsonSort(document, path), JsonText(document, path)
    return case(
        (sort.in_(["integer", "real"]), cast(JsonNumber(document, path), Double)),
        (and_(sort == "text", _spells(text)), cast(text, Double)),
        (sort == "true", 1.0),
        (sort == "false", 0.0),
    )


def _spells(text: ColumnElement[Any]) -> ColumnElement[bool]:
    return Matches(text, literal(SPELLED_NUMBER, Pattern()))
