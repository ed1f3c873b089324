"""Attributes of exported spans → sketches of observations and traces (contract langfuse §12.2 to §12.4).

The order of sources is the contract's: the first that says something wins. Trace facts may stand on any span, in
any order of arrival: often the root carries none, because it was started outside of the scope that sets them. So every
span says what it knows, and what is only supposed (a trace's name from its root's) yields to what is told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scorehouse.dialects.langfuse.environments import read_environment
from scorehouse.dialects.langfuse.events import observation_residue
from scorehouse.dialects.langfuse.reads import read_metadata
from scorehouse.dialects.langfuse.usages import read_costs, read_usage_details, total_cost
from scorehouse.dialects.langfuse.words import LEVELS, NAME, SPAN_KINDS
from scorehouse.domain.documents import Document, merged
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Invalid, Refusal
from scorehouse.domain.traces import Health, SpanKind, SpanSketch, TraceSketch
from scorehouse.wire import semantics
from scorehouse.wire.bodies import parse
from scorehouse.wire.exported import Attributes, ExportedSpan, StatusCode
from scorehouse.wire.semantics import Unspent, first_of
from scorehouse.wire.times import parse_time

OWN = "langfuse.observation."
METADATA = f"{OWN}metadata"
TRACE_METADATA = "langfuse.trace.metadata"

NAMES = ("langfuse.trace.name",)
USERS = (
    "langfuse.user.id",
    "user.id",
    f"{METADATA}.langfuse_user_id",
    f"{TRACE_METADATA}.langfuse_user_id",
    "ai.telemetry.metadata.userId",
)
SESSIONS = (
    "langfuse.session.id",
    "session.id",
    "gen_ai.conversation.id",
    f"{METADATA}.langfuse_session_id",
    f"{TRACE_METADATA}.langfuse_session_id",
    "ai.telemetry.metadata.sessionId",
)
TAGS = (
    "langfuse.trace.tags",
    "langfuse.tags",
    f"{METADATA}.langfuse_tags",
    f"{TRACE_METADATA}.langfuse_tags",
    "ai.telemetry.metadata.tags",
    "tag.tags",
)
PUBLIC = ("langfuse.trace.public", "langfuse.public")
VERSIONS = ("langfuse.version", "service.version")
RELEASES = ("langfuse.release",)
ENVIRONMENTS = ("langfuse.environment", "deployment.environment.name", "deployment.environment")
TRACE_INPUTS = ("langfuse.trace.input",)
TRACE_OUTPUTS = ("langfuse.trace.output",)
METADATA_PREFIXES = (f"{TRACE_METADATA}.", "langfuse.metadata.")

AS_ROOT = "langfuse.internal.as_root"
APP_ROOT = "langfuse.internal.is_app_root"

VERCEL_INPUTS = ("ai.prompt.messages", "ai.prompt", "ai.toolCall.args", "ai.values", "ai.value")
VERCEL_OUTPUTS = (
    "ai.response.text",
    "ai.result.text",
    "ai.response.object",
    "ai.response.toolCalls",
    "ai.toolCall.result",
)

OF_TRACES = frozenset((*NAMES, *USERS, *SESSIONS, *TAGS, *PUBLIC, *RELEASES, *ENVIRONMENTS, "langfuse.version"))
OF_TRACES |= {*TRACE_INPUTS, *TRACE_OUTPUTS, TRACE_METADATA, AS_ROOT, APP_ROOT}
"""What was read for the trace, and so is not kept once more among the attributes of each observation."""

STATUS_LEVELS: Mapping[StatusCode, str] = {StatusCode.ERROR: "ERROR"}


# ── Observations ─────────────────────────────────────────────────────────────────────────────────────────


def sketch_observation(span: ExportedSpan) -> SpanSketch:
    """Turn one span into an observation.

    Raises:
        Invalid: a field breaks a rule of SpanSketch.
    """
    unspent = Unspent(span)
    kind = SPAN_KINDS.get((unspent.take((f"{OWN}type",), _text) or "").upper())
    input, output = _take_content(unspent, "input", VERCEL_INPUTS), _take_content(unspent, "output", VERCEL_OUTPUTS)
    level = unspent.take((f"{OWN}level",), _level)
    message = unspent.take((f"{OWN}status_message",), _text)
    model = unspent.take((f"{OWN}model.name",), _text)
    parameters = unspent.take((f"{OWN}model.parameters",), _object)
    usage = read_usage_details(unspent.take((f"{OWN}usage_details",), _object))
    costs = read_costs(unspent.take((f"{OWN}cost_details",), _object))
    completed = unspent.take((f"{OWN}completion_start_time",), _moment)
    prompt = unspent.take((f"{OWN}prompt.name",), _text)
    prompt_version = unspent.take((f"{OWN}prompt.version",), _integer)
    own = _take_own_metadata(unspent)
    is_app_root = unspent.left.get(APP_ROOT) is True
    usual = semantics.sketch_span(_rest(span, unspent.left))
    residue = observation_residue(level or STATUS_LEVELS.get(span.status), costs, prompt, prompt_version)
    if is_app_root:
        residue = {NAME: {**residue.get(NAME, {}), "isAppRoot": True}}
    return SpanSketch(
        id=span.span_id,
        trace=span.trace_id,
        parent=span.parent_id,
        name=span.name or None,
        kind=kind or _guessed(usual, model),
        started_at=span.started_at,
        ended_at=span.ended_at,
        completion_started_at=completed,
        session=first_of(span.attributes, SESSIONS, _text),
        user=first_of(span.attributes, USERS, _text),
        environment=_environment(span),
        version=first_of(span.attributes, VERSIONS, _text) or first_of(span.resource, VERSIONS, _text),
        health=Health.ERROR if level == "ERROR" else usual.health,
        error=message or usual.error,
        model=model or usual.model,
        model_parameters=parameters or usual.model_parameters,
        usage=usage or usual.usage,
        cost_usd=total_cost(costs) if costs else usual.cost_usd,
        input=usual.input if input is None else input,
        output=usual.output if output is None else output,
        metadata={**usual.metadata, **own},
        residue=residue,
    )


def _rest(span: ExportedSpan, left: Attributes) -> ExportedSpan:
    """Return the span with the attributes that are left, for the conventions that all dialects share."""
    kept = {
        name: value for name, value in left.items() if name not in OF_TRACES and not name.startswith(METADATA_PREFIXES)
    }
    return ExportedSpan(
        trace_id=span.trace_id,
        span_id=span.span_id,
        attributes=kept,
        events=span.events,
        links=span.links,
        status=span.status,
        message=span.message,
    )


def _guessed(usual: SpanSketch, model: str | None) -> SpanKind | None:
    return SpanKind.LLM if model is not None and usual.kind is SpanKind.SPAN else usual.kind


def _take_content(unspent: Unspent, name: str, others: Iterable[str]) -> Document:
    """Take an input or output of Langfuse's own or of Vercel's SDK; the other conventions come after."""
    said: list[Document] = unspent.take((f"{OWN}{name}",), _boxed) or unspent.take(others, _boxed) or [None]
    return said[0]


def _take_own_metadata(unspent: Unspent) -> dict[str, Any]:
    whole = unspent.take((METADATA,), _boxed)
    metadata = dict(read_metadata(whole[0])) if whole else {}
    each = unspent.take_all_under(f"{METADATA}.") or {}
    return metadata | {name: decoded(value) for name, value in each.items()}


# ── Traces ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class TraceFacts:
    """What the spans of one export say of one trace, in whatever order they come.

    Attributes:
        id: of the trace.
        told: fields that a span said explicitly; the last wins.
        supposed: fields that follow from a root; they yield to what is or was told.
        metadata: merged.
        tags: each once.
        rooted: whether a root was among them.
    """

    id: str
    told: dict[str, Any] = field(default_factory=dict)
    supposed: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    rooted: bool = False

    def hear(self, span: ExportedSpan, observation: SpanSketch) -> None:
        """Take in one span and the observation made of it."""
        self.told |= _told(span)
        self.tags |= dict.fromkeys(first_of(span.attributes, TAGS, _tags) or ())
        self.metadata = merged(self.metadata, _metadata(span))
        environment = observation.environment
        if environment is not None:
            self.supposed.setdefault("environment", environment)
        if span.parent_id is not None and span.attributes.get(AS_ROOT) is not True:
            if span.started_at is not None:
                first = self.supposed.get("started_at", span.started_at)
                self.supposed["started_at"] = first if self.rooted else min(first, span.started_at)
            return
        if not self.rooted:
            self.supposed |= {"name": observation.name, "input": observation.input, "output": observation.output}
            self.supposed["started_at"] = span.started_at
        self.rooted = True
        self.metadata = merged(_origins(span), self.metadata)

    def sketch(self) -> TraceSketch:
        """Return the sketch. A root's start is the trace's; before it comes, the first start heard of stands in."""
        supposed = {name: value for name, value in self.supposed.items() if value is not None}
        first_wins = frozenset(supposed.keys() - self.told.keys() - ({"started_at"} if self.rooted else set()))
        fields = supposed | self.told
        return TraceSketch(id=self.id, tags=tuple(self.tags), metadata=self.metadata, first_wins=first_wins, **fields)


def _told(span: ExportedSpan) -> dict[str, Any]:
    attributes = span.attributes
    facts: dict[str, Any] = {
        "name": first_of(attributes, NAMES, _text),
        "user": first_of(attributes, USERS, _text),
        "session": first_of(attributes, SESSIONS, _text),
        "public": first_of(attributes, PUBLIC, _truth),
        "version": first_of(attributes, VERSIONS, _text) or first_of(span.resource, VERSIONS, _text),
        "release": first_of(attributes, RELEASES, _text) or first_of(span.resource, RELEASES, _text),
        "input": (first_of(attributes, TRACE_INPUTS, _boxed) or [None])[0],
        "output": (first_of(attributes, TRACE_OUTPUTS, _boxed) or [None])[0],
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _metadata(span: ExportedSpan) -> dict[str, Any]:
    whole = first_of(span.attributes, (TRACE_METADATA,), _boxed)
    metadata = dict(read_metadata(whole[0])) if whole else {}
    for prefix in METADATA_PREFIXES:
        for name, value in span.attributes.items():
            if name.startswith(prefix):
                metadata[name.removeprefix(prefix)] = decoded(value)
    return metadata


def _origins(span: ExportedSpan) -> dict[str, Any]:
    """Return what a root says of where it ran: resource attributes and scope, under their own keys."""
    scope = {"name": span.scope.name, "version": span.scope.version, "attributes": dict(span.scope.attributes)}
    origins = {"resourceAttributes": dict(span.resource), "scope": {k: v for k, v in scope.items() if v}}
    return {name: origin for name, origin in origins.items() if origin}


def _environment(span: ExportedSpan) -> str | None:
    said = first_of(span.attributes, ENVIRONMENTS, _text) or first_of(span.resource, ENVIRONMENTS, _text)
    return read_environment(said)


# ── Readings of one attribute ────────────────────────────────────────────────────────────────────────────


def decoded(value: Any) -> Document:
    """Return a metadata attribute's value: a text that is a JSON string, object or array is read, others stay.

    Python 5 quotes texts, older SDKs and JavaScript do not; reading bare numbers would turn their text ``1`` into a
    number (contract langfuse §13.4).
    """
    if not isinstance(value, str) or value[:1] not in {'"', "{", "["}:
        return value
    try:
        return parse(value.encode())
    except Refusal:
        return value


def _boxed(value: Any) -> list[Document] | None:
    """Return a document in a list, so that what says null is told from what says nothing."""
    return None if value is None or value == "" else [decoded(value)]


def _text(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _truth(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _integer(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _level(value: Any) -> str | None:
    word = value.upper() if isinstance(value, str) else ""
    return word if word in LEVELS else None


def _object(value: Any) -> dict[str, Any] | None:
    document = decoded(value)
    return document if isinstance(document, dict) and document else None


def _moment(value: Any) -> Instant | None:
    text = decoded(value)
    try:
        return parse_time(text, "completion_start_time") if isinstance(text, str) else None
    except Invalid:
        return None


def _tags(value: Any) -> list[str] | None:
    """Read tags: an array, one written as JSON, a comma list, or one word (contract langfuse §12.2)."""
    said = decoded(value)
    if isinstance(said, str):
        said = [part.strip() for part in said.split(",")]
    if not isinstance(said, list):
        return None
    return [tag for tag in said if isinstance(tag, str) and tag and "\x1f" not in tag] or None
