"""Scores ↔ rows of the table `score`, in plain sight.

`SCORE_COLUMNS` and `score_of` belong together: the same fields in the same order.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import FromClause, Select, and_, func, select
from sqlalchemy.sql import ColumnElement

from scorehouse.domain.documents import EMPTY
from scorehouse.domain.identity import canonical
from scorehouse.domain.instants import Instant
from scorehouse.domain.scores import COMPLETED, FROM_API, Origin, Outcome, Score, Source, Status
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TargetKind, TraceTarget
from scorehouse.domain.values import Kind, Value
from scorehouse.engines.sql.codes import KINDS, NO_VALUE, ORIGINS, STATUSES, TARGETS
from scorehouse.engines.sql.lists import decode_json, encode_json, join, load_object, split
from scorehouse.engines.sql.statements import Row
from scorehouse.engines.sql.tables import config, evaluator, span, term, trace


def shown(table: FromClause) -> ColumnElement[str]:
    """Return an id as its owner first spelled it."""
    return func.coalesce(table.c.spelling, table.c.external_id)


def select_scores(source: FromClause) -> Select[Any]:
    """Select whole scores out of `source`, which has the columns of `score`: one row a score, in its order."""
    name, author, environment, group = (term.alias(alias) for alias in ("name", "author", "environment", "grp"))
    joined = source
    for table, column in (
        (trace, source.c.trace),
        (evaluator, source.c.evaluator),
        (config, source.c.config),
    ):
        joined = joined.outerjoin(table, and_(table.c.project == source.c.project, table.c.key == column))
    for alias, column in (
        (name, source.c.name),
        (author, source.c.author),
        (environment, source.c.environment),
    ):
        joined = joined.outerjoin(alias, and_(alias.c.project == source.c.project, alias.c.key == column))
    on_group = source.c.target_kind > TARGETS.number[TargetKind.SPAN]
    joined = joined.outerjoin(
        group, and_(on_group, group.c.project == source.c.project, group.c.key == source.c.target)
    )
    on_span = source.c.target_kind == TARGETS.number[TargetKind.SPAN]
    joined = joined.outerjoin(span, and_(on_span, span.c.project == source.c.project, span.c.key == source.c.target))
    item = source.c
    return select(
        item.key,
        shown(source),
        item.target_kind,
        shown(trace),
        shown(span),
        group.c.text,
        name.c.text,
        item.kind,
        item.number,
        item.boolean,
        item.labels,
        item.text,
        item.json,
        item.status,
        item.reason,
        item.origin,
        author.c.text,
        shown(evaluator),
        item.source_run,
        item.comment,
        item.metadata,
        environment.c.text,
        shown(config),
        item.queue,
        item.passed,
        item.cost_usd,
        item.timestamp,
        item.created_at,
        item.updated_at,
        item.residue,
        item.slot.is_not(None),
    ).select_from(joined)


def score_of(row: Row) -> Score:
    """Read a row of `select_scores`."""
    (_, id, target_kind, trace_id, span_id, group, name) = row[:7]
    (status, reason, origin, author, judge, run, comment, meta, environment, rule, queue) = row[13:24]
    passed, cost_usd, timestamp, created_at, updated_at, residue, sole = row[24:]
    return Score(
        id=id,
        target=_target(TARGETS.word[target_kind], trace_id, span_id, group),
        name=name,
        value=_value(row[7:13]),
        outcome=COMPLETED if status == 1 else Outcome(STATUSES.word[status], reason),
        source=_source(ORIGINS.word[origin], author, judge, run),
        comment=comment,
        metadata=load_object(meta),
        environment=environment,
        config=rule,
        queue=queue,
        passed=None if passed is None else bool(passed),
        cost_usd=cost_usd,
        timestamp=timestamp,
        created_at=created_at,
        updated_at=updated_at,
        residue=load_object(residue),
        sole=bool(sole),
    )


def value_columns(value: Value | None) -> tuple[Any, ...]:
    """Write a value as (kind, number, boolean, labels, text, json)."""
    if value is None:
        return (NO_VALUE, None, None, None, None, None)
    labels = join(value.labels)
    return (KINDS.number[value.kind], value.number, value.boolean, labels, value.text, value.json)


def spelling_of(id: str) -> tuple[str, str | None]:
    """Write an id as (external_id, spelling)."""
    plain = canonical(id)
    return (plain, None if plain == id else id)


def _target(kind: TargetKind, trace_id: str, span_id: str, group: str) -> Target:
    if kind is TargetKind.TRACE:
        return TraceTarget(trace_id)
    if kind is TargetKind.SPAN:
        return SpanTarget(span_id, trace_id)
    return SessionTarget(group) if kind is TargetKind.SESSION else RunTarget(group)


def _value(columns: Row) -> Value | None:
    """Read (kind, number, boolean, labels, text, json), the reverse of `value_columns`."""
    kind, number, boolean, labels, text, json = columns
    if kind == NO_VALUE:
        return None
    truth = None if boolean is None else bool(boolean)
    return Value(KINDS.word[kind], number, truth, split(labels), text, json)


def _source(origin: Origin, author: str | None, judge: str | None, run: str | None) -> Source:
    plain = origin is Origin.API and author is None and judge is None and run is None
    return FROM_API if plain else Source(origin, author, judge, run)


def snapshot(item: Score) -> str:
    """Write a score as JSON for its history."""
    value, source = item.value, item.source
    return encode_json(
        {
            "id": item.id,
            "target": [item.target.kind, item.target.id, getattr(item.target, "trace", None)],
            "name": item.name,
            "value": None
            if value is None
            else [value.kind, value.number, value.boolean, value.labels, value.text, value.json],
            "outcome": [item.outcome.status, item.outcome.reason],
            "source": [source.origin, source.author, source.evaluator, source.run],
            "comment": item.comment,
            "metadata": item.metadata,
            "environment": item.environment,
            "config": item.config,
            "queue": item.queue,
            "passed": item.passed,
            "cost_usd": item.cost_usd,
            "timestamp": item.timestamp,
            "created_at": item.created_at,
            "updated_at": item.updated_at,
            "residue": item.residue,
            "sole": item.sole,
        }
    ).decode()


_TARGET_OF: Mapping[TargetKind, Callable[[str, str | None], Target]] = {
    TargetKind.TRACE: lambda id, trace_id: TraceTarget(id),
    TargetKind.SPAN: SpanTarget,
    TargetKind.SESSION: lambda id, trace_id: SessionTarget(id),
    TargetKind.RUN: lambda id, trace_id: RunTarget(id),
}


def score_of_snapshot(text: str) -> Score:
    """Read a score back out of its history."""
    kept: Mapping[str, Any] = decode_json(text)
    kind, id, trace_id = kept["target"]
    value = kept["value"]
    status, reason = kept["outcome"]
    origin, *rest = kept["source"]
    return Score(
        **{
            **kept,
            "target": _TARGET_OF[TargetKind(kind)](id, trace_id),
            "value": None if value is None else Value(Kind(value[0]), *_facets(value)),
            "outcome": Outcome(Status(status), reason),
            "source": Source(Origin(origin), *rest),
            "metadata": kept["metadata"] or EMPTY,
            "timestamp": Instant(kept["timestamp"]),
        }
    )


def _facets(value: list[Any]) -> tuple[Any, ...]:
    _, number, boolean, labels, text, json = value
    return (number, boolean, tuple(labels), text, json)
