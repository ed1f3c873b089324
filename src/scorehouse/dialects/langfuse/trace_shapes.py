"""The wire shapes of traces, observations and sessions, as written (contract langfuse §13).

What must be present for the published clients' own models to accept an answer stands in contract §13.3; nothing
here is left out of an item but the groups that v2 observations were not asked for.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from scorehouse.dialects.langfuse.shapes import CursorMeta, PageMeta, Score


class Trace(Struct, rename="camel", kw_only=True):
    """A trace. In lists `observations` and `scores` are ids, in a single trace whole objects."""

    id: str
    external_id: str | None
    timestamp: str
    name: str | None
    user_id: str | None
    session_id: str | None
    metadata: dict[str, Any]
    release: str | None
    version: str | None
    project_id: str
    environment: str
    public: bool
    bookmarked: bool
    tags: list[str]
    input: Any
    output: Any
    created_at: str
    updated_at: str
    html_path: str
    latency: float
    total_cost: float
    observations: list[str]
    scores: list[str]


class WholeTrace(Trace, rename="camel", kw_only=True):
    """A trace with all that hangs on it."""

    observations: "list[Observation]"  # type: ignore[assignment]  # the vendor gives one name to ids and to objects
    scores: list[Score]  # type: ignore[assignment]  # the vendor gives one name to ids and to objects


class TraceOfSession(Struct, rename="camel", kw_only=True):
    """A trace inside a session: without what hangs on it."""

    id: str
    external_id: str | None
    timestamp: str
    name: str | None
    user_id: str | None
    session_id: str | None
    metadata: dict[str, Any]
    release: str | None
    version: str | None
    project_id: str
    environment: str
    public: bool
    bookmarked: bool
    tags: list[str]
    input: Any
    output: Any
    created_at: str
    updated_at: str


class Usage(Struct, rename="camel", kw_only=True):
    """Tokens in the older form."""

    input: int
    output: int
    total: int
    unit: str


class Observation(Struct, rename="camel", kw_only=True):
    """An observation as v1 and whole traces show it."""

    id: str
    trace_id: str
    project_id: str
    parent_observation_id: str | None
    type: str
    name: str | None
    start_time: str
    end_time: str | None
    completion_start_time: str | None
    level: str
    status_message: str | None
    version: str | None
    environment: str
    model: str | None
    model_id: str | None
    model_parameters: dict[str, Any]
    input: Any
    output: Any
    metadata: dict[str, Any]
    usage: Usage
    usage_details: dict[str, int]
    cost_details: dict[str, float]
    prompt_id: str | None
    prompt_name: str | None
    prompt_version: int | None
    latency: float | None
    time_to_first_token: float | None
    calculated_input_cost: float | None
    calculated_output_cost: float | None
    calculated_total_cost: float | None
    input_price: float | None
    output_price: float | None
    total_price: float | None
    created_at: str
    updated_at: str


class ObservationV2(Struct, rename="camel", kw_only=True, omit_defaults=True):
    """An observation as v2 shows it, in the groups asked for. Input and output are texts."""

    id: str
    trace_id: str
    start_time: str
    end_time: str | None
    project_id: str
    parent_observation_id: str | None
    type: str
    name: str | None | UnsetType = UNSET
    level: str | UnsetType = UNSET
    status_message: str | None | UnsetType = UNSET
    version: str | None | UnsetType = UNSET
    environment: str | UnsetType = UNSET
    bookmarked: bool | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    user_id: str | None | UnsetType = UNSET
    session_id: str | None | UnsetType = UNSET
    is_root_observation: bool | UnsetType = UNSET
    completion_start_time: str | None | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    updated_at: str | UnsetType = UNSET
    input: str | None | UnsetType = UNSET
    output: str | None | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    model: str | None | UnsetType = UNSET
    internal_model_id: str | None | UnsetType = UNSET
    model_parameters: dict[str, Any] | UnsetType = UNSET
    usage_details: dict[str, int] | UnsetType = UNSET
    cost_details: dict[str, float] | UnsetType = UNSET
    total_cost: float | None | UnsetType = UNSET
    usage_pricing_tier_name: str | None | UnsetType = UNSET
    prompt_id: str | None | UnsetType = UNSET
    prompt_name: str | None | UnsetType = UNSET
    prompt_version: int | None | UnsetType = UNSET
    latency: float | None | UnsetType = UNSET
    time_to_first_token: float | None | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    release: str | None | UnsetType = UNSET
    trace_name: str | None | UnsetType = UNSET


class Session(Struct, rename="camel", kw_only=True):
    """A session in a list."""

    id: str
    created_at: str
    project_id: str
    environment: str


class WholeSession(Session, rename="camel", kw_only=True):
    """A session with its traces."""

    traces: list[TraceOfSession]


class TracePage(Struct):
    """A page of traces."""

    data: list[Trace]
    meta: PageMeta


class ObservationPage(Struct):
    """A page of observations."""

    data: list[Observation]
    meta: PageMeta


class ObservationV2Page(Struct):
    """A page of v2 observations."""

    data: list[ObservationV2]
    meta: CursorMeta


class SessionPage(Struct):
    """A page of sessions."""

    data: list[Session]
    meta: PageMeta


class TraceIds(Struct, rename="camel", forbid_unknown_fields=True):
    """Traces to delete: 1 to 1,000 ids."""

    trace_ids: list[str]


class Organization(Struct):
    """Whom a project belongs to; the house has one."""

    id: str
    name: str


class Project(Struct):
    """The project of a key."""

    id: str
    name: str
    organization: Organization
    metadata: dict[str, Any]


class Projects(Struct):
    """The answer that clients check their keys with."""

    data: list[Project]


class HealthAnswer(Struct):
    """The server is up."""

    status: str
    version: str
