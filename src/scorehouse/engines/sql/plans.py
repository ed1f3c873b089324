"""Queries → pages: one reading of filter, order and window for everything that can be listed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql import ColumnElement

from scorehouse.domain.traces import Rollup, Session, Trace
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.comparisons import PROJECT, Condition
from scorehouse.engines.sql.fields import (
    Fields,
    config_fields,
    evaluator_fields,
    score_fields,
    span_fields,
    trace_fields,
)
from scorehouse.engines.sql.figures import figures
from scorehouse.engines.sql.filters import condition_of
from scorehouse.engines.sql.numbers import number_at
from scorehouse.engines.sql.registry_rows import config_of, evaluator_of
from scorehouse.engines.sql.score_rows import score_of, select_scores
from scorehouse.engines.sql.sessions import SHOWN, read_sessions, session_fields, sessions
from scorehouse.engines.sql.statements import Row
from scorehouse.engines.sql.trace_rows import select_spans, select_traces, span_of, trace_of
from scorehouse.storage.queries import Cursor, Filter, Page, Query

ItemT = TypeVar("ItemT")

RECORDED = "created_at"
"""The field whose order is the order of recording, which is that of the key; what moved in stands where it came."""

NEVER_ABSENT = frozenset({"timestamp", "created_at", "updated_at", "id"})
"""Fields whose columns are NOT NULL: ordering by them needs no place for absent values, and so can use an index."""


KEYS: BindParameter[list[int]] = bindparam("keys", expanding=True)
"""The surrogate keys of a page."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[ItemT]):
    """How one kind of thing is listed: first the keys of a page, then all that belongs to them.

    Attributes:
        source: the table, or what stands for it.
        fields: what can be compared and ordered by.
        whole: selects everything about the rows of `source` whose keys are KEYS; the key comes first.
        read: a connection and those rows, in the order of the page → items.
    """

    source: FromClause
    fields: Fields
    whole: Select[Any]
    read: Callable[[Connection, int, list[Row]], list[ItemT]]


def page_of(connection: Connection, listing: Listing[ItemT], query: Query) -> Page[ItemT]:
    """Answer a query.

    Raises:
        Invalid: it filters or orders by a field that the thing does not have.
    """
    source, window = listing.source, query.window
    passing = and_(source.c.project == PROJECT, condition_of(query.filter, listing.fields))
    counting = select(func.count()).select_from(source).where(passing)
    total = connection.scalar(counting, {"project": query.project}) if window.total else None
    places = _places(connection, listing, query, passing) if window.limit else []
    following = places[window.limit - 1] if len(places) > window.limit else None
    keys = [place.key for place in places[: window.limit]]
    items = listing.read(connection, query.project, _rows(connection, listing, query.project, keys))
    return Page(tuple(items), following, total)


def _places(connection: Connection, listing: Listing[ItemT], query: Query, passing: Condition) -> list[Cursor]:
    """Find the places of a page and one more. They are often in an index alone, which is why rows come later."""
    source, window, order = listing.source, query.window, query.order
    field = listing.fields[order.field]
    place = number_at(field, order.key) if order.key else field.place
    chosen = select(place.label("place"), source.c.key).where(passing)
    if window.after is not None:
        chosen = chosen.where(_past(place, source.c.key, query))
    chosen = chosen.order_by(*_ordering(place, source.c.key, query)).limit(window.limit + 1)
    if window.offset:
        chosen = chosen.offset(literal(window.offset, BigInteger))
    return [Cursor(*row) for row in connection.execute(chosen, {"project": query.project}).all()]


def _rows(connection: Connection, listing: Listing[ItemT], project: int, keys: list[int]) -> list[Row]:
    """Read whole rows, in the order of their keys."""
    if not keys:
        return []
    found = connection.execute(listing.whole, {"project": project, "keys": keys}).all()
    rows: dict[int, Row] = {row[0]: tuple(row) for row in found}
    return [rows[key] for key in keys]


def _ordering(place: ColumnElement[Any], key: ColumnElement[int], query: Query) -> list[ColumnElement[Any]]:
    field, descending = query.order.field, query.order.descending
    columns: list[ColumnElement[Any]] = [key] if field == RECORDED else [place, key]
    ordered: list[ColumnElement[Any]] = [column.desc() if descending else column.asc() for column in columns]
    return ordered if field in NEVER_ABSENT else [place.is_(None), *ordered]


