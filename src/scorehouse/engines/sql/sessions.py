"""Sessions: no rows of their own, but groups of the traces that name one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, FromClause, Subquery, and_, cast, func, select
from sqlalchemy.sql import ColumnElement

from scorehouse.domain.traces import Health, Session
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import HEALTHS, TermKind
from scorehouse.engines.sql.comparisons import NUMBER, PROJECT, Condition, Scalar, Termed
from scorehouse.engines.sql.fields import Fields, trace_fields
from scorehouse.engines.sql.filters import condition_of
from scorehouse.engines.sql.lists import split
from scorehouse.engines.sql.statements import Row
from scorehouse.storage.queries import Filter, SessionField

SHOWN = (
    "id",
    "trace_count",
    "started_at",
    "ended_at",
    "user",
    "environment",
    "created_at",
    "latency",
    "failed",
)
"""Columns of `sessions` that a session is read from."""


def sessions(traces: Filter) -> Subquery:
    """Return the sessions that consist of the traces that pass; `key` is the session's term."""
    trace = tables.trace
    grouped = (
        select(
            trace.c.project,
            trace.c.session.label("key"),
            func.count().label("trace_count"),
            func.min(trace.c.started_at).label("started_at"),
            func.max(trace.c.ended_at).label("ended_at"),
            func.max(trace.c.environment).label("environment"),
            func.min(trace.c.created_at).label("created_at"),
            func.max(trace.c.created_at).label("last_created_at"),
            cast(func.sum(trace.c.ended_at - trace.c.started_at), BigInteger).label("latency"),
            func.count().filter(trace.c.health == HEALTHS.number[Health.ERROR]).label("failed"),
        )
        .where(_passing(trace, traces), trace.c.session.is_not(None))
        .group_by(trace.c.project, trace.c.session)
        .subquery("grouped")
    )
    return select(
        grouped.c.project,
        grouped.c.key,
        Termed(grouped.c.key, TermKind.SESSION).place.label("id"),
        grouped.c.trace_count,
        grouped.c.started_at,
        grouped.c.ended_at,
        Termed(_first_user(grouped, traces), TermKind.USER).place.label("user"),
        Termed(grouped.c.environment, TermKind.ENVIRONMENT).place.label("environment"),
        grouped.c.created_at,
        grouped.c.last_created_at,
        grouped.c.latency,
        grouped.c.failed,
    ).subquery("sessions")


def session_fields(session: FromClause, traces: Filter) -> Fields:
    """Return the fields of a session out of `session`, which is `sessions` of the same traces."""
    column = session.c
    return {
        SessionField.ID: Scalar(column.id),
        SessionField.USER: Scalar(column.user),
        SessionField.ENVIRONMENT: Scalar(column.environment),
        SessionField.STARTED_AT: Scalar(column.started_at, NUMBER),
        SessionField.CREATED_AT: Scalar(column.created_at, NUMBER),
        SessionField.LAST_CREATED_AT: Scalar(column.last_created_at, NUMBER),
        SessionField.TRACE_COUNT: Scalar(column.trace_count, NUMBER),
        SessionField.FAILED: Scalar(column.failed, NUMBER),
        SessionField.LATENCY: Scalar(column.latency, NUMBER),
        SessionField.COST_USD: Scalar(_cost(session, traces), NUMBER),
    }


def read_sessions(connection: Connection, project: int, rows: list[Row], traces: Filter) -> list[Session]:
    """Read rows of the key and `SHOWN`, and sum up the spans of their traces."""
    keys = [row[0] for row in rows]
    figures, tags = _figures(connection, project, keys, traces), _tags(connection, project, keys, traces)
    return [_session(row, figures.get(row[0], (0, 0, 0.0)), tags.get(row[0], ())) for row in rows]


def _session(row: Row, figures: tuple[int, int, float], tags: tuple[str, ...]) -> Session:
    _, id, count, started_at, ended_at, user, environment, created_at, latency_us, failed = row
    span_count, tokens_total, cost_usd = figures
    return Session(
        id=id,
        trace_count=count,
        started_at=started_at,
        ended_at=ended_at,
        user=user,
        environment=environment,
        created_at=created_at,
        latency_us=latency_us,
        failed_count=failed,
        tags=tags,
        span_count=span_count,
        tokens_total=tokens_total,
        cost_usd=cost_usd,
    )


def _passing(trace: FromClause, traces: Filter) -> Condition:
    return and_(trace.c.project == PROJECT, condition_of(traces, trace_fields(trace)))


def _first_user(grouped: FromClause, traces: Filter) -> ColumnElement[Any]:
    own = tables.trace.alias("own")
    return (
        select(own.c.user)
        .where(_passing(own, traces), own.c.session == grouped.c.key, own.c.user.is_not(None))
        .order_by(own.c.started_at.is_(None), own.c.started_at, own.c.key)
        .limit(1)
        .correlate(grouped)
        .scalar_subquery()
    )


def _cost(session: FromClause, traces: Filter) -> ColumnElement[Any]:
    own, span = tables.trace.alias("own"), tables.span
    return (
        select(func.coalesce(func.sum(span.c.cost_usd), 0.0))
        .join(span, and_(span.c.project == PROJECT, span.c.trace == own.c.key))
        .where(_passing(own, traces), own.c.session == session.c.key)
        .correlate(session)
        .scalar_subquery()
    )


def _figures(
    connection: Connection, project: int, keys: list[int], traces: Filter
) -> Mapping[int, tuple[int, int, float]]:
    """Count the spans of sessions, and sum their tokens and cost."""
    own, span = tables.trace.alias("own"), tables.span
    statement = (
        select(own.c.session, func.count(), cast(func.sum(span.c.tokens_total), BigInteger), func.sum(span.c.cost_usd))
        .join(span, and_(span.c.project == PROJECT, span.c.trace == own.c.key, span.c.known))
        .where(_passing(own, traces), own.c.session.in_(keys))
        .group_by(own.c.session)
    )
    rows = connection.execute(statement, {"project": project}) if keys else ()
    return {key: (count, tokens or 0, cost or 0.0) for key, count, tokens, cost in rows}


def _tags(connection: Connection, project: int, keys: list[int], traces: Filter) -> Mapping[int, tuple[str, ...]]:
    """Unite the tags of the traces of sessions, in order of recording."""
    own = tables.trace.alias("own")
    statement = (
        select(own.c.session, own.c.tags)
        .where(_passing(own, traces), own.c.session.in_(keys), own.c.tags.is_not(None))
        .order_by(own.c.key)
    )
    united: dict[int, dict[str, None]] = {}
    for key, tags in connection.execute(statement, {"project": project}) if keys else ():
        united.setdefault(key, {}).update(dict.fromkeys(split(tags)))
    return {key: tuple(tags) for key, tags in united.items()}
