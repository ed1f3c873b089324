"""What PandaProbe's clients send and ask (contract pandaprobe §3.3, §4, §6.1, §6.6).

Unknown members are ignored, as everywhere in their API (contract pandaprobe §1). What their database refused with a
500 (too long, NUL) has its limit here, so that it is a fault of its member, named with all others.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from scorehouse.domain.access import Permission

OFFSET_MAX = 2**63 - 1
IDS_MAX = 500
SPANS_MAX = 500
TAGS_MAX = 1000

UUID_PATTERN = (
    r"^(?:[uU][rR][nN]:[uU][uU][iI][dD]:)?\{?"
    r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\}?$(?!\n)"
)
"""Hyphenated, plain, in braces or as a URN, in any case (contract pandaprobe §1.1)."""

TIME_PATTERN = (
    r"^\s*(?:\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\s*(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
    r"|[+-]?\d{1,17}(?:\.\d{0,9})?)\s*$"
)
"""ISO 8601, or Unix seconds or milliseconds as a text (contract pandaprobe §1.2)."""

NO_NUL = r"^[^\x00]*$"
NO_SEPARATOR = r"^[^\x00\x1f]*$"
NO_CONTROL = r"^[^\x00-\x1f\x7f]*$(?!\n)"

Uuid = Annotated[str, Meta(pattern=UUID_PATTERN)]
TimeText = Annotated[str, Meta(pattern=TIME_PATTERN)]
Time = TimeText | int | float
Text = Annotated[str, Meta(pattern=NO_NUL)]
Label = Annotated[str, Meta(max_length=255, pattern=NO_CONTROL)]
Text255 = Annotated[str, Meta(max_length=255, pattern=NO_NUL)]
ScoreName = Annotated[str, Meta(min_length=1, max_length=255, pattern=NO_CONTROL)]
Name = Annotated[str, Meta(min_length=1, max_length=512, pattern=NO_NUL)]
Tag = Annotated[str, Meta(pattern=NO_SEPARATOR)]
Tags = Annotated[list[Tag], Meta(max_length=TAGS_MAX)]
Object = dict[str, Any]
Cost = dict[str, float]

DataType = Literal["NUMERIC", "BOOLEAN", "CATEGORICAL"]
ScoreSource = Literal["AUTOMATED", "ANNOTATION", "PROGRAMMATIC"]
ScoreStatus = Literal["SUCCESS", "FAILED", "PENDING"]
TraceStatus = Literal["PENDING", "RUNNING", "COMPLETED", "ERROR"]
SpanKindWord = Literal["AGENT", "TOOL", "LLM", "RETRIEVER", "CHAIN", "EMBEDDING", "OTHER"]
SpanStatus = Literal["UNSET", "OK", "ERROR"]
SortOrder = Literal["asc", "desc"]

Offset = Annotated[int, Meta(ge=0, le=OFFSET_MAX)]
Limit200 = Annotated[int, Meta(ge=1, le=200)]
Limit1000 = Annotated[int, Meta(ge=1, le=1000)]


# ── Scores ───────────────────────────────────────────────────────────────────────────────────────────────


class NewTraceScore(Struct, kw_only=True):
    """Body of ``POST /evaluations/trace-scores`` (contract pandaprobe §6.1)."""

    trace_id: Uuid
    name: ScoreName
    value: Text255
    data_type: DataType = "NUMERIC"
    source: ScoreSource = "ANNOTATION"
    reason: Text | None = None
    metadata: Object = {}


class NewSessionScore(Struct, kw_only=True):
    """Body of ``POST /evaluations/session-scores``, which their server lacks: as for a trace."""

    session_id: Annotated[str, Meta(min_length=1, max_length=255, pattern=NO_CONTROL)]
    name: ScoreName
    value: Text255
    data_type: DataType = "NUMERIC"
    source: ScoreSource = "ANNOTATION"
    reason: Text | None = None
    metadata: Object = {}


class ScoreChange(Struct, kw_only=True):
    """Body of ``PATCH /evaluations/trace-scores/{score_id}``; null changes nothing (contract pandaprobe §6.8)."""

    value: Text255 | None = None
    reason: Text | None = None
    metadata: Object | None = None


class TraceScoreQuery(Struct, kw_only=True):
    """Filters of the list of trace scores (contract pandaprobe §6.6)."""

    trace_id: Uuid | None = None
    name: Text | None = None
    source: ScoreSource | None = None
    status: ScoreStatus | None = None
    data_type: DataType | None = None
    eval_run_id: Uuid | None = None
    environment: Text | None = None
    date_from: TimeText | None = None
    date_to: TimeText | None = None
    limit: Limit200 = 50
    offset: Offset = 0


class SessionScoreQuery(Struct, kw_only=True):
    """Filters of the list of session scores (contract pandaprobe §6.6)."""

    session_id: Text | None = None
    name: Text | None = None
    source: ScoreSource | None = None
    status: ScoreStatus | None = None
    eval_run_id: Uuid | None = None
    date_from: TimeText | None = None
    date_to: TimeText | None = None
    limit: Limit200 = 50
    offset: Offset = 0


# ── Traces and spans ─────────────────────────────────────────────────────────────────────────────────────


class NewSpan(Struct, kw_only=True):
    """A span, inside a trace or alone (contract pandaprobe §4.3)."""

    span_id: Uuid | UnsetType = UNSET
    parent_span_id: Uuid | None = None
    name: Name
    kind: SpanKindWord = "OTHER"
    status: SpanStatus = "UNSET"
    input: Any = None
    output: Any = None
    model: Text255 | None = None
    token_usage: Object | None = None
    metadata: Object = {}
    started_at: Time
    ended_at: Time | None = None
    completion_start_time: Time | None = None
    error: Text | None = None
    model_parameters: Object | None = None
    cost: Cost | None = None


NewSpans = Annotated[list[NewSpan], Meta(min_length=1, max_length=SPANS_MAX)]


class NewTrace(Struct, kw_only=True):
    """Body of ``POST /traces`` (contract pandaprobe §4.2)."""

    trace_id: Uuid | UnsetType = UNSET
    name: Name
    status: TraceStatus = "COMPLETED"
    input: Any = None
    output: Any = None
    metadata: Object = {}
    started_at: Time
    ended_at: Time | None = None
    session_id: Label | None = None
    user_id: Label | None = None
    tags: Tags = []
    environment: Label | None = None
    release: Text255 | None = None
    spans: Annotated[list[NewSpan], Meta(max_length=SPANS_MAX)] = []


class TraceChange(Struct, kw_only=True):
    """Body of ``PATCH /traces/{trace_id}`` (contract pandaprobe §4.5)."""

    name: Name | None = None
    status: TraceStatus | None = None
    input: Any = UNSET
    output: Any = UNSET
    metadata: Object | None = None
    ended_at: Time | UnsetType | None = UNSET
    session_id: Label | UnsetType | None = UNSET
    user_id: Label | UnsetType | None = UNSET
    tags: Tags | None = None
    environment: Label | UnsetType | None = UNSET
    release: Text255 | UnsetType | None = UNSET


class SpanChange(Struct, kw_only=True):
    """Body of ``PATCH /traces/{trace_id}/spans/{span_id}`` (contract pandaprobe §4.5)."""

    name: Name | None = None
    kind: SpanKindWord | None = None
    status: SpanStatus | None = None
    input: Any = UNSET
    output: Any = UNSET
    model: Text255 | UnsetType | None = UNSET
    token_usage: Object | UnsetType | None = UNSET
    metadata: Object | None = None
    ended_at: Time | UnsetType | None = UNSET
    completion_start_time: Time | UnsetType | None = UNSET
    error: Text | UnsetType | None = UNSET
    model_parameters: Object | UnsetType | None = UNSET
    cost: Cost | UnsetType | None = UNSET


TraceIds = Annotated[list[Uuid], Meta(min_length=1, max_length=IDS_MAX)]


class TraceDeletion(Struct, kw_only=True):
    """Body of ``POST /traces/batch/delete`` (contract pandaprobe §3.2)."""

    trace_ids: TraceIds


class TraceTagging(Struct, kw_only=True):
    """Body of ``POST /traces/batch/tags`` (contract pandaprobe §3.2)."""

    trace_ids: TraceIds
    add_tags: Tags = []
    remove_tags: Tags = []


class TraceQuery(Struct, kw_only=True):
    """Filters of the list of traces (contract pandaprobe §3.3)."""

    limit: Limit200 = 50
    offset: Offset = 0
    session_id: Text | None = None
    user_id: Text | None = None
    status: TraceStatus | None = None
    tags: list[Text] | None = None
    name: Text | None = None
    started_after: TimeText | None = None
    started_before: TimeText | None = None
    sort_by: Literal["started_at", "ended_at", "name", "latency", "status"] = "started_at"
    sort_order: SortOrder = "desc"


# ── Sessions ─────────────────────────────────────────────────────────────────────────────────────────────


class SessionQuery(Struct, kw_only=True):
    """Filters of the list of sessions (contract pandaprobe §3.4)."""

    limit: Limit200 = 50
    offset: Offset = 0
    user_id: Text | None = None
    has_error: bool | None = None
    started_after: TimeText | None = None
    started_before: TimeText | None = None
    tags: list[Text] | None = None
    query: Text | None = None
    sort_by: Literal["recent", "trace_count", "latency", "cost"] = "recent"
    sort_order: SortOrder = "desc"


class SessionTracesQuery(Struct, kw_only=True):
    """The page of a session's traces (contract pandaprobe §1.3)."""

    limit: Limit1000 = 200
    offset: Offset = 0


