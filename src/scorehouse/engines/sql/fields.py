"""Which column each field of a query is: one table a thing that can be listed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import FromClause, and_, false, func, or_, select, true
from sqlalchemy.sql import ColumnElement

from scorehouse.domain.targets import TargetKind
from scorehouse.domain.traces import Health
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import (
    EVALUATOR_TYPES,
    HEALTHS,
    KINDS,
    ORIGINS,
    SPAN_KINDS,
    STATUSES,
    TARGETS,
    TermKind,
)
from scorehouse.engines.sql.comparisons import (
    NUMBER,
    PROJECT,
    TRUTH,
    Coded,
    Comparable,
    Condition,
    Listed,
    Mapped,
    Referred,
    Scalar,
    Termed,
)
from scorehouse.engines.sql.figures import figures
from scorehouse.engines.sql.trace_scores import MeanScore, ScoreLabels
from scorehouse.storage.queries import (
    Operand,
    Operator,
    RegistryField,
    ScoreField,
    SpanField,
    TraceField,
)

Fields = Mapping[Any, Comparable]


def score_fields(score: FromClause) -> Fields:
    """Return the fields of a score out of `score`, which has the columns of that table."""
    column = score.c
    trace, evaluator, config = tables.trace, tables.evaluator, tables.config

    def of_trace(field: Comparable, *, unique: bool = False) -> Comparable:
        return Referred(column.trace, trace, field, unique)

    def of_evaluator(name: str) -> Comparable:
        return Referred(column.evaluator, evaluator, Scalar(evaluator.c[name]))

    def term(name: str, kind: TermKind) -> Comparable:
        return Termed(column[name], kind)

    def group(kind: TargetKind, term_kind: TermKind) -> Comparable:
        # The index on such targets covers only rows without a trace; saying so lets it be used.
        only = (column.target_kind == TARGETS.number[kind], column.trace.is_(None))
        return Termed(column.target, term_kind, only)

    return {
        ScoreField.ID: Scalar(column.external_id, is_id=True),
        ScoreField.NAME: term("name", TermKind.NAME),
        ScoreField.KIND: Coded(column.kind, KINDS),
        ScoreField.NUMBER: Scalar(column.number, NUMBER),
        ScoreField.BOOLEAN: Scalar(column.boolean, TRUTH),
        ScoreField.LABELS: Listed(column.labels),
        ScoreField.TEXT: Scalar(column.text),
        ScoreField.JSON: Scalar(column.json),
        ScoreField.STATUS: Coded(column.status, STATUSES),
        ScoreField.REASON: Scalar(column.reason),
        ScoreField.ORIGIN: Coded(column.origin, ORIGINS),
        ScoreField.AUTHOR: term("author", TermKind.AUTHOR),
        ScoreField.EVALUATOR: Referred(
            column.evaluator, evaluator, Scalar(evaluator.c.external_id, is_id=True), unique=True
        ),
        ScoreField.EVALUATOR_KEY: of_evaluator("handle"),
        ScoreField.EVALUATOR_NAME: of_evaluator("name"),
        ScoreField.EVALUATOR_TYPE: Referred(column.evaluator, evaluator, Coded(evaluator.c.type, EVALUATOR_TYPES)),
        ScoreField.SOURCE_RUN: Scalar(column.source_run),
        ScoreField.COMMENT: Scalar(column.comment),
        ScoreField.METADATA: Mapped(column.metadata),
        ScoreField.RESIDUE: Mapped(column.residue),
        ScoreField.ENVIRONMENT: term("environment", TermKind.ENVIRONMENT),
        ScoreField.CONFIG: Referred(column.config, config, Scalar(config.c.external_id, is_id=True), unique=True),
        ScoreField.QUEUE: Scalar(column.queue),
        ScoreField.PASSED: Scalar(column.passed, TRUTH),
        ScoreField.COST_USD: Scalar(column.cost_usd, NUMBER),
        ScoreField.TIMESTAMP: Scalar(column.timestamp, NUMBER),
        ScoreField.CREATED_AT: Scalar(column.created_at, NUMBER),
        ScoreField.UPDATED_AT: Scalar(column.updated_at, NUMBER),
        ScoreField.TARGET_KIND: Coded(column.target_kind, TARGETS),
        ScoreField.TRACE: of_trace(Scalar(trace.c.external_id, is_id=True), unique=True),
        ScoreField.SPAN: ScoredSpan(score),
        ScoreField.SESSION: group(TargetKind.SESSION, TermKind.SESSION),
        ScoreField.RUN: group(TargetKind.RUN, TermKind.RUN),
        ScoreField.TRACE_NAME: of_trace(Scalar(trace.c.name)),
        ScoreField.TRACE_USER: of_trace(Termed(trace.c.user, TermKind.USER)),
        ScoreField.TRACE_SESSION: of_trace(Termed(trace.c.session, TermKind.SESSION)),
        ScoreField.TRACE_TAGS: of_trace(Listed(trace.c.tags)),
        ScoreField.TRACE_ENVIRONMENT: of_trace(Termed(trace.c.environment, TermKind.ENVIRONMENT)),
    }


class ScoredSpan:
    """The span that a score is about. Its trace is asked for as well, because scores are indexed by that."""

    def __init__(self, score: FromClause) -> None:
        self._score = score
        self._span = Referred(score.c.target, tables.span, Scalar(tables.span.c.external_id, is_id=True))
        self._is_span = score.c.target_kind == TARGETS.number[TargetKind.SPAN]

    @property
    def place(self) -> ColumnElement[Any]:
        """The span's id."""
        span = tables.span
        own = (span.c.project == PROJECT, span.c.key == self._score.c.target, self._is_span)
        return select(span.c.external_id).where(*own).correlate_except(span).scalar_subquery()

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Compare the span's id."""
        if operator is Operator.IS_NULL:
            return self._score.c.target_kind != TARGETS.number[TargetKind.SPAN] if operand else self._is_span
        span = tables.span
        matching = Scalar(span.c.external_id, is_id=True).compare(operator, operand, key)
        traces = select(span.c.trace).where(span.c.project == PROJECT, matching)
        in_trace = self._score.c.trace.in_(traces.correlate_except(span))
        return and_(self._is_span, in_trace, self._span.compare(operator, operand, key))


