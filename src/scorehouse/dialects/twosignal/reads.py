"""Their shapes → our words.

A batch is taken whole or not at all, and every fault of every event is named: the SDK never repeats a
refused request, so whoever reads its log has one chance to learn what was wrong (contract 2signal-tracia §1.4).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from scorehouse.dialects.twosignal.shapes import (
    Batch,
    Event,
    EventType,
    NewScore,
    NewSpan,
    NewTrace,
    SpanType,
    Status,
    Usage,
)
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.frozen import replace
from scorehouse.domain.identity import checked_id
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid, TooLarge
from scorehouse.domain.scores import Draft
from scorehouse.domain.targets import SpanTarget, Target, TraceTarget
from scorehouse.domain.traces import Health, SpanKind, SpanSketch, TraceSketch
from scorehouse.domain.values import numeric
from scorehouse.wire.bodies import FAULTS_MAX, convert, decode
from scorehouse.wire.times import parse_time

ResultT = TypeVar("ResultT")

RESIDUE = "2signal"
"""Under this name the house keeps what no other dialect understands."""

BATCH_EVENTS_MAX = 1000
"""Events in one batch: ten times what the SDK sends unless told otherwise (its ``max_batch_size`` is 100)."""

KINDS: Mapping[SpanType, SpanKind] = {
    SpanType.AGENT: SpanKind.AGENT,
    SpanType.LLM: SpanKind.LLM,
    SpanType.TOOL: SpanKind.TOOL,
    SpanType.RETRIEVAL: SpanKind.RETRIEVER,
    SpanType.CHAIN: SpanKind.CHAIN,
    SpanType.CUSTOM: SpanKind.SPAN,
    SpanType.DELEGATION: SpanKind.HANDOFF,
    SpanType.VOICE: SpanKind.VOICE,
    SpanType.HUMAN_HANDOFF: SpanKind.HANDOFF,
    SpanType.GUARDRAIL: SpanKind.GUARDRAIL,
}

FINER_TYPES = frozenset({SpanType.HUMAN_HANDOFF})
"""Types that our kind says less of: they are kept as residue."""

HEALTHS: Mapping[Status, Health] = {Status.OK: Health.OK, Status.ERROR: Health.ERROR}

WORDS: Mapping[str | int, str] = {
    "started_at": "startTime",
    "ended_at": "endTime",
    "session": "sessionId",
    "release": "deploymentId",
    "trace": "traceId",
    "parent": "parentSpanId",
    "model_parameters": "modelParameters",
    "cost_usd": "cost",
    "error": "errorMessage",
    "span": "spanId",
    "comment": "reasoning",
}
"""Fields of ours → members of theirs, where the names differ: faults are told in theirs."""

SCORE_WORDS: Mapping[str | int, str] = {**WORDS, "name": "evaluatorName", "value": "label"}
"""Of a score: its number has passed its shape, so what is wrong with the value is wrong with the label."""

COUNTS: Mapping[str, str] = {
    "input": "prompt_tokens",
    "output": "completion_tokens",
    "total": "total_tokens",
    "cached": "cached_tokens",
}
"""Our kinds of usage → members of theirs."""


def read_score(given: NewScore) -> Draft:
    """Read a score to record (contract 2signal-tracia §1.3).

    Raises:
        Invalid: an id, the name or a text that cannot be stored.
    """
    return _in_their_words(lambda: _draft(given), SCORE_WORDS)


def _draft(given: NewScore) -> Draft:
    target: Target = TraceTarget(given.trace_id)
    if given.span_id is not None:
        target = SpanTarget(given.span_id, given.trace_id)
    value = numeric(given.value) if given.label is None else numeric(given.value, given.label)
    return Draft(target=target, name=given.evaluator_name, value=value, comment=given.reasoning)


# ── Ingestion ────────────────────────────────────────────────────────────────────────────────────────────


def read_batch(body: bytes) -> tuple[list[TraceSketch], list[SpanSketch]]:
    """Read a batch of events as sketches, each kind in the order sent.

    Raises:
        Unreadable: the body is not JSON.
        Invalid: some event is wrong; every fault is named. Also for a batch without events.
        TooLarge: more than BATCH_EVENTS_MAX events.
    """
    events = decode(body, Batch).batch
    if not events:
        raise Invalid(Fault(("batch",), "empty", "must hold at least one event"))
    if len(events) > BATCH_EVENTS_MAX:
        raise TooLarge("batch", BATCH_EVENTS_MAX, "events")
    traces: list[TraceSketch] = []
    spans: list[SpanSketch] = []
    faults: list[Fault] = []
    for position, event in enumerate(events):
        try:
            sketch = read_event(event)
        except Invalid as refusal:
            faults += refusal.under("batch", position).faults
            continue
        if isinstance(sketch, TraceSketch):
            traces.append(sketch)
        else:
            spans.append(sketch)
    if faults:
        raise Invalid(*faults[:FAULTS_MAX])
    return traces, spans


def read_event(event: Event) -> TraceSketch | SpanSketch:
    """Read one event.

    Raises:
        Invalid: its id, time or body is wrong.
    """
    checked_id(event.id, "id")
    if event.timestamp is not None:
        parse_time(event.timestamp, "timestamp")
    try:
        if event.type is EventType.TRACE:
            trace = convert(camel_cased(event.body), NewTrace)
            return _in_their_words(lambda: _trace_sketch(trace), WORDS)
        span = convert(camel_cased(event.body), NewSpan)
        return _in_their_words(lambda: _span_sketch(span, event.id), WORDS)
    except Invalid as refusal:
        raise refusal.under("body") from refusal


def camel_cased(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event's body with its members in camelCase, those of its usage as well.

    The documentation writes snake_case, the SDK camelCase; where both are there, camelCase counts unless it is null.
    """
    result = _renamed(body)
    if isinstance(result.get("usage"), dict):
        result["usage"] = _renamed(result["usage"])
    return result


