"""What the attributes of an exported span mean, by the conventions that instrumentations share.

Read are OpenTelemetry's conventions for generative AI (``gen_ai.*``, also in their older names), those of
OpenInference (``input.value``, ``llm.*``) and of Traceloop (``traceloop.entity.*``). Dialects whose vendor
has attributes of its own write their own mapping; the others use this one.

Of several attributes for one field the first counts. An attribute that became a field is spent; whatever
is left stays in the span's metadata under ``attributes``, with ``events`` and ``links`` beside it, so that
nothing sent is lost. Resource and scope, the same for every span of a process, are kept once, in the
metadata of the trace, when its root span comes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeVar

from scorehouse.domain.documents import Document, checked_document
from scorehouse.domain.refusals import Fault, Invalid, Refusal
from scorehouse.domain.traces import COUNT_MAX, TAGS_MAX, Health, SpanKind, SpanSketch, TraceSketch
from scorehouse.wire.bodies import parse
from scorehouse.wire.exported import Attributes, Export, ExportedEvent, ExportedSpan, StatusCode
from scorehouse.wire.times import microseconds_z

TakenT = TypeVar("TakenT")

SESSION = ("session.id", "gen_ai.conversation.id")
USER = ("user.id", "enduser.id")
ENVIRONMENT = ("deployment.environment.name", "deployment.environment")
VERSION = ("service.version",)
TAGS = ("tag.tags",)
MODEL = ("gen_ai.request.model", "gen_ai.response.model", "llm.model_name", "embedding.model_name")
COST = ("gen_ai.usage.cost", "llm.cost.total")
INPUT = (
    "gen_ai.input.messages",
    "gen_ai.prompt",
    "input.value",
    "traceloop.entity.input",
    "gen_ai.tool.call.arguments",
)
OUTPUT = (
    "gen_ai.output.messages",
    "gen_ai.completion",
    "output.value",
    "traceloop.entity.output",
    "gen_ai.tool.call.result",
)
NUMBERED_INPUT = ("gen_ai.prompt", "llm.input_messages")
NUMBERED_OUTPUT = ("gen_ai.completion", "llm.output_messages")
"""Lists of messages that came flattened: ``gen_ai.prompt.0.role``, ``gen_ai.prompt.0.content`` …"""

USAGE: Mapping[str, tuple[str, ...]] = {
    "input": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
    "output": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"),
    "total": ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total"),
    "cached": ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    "reasoning": ("gen_ai.usage.reasoning_tokens",),
}
PARAMETERS_PREFIX = "gen_ai.request."

KINDS: Mapping[str, Mapping[str, SpanKind]] = {
    "openinference.span.kind": {
        "LLM": SpanKind.LLM,
        "AGENT": SpanKind.AGENT,
        "TOOL": SpanKind.TOOL,
        "CHAIN": SpanKind.CHAIN,
        "RETRIEVER": SpanKind.RETRIEVER,
        "RERANKER": SpanKind.RETRIEVER,
        "EMBEDDING": SpanKind.EMBEDDING,
        "GUARDRAIL": SpanKind.GUARDRAIL,
        "EVALUATOR": SpanKind.EVALUATOR,
    },
    "gen_ai.operation.name": {
        "chat": SpanKind.LLM,
        "text_completion": SpanKind.LLM,
        "generate_content": SpanKind.LLM,
        "embeddings": SpanKind.EMBEDDING,
        "execute_tool": SpanKind.TOOL,
        "create_agent": SpanKind.AGENT,
        "invoke_agent": SpanKind.AGENT,
        "invoke_workflow": SpanKind.CHAIN,
        "retrieval": SpanKind.RETRIEVER,
    },
    "traceloop.span.kind": {
        "workflow": SpanKind.CHAIN,
        "task": SpanKind.SPAN,
        "agent": SpanKind.AGENT,
        "tool": SpanKind.TOOL,
    },
}
"""Attribute → its word → kind. These are not spent: the word may be finer than the kind."""

HEALTHS: Mapping[StatusCode, Health] = {
    StatusCode.UNSET: Health.UNSET,
    StatusCode.OK: Health.OK,
    StatusCode.ERROR: Health.ERROR,
}

_LABELS = ("session", "user", "environment", "version")
"""What every span may say of its trace. A child's word counts only where nothing was said before."""


