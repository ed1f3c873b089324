"""Traces, observations and sessions: our words → their shapes (contract langfuse §13)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from scorehouse.dialects.langfuse.environments import write_environment
from scorehouse.dialects.langfuse.trace_shapes import (
    Observation,
    ObservationV2,
    Session,
    Trace,
    TraceOfSession,
    Usage,
    WholeSession,
    WholeTrace,
)
from scorehouse.dialects.langfuse.words import NAME, OBSERVATION_TYPES
from scorehouse.dialects.langfuse.writes import write_score
from scorehouse.domain import traces as domain
from scorehouse.domain.documents import Document
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant
from scorehouse.domain.scores import Score
from scorehouse.domain.traces import Health, Span, SpanKind, tokens_total
from scorehouse.wire.times import milliseconds_z

LEFT_OUT = -1.0
"""Latency and cost of a trace whose figures were not asked for (contract langfuse §13.1)."""

DEFAULT_LEVEL = "DEFAULT"
UNIT = "TOKENS"


def write_trace(
    trace: domain.Trace, project: str, groups: frozenset[str], observations: list[str], scores: list[str]
) -> Trace:
    """Write a trace as lists do, with the groups asked for."""
    figures = "metrics" in groups
    facts = _trace_facts(trace, project)
    if "io" not in groups:
        facts |= {"input": None, "output": None, "metadata": {}}
    return Trace(
        **facts,
        html_path=f"/project/{quote(project, safe='')}/traces/{quote(trace.id, safe='')}",
        latency=_trace_latency(trace) if figures else LEFT_OUT,
        total_cost=trace.rollup.cost_usd if figures else LEFT_OUT,
        observations=observations,
        scores=scores,
    )


def write_whole_trace(
    trace: domain.Trace, project: str, observations: Sequence[Span], scores: Sequence[Score]
) -> WholeTrace:
    """Write a trace with its observations and scores as whole objects."""
    return WholeTrace(
        **_trace_facts(trace, project),
        html_path=f"/project/{quote(project, safe='')}/traces/{quote(trace.id, safe='')}",
        latency=_trace_latency(trace),
        total_cost=trace.rollup.cost_usd,
        observations=[write_observation(span, project) for span in observations],
        scores=[write_score(score, project) for score in scores],
    )


def write_session(session: domain.Session, project: str) -> Session:
    """Write a session as lists do."""
    return Session(**_session_facts(session, project))


def write_whole_session(session: domain.Session, project: str, traces: Sequence[domain.Trace]) -> WholeSession:
    """Write a session with its traces."""
    shown = [TraceOfSession(**_trace_facts(trace, project)) for trace in traces]
    return WholeSession(**_session_facts(session, project), traces=shown)


def trace_time(trace: domain.Trace) -> Instant:
    """Return a trace's timestamp: its start, or when it was first heard of."""
    return trace.created_at if trace.started_at is None else trace.started_at


def _session_facts(session: domain.Session, project: str) -> dict[str, Any]:
    return {
        "id": session.id,
        "created_at": milliseconds_z(session.created_at),
        "project_id": project,
        "environment": write_environment(session.environment),
    }


def _trace_facts(trace: domain.Trace, project: str) -> dict[str, Any]:
    own = trace.residue.get(NAME, {})
    return {
        "id": trace.id,
        "external_id": own.get("externalId"),
        "timestamp": milliseconds_z(trace_time(trace)),
        "name": trace.name,
        "user_id": trace.user,
        "session_id": trace.session,
        "metadata": dict(trace.metadata),
        "release": trace.release,
        "version": trace.version,
        "project_id": project,
        "environment": write_environment(trace.environment),
        "public": trace.public,
        "bookmarked": bool(own.get("bookmarked", False)),
        "tags": sorted(trace.tags),
        "input": trace.input,
        "output": trace.output,
        "created_at": milliseconds_z(trace.created_at),
        "updated_at": milliseconds_z(trace.updated_at),
    }


def _trace_latency(trace: domain.Trace) -> float:
    """Return the seconds between the first start and the last end of the observations."""
    return _seconds(trace.rollup.started_at, trace.rollup.ended_at) or 0.0


# ── Observations ─────────────────────────────────────────────────────────────────────────────────────────


def write_observation(span: Span, project: str) -> Observation:
    """Write an observation as v1 and whole traces do."""
    own, usage, costs = _own(span), dict(span.usage or {}), write_costs(span)
    return Observation(
        **_core(span, project),
        name=span.name,
        completion_start_time=_time(span.completion_started_at),
        level=write_level(span),
        status_message=span.error,
        version=span.version,
        environment=write_environment(span.environment),
        model=span.model,
        model_id=None,
        model_parameters=dict(span.model_parameters or {}),
        input=span.input,
        output=span.output,
        metadata=dict(span.metadata),
        usage=Usage(
            input=usage.get("input", 0), output=usage.get("output", 0), total=tokens_total(span.usage), unit=UNIT
        ),
        usage_details=usage,
        cost_details=costs,
        prompt_id=None,
        prompt_name=own.get("promptName"),
        prompt_version=own.get("promptVersion"),
        latency=_seconds(span.started_at, span.ended_at),
        time_to_first_token=_seconds(span.started_at, span.completion_started_at),
        calculated_input_cost=costs.get("input"),
        calculated_output_cost=costs.get("output"),
        calculated_total_cost=span.cost_usd,
        input_price=None,
        output_price=None,
        total_price=None,
        created_at=milliseconds_z(span.created_at),
        updated_at=milliseconds_z(span.updated_at),
    )


