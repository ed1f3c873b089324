"""2signal's wire shapes (contract 2signal-tracia §1.3 to §1.8). Members that no shape names are ignored."""

from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta
from msgspec import Struct as PlainStruct

DataT = TypeVar("DataT")


class Struct(PlainStruct, rename="camel"):
    """Members are camelCase on the wire."""


class Envelope(Struct, Generic[DataT]):
    """What lists and exports are wrapped in; scores and ingestion answer bare."""

    data: DataT
    error: None = None


class ErrorBody(Struct):
    """Why not: a stable code, and a sentence for people."""

    code: str
    message: str


class ErrorShape(Struct):
    """Every refusal."""

    error: ErrorBody


class HealthShape(Struct):
    """The answer of a server that can read and write."""

    status: str = "ok"


# ── Scores ───────────────────────────────────────────────────────────────────────────────────────────────


class NewScore(Struct):
    """A score to record; null and absent are equal."""

    trace_id: str
    evaluator_name: str
    value: Annotated[float, Meta(ge=0.0, le=1.0)]
    span_id: str | None = None
    label: str | None = None
    reasoning: str | None = None


class CreatedScore(Struct):
    """A score as its creation answers it: exactly these seven members, the ids as they were sent."""

    id: str
    trace_id: str
    span_id: str | None
    evaluator_name: str
    value: float
    label: str | None
    reasoning: str | None


class ScoreShape(Struct):
    """A score as lists and exports show it."""

    id: str
    trace_id: str
    span_id: str | None
    project_id: str
    evaluator_name: str
    value: float
    label: str | None
    reasoning: str | None
    created_at: str


class ScoresShape(Struct):
    """A page of scores, newest first."""

    scores: list[ScoreShape]
    next_cursor: str | None


# ── Ingestion ────────────────────────────────────────────────────────────────────────────────────────────


class EventType(StrEnum):
    """What an event brings. There are no events of change or of end."""

    TRACE = "trace-create"
    SPAN = "span-create"


class Event(Struct):
    """One event of a batch. Its body is a NewTrace or a NewSpan, its members in either casing.

    Attributes:
        timestamp: when the event was made; checked, but nothing is kept of it.
    """

    id: str
    type: EventType
    body: dict[str, Any]
    timestamp: str | None = None


class Batch(Struct):
    """Events of any kind and in any order."""

    batch: list[Event]


class ClaimedBatch(Struct):
    """As much of a body as tells that it is meant for 2signal, and not for another vendor of the same path."""

    batch: list[Any]


class NewTrace(Struct):
    """The body of a ``trace-create``."""

    id: str
    name: str
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None
    start_time: str | None = None
    end_time: str | None = None
    session_id: str | None = None
    parent_trace_id: str | None = None
    deployment_id: str | None = None
    evaluators: list[str] | None = None


class SpanType(StrEnum):
    """What a span does: the documented words, and those that only the SDK sends."""

    AGENT = "AGENT"
    LLM = "LLM"
    TOOL = "TOOL"
    RETRIEVAL = "RETRIEVAL"
    CHAIN = "CHAIN"
    CUSTOM = "CUSTOM"
    DELEGATION = "DELEGATION"
    VOICE = "VOICE"
    HUMAN_HANDOFF = "HUMAN_HANDOFF"
    GUARDRAIL = "GUARDRAIL"


class Status(StrEnum):
    """How a trace or span ended."""

    OK = "OK"
    ERROR = "ERROR"


class Usage(Struct):
    """Tokens; a count that was not sent is null here and zero in the SDK."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cached_tokens: int | None = None


class NewSpan(Struct):
    """The body of a ``span-create``. Without an id the event's id is the span's."""

    trace_id: str
    name: str
    type: SpanType
    id: str | None = None
    parent_span_id: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    input: Any = None
    output: Any = None
    model: str | None = None
    model_parameters: dict[str, Any] | None = None
    usage: Usage | None = None
    cost: float | None = None
    status: Status | None = None
    error_message: str | None = None
    metadata: dict[str, Any] | None = None


class Accepted(Struct):
    """How many events or spans were stored."""

    accepted: int


class PartialSuccess(Struct):
    """What an OTLP export lost, in OTLP's own words."""

    rejected_spans: int
    error_message: str


class ExportAccepted(Struct, omit_defaults=True):
    """The answer to an OTLP export in JSON; `partial_success` stands there only if a span was refused."""

    accepted: int
    partial_success: PartialSuccess | None = None


# ── Traces ───────────────────────────────────────────────────────────────────────────────────────────────


class TraceShape(Struct):
    """A trace in a list. `total_cost` is a decimal number in a text; times that nobody told are null."""

    id: str
    name: str | None
    status: Status
    start_time: str | None
    end_time: str | None
    duration_ms: int | None
    total_cost: str
    total_tokens: int
    tags: list[str]
    metadata: dict[str, Any]
    span_count: int
    score_count: int
    created_at: str


class TracesShape(Struct):
    """A page of traces, newest first."""

    traces: list[TraceShape]
    next_cursor: str | None


class TraceHead(Struct):
    """An exported trace as far as it stands before its spans and scores."""

    id: str
    project_id: str
    name: str | None
    start_time: str | None
    end_time: str | None
    metadata: dict[str, Any]
    tags: list[str]
    total_cost: str
    total_tokens: int
    status: Status
    duration_ms: int | None
    created_at: str


class SpanShape(Struct):
    """An exported span; its usage is flattened."""

    id: str
    trace_id: str
    parent_span_id: str | None
    project_id: str
    name: str | None
    type: SpanType
    start_time: str | None
    end_time: str | None
    duration_ms: int | None
    input: Any
    output: Any
    model: str | None
    model_parameters: dict[str, Any] | None
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    cost: float | None
    status: Status
    error_message: str | None
    metadata: dict[str, Any]
    created_at: str


class ExportedTrace(TraceHead):
    """An exported trace, whole."""

    spans: list[SpanShape]
    scores: list[ScoreShape]


class ExportedTraces(Envelope[list[ExportedTrace]]):
    """Many exported traces."""


# ── Query strings ────────────────────────────────────────────────────────────────────────────────────────

Limit = Annotated[int, Meta(ge=1, le=100)]
"""Rows of a page (contract 2signal-tracia §1.5); beyond it is refused, not clamped."""


class TracesQuery(Struct):
    """Which traces to list: by inclusive bounds of time, part of a name in any case, and tags joined by commas."""

    limit: Limit = 50
    cursor: str | None = None
    name: str | None = None
    status: Status | None = None
    tags: str | None = None
    start_date: str | None = None
    end_date: str | None = None


class ScoresQuery(Struct):
    """Which scores to list. Bounds of time are inclusive; `span_id` takes a span's id or that of its event."""

    limit: Limit = 50
    cursor: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    evaluator_name: str | None = None
    start_date: str | None = None
    end_date: str | None = None


class ExportFormat(StrEnum):
    """How a bulk export is written."""

    JSON = "json"
    CSV = "csv"


class ExportQuery(Struct):
    """What to export. Bounds of time are inclusive."""

    format: ExportFormat = ExportFormat.JSON
    from_: str | None = None
    to: str | None = None
    status: Status | None = None