@dataclass(frozen=True, slots=True)
class Sketches:
    """What an export says, ready to be anchored.

    Attributes:
        traces: one a trace of the export, in order of first appearance.
        spans: in the order sent.
        faults: of the export, and of the spans that no sketch could be made of; one a span.
    """

    traces: tuple[TraceSketch, ...]
    spans: tuple[SpanSketch, ...]
    faults: tuple[Fault, ...]


def sketched(export: Export) -> Sketches:
    """Turn an export into sketches of its spans and of the traces that they name."""
    spans: list[SpanSketch] = []
    faults = list(export.faults)
    traces: dict[str, _TraceFacts] = {}
    for exported in export.spans:
        try:
            sketch = sketch_span(exported)
            traces.setdefault(exported.trace_id, _TraceFacts(exported.trace_id)).hear(exported, sketch)
        except Invalid as refusal:
            faults.append(refusal.faults[0].under(exported.span_id))
        else:
            spans.append(sketch)
    return Sketches(tuple(facts.sketch() for facts in traces.values()), tuple(spans), tuple(faults))


def sketch_span(exported: ExportedSpan) -> SpanSketch:
    """Turn one span into a sketch.

    Raises:
        Invalid: a field breaks a rule of SpanSketch, such as a session id that is too long.
    """
    unspent = Unspent(exported)
    usage = {kind: count for kind, names in USAGE.items() if (count := unspent.take(names, _count)) is not None}
    model = unspent.take(MODEL, _text)
    return SpanSketch(
        id=exported.span_id,
        trace=exported.trace_id,
        parent=exported.parent_id,
        name=exported.name or None,
        kind=_kind(exported.attributes, model),
        started_at=exported.started_at,
        ended_at=exported.ended_at,
        session=unspent.take(SESSION, _text),
        user=unspent.take(USER, _text),
        environment=unspent.take_or_inherit(ENVIRONMENT),
        version=unspent.take_or_inherit(VERSION),
        health=HEALTHS[exported.status],
        error=exported.message or _exception_message(exported.events),
        tags=unspent.take(TAGS, _texts) or (),
        model=model,
        model_parameters=unspent.take_all_under(PARAMETERS_PREFIX),
        usage=usage or None,
        cost_usd=unspent.take(COST, _amount),
        input=_content(unspent, exported.events, INPUT, NUMBERED_INPUT),
        output=_content(unspent, exported.events, OUTPUT, NUMBERED_OUTPUT),
        metadata=_metadata(unspent, exported),
    )


class Unspent:
    """The attributes of a span that no field has taken yet."""

    def __init__(self, exported: ExportedSpan) -> None:
        self.left = dict(exported.attributes)
        self._resource = exported.resource

    def take(self, names: Iterable[str], read: Callable[[Any], TakenT | None]) -> TakenT | None:
        """Take the first attribute of these that `read` can make something of; the others stay."""
        for name in names:
            taken = read(self.left.get(name))
            if taken is not None:
                del self.left[name]
                return taken
        return None

    def take_or_inherit(self, names: Iterable[str]) -> str | None:
        """Take a text from the span's own attributes, else read it from its resource."""
        own = self.take(names, _text)
        return own if own is not None else first_of(self._resource, names, _text)

    def take_all_under(self, prefix: str) -> dict[str, Any] | None:
        """Take all attributes whose names start with `prefix`, named by the rest; None if there are none."""
        names = [name for name in self.left if name.startswith(prefix)]
        return {name.removeprefix(prefix): self.left.pop(name) for name in names} or None

    def take_messages(self, prefix: str) -> list[dict[str, Any]] | None:
        """Take a list of messages that came flattened: ``prefix.0.role``, ``prefix.0.content`` and so on."""
        messages: dict[int, dict[str, Any]] = {}
        pattern = re.compile(rf"{re.escape(prefix)}\.([0-9]{{1,6}})\.(?:message\.)?(.+)", re.DOTALL)
        for name in list(self.left):
            numbered = pattern.fullmatch(name)
            if numbered:
                messages.setdefault(int(numbered[1]), {})[numbered[2]] = self.left.pop(name)
        return [messages[number] for number in sorted(messages)] or None


def first_of(attributes: Attributes, names: Iterable[str], read: Callable[[Any], TakenT | None]) -> TakenT | None:
    """Return what `read` makes of the first of these attributes that it can make something of."""
    readings = (read(attributes.get(name)) for name in names)
    return next((reading for reading in readings if reading is not None), None)