# ── Management ───────────────────────────────────────────────────────────────────────────────────────────


Description = Annotated[str, Meta(max_length=2000, pattern=NO_NUL)]


class NewProject(Struct, kw_only=True):
    """Body of ``POST /organizations/{organization_id}/projects`` (contract pandaprobe §3.5)."""

    name: str
    description: Description = ""


class ProjectChange(Struct, kw_only=True):
    """Body of ``PATCH /organizations/{organization_id}/projects/{project_id}``; null changes nothing."""

    name: str | None = None
    description: Description | None = None


class NewKey(Struct, kw_only=True):
    """Body of ``POST /organizations/{organization_id}/api-keys`` (contract pandaprobe §3.5).

    Attributes:
        scopes: what the key may do; their keys have none, so their clients leave it out.
    """

    name: Annotated[str, Meta(min_length=1, max_length=255, pattern=NO_CONTROL)]
    expiration: Literal["never", "90d"] = "never"
    scopes: Annotated[list[Permission], Meta(min_length=1)] | None = None


class KeyDeletion(Struct, kw_only=True):
    """Query of ``DELETE /organizations/{organization_id}/api-keys/{key_id}``."""

    permanent: bool = False


# ── Logging in a command line ────────────────────────────────────────────────────────────────────────────

Shown = Annotated[str, Meta(min_length=1, max_length=1000, pattern=NO_NUL)]


class NewCode(Struct, kw_only=True):
    """Body of ``POST /cli/auth/codes``, which the page sends that a browser shows (contract pandaprobe §3.5)."""

    org_id: Uuid
    project_id: Uuid
    code_challenge: Shown
    code_challenge_method: str = "S256"
    label: Annotated[str, Meta(min_length=1, max_length=255, pattern=NO_CONTROL)]
    expires_days: int = 90


class CodeExchange(Struct, kw_only=True):
    """Body of ``POST /cli/auth/exchange``, which the command line sends (contract pandaprobe §3.5)."""

    code: Shown
    code_verifier: Shown