def _described(column: Any) -> dict[str, Comparable]:
    """Return what traces and spans share, by the name of the field."""
    return {
        "id": Scalar(column.external_id, is_id=True),
        "known": Scalar(column.known, TRUTH),
        "name": Scalar(column.name),
        "session": Termed(column.session, TermKind.SESSION),
        "user": Termed(column.user, TermKind.USER),
        "environment": Termed(column.environment, TermKind.ENVIRONMENT),
        "release": Scalar(column.release),
        "version": Scalar(column.version),
        "health": Coded(column.health, HEALTHS),
        "tags": Listed(column.tags),
        "metadata": Mapped(column.metadata),
        "residue": Mapped(column.residue),
        "started_at": Scalar(column.started_at, NUMBER),
        "ended_at": Scalar(column.ended_at, NUMBER),
        "latency": Scalar(column.ended_at - column.started_at, NUMBER),
        "created_at": Scalar(column.created_at, NUMBER),
        "updated_at": Scalar(column.updated_at, NUMBER),
    }


def trace_fields(trace: FromClause) -> Fields:
    """Return the fields of a trace out of `trace`, which has the columns of that table."""
    span = tables.span
    own = (span.c.project == PROJECT, span.c.trace == trace.c.key)
    failed = span.c.health == HEALTHS.number[Health.ERROR]
    errors = select(func.count()).where(*own, failed).correlate_except(span).scalar_subquery()

    def of_spans(value: ColumnElement[Any]) -> ColumnElement[Any]:
        return select(value).where(*own, span.c.known).correlate_except(span).scalar_subquery()

    def figure(value: ColumnElement[Any]) -> Comparable:
        return Scalar(of_spans(value), NUMBER)

    summed = figures(span)
    first = func.coalesce(trace.c.started_at, of_spans(func.min(span.c.started_at)))
    last = func.coalesce(trace.c.ended_at, of_spans(func.max(span.c.ended_at)))
    shared = _described(trace.c)
    return {TraceField(name): field for name, field in shared.items()} | {
        TraceField.SPANS: SpansOf(trace),
        TraceField.ERRORS: Scalar(errors, NUMBER),
        TraceField.FIRST_AT: Scalar(first, NUMBER),
        TraceField.LAST_AT: Scalar(last, NUMBER),
        TraceField.DURATION: Scalar(last - first, NUMBER),
        TraceField.SPAN_COUNT: figure(summed["span_count"]),
        TraceField.LLM_COUNT: figure(summed["llm_count"]),
        TraceField.COST_USD: figure(summed["cost_usd"]),
        TraceField.TOKENS_TOTAL: figure(summed["tokens_total"]),
        TraceField.TOKENS_INPUT: figure(summed["tokens_input"]),
        TraceField.TOKENS_OUTPUT: figure(summed["tokens_output"]),
        TraceField.SCORE_AVERAGE: MeanScore(trace),
        TraceField.SCORE_LABELS: ScoreLabels(trace),
    }


