"""Ingestion events → sketches of traces and observations, and scores (contract langfuse §11).

Every body is read on its own, so that one bad event never affects the others. What merges how is the
core's business; here is decided what a message says: on traces the time and the environment that were known
first stay, whatever else is said last wins.
"""

from collections.abc import Callable, Mapping
from typing import Any

from scorehouse.dialects.langfuse.environments import read_environment
from scorehouse.dialects.langfuse.event_shapes import Event, ObservationBody, TraceBody
from scorehouse.dialects.langfuse.parameters import not_a_choice
from scorehouse.dialects.langfuse.reads import read_metadata
from scorehouse.dialects.langfuse.usages import (
    read_costs,
    read_usage,
    read_usage_costs,
    read_usage_details,
    total_cost,
)
from scorehouse.dialects.langfuse.words import LEVELS, NAME, SPAN_KINDS
from scorehouse.domain.identity import NAME_CHARACTERS_MAX
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.traces import Health, SpanKind, SpanSketch, TraceSketch
from scorehouse.wire.bodies import convert
from scorehouse.wire.times import parse_time

Sketch = TraceSketch | SpanSketch

SCORE = "score-create"
LOG = "sdk-log"
"""Taken and not stored: what a client library says about itself."""

FIRST_WINS = frozenset({"started_at", "environment"})
"""What later messages about a trace cannot change (contract langfuse §11.3)."""


def read_trace_event(event: Event, at: Instant) -> TraceSketch:
    """Read a trace-create; `at` is the event's own time, used where the body has none."""
    body = convert(event.body, TraceBody)
    if body.name is not None and len(body.name) > NAME_CHARACTERS_MAX:
        raise Invalid(Fault(("name",), "too_long", f"must not exceed {NAME_CHARACTERS_MAX} characters"))
    told = None if body.timestamp is None else parse_time(body.timestamp, "timestamp", zone_required=True)
    return TraceSketch(
        id=_needed(body.id),
        started_at=at if told is None else told,
        name=body.name,
        input=body.input,
        output=body.output,
        session=body.session_id or None,
        user=body.user_id or None,
        environment=read_environment(body.environment),
        metadata=read_metadata(body.metadata),
        release=body.release,
        version=body.version,
        public=body.public,
        tags=tuple(sorted(set(body.tags or ()))),
        residue={} if body.external_id is None else {NAME: {"externalId": body.external_id}},
        first_wins=FIRST_WINS,
    )


def read_observation_event(event: Event, at: Instant, kind: SpanKind | None, *, creating: bool) -> SpanSketch:
    """Read an event about an observation of this kind; None where the body names it."""
    body = convert(event.body, ObservationBody)
    if kind is None and (creating or body.type is not None):
        kind = _kind_of(body)
    told = _time(body.start_time, "startTime")
    usage = {**read_usage(body.usage), **read_usage_details(body.usage_details)}
    costs = {**read_usage_costs(body.usage), **read_costs(body.cost_details)}
    return SpanSketch(
        id=_needed(body.id),
        trace=body.trace_id or None,
        parent=body.parent_observation_id or None,
        kind=kind,
        name=body.name,
        started_at=at if told is None and creating else told,
        ended_at=_time(body.end_time, "endTime"),
        completion_started_at=_time(body.completion_start_time, "completionStartTime"),
        input=body.input,
        output=body.output,
        metadata=read_metadata(body.metadata),
        health=read_health(body.level),
        error=body.status_message,
        version=body.version,
        environment=read_environment(body.environment),
        model=body.model,
        model_parameters=body.model_parameters,
        usage=usage or None,
        cost_usd=total_cost(costs),
        residue=observation_residue(body.level, costs, body.prompt_name, body.prompt_version),
        first_wins=_first_wins(creating, told),
    )


def _first_wins(creating: bool, told: Instant | None) -> frozenset[str]:
    """Name what a message only supposes: the kind by an update, the start by one that does not tell it."""
    supposed = {"environment"} if creating else {"environment", "kind"}
    return frozenset(supposed if told is not None else {*supposed, "started_at"})


def observation_residue(
    level: str | None, costs: Mapping[str, float], prompt: str | None, prompt_version: int | None
) -> dict[str, dict[str, Any]]:
    """Return what only Langfuse knows of an observation."""
    facts: dict[str, Any] = {
        "level": level,
        "costDetails": dict(costs) or None,
        "promptName": prompt,
        "promptVersion": prompt_version,
    }
    known = {name: fact for name, fact in facts.items() if fact is not None}
    return {NAME: known} if known else {}


def read_health(level: str | None) -> Health | None:
    """Return how an observation ended, as far as its level says so."""
    if level is None:
        return None
    if level not in LEVELS:
        raise Invalid(not_a_choice(("level",), LEVELS))
    return Health.ERROR if level == "ERROR" else Health.OK


def _kind_of(body: ObservationBody) -> SpanKind:
    kind = SPAN_KINDS.get((body.type or "").upper())
    if kind is None:
        raise Invalid(not_a_choice(("type",), SPAN_KINDS))
    return kind


def _needed(id: str | None) -> str:
    """Return the id of what an event is about. Langfuse takes events without one, and stores nothing (§6)."""
    if not id:
        raise Invalid(Fault(("id",), "missing", "Expected a string: without an id nothing can be stored"))
    return id


def _time(text: str | None, name: str) -> Instant | None:
    return None if text is None else parse_time(text, name, zone_required=True)


def _of_kind(kind: SpanKind | None, *, creating: bool) -> Callable[[Event, Instant], Sketch]:
    return lambda event, at: read_observation_event(event, at, kind, creating=creating)


_NAMED = ("span", "generation")
_CREATED_ONLY = ("event", "agent", "tool", "chain", "retriever", "evaluator", "embedding", "guardrail")

SKETCHES: Mapping[str, Callable[[Event, Instant], Sketch]] = {
    "trace-create": read_trace_event,
    **{f"{name}-create": _of_kind(SPAN_KINDS[name.upper()], creating=True) for name in (*_NAMED, *_CREATED_ONLY)},
    **{f"{name}-update": _of_kind(SPAN_KINDS[name.upper()], creating=False) for name in _NAMED},
    "observation-create": _of_kind(None, creating=True),
    "observation-update": _of_kind(None, creating=False),
}
"""Type of event → how its body is read."""
