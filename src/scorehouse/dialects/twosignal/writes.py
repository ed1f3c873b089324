"""Our words → their shapes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from scorehouse.dialects.twosignal.reads import COUNTS, FINER_TYPES, KINDS, RESIDUE
from scorehouse.dialects.twosignal.shapes import (
    CreatedScore,
    NewScore,
    ScoreShape,
    SpanShape,
    SpanType,
    Status,
    TraceHead,
    TraceShape,
)
from scorehouse.domain.identity import canonical
from scorehouse.domain.instants import Instant
from scorehouse.domain.scores import Score
from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.traces import Health, Span, SpanKind, Trace, tokens_total
from scorehouse.domain.values import Value
from scorehouse.wire.times import milliseconds_z

MICROSECONDS_PER_MILLISECOND = 1000

COST_DIGITS_MAX = 12
"""Digits after the point of a cost: finer than a millionth of a cent, coarser than the noise of adding doubles."""

TYPES: Mapping[SpanKind, SpanType] = {kind: type for type, kind in KINDS.items() if type not in FINER_TYPES}
"""Our kinds → their types; kinds that they do not have are CUSTOM."""


Parents = Mapping[tuple[str, str], str]
"""Spans by the event that brought them: their trace and the event's id, canonical → the span's own id."""


def write_created(score: Score, given: NewScore) -> CreatedScore:
    """Write a score just recorded, its ids as they were sent: a span may have been named by its event."""
    return CreatedScore(
        id=score.id,
        trace_id=given.trace_id,
        span_id=given.span_id,
        evaluator_name=given.evaluator_name,
        value=given.value,
        label=given.label,
        reasoning=given.reasoning,
    )


def write_score(score: Score, project: str) -> ScoreShape:
    """Write a score that this dialect can show: one on a trace or a span, with a number."""
    target, value = score.target, score.value
    span = target.id if isinstance(target, SpanTarget) else None
    trace = target.trace if isinstance(target, SpanTarget) else target.id
    return ScoreShape(
        id=score.id,
        trace_id=trace or "",
        span_id=span,
        project_id=project,
        evaluator_name=score.name,
        value=(value.number if value else None) or 0.0,
        label=write_label(value),
        reasoning=score.comment,
        created_at=milliseconds_z(score.created_at),
    )


def write_label(value: Value | None) -> str | None:
    """Write the label of a value; several are joined, for people."""
    return ", ".join(value.labels) if value is not None and value.labels else None


def write_trace(trace: Trace) -> TraceShape:
    """Write a trace for a list (contract 2signal-tracia §1.5)."""
    return TraceShape(
        id=trace.id,
        name=trace.name,
        status=status_of(trace),
        start_time=_time(start_of(trace)),
        end_time=_time(end_of(trace)),
        duration_ms=duration_ms(start_of(trace), end_of(trace)),
        total_cost=decimal_text(trace.rollup.cost_usd),
        total_tokens=trace.rollup.tokens_total,
        tags=list(trace.tags),
        metadata=dict(trace.metadata),
        span_count=trace.rollup.span_count,
        score_count=trace.rollup.score_count,
        created_at=milliseconds_z(trace.created_at),
    )


def write_trace_head(trace: Trace, project: str) -> TraceHead:
    """Write what an export says of a trace before its spans and scores (contract 2signal-tracia §1.6)."""
    return TraceHead(
        id=trace.id,
        project_id=project,
        name=trace.name,
        start_time=_time(start_of(trace)),
        end_time=_time(end_of(trace)),
        metadata=dict(trace.metadata),
        tags=list(trace.tags),
        total_cost=decimal_text(trace.rollup.cost_usd),
        total_tokens=trace.rollup.tokens_total,
        status=status_of(trace),
        duration_ms=duration_ms(start_of(trace), end_of(trace)),
        created_at=milliseconds_z(trace.created_at),
    )


def write_span(span: Span, project: str, parents: Parents) -> SpanShape:
    """Write a span; `parents` are spans that others name by their event's id."""
    usage = span.usage or {}
    parent = span.parent
    return SpanShape(
        id=span.id,
        trace_id=span.trace,
        parent_span_id=None if parent is None else parents.get((span.trace, canonical(parent)), parent),
        project_id=project,
        name=span.name,
        type=type_of(span),
        start_time=_time(span.started_at),
        end_time=_time(span.ended_at),
        duration_ms=duration_ms(span.started_at, span.ended_at),
        input=span.input,
        output=span.output,
        model=span.model,
        model_parameters=None if span.model_parameters is None else dict(span.model_parameters),
        **{COUNTS[kind]: usage.get(kind) for kind in ("input", "output")},
        total_tokens=tokens_total(usage) if usage else None,
        cost=span.cost_usd,
        status=Status.ERROR if span.health is Health.ERROR else Status.OK,
        error_message=span.error,
        metadata=dict(span.metadata),
        created_at=milliseconds_z(span.created_at),
    )


def parents_of(spans: Sequence[Span]) -> Parents:
    """Return those of the spans that came with an event's id beside their own."""
    return {(span.trace, canonical(span.alias)): span.id for span in spans if span.alias is not None}


def type_of(span: Span) -> SpanType:
    """Return the type of a span: the finer one that 2signal itself sent, else the nearest to our kind."""
    told = span.residue.get(RESIDUE, {}).get("type")
    finer = next((type for type in FINER_TYPES if type == told and KINDS[type] is span.kind), None)
    return finer or TYPES.get(span.kind or SpanKind.SPAN, SpanType.CUSTOM)


def status_of(trace: Trace) -> Status:
    """Return ERROR if the trace or any of its spans says so."""
    failed = trace.health is Health.ERROR or trace.rollup.error_count
    return Status.ERROR if failed else Status.OK


def start_of(trace: Trace) -> Instant | None:
    """Return the start as given, else the first of its spans."""
    return trace.rollup.started_at if trace.started_at is None else trace.started_at


def end_of(trace: Trace) -> Instant | None:
    """Return the end as given, else the last of its spans: the SDK never ends a trace."""
    return trace.rollup.ended_at if trace.ended_at is None else trace.ended_at


def duration_ms(start: Instant | None, end: Instant | None) -> int | None:
    """Return whole milliseconds from start to end; None unless both are known."""
    return None if start is None or end is None else (end - start) // MICROSECONDS_PER_MILLISECOND


def decimal_text(amount: float) -> str:
    """Write an amount as a plain decimal number: ``0.0034``, never ``3.4e-03``."""
    text = format(Decimal(repr(round(amount, COST_DIGITS_MAX))), "f")
    return text.removesuffix(".0")


def _time(at: Instant | None) -> str | None:
    return None if at is None else milliseconds_z(at)
