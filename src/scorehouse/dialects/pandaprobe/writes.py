"""Our words → their shapes, one function a shape.

An id that came through another API and is no UUID is shown as one that is made of it (version 5): their clients read
ids as UUIDs, and one that is none would cost them the whole page. Such an id can be read, not asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import msgspec

from scorehouse.dialects.pandaprobe.answers import (
    SessionItem,
    SessionScore,
    SessionShape,
    SpanShape,
    TraceItem,
    TraceScore,
    TraceShape,
)
from scorehouse.dialects.pandaprobe.projects import project_id
from scorehouse.dialects.pandaprobe.reads import (
    AT_WORK,
    ORIGINS,
    SPAN_HEALTHS,
    SPAN_KINDS,
    STATUSES,
    USAGE_KEYS,
    read_cost,
    read_usage,
)
from scorehouse.dialects.pandaprobe.values import DIALECT, data_type_of, shown_value
from scorehouse.domain.identity import canonical, hyphenated
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Invalid
from scorehouse.domain.scores import Score
from scorehouse.domain.traces import Health, Session, Span, Trace
from scorehouse.wire.times import shortest_offset

FOREIGN_IDS = UUID("6f1f3a4e-0f5b-5d0c-9a57-5c07e40e5e00")
"""The namespace of UUIDs that stand for ids that are none."""

SOURCES: Mapping[Any, str] = {origin: word for word, origin in ORIGINS.items()}
SCORE_STATUSES: Mapping[Any, str] = {status: word for word, status in STATUSES.items()}
KIND_WORDS: Mapping[Any, str] = {kind: word for word, kind in SPAN_KINDS.items()}
SPAN_STATUSES: Mapping[Any, str] = {health: word for word, health in SPAN_HEALTHS.items()}
USAGE_WORDS: Mapping[str, str] = {key: word for word, key in USAGE_KEYS.items()}

MICROSECONDS_PER_MILLISECOND = 1000


def uuid_of(id: str) -> str:
    """Return an id as a hyphenated UUID."""
    shown = hyphenated(id)
    if len(shown) == 36 and len(canonical(id)) == 32:
        return shown
    return str(uuid5(FOREIGN_IDS, id))


# ── Scores ───────────────────────────────────────────────────────────────────────────────────────────────


def write_trace_score(score: Score, project: int) -> TraceScore:
    """Write a score of a trace (contract pandaprobe §5.1)."""
    return TraceScore(
        id=uuid_of(score.id),
        trace_id=uuid_of(score.target.id),
        name=score.name,
        value=shown_value(score),
        status=SCORE_STATUSES[score.outcome.status],
        source=SOURCES[score.source.origin],
        created_at=shortest_offset(score.created_at),
        project_id=project_id(project),
        data_type=data_type_of(score),
        eval_run_id=_run(score),
        author_user_id=score.source.author,
        reason=_reason(score),
        environment=score.environment,
        config_id=score.config,
        metadata=dict(score.metadata),
        updated_at=shortest_offset(score.updated_at),
    )


def write_session_score(score: Score, project: int) -> SessionScore:
    """Write a score of a session (contract pandaprobe §5.2)."""
    return SessionScore(
        id=uuid_of(score.id),
        session_id=score.target.id,
        project_id=project_id(project),
        name=score.name,
        data_type=data_type_of(score),
        value=shown_value(score),
        source=SOURCES[score.source.origin],
        status=SCORE_STATUSES[score.outcome.status],
        eval_run_id=_run(score),
        author_user_id=score.source.author,
        reason=_reason(score),
        metadata=dict(score.metadata),
        created_at=shortest_offset(score.created_at),
        updated_at=shortest_offset(score.updated_at),
    )


def _run(score: Score) -> str | None:
    return None if score.source.run is None else uuid_of(score.source.run)


def _reason(score: Score) -> str | None:
    """Return the one reason that they have: why the value is what it is, or else why there is none."""
    return score.comment if score.comment is not None else score.outcome.reason


# ── Traces and spans ─────────────────────────────────────────────────────────────────────────────────────


def write_trace(trace: Trace, spans: Sequence[Span], project: int) -> TraceShape:
    """Write a whole trace (contract pandaprobe §4.4)."""
    started_at, ended_at = _times(trace)
    return TraceShape(
        trace_id=uuid_of(trace.id),
        project_id=project_id(project),
        name=trace.name or "",
        status=trace_status(trace),
        input=trace.input,
        output=trace.output,
        metadata=dict(trace.metadata),
        started_at=shortest_offset(started_at),
        ended_at=write_time(ended_at),
        session_id=trace.session,
        user_id=trace.user,
        tags=list(trace.tags),
        environment=trace.environment,
        release=trace.release,
        spans=[write_span(span) for span in spans],
        total_tokens=trace.rollup.tokens_total,
        total_cost=trace.rollup.cost_usd,
    )


def write_trace_item(trace: Trace) -> TraceItem:
    """Write a trace in a list (contract pandaprobe §4.4)."""
    started_at, ended_at = _times(trace)
    return TraceItem(
        trace_id=uuid_of(trace.id),
        name=trace.name or "",
        status=trace_status(trace),
        started_at=shortest_offset(started_at),
        ended_at=write_time(ended_at),
        session_id=trace.session,
        user_id=trace.user,
        tags=list(trace.tags),
        environment=trace.environment,
        release=trace.release,
        latency_ms=_milliseconds(started_at, ended_at),
        span_count=trace.rollup.span_count,
        total_tokens=trace.rollup.tokens_total,
        total_cost=trace.rollup.cost_usd,
    )


def write_span(span: Span) -> SpanShape:
    """Write a span (contract pandaprobe §4.4)."""
    started_at = span.created_at if span.started_at is None else span.started_at
    return SpanShape(
        span_id=uuid_of(span.id),
        trace_id=uuid_of(span.trace),
        parent_span_id=None if span.parent is None else uuid_of(span.parent),
        name=span.name or "",
        kind=KIND_WORDS.get(span.kind, "OTHER"),
        status=SPAN_STATUSES.get(span.health, "UNSET"),
        input=span.input,
        output=span.output,
        model=span.model,
        token_usage=_usage(span),
        metadata=dict(span.metadata),
        started_at=shortest_offset(started_at),
        ended_at=write_time(span.ended_at),
        error=span.error,
        completion_start_time=write_time(span.completion_started_at),
        model_parameters=None if span.model_parameters is None else dict(span.model_parameters),
        cost=_cost(span),
        latency_ms=_milliseconds(started_at, span.ended_at),
        time_to_first_token_ms=_milliseconds(started_at, span.completion_started_at),
    )


def trace_status(trace: Trace) -> str:
    """Return a trace's status; one whose sender said nothing of it is taken to be completed."""
    if trace.health is Health.ERROR:
        return "ERROR"
    told = trace.residue.get(DIALECT, {}).get("status")
    return str(told) if trace.health is Health.UNSET and told in AT_WORK else "COMPLETED"


