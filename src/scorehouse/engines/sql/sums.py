"""What many spans come to, computed by the database (`scorehouse.storage.sums`)."""

from typing import Any

from sqlalchemy import Connection, Double, and_, cast, func, select
from sqlalchemy.sql import ColumnElement

from scorehouse.domain.refusals import TooLarge
from scorehouse.domain.targets import TargetKind
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import KINDS, TARGETS
from scorehouse.engines.sql.comparisons import PROJECT, Condition
from scorehouse.engines.sql.fields import span_fields
from scorehouse.engines.sql.filters import condition_of
from scorehouse.engines.sql.numbers import number_at
from scorehouse.engines.sql.score_rows import shown
from scorehouse.engines.sql.trace_scores import HEADROOM
from scorehouse.storage.sums import SCORE_SUMS_MAX, ScoreSums, SpanSums, SpanSumsQuery, Sum


def read_sums(connection: Connection, query: SpanSumsQuery) -> SpanSums:
    """Answer a query.

    Raises:
        Invalid: it filters by a field that spans do not have.
        TooLarge: the spans are scored in more than SCORE_SUMS_MAX dimensions.
    """
    span = tables.span
    fields = span_fields(span)
    passing = and_(span.c.project == PROJECT, condition_of(query.filter, fields))
    numbers = [number_at(fields[field], key) for field, key in query.measures]
    asked = select(func.count(), *(part for number in numbers for part in _summed(number)))
    count, *parts = connection.execute(asked.select_from(span).where(passing), {"project": query.project}).one()
    sums = tuple(_sum(*pair) for pair in zip(parts[::2], parts[1::2], strict=True))
    return SpanSums(count, sums, _score_sums(connection, query.project, passing))


def _score_sums(connection: Connection, project: int, passing: Condition) -> tuple[ScoreSums, ...]:
    score, span, evaluator, term = tables.score, tables.span, tables.evaluator, tables.term
    on_span = and_(score.c.project == span.c.project, score.c.trace == span.c.trace, score.c.target == span.c.key)
    grouped = (
        select(
            score.c.evaluator,
            score.c.name,
            score.c.kind,
            *(column.label(name) for name, column in zip(("numbers", "total"), _summed(score.c.number), strict=True)),
            func.count().filter(score.c.boolean.is_(True)).label("trues"),
            func.count().filter(score.c.boolean.is_(False)).label("falses"),
        )
        .select_from(span.join(score, on_span))
        .where(passing, score.c.target_kind == TARGETS.number[TargetKind.SPAN], score.c.kind.is_not(None))
        .group_by(score.c.evaluator, score.c.name, score.c.kind)
        .limit(SCORE_SUMS_MAX + 1)
        .subquery("grouped")
    )
    named = grouped.outerjoin(term, and_(term.c.project == PROJECT, term.c.key == grouped.c.name)).outerjoin(
        evaluator, and_(evaluator.c.project == PROJECT, evaluator.c.key == grouped.c.evaluator)
    )
    figures = (grouped.c.kind, grouped.c.numbers, grouped.c.total, grouped.c.trues, grouped.c.falses)
    asked = select(shown(evaluator), term.c.text, *figures).select_from(named)
    rows = connection.execute(asked, {"project": project}).all()
    if len(rows) > SCORE_SUMS_MAX:
        raise TooLarge("result to sum up", SCORE_SUMS_MAX, "evaluators")
    return tuple(
        ScoreSums(id, name, KINDS.word[kind], _sum(numbers, total), trues, falses)
        for id, name, kind, numbers, total, trues, falses in rows
    )


def _summed(number: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Count the numbers, and sum them up on a scale on which even the greatest doubles have a sum."""
    return func.count(number), func.sum(cast(number, Double) * HEADROOM)


def _sum(count: int, scaled: float | None) -> Sum:
    return Sum(count, (scaled or 0.0) / HEADROOM)
