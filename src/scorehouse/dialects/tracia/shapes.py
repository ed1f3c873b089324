"""The wire shapes of Tracia, camelCase on the wire.

Shapes named ``New…`` are read: null means the same as absent in them, and members that they do not name are passed
over, as the vendor does. The others are written, every member of them, null where there is nothing.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from scorehouse.domain.traces import COUNT_MAX

Status = Literal["SUCCESS", "ERROR"]
SpanKindName = Literal["ROOT", "LLM", "EMBEDDING"]

Count = Annotated[int, Meta(ge=0, le=COUNT_MAX - 1)]
"""A whole number; a negative or fractional one is refused (contract 2signal-tracia §2.4)."""

Id = Annotated[str, Meta(min_length=1)]

# ── Evaluations (contract 2signal-tracia §2.3) ───────────────────────────────────────────────────────────


class NewEvaluation(Struct, rename="camel"):
    """An evaluation of a span by a registered evaluator."""

    evaluator_key: Id
    value: float
    note: str | None = None


class EvaluationShape(Struct, rename="camel"):
    """An evaluation as answered. `value` is whole where the number is."""

    id: str
    evaluator_key: str
    evaluator_name: str
    value: float | int
    source: str
    note: str | None
    created_at: str


class ExportedEvaluation(Struct, rename="camel", kw_only=True):
    """An evaluation as moved out: the span of the path before what is answered."""

    span_id: str
    id: str
    evaluator_key: str
    evaluator_name: str
    value: float | int
    source: str
    note: str | None
    created_at: str


# ── Spans (contract 2signal-tracia §2.4 to §2.6) ─────────────────────────────────────────────────────────


class NewCompletion(Struct, rename="camel", kw_only=True):
    """What a span and a trace of the older family both say of one call of a model.

    Attributes:
        provider: the vendor's list of them is not enforced.
        input: ``{"messages": […]}`` of a chat, ``{"text": …}`` of an embedding; stored as it is.
    """

    model: str
    provider: str
    input: dict[str, Any]
    status: Status
    latency_ms: Count
    input_tokens: Count
    output_tokens: Count
    total_tokens: Count
    variables: dict[str, str] | None = None
    output: str | None = None
    error: str | None = None
    tags: list[str] | None = None
    user_id: str | None = None
    session_id: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: Count | None = None
    tools: list[dict[str, Any]] | None = None
    tool_calls: list[dict[str, Any]] | None = None


class NewSpan(NewCompletion, rename="camel", kw_only=True):
    """A span to record; the client chose its id."""

    span_id: Id
    trace_id: str | None = None
    parent_span_id: str | None = None
    span_kind: SpanKindName | None = None


class CreatedSpan(Struct, rename="camel"):
    """The answer to a span: what Python's SDK insists on and what Node's types say, both (§2.4)."""

    id: str
    span_id: str
    trace_id: str
    cost: float | None


class TraceItem(Struct, rename="camel", kw_only=True):
    """What every list shows. In a list of the older family it is the whole item, `trace_id` being a span's own id."""

    id: str
    trace_id: str
    prompt_slug: str | None
    model: str
    status: Status
    latency_ms: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cost: float | None
    created_at: str


class TraceShape(TraceItem, rename="camel", kw_only=True):
    """What is shown of one thing alone. In the older family it is the whole trace."""

    prompt_version: int | None
    provider: str
    input: dict[str, Any]
    variables: dict[str, str] | None
    output: str | None
    error: str | None
    tags: list[str]
    user_id: str | None
    session_id: str | None


class SpanItem(TraceItem, rename="camel", kw_only=True):
    """A span in a list."""

    span_id: str
    parent_span_id: str | None


class SpanShape(TraceShape, rename="camel", kw_only=True):
    """A span, whole. Its evaluations are no part of it."""

    span_id: str
    parent_span_id: str | None


class SpanPage(Struct, rename="camel", kw_only=True):
    """A part of the list: Node's SDK goes on with `next_cursor`, Python's with `cursor` and `has_more` (§2.6)."""

    spans: list[SpanItem]
    next_cursor: str | None
    cursor: str | None
    has_more: bool


class SpanListQuery(Struct, rename="camel", kw_only=True):
    """Which spans to list.

    Attributes:
        start_date, end_date: ISO 8601, both inclusive; without a zone they are in UTC.
        tags: joined by commas; a span has to have all of them.
        limit: more than 100 means 100.
        cursor: of the part before.
    """

    prompt_slug: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    status: Status | None = None
    start_date: str | None = None
    end_date: str | None = None
    tags: str | None = None
    limit: Annotated[int, Meta(ge=1)] = 50
    cursor: str | None = None


# ── Traces of the older family (contract 2signal-tracia §2.8) ────────────────────────────────────────────


class NewTrace(NewCompletion, rename="camel", kw_only=True):
    """A trace to record, as Node's SDK did up to 0.2.7: a span that has no parent and is its own trace."""

    trace_id: Id


class CreatedTrace(Struct, rename="camel"):
    """The answer to a trace."""

    trace_id: str
    cost: float | None


class TracePage(Struct, rename="camel", kw_only=True):
    """A part of the list of traces."""

    traces: list[TraceItem]
    next_cursor: str | None


# ── Refusals (contract 2signal-tracia §2.9) ──────────────────────────────────────────────────────────────


class Problem(Struct):
    """Why it was refused."""

    code: str
    message: str


class ErrorBody(Struct):
    """A refusal twice in one: nested as both SDKs read it, flat as the documentation has it."""

    error: Problem
    code: str
    message: str