def _times(trace: Trace) -> tuple[Instant, Instant | None]:
    """Return start and end of a trace; those of its spans where nobody ever said them of the trace itself."""
    if trace.started_at is not None:
        return trace.started_at, trace.ended_at
    first = trace.rollup.started_at
    return (trace.created_at if first is None else first), trace.ended_at or trace.rollup.ended_at


def _usage(span: Span) -> dict[str, Any] | None:
    """Return token usage as it was sent, if the counts still say the same, else made of the counts."""
    sent = _sent(span, "token_usage")
    try:
        if sent is not None and read_usage(sent) == (span.usage or {}):
            return sent
    except Invalid:
        pass
    return None if span.usage is None else {USAGE_WORDS.get(key, key): count for key, count in span.usage.items()}


def _cost(span: Span) -> dict[str, Any] | None:
    """Return the cost as it was sent, if its total still stands, else the total alone."""
    sent = _sent(span, "cost")
    if sent is not None and read_cost(sent) == span.cost_usd:
        return sent
    return None if span.cost_usd is None else {"total": span.cost_usd}


def _sent(span: Span, member: str) -> dict[str, Any] | None:
    text = span.residue.get(DIALECT, {}).get(member)
    if not isinstance(text, str):
        return None
    sent: dict[str, Any] = msgspec.json.decode(text)
    return sent


def write_time(at: Instant | None) -> str | None:
    """Write a time that may be missing (contract pandaprobe §1.2)."""
    return None if at is None else shortest_offset(at)


def _milliseconds(first: Instant, last: Instant | None) -> float | None:
    return None if last is None else (last - first) / MICROSECONDS_PER_MILLISECOND


# ── Sessions ─────────────────────────────────────────────────────────────────────────────────────────────


def write_session_item(session: Session) -> SessionItem:
    """Write a session in a list (contract pandaprobe §4.4)."""
    return SessionItem(**_session_members(session))


def write_session(session: Session, traces: list[TraceShape]) -> SessionShape:
    """Write a session with a part of its traces (contract pandaprobe §3.4)."""
    return SessionShape(**_session_members(session), traces=traces)


def _session_members(session: Session) -> dict[str, Any]:
    first = session.created_at if session.started_at is None else session.started_at
    latency_us = session.latency_us
    return {
        "session_id": session.id,
        "trace_count": session.trace_count,
        "first_trace_at": shortest_offset(first),
        "last_trace_at": write_time(session.ended_at),
        "total_latency_ms": None if latency_us is None else latency_us / MICROSECONDS_PER_MILLISECOND,
        "has_error": session.failed_count > 0,
        "user_id": session.user,
        "tags": list(session.tags),
        "total_span_count": session.span_count,
        "total_tokens": session.tokens_total,
        "total_cost": session.cost_usd,
    }