class SpansOf:
    """The spans of a trace that somebody sent, of which one may pass a condition. As a field it is always absent."""

    def __init__(self, trace: FromClause) -> None:
        self._trace = trace
        self.span = tables.span.alias("spans_of")

    @property
    def place(self) -> ColumnElement[Any]:
        """Nobody orders by it; the trace's own order."""
        return self._trace.c.key

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Compare nothing."""
        return true() if operator is Operator.IS_NULL and operand else false()

    def any(self, passing: Condition) -> Condition:
        """Tell whether a span passes a condition on `span`."""
        own = (self.span.c.project == PROJECT, self.span.c.trace == self._trace.c.key, self.span.c.known)
        return select(self.span.c.key).where(*own, passing).correlate_except(self.span).exists()


def span_fields(span: FromClause) -> Fields:
    """Return the fields of a span out of `span`, which has the columns of that table."""
    column, trace = span.c, tables.trace
    own = {SpanField(name): field for name, field in _described(column).items()}
    return own | {
        SpanField.ALIAS: Scalar(column.alias, is_id=True),
        SpanField.TRACE: Referred(column.trace, trace, Scalar(trace.c.external_id, is_id=True), unique=True),
        SpanField.PARENT: Scalar(column.parent),
        SpanField.KIND: Coded(column.kind, SPAN_KINDS),
        SpanField.ERROR: Scalar(column.error),
        SpanField.MODEL: Scalar(column.model),
        SpanField.INPUT: Scalar(column.input),
        SpanField.OUTPUT: Scalar(column.output),
        SpanField.USAGE: Mapped(column.usage),
        SpanField.COST_USD: Scalar(column.cost_usd, NUMBER),
        SpanField.TOKENS_TOTAL: Scalar(column.tokens_total, NUMBER),
        SpanField.SCORE: NewestScore(span),
    }


class NewestScore:
    """The number of the newest score on a span, of a name or of a registered evaluator's id (the key)."""

    def __init__(self, span: FromClause) -> None:
        self._span = span

    @property
    def place(self) -> ColumnElement[Any]:
        """Nobody orders by it without a name; the span's own order."""
        return self._span.c.key

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Compare that number; absent where the span has no such score."""
        return Scalar(self.at(key), NUMBER).compare(operator, operand, ())

    def at(self, key: tuple[str, ...]) -> ColumnElement[Any]:
        """Return that number."""
        score, evaluator, named = tables.score, tables.evaluator, key[0] if key else ""
        of_name = Termed(score.c.name, TermKind.NAME).compare(Operator.EQUALS, named, ())
        evaluator_id = Scalar(evaluator.c.external_id, is_id=True)
        of_evaluator = Referred(score.c.evaluator, evaluator, evaluator_id, unique=True)
        own = (
            score.c.project == PROJECT,
            score.c.trace == self._span.c.trace,
            score.c.target == self._span.c.key,
            score.c.target_kind == TARGETS.number[TargetKind.SPAN],
            or_(of_name, of_evaluator.compare(Operator.EQUALS, named, ())),
        )
        newest = select(score.c.number).where(*own).order_by(score.c.key.desc()).limit(1)
        return newest.correlate_except(score).scalar_subquery()


def _registered(column: Any) -> dict[RegistryField, Comparable]:
    return {
        RegistryField.ID: Scalar(column.external_id, is_id=True),
        RegistryField.NAME: Scalar(column.name),
        RegistryField.KIND: Coded(column.kind, KINDS),
        RegistryField.ARCHIVED: Scalar(column.archived, TRUTH),
        RegistryField.DESCRIPTION: Scalar(column.description),
        RegistryField.RESIDUE: Mapped(column.residue),
        RegistryField.CREATED_AT: Scalar(column.created_at, NUMBER),
        RegistryField.UPDATED_AT: Scalar(column.updated_at, NUMBER),
    }


def config_fields(config: FromClause) -> Fields:
    """Return the fields of a config."""
    return _registered(config.c)


def evaluator_fields(evaluator: FromClause) -> Fields:
    """Return the fields of an evaluator."""
    return _registered(evaluator.c) | {
        RegistryField.KEY: Scalar(evaluator.c.handle),
        RegistryField.TYPE: Coded(evaluator.c.type, EVALUATOR_TYPES),
    }
