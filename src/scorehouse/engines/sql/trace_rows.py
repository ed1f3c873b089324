"""Traces and spans ↔ rows of their tables.

`DESCRIBED` is the part that both share: (field, column) with how to write and how to read it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, FromClause, Select, Table, and_, func, select
from sqlalchemy.sql import ColumnElement

from scorehouse.domain.identity import canonical
from scorehouse.domain.traces import Rollup, Span, SpanSketch, Trace, TraceSketch, tokens_total
from scorehouse.engines.sql.codes import HEALTHS, SPAN_KINDS, TermKind
from scorehouse.engines.sql.keys import term_key
from scorehouse.engines.sql.lists import dump, dump_object, join, load, load_object, split
from scorehouse.engines.sql.statements import Row
from scorehouse.engines.sql.tables import term, trace
from scorehouse.engines.sql.transaction import Transaction

Write = Callable[[Transaction, int, Any], Any]
Read = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Codec:
    """How one field is written to its column and read from it."""

    write: Write
    read: Read
    term: TermKind | None = None


def _plainly(write: Read, read: Read) -> Codec:
    return Codec(lambda tx, project, value: None if value is None else write(value), read)


def _term(kind: TermKind) -> Codec:
    return Codec(lambda tx, project, value: term_key(tx, project, kind, value), _same, kind)


def _same(value: Any) -> Any:
    return value


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


_SAME = Codec(lambda tx, project, value: value, _same)
_JSON = _plainly(dump, load)
_OBJECT = Codec(lambda tx, project, value: dump_object(value), load_object)
_TAGS = Codec(lambda tx, project, value: join(value), split)

_DESCRIBED: dict[str, Codec] = {
    "name": _SAME,
    "started_at": _SAME,
    "ended_at": _SAME,
    "session": _term(TermKind.SESSION),
    "user": _term(TermKind.USER),
    "environment": _term(TermKind.ENVIRONMENT),
    "release": _SAME,
    "version": _SAME,
    "health": _plainly(HEALTHS.number.__getitem__, lambda number: None if number is None else HEALTHS.word[number]),
    "error": _SAME,
    "tags": _TAGS,
    "input": _JSON,
    "output": _JSON,
    "metadata": _OBJECT,
    "residue": _OBJECT,
}

TRACE_FIELDS: dict[str, Codec] = {**_DESCRIBED, "public": Codec(lambda tx, project, value: value, _truth)}

SPAN_FIELDS: dict[str, Codec] = {
    **_DESCRIBED,
    "alias": Codec(lambda tx, project, value: None if value is None else canonical(value), _same),
    "parent": _SAME,
    "kind": _plainly(SPAN_KINDS.number.__getitem__, lambda number: None if number is None else SPAN_KINDS.word[number]),
    "model": _SAME,
    "model_parameters": _JSON,
    "usage": _JSON,
    "cost_usd": _SAME,
    "completion_started_at": _SAME,
}


def written(tx: Transaction, project: int, fields: dict[str, Codec], values: dict[str, Any]) -> dict[str, Any]:
    """Write field values as column values."""
    columns = {name: fields[name].write(tx, project, value) for name, value in values.items()}
    if "usage" in values:
        columns["tokens_total"] = tokens_total(values["usage"])
    return columns


def sketched(sketch: TraceSketch | SpanSketch, fields: dict[str, Codec]) -> dict[str, Any]:
    """Return the values of a sketch's fields."""
    return {name: getattr(sketch, name) for name in fields}


def select_traces(source: FromClause) -> Select[Any]:
    """Select whole traces out of `source`, which has the columns of `trace`."""
    return _select(source, TRACE_FIELDS, ())


def select_spans(source: FromClause) -> Select[Any]:
    """Select whole spans out of `source`, which has the columns of `span`."""
    owner = trace.alias("owner")
    statement = _select(source, SPAN_FIELDS, (func.coalesce(owner.c.spelling, owner.c.external_id),))
    return statement.outerjoin(owner, and_(owner.c.project == source.c.project, owner.c.key == source.c.trace))


def trace_of(row: Row, rollup: Rollup) -> Trace:
    """Read a row of `select_traces`."""
    _, id, known, created_at, updated_at, *values = row
    described = _read(TRACE_FIELDS, values)
    public = bool(described.pop("public"))
    return Trace(
        id=id,
        known=bool(known),
        public=public,
        created_at=created_at,
        updated_at=updated_at,
        rollup=rollup,
        **described,
    )


def span_of(row: Row) -> Span:
    """Read a row of `select_spans`."""
    _, id, known, created_at, updated_at, owner, *values = row
    described = _read(SPAN_FIELDS, values)
    return Span(id=id, trace=owner, known=bool(known), created_at=created_at, updated_at=updated_at, **described)


def _select(source: FromClause, fields: dict[str, Codec], more: tuple[ColumnElement[Any], ...]) -> Select[Any]:
    item = source.c
    joined = source
    columns: list[ColumnElement[Any]] = []
    for name, codec in fields.items():
        if codec.term is None:
            columns.append(item[name])
            continue
        text = term.alias(f"{name}_term")
        joined = joined.outerjoin(text, and_(text.c.project == item.project, text.c.key == item[name]))
        columns.append(text.c.text)
    shown = func.coalesce(item.spelling, item.external_id)
    head = (item.key, shown, item.known, item.created_at, item.updated_at)
    return select(*head, *more, *columns).select_from(joined)


def _read(fields: dict[str, Codec], values: list[Any]) -> dict[str, Any]:
    return {name: codec.read(value) for (name, codec), value in zip(fields.items(), values, strict=True)}


def in_order(table: Table, values: dict[str, Any]) -> tuple[Any, ...]:
    """Arrange column values in the order of the table's columns; what is missing is NULL."""
    columns: list[Column[Any]] = list(table.c)
    return tuple(values.get(column.name) for column in columns)
