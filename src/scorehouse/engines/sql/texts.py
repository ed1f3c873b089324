"""Fields read as texts, whatever holds them: numbers, truths, moments and lengths of time, and those inside JSON.

And lists inside JSON read as the lists that columns hold.
"""

from typing import Any

from sqlalchemy import Double, Integer, Text, case, cast, literal
from sqlalchemy.sql import ColumnElement

from scorehouse.domain.instants import MICROSECONDS_PER_SECOND
from scorehouse.engines.sql.comparisons import NUMBER, TRUTH, Comparable, Listed, Mapped, Scalar
from scorehouse.engines.sql.fields import NewestScore
from scorehouse.engines.sql.functions import (
    ByCodePoint,
    JsonMembers,
    JsonNumberText,
    JsonSort,
    JsonText,
    MomentText,
    NumberText,
    json_keys,
    json_path,
)
from scorehouse.engines.sql.trace_scores import MeanScore
from scorehouse.storage.fields import DURATIONS, MOMENTS, Field
from scorehouse.storage.readings import spelled_moment, spelled_number


def as_text(field: Field, holder: Comparable, key: tuple[str, ...]) -> Comparable:
    """Return what holds a field as something that compares texts."""
    if isinstance(holder, NewestScore | MeanScore):
        return _text(_number_text(field, holder.at(key)))
    if isinstance(holder, Mapped) and key:
        return _text(_text_in_json(holder.column, key))
    if isinstance(holder, Scalar) and holder.sorts == TRUTH:
        return _text(_truth_text(holder.column.is_(True), holder.column.is_(False)))
    if isinstance(holder, Scalar) and holder.sorts == NUMBER:
        return _text(_number_text(field, holder.column))
    return holder


def as_members(holder: Comparable, key: tuple[str, ...]) -> Comparable:
    """Return what holds a map as the list that stands in it under `key`."""
    if not isinstance(holder, Mapped) or not key:
        return holder
    path = literal(json_path(key))
    members = JsonMembers(holder.column, path)
    return Listed(case((JsonSort(holder.column, path) == "array", ByCodePoint(members))))


def number_text(value: object) -> str | None:
    """Spell a number, also one that is JSON's text; None for what is none. Runs inside the database."""
    if isinstance(value, str):
        return spelled_number(int(value) if value.removeprefix("-").isdecimal() else float(value))
    return spelled_number(value) if isinstance(value, int | float) else None


def moment_text(value: object) -> str | None:
    """Spell a moment; None for what is none. Runs inside the database."""
    return spelled_moment(value) if isinstance(value, int) else None


def _text(column: ColumnElement[str]) -> Scalar:
    return Scalar(ByCodePoint(column))


def _number_text(field: Field, column: ColumnElement[Any]) -> ColumnElement[str]:
    if field in MOMENTS:
        return MomentText(column)
    if field in DURATIONS:
        return NumberText(cast(column, Double) / literal(float(MICROSECONDS_PER_SECOND), Double))
    return cast(column, Text) if isinstance(column.type, Integer) else NumberText(column)


def _text_in_json(document: ColumnElement[Any], key: tuple[str, ...]) -> ColumnElement[str]:
    path = literal(json_path(key))
    sort = JsonSort(document, path)
    return case(
        (sort == "text", JsonText(document, path)),
        (sort.in_(["integer", "real"]), JsonNumberText(document, path, literal(json_keys(key)))),
        (sort == "true", "true"),
        (sort == "false", "false"),
    )


def _truth_text(is_true: ColumnElement[bool], is_false: ColumnElement[bool]) -> ColumnElement[str]:
    return case((is_true, "true"), (is_false, "false"))