def _renamed(members: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(members)
    for name, value in members.items():
        first, *others = name.split("_")
        camel = first + "".join(word.capitalize() for word in others)
        if result.get(camel) is None:
            result[camel] = value
    return result


def _trace_sketch(given: NewTrace) -> TraceSketch:
    """What was said merges into what is known of the trace: the last one to say a member wins."""
    residue = {"parentTraceId": given.parent_trace_id, "evaluators": given.evaluators}
    return TraceSketch(
        id=given.id,
        name=given.name,
        started_at=_time(given.start_time, "startTime"),
        ended_at=_time(given.end_time, "endTime"),
        session=given.session_id,
        release=given.deployment_id,
        tags=tuple(given.tags or ()),
        metadata=given.metadata or EMPTY,
        residue=_residue(residue),
    )


def _span_sketch(given: NewSpan, event: str) -> SpanSketch:
    """What is sent of a span again replaces it.

    The id of the event stays known beside the span's own: it is what ``@observe`` names as parent, and what a
    user scores who asks the SDK for the current span (contract 2signal-tracia §1.4, points 4 and 6).
    """
    return SpanSketch(
        id=event if given.id is None else given.id,
        alias=None if given.id is None else event,
        trace=given.trace_id,
        parent=given.parent_span_id,
        name=given.name,
        kind=KINDS[given.type],
        started_at=_time(given.start_time, "startTime"),
        ended_at=_time(given.end_time, "endTime"),
        input=given.input,
        output=given.output,
        model=given.model,
        model_parameters=given.model_parameters,
        usage=read_usage(given.usage),
        cost_usd=given.cost,
        health=None if given.status is None else HEALTHS[given.status],
        error=given.error_message,
        metadata=given.metadata or EMPTY,
        residue=_residue({"type": given.type.value if given.type in FINER_TYPES else None}),
        replace=True,
    )


def read_usage(given: Usage | None) -> dict[str, int] | None:
    """Read token counts.

    The SDK sends zero for a count that it was not told, so a total of zero beside other tokens is no total.

    Raises:
        Invalid: a count below 0 or too large.
    """
    if given is None:
        return None
    told = {kind: count for kind, name in COUNTS.items() if (count := getattr(given, name)) is not None}
    if told.get("total") == 0 and (told.get("input") or told.get("output")):
        del told["total"]
    return told or None


def _residue(members: Mapping[str, Any]) -> Mapping[str, Any]:
    told = {name: value for name, value in members.items() if value is not None}
    return {RESIDUE: told} if told else EMPTY


def _time(text: str | None, member: str) -> Instant | None:
    return None if text is None else parse_time(text, member)


def _in_their_words(build: Callable[[], ResultT], words: Mapping[str | int, str]) -> ResultT:
    """Build something of ours; what our constructors refuse is told in the vendor's words."""
    try:
        return build()
    except Invalid as refusal:
        raise Invalid(*_translated(refusal.faults, words)) from refusal


def _translated(faults: Iterable[Fault], words: Mapping[str | int, str]) -> list[Fault]:
    return [replace(fault, path=tuple(words.get(step, step) for step in fault.path)) for fault in faults]