def _past(place: ColumnElement[Any], key: ColumnElement[int], query: Query) -> Condition:
    """Return the condition of standing strictly after the window's cursor."""
    after, descending = query.window.after, query.order.descending
    if after is None:
        raise TypeError("the window has no cursor")
    beyond_key: Condition = key < after.key if descending else key > after.key
    if query.order.field == RECORDED:
        return beyond_key
    if after.value is None:
        return and_(place.is_(None), beyond_key)
    here = tuple_(place, key)
    there = (after.value, after.key)
    beyond: Condition = here < there if descending else here > there
    return beyond if query.order.field in NEVER_ABSENT else or_(beyond, place.is_(None))


def session_listing(traces: Filter) -> Listing[Session]:
    """Return how the sessions that consist of these traces are listed."""
    source = sessions(traces)
    return Listing(
        source,
        session_fields(source, traces),
        _page(select(source.c.key, *(source.c[name] for name in SHOWN)), source),
        lambda connection, project, rows: read_sessions(connection, project, rows, traces),
    )


def _read_traces(connection: Connection, project: int, rows: list[Row]) -> list[Trace]:
    rollups = rollups_of(connection, project, [row[0] for row in rows])
    return [trace_of(row, rollups[row[0]]) for row in rows]


def rollups_of(connection: Connection, project: int, keys: list[int]) -> dict[int, Rollup]:
    """Sum up the spans and scores of some traces."""
    span, score = tables.span, tables.score
    summed = figures(span)
    of_spans = (
        select(span.c.trace, func.min(span.c.started_at), func.max(span.c.ended_at), *summed.values())
        .where(span.c.project == project, span.c.trace.in_(keys), span.c.known)
        .group_by(span.c.trace)
    )
    of_scores = (
        select(score.c.trace, func.count())
        .where(score.c.project == project, score.c.trace.in_(keys))
        .group_by(score.c.trace)
    )
    scores = {row[0]: row[1] for row in connection.execute(of_scores).all()} if keys else {}
    rollups = {key: Rollup(score_count=scores.get(key, 0)) for key in keys}
    for key, first, last, *values in connection.execute(of_spans).all() if keys else ():
        told: dict[str, Any] = dict(zip(summed, values, strict=True))
        rollups[key] = Rollup(started_at=first, ended_at=last, score_count=scores.get(key, 0), **told)
    return rollups


def _each(read: Callable[[Row], ItemT]) -> Callable[[Connection, int, list[Row]], list[ItemT]]:
    return lambda connection, project, rows: [read(row) for row in rows]


def _page(whole: Select[Any], source: FromClause) -> Select[Any]:
    """Restrict a selection to the rows of a page."""
    return whole.where(source.c.project == PROJECT, source.c.key.in_(KEYS))


def _all_columns(table: FromClause) -> Select[Any]:
    """Select the columns of a table that its rows are read from, behind the key that every listing starts with."""
    return _page(select(table.c.key, *table.c), table)


def _unkeyed(read: Callable[[Row], ItemT]) -> Callable[[Row], ItemT]:
    return lambda row: read(row[1:])


def _table(
    table: FromClause,
    fields: Fields,
    whole: Select[Any],
    read: Callable[[Connection, int, list[Row]], list[ItemT]],
) -> Listing[ItemT]:
    return Listing(table, fields, _page(whole, table), read)


SCORES = _table(tables.score, score_fields(tables.score), select_scores(tables.score), _each(score_of))
TRACES = _table(tables.trace, trace_fields(tables.trace), select_traces(tables.trace), _read_traces)
SPANS = _table(tables.span, span_fields(tables.span), select_spans(tables.span), _each(span_of))
CONFIGS = Listing(tables.config, config_fields(tables.config), _all_columns(tables.config), _each(_unkeyed(config_of)))
EVALUATORS = Listing(
    tables.evaluator, evaluator_fields(tables.evaluator), _all_columns(tables.evaluator), _each(_unkeyed(evaluator_of))
)
