"""What PandaProbe answers, members in the declared order (contract pandaprobe §4.4, §5)."""

from typing import Any, Generic, TypeVar

from msgspec import Struct

ItemT = TypeVar("ItemT")


class PageShape(Struct, Generic[ItemT], kw_only=True):
    """A part of a list (contract pandaprobe §1.3)."""

    items: list[ItemT]
    total: int
    limit: int
    offset: int


class TraceScore(Struct, kw_only=True):
    """A score of a trace (contract pandaprobe §5.1)."""

    id: str
    trace_id: str
    name: str
    value: str | None
    status: str
    source: str
    created_at: str
    project_id: str
    data_type: str
    eval_run_id: str | None
    author_user_id: str | None
    reason: str | None
    environment: str | None
    config_id: str | None
    metadata: dict[str, Any]
    updated_at: str


class SessionScore(Struct, kw_only=True):
    """A score of a session (contract pandaprobe §5.2)."""

    id: str
    session_id: str
    project_id: str
    name: str
    data_type: str
    value: str | None
    source: str
    status: str
    eval_run_id: str | None
    author_user_id: str | None
    reason: str | None
    metadata: dict[str, Any]
    created_at: str
    updated_at: str


class SpanShape(Struct, kw_only=True):
    """A span (contract pandaprobe §4.4)."""

    span_id: str
    trace_id: str
    parent_span_id: str | None
    name: str
    kind: str
    status: str
    input: Any
    output: Any
    model: str | None
    token_usage: dict[str, Any] | None
    metadata: dict[str, Any]
    started_at: str
    ended_at: str | None
    error: str | None
    completion_start_time: str | None
    model_parameters: dict[str, Any] | None
    cost: dict[str, Any] | None
    latency_ms: float | None
    time_to_first_token_ms: float | None


class TraceShape(Struct, kw_only=True):
    """A whole trace (contract pandaprobe §4.4)."""

    trace_id: str
    project_id: str
    name: str
    status: str
    input: Any
    output: Any
    metadata: dict[str, Any]
    started_at: str
    ended_at: str | None
    session_id: str | None
    user_id: str | None
    tags: list[str]
    environment: str | None
    release: str | None
    spans: list[SpanShape]
    total_tokens: int
    total_cost: float


class TraceItem(Struct, kw_only=True):
    """A trace in a list (contract pandaprobe §4.4)."""

    trace_id: str
    name: str
    status: str
    started_at: str
    ended_at: str | None
    session_id: str | None
    user_id: str | None
    tags: list[str]
    environment: str | None
    release: str | None
    latency_ms: float | None
    span_count: int
    total_tokens: int
    total_cost: float


class SessionItem(Struct, kw_only=True):
    """A session in a list (contract pandaprobe §4.4)."""

    session_id: str
    trace_count: int
    first_trace_at: str
    last_trace_at: str | None
    total_latency_ms: float | None
    has_error: bool
    user_id: str | None
    tags: list[str]
    total_span_count: int
    total_tokens: int
    total_cost: float


class SessionShape(SessionItem, kw_only=True):
    """A session with a part of its traces (contract pandaprobe §3.4); their clients read a bare list."""

    traces: list[TraceShape]


class TraceAccepted(Struct, kw_only=True):
    """Answer to ``POST /traces``; the task cannot be polled (contract pandaprobe §4.2)."""

    trace_id: str
    task_id: str


class SpansAdded(Struct, kw_only=True):
    """Answer to ``POST /traces/{trace_id}/spans`` (contract pandaprobe §3.2)."""

    span_ids: list[str]


class Deleted(Struct, kw_only=True):
    """How many traces were deleted."""

    deleted: int


class Updated(Struct, kw_only=True):
    """How many traces were found."""

    updated: int


class Metric(Struct, kw_only=True):
    """A metric of their evaluators (contract pandaprobe §3.1)."""

    name: str
    description: str
    category: str


class ProjectShape(Struct, kw_only=True):
    """A project (contract pandaprobe §3.5)."""

    id: str
    org_id: str
    name: str
    description: str
    created_at: str


class OrganizationShape(Struct, kw_only=True):
    """An organization: what a key reaches (contract pandaprobe §3.5)."""

    id: str
    name: str
    created_at: str
    role: str


class KeyShape(Struct, kw_only=True):
    """A key, without its secret (contract pandaprobe §3.5)."""

    id: str
    org_id: str
    key_prefix: str
    name: str
    is_active: bool
    created_at: str
    expires_at: str | None
    raw_key: str | None


class CodeShape(Struct, kw_only=True):
    """Answer to ``POST /cli/auth/codes``; it ends after so many seconds (contract pandaprobe §3.5)."""

    code: str
    expires_in: int


class LoginShape(Struct, kw_only=True):
    """Answer to ``POST /cli/auth/exchange``: all that the command line keeps (contract pandaprobe §3.5)."""

    api_key: str
    project_name: str
    org_id: str
    key_id: str
    key_prefix: str
    expires_at: str | None


class UserShape(Struct, kw_only=True):
    """Who asks."""

    id: str
    email: str
    display_name: str
    created_at: str
    last_sign_in_at: str | None


class FieldError(Struct, kw_only=True):
    """One thing that is wrong, and where (contract pandaprobe §1.4)."""

    field: str
    message: str


class ValidationError(Struct, kw_only=True):
    """Everything that is wrong with a request's shape (contract pandaprobe §1.4)."""

    detail: str
    errors: list[FieldError]
