"""What the spans of a trace come to: counted and summed up, in lists of traces and in filters on them alike."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Double, FromClause, case, cast, func, literal
from sqlalchemy.sql import ColumnElement

from scorehouse.domain.traces import Health, SpanKind
from scorehouse.engines.sql.codes import HEALTHS, SPAN_KINDS
from scorehouse.engines.sql.functions import JsonNumber, json_path

WHOLE_MAX = 9.0e18
"""Sums of counts are cut here: beyond, databases fail."""


def figures(span: FromClause) -> Mapping[str, ColumnElement[Any]]:
    """Return the figures over spans by their names in a Rollup; `span` has the columns of that table."""
    column = span.c
    return {
        "span_count": func.count(),
        "error_count": func.count().filter(column.health == HEALTHS.number[Health.ERROR]),
        "llm_count": func.count().filter(column.kind == SPAN_KINDS.number[SpanKind.LLM]),
        "tokens_total": _whole(column.tokens_total),
        "tokens_input": _whole(JsonNumber(column.usage, literal(json_path(("input",))))),
        "tokens_output": _whole(JsonNumber(column.usage, literal(json_path(("output",))))),
        "cost_usd": func.coalesce(func.sum(column.cost_usd), 0.0),
    }


def _whole(counts: ColumnElement[Any]) -> ColumnElement[Any]:
    """Sum up counts as doubles, which no sum of them overflows."""
    total = func.coalesce(func.sum(cast(counts, Double)), 0.0)
    return case((total < WHOLE_MAX, cast(total, BigInteger)), else_=int(WHOLE_MAX))