def document_of(value: Any) -> Document:
    """Return an attribute's value as a document: a text that is a JSON object or array is read, "" is None."""
    if not isinstance(value, str):
        return value
    if value[:1] in {"{", "["}:
        try:
            return checked_document(parse(value.encode()))
        except Refusal:
            return value  # it only looked like JSON
    return value or None


class _TraceFacts:
    """What the spans of one trace say of it, in whatever order they come."""

    def __init__(self, id: str) -> None:
        self._id = id
        self._said: dict[str, Any] = {}
        self._tags: dict[str, None] = {}
        self._has_root = False

    def hear(self, exported: ExportedSpan, sketch: SpanSketch) -> None:
        """Take in one span; its labels count where nothing was said before, a root's in any case.

        Raises:
            Invalid: the trace would have too many tags.
        """
        labels = {name: getattr(sketch, name) for name in _LABELS if getattr(sketch, name) is not None}
        tags = self._tags | dict.fromkeys(sketch.tags)
        if len(tags) > TAGS_MAX:
            raise Invalid(Fault(("tags",), "too_long", f"must not exceed {TAGS_MAX} tags in a trace"))
        self._tags = tags
        if exported.parent_id is not None or self._has_root:
            self._said = labels | self._said
            return
        self._has_root = True
        origins = {"resource": dict(exported.resource), "scope": _scope(exported)}
        self._said |= labels | {
            "name": sketch.name,
            "input": sketch.input,
            "output": sketch.output,
            "metadata": {name: origin for name, origin in origins.items() if origin},
        }

    def sketch(self) -> TraceSketch:
        """Return the sketch. Without a root, what is already known of the trace wins."""
        first_wins = frozenset(() if self._has_root else _LABELS)
        return TraceSketch(id=self._id, tags=tuple(self._tags), first_wins=first_wins, **self._said)


def _kind(attributes: Attributes, model: str | None) -> SpanKind:
    for name, words in KINDS.items():
        word = attributes.get(name)
        if isinstance(word, str) and word in words:
            return words[word]
    return SpanKind.SPAN if model is None else SpanKind.LLM


def _content(
    unspent: Unspent, events: Iterable[ExportedEvent], names: tuple[str, ...], numbered: tuple[str, ...]
) -> Document:
    """Find an input or output: whole, flattened into numbered attributes, or on an event."""
    whole = unspent.take(names, document_of)
    if whole is not None:
        return whole
    for prefix in numbered:
        messages = unspent.take_messages(prefix)
        if messages:
            return messages
    found = (first_of(event.attributes, names, document_of) for event in events)
    return next((document for document in found if document is not None), None)


def _metadata(unspent: Unspent, exported: ExportedSpan) -> dict[str, Any]:
    """Gather what no field took; the sender's own metadata stand at the top, as they were written."""
    metadata = dict(unspent.take(("metadata",), _object) or {})
    rest = {
        "attributes": unspent.left,
        "events": [_event(event) for event in exported.events],
        "links": [
            {"traceId": link.trace_id, "spanId": link.span_id, "attributes": dict(link.attributes)}
            for link in exported.links
        ],
    }
    return metadata | {name: content for name, content in rest.items() if content}


def _event(event: ExportedEvent) -> dict[str, Any]:
    at = None if event.at is None else microseconds_z(event.at)
    return {"name": event.name, "time": at, "attributes": dict(event.attributes)}


def _scope(exported: ExportedSpan) -> dict[str, Any]:
    scope = exported.scope
    facts = {"name": scope.name, "version": scope.version, "attributes": dict(scope.attributes)}
    return {name: fact for name, fact in facts.items() if fact}


def _exception_message(events: Iterable[ExportedEvent]) -> str | None:
    return next((text for event in events if (text := _text(event.attributes.get("exception.message")))), None)


# ── Readings of one attribute: what it is worth to a field, None for nothing ─────────────────────────────


def _text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _texts(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str):
        value = document_of(value)
    items = value if isinstance(value, list) else [value]
    return tuple(items) if items and all(isinstance(item, str) and item for item in items) else None


def _object(value: Any) -> dict[str, Any] | None:
    document = document_of(value)
    return document if isinstance(document, dict) else None


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    return int(value) if is_count and 0 <= value < COUNT_MAX else None


def _amount(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isfinite(value) else None
