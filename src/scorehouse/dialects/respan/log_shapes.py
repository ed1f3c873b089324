"""The wire shapes of logs and of the vendor's own span arrays (contract respan §10)."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from scorehouse.dialects.respan.shapes import Integer, ListQuery, ListShape

Tokens = Annotated[int, Meta(ge=0, le=2**53)]


class NewLog(Struct, kw_only=True):
    """A log to create. What it says beyond these members is ignored: clients send much that is for a gateway.

    ``respan_params`` (once ``keywordsai_params``) holds members of the log as well; the log's own win.
    """

    unique_id: str | None = None
    span_unique_id: str | None = None
    trace_unique_id: str | None = None
    span_parent_id: str | None = None
    span_name: str | None = None
    span_workflow_name: str | None = None
    span_path: str | None = None
    input: Any = None
    output: Any = None
    prompt_messages: Any = None
    messages: Any = None
    completion_message: Any = None
    completion_messages: Any = None
    log_type: str | None = None
    log_method: str | None = None
    model: str | None = None
    usage: dict[str, Any] | None = None
    prompt_tokens: Tokens | None = None
    completion_tokens: Tokens | None = None
    total_request_tokens: Tokens | None = None
    cost: float | None = None
    latency: float | None = None
    generation_time: float | None = None
    time_to_first_token: float | None = None
    ttft: float | None = None
    tokens_per_second: float | None = None
    routing_time: float | None = None
    timestamp: str | float | None = None
    start_time: str | float | None = None
    environment: str | None = None
    customer_identifier: str | None = None
    customer_email: str | None = None
    customer_params: dict[str, Any] | None = None
    custom_identifier: str | None = None
    thread_identifier: str | None = None
    session_identifier: str | None = None
    group_identifier: str | None = None
    trace_group_identifier: str | None = None
    evaluation_identifier: str | None = None
    metadata: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    variables: dict[str, Any] | None = None
    status: str | None = None
    status_code: Integer | None = None
    error_message: str | None = None
    error_code: str | Integer | None = None
    warnings: Any = None
    positive_feedback: bool | None = None
    note: str | None = None
    stream: bool | None = None
    prompt_id: str | None = None
    prompt_name: str | None = None
    prompt_version_number: Integer | None = None
    provider_id: str | None = None
    deployment_name: str | None = None
    cache_key: str | None = None
    cache_bit: bool | None = None
    has_tool_calls: bool | None = None
    used_custom_credential: bool | None = None
    error_class: str | None = None
    error_fingerprint: str | None = None
    fault_domain: str | None = None
    behaviors: list[str] | None = None
    prompt_cache_hit_tokens: Tokens | None = None
    prompt_cache_creation_tokens: Tokens | None = None
    reasoning_tokens: Tokens | None = None
    respan_params: dict[str, Any] | None = None
    keywordsai_params: dict[str, Any] | None = None


class NewLogs(Struct, kw_only=True):
    """Logs to create, each judged by itself."""

    logs: list[Any]


class LogChange(Struct, kw_only=True):
    """What of a log can be changed; metadata are laid over those that are there."""

    is_pinned: bool | None | UnsetType = UNSET
    positive_feedback: bool | None | UnsetType = UNSET
    note: str | None | UnsetType = UNSET
    metadata: dict[str, Any] | None | UnsetType = UNSET


class CreatedLog(Struct, kw_only=True):
    """The union of what the vendor's eras answer to a new log."""

    message: str = "log successful"
    id: str
    unique_id: str
    trace_unique_id: str
    organization_id: str
    customer_identifier: str | None
    environment: str | None
    status: str
    cost: float | None
    latency: float | None
    time_to_first_token: float | None
    timestamp: str


class BulkError(Struct):
    """What is wrong with one row."""

    index: int
    error: str


class BulkAnswer(Struct):
    """What became of many logs."""

    success_count: int
    error_count: int
    errors: list[BulkError]


class LogListQuery(ListQuery, kw_only=True):
    """The query string of a list of logs; any other parameter is a quick filter (contract respan §9.5)."""

    sort_by: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    environment: str | None = None
    include_fields: str | None = None


class LogListShape(ListShape, kw_only=True):
    """A page of logs."""

    results: list[dict[str, Any]]


class SummaryShape(Struct, kw_only=True):
    """The union of what the vendor's eras answer to a summary."""

    number_of_requests: int
    total_requests: int
    total_cost: float
    total_tokens: int
    total_prompt_tokens: int
    total_completion_tokens: int
    average_cost: float
    average_latency: float | None
    avg_latency: float
    avg_ttft: float
    avg_tps: float
    error_count: int
    scores: dict[str, dict[str, Any]]


class RefusedSpans(Struct, rename="camel"):
    """What of an export was refused; both members are there also where nothing was."""

    rejected_spans: int = 0
    error_message: str = ""


class ExportShape(Struct, rename="camel"):
    """The answer to an export in JSON."""

    partial_success: RefusedSpans


class IngestAnswer(Struct, kw_only=True):
    """The union of the published answers to a span array."""

    message: str
    status: str = "ok"
    success: bool = True
    ingested_spans: int
    ingested_count: int
    created_traces: int
    trace_ids: list[str]
    errors: list[dict[str, Any]]