def write_observation_v2(span: Span, project: str, groups: frozenset[str], trace: domain.Trace | None) -> ObservationV2:
    """Write an observation as v2 does, with the groups asked for."""
    shape: dict[str, Any] = _core(span, project)
    for group, write in GROUPS.items():
        if group in groups:
            shape |= write(span)
    if "basic" in groups:
        shape |= _of_trace(span, trace)
    if "trace_context" in groups:
        shape |= {
            "tags": sorted(trace.tags) if trace else [],
            "release": trace.release if trace else None,
            "trace_name": trace.name if trace else None,
        }
    return ObservationV2(**shape)


def write_level(span: Span) -> str:
    """Return an observation's level: as told, else ERROR for what failed."""
    told = _own(span).get("level")
    return str(told) if told else "ERROR" if span.health is Health.ERROR else DEFAULT_LEVEL


def write_costs(span: Span) -> dict[str, float]:
    """Return what an observation cost, by kind."""
    told: Mapping[str, float] = _own(span).get("costDetails") or {}
    return dict(told) if told or span.cost_usd is None else {"total": span.cost_usd}


def is_root(span: Span) -> bool:
    """Tell whether an observation is a logical root: without a parent, or marked so by its SDK."""
    return span.parent is None or _own(span).get("isAppRoot") is True


def _core(span: Span, project: str) -> dict[str, Any]:
    return {
        "id": span.id,
        "trace_id": span.trace,
        "start_time": milliseconds_z(span.created_at if span.started_at is None else span.started_at),
        "end_time": _time(span.ended_at),
        "project_id": project,
        "parent_observation_id": span.parent,
        "type": OBSERVATION_TYPES[span.kind or SpanKind.SPAN],
    }


def _basic(span: Span) -> dict[str, Any]:
    return {
        "name": span.name,
        "level": write_level(span),
        "status_message": span.error,
        "version": span.version,
        "environment": write_environment(span.environment),
        "is_root_observation": is_root(span),
    }


def _of_trace(span: Span, trace: domain.Trace | None) -> dict[str, Any]:
    """Return what an observation has from its trace, unless it said so itself."""
    return {
        "bookmarked": bool(trace and trace.residue.get(NAME, {}).get("bookmarked", False)),
        "public": bool(trace and trace.public),
        "user_id": span.user or (trace.user if trace else None),
        "session_id": span.session or (trace.session if trace else None),
    }


def _times(span: Span) -> dict[str, Any]:
    return {
        "completion_start_time": _time(span.completion_started_at),
        "created_at": milliseconds_z(span.created_at),
        "updated_at": milliseconds_z(span.updated_at),
    }


def _io(span: Span) -> dict[str, Any]:
    return {"input": _as_text(span.input), "output": _as_text(span.output)}


def _model(span: Span) -> dict[str, Any]:
    return {"model": span.model, "internal_model_id": None, "model_parameters": dict(span.model_parameters or {})}


def _usage(span: Span) -> dict[str, Any]:
    return {
        "usage_details": dict(span.usage or {}),
        "cost_details": write_costs(span),
        "total_cost": span.cost_usd,
        "usage_pricing_tier_name": None,
    }


def _prompt(span: Span) -> dict[str, Any]:
    own = _own(span)
    return {"prompt_id": None, "prompt_name": own.get("promptName"), "prompt_version": own.get("promptVersion")}


def _metrics(span: Span) -> dict[str, Any]:
    return {
        "latency": _seconds(span.started_at, span.ended_at),
        "time_to_first_token": _seconds(span.started_at, span.completion_started_at),
    }


GROUPS: Mapping[str, Callable[[Span], dict[str, Any]]] = {
    "basic": _basic,
    "time": _times,
    "io": _io,
    "metadata": lambda span: {"metadata": dict(span.metadata)},
    "model": _model,
    "usage": _usage,
    "prompt": _prompt,
    "metrics": _metrics,
}


def _own(span: Span) -> Mapping[str, Any]:
    return span.residue.get(NAME, {})


def _as_text(document: Document) -> str | None:
    """Return an input or output as a text, as v2 shows it."""
    if document is None or isinstance(document, str):
        return document
    return msgspec.json.encode(document).decode()


def _time(at: Instant | None) -> str | None:
    return None if at is None else milliseconds_z(at)


def _seconds(start: Instant | None, end: Instant | None) -> float | None:
    """Return the seconds between two moments, 0 where the end stands before the start."""
    if start is None or end is None:
        return None
    return max(end - start, 0) / MICROSECONDS_PER_SECOND
