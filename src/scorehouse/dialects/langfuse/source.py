"""Langfuse as a source: its score configs, traces, observations and scores, through its public API.

Contract langfuse §9, §10, §13. A trace or observation is shown in the words in which its ingestion takes it, so that
it is read as one that is sent. ``fields=score`` makes the list show also scores whose trace was never sent (§9.4);
``fields=core,io`` leaves out of a trace what is summed up over its observations.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from scorehouse.dialects.langfuse import events_only
from scorehouse.dialects.langfuse.environments import DEFAULT
from scorehouse.dialects.langfuse.event_shapes import Event
from scorehouse.dialects.langfuse.events import read_observation_event, read_trace_event
from scorehouse.dialects.langfuse.shapes import ConfigDataType, DataType, ScoreSource
from scorehouse.dialects.langfuse.words import CONFIG_KINDS, KINDS, NAME, ORIGINS
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.frozen import replace
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.registry import Choice, Config, Constraint
from scorehouse.domain.scores import Draft, Source
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TraceTarget
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.domain.values import Kind, Value
from scorehouse.services.offers import Offer
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.sources import Ask, Fetched, VendorSource, read_each
from scorehouse.wire.times import parse_time

ROWS = 100
SCORES = f"/api/public/v2/scores?fields=score&limit={ROWS}&page="
CONFIGS = f"/api/public/score-configs?limit={ROWS}&page="
TRACES = f"/api/public/traces?fields=core,io&limit={ROWS}&page="
OBSERVATIONS = f"/api/public/observations?limit={ROWS}&page="


class PageMeta(Struct, rename="camel"):
    """Which page it is, and how many there are."""

    page: int
    total_items: int
    total_pages: int


class ListedPage(Struct):
    """A page of anything."""

    data: list[Any]
    meta: PageMeta


class ListedScore(Struct, rename="camel", kw_only=True):
    """A score as the list of v2 shows it."""

    id: str
    name: str
    data_type: DataType
    source: ScoreSource
    timestamp: str
    value: float | None = None
    string_value: str | None = None
    trace_id: str | None = None
    observation_id: str | None = None
    session_id: str | None = None
    dataset_run_id: str | None = None
    environment: str | None = None
    author_user_id: str | None = None
    comment: str | None = None
    metadata: Any = None
    config_id: str | None = None
    queue_id: str | None = None
    execution_trace_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


class ListedThing(Struct, rename="camel", kw_only=True):
    """A trace or an observation, as far as it is not read as one that is sent."""

    id: str
    environment: str | None = None
    bookmarked: bool = False
    usage_details: dict[str, Any] | None = None


class ListedCategory(Struct):
    """A category of a config."""

    label: str
    value: float


class ListedConfig(Struct, rename="camel", kw_only=True):
    """A score config."""

    id: str
    name: str
    data_type: ConfigDataType
    created_at: str
    updated_at: str
    is_archived: bool = False
    min_value: float | None = None
    max_value: float | None = None
    categories: list[ListedCategory] | None = None
    description: str | None = None


def headers(key: str) -> Mapping[str, str]:
    """Write the credentials: ``public:secret`` as HTTP Basic (contract langfuse §2)."""
    return {"Authorization": "Basic " + b64encode(key.encode()).decode()}


def read(ask: Ask, body: bytes) -> Fetched:
    """Read a page of a listing."""
    if ask.label in NEWER:
        return _read_newer(ask.label, body)
    page = decode(body, ListedPage)
    path, read_one = LISTINGS[ask.label]
    following = (Ask(f"{path}{page.meta.page + 1}", label=ask.label),) if page.meta.page < page.meta.total_pages else ()
    return Fetched(read_each(page.data, read_one), following, page.meta.total_items)


def _read_newer(label: str, body: bytes) -> Fetched:
    path, reads = NEWER[label]
    items, following = events_only.read_page(body, path, label)
    offers = tuple(offer for one in reads for offer in read_each(events_only.roots_last(items), one))
    return Fetched(offers, following, counted=len(items))


def read_trace(item: Any) -> TraceSketch:
    """Read a listed trace. What it says wins over what is known here."""
    given = convert(item, ListedThing)
    sketch = read_trace_event(Event(given.id, "", "trace-create", {**item, "environment": _said(given)}), Instant(0))
    own = dict(sketch.residue.get(NAME, EMPTY)) | ({"bookmarked": True} if given.bookmarked else {})
    started_at = sketch.started_at if "timestamp" in item else None
    return replace(sketch, started_at=started_at, residue={NAME: own} if own else EMPTY, first_wins=frozenset())


def read_observation(item: Any) -> SpanSketch:
    """Read a listed observation. The newer ``usageDetails`` and ``costDetails`` stand for the older ``usage``."""
    given = convert(item, ListedThing)
    told = {**item, "environment": _said(given)}
    if given.usage_details is not None:
        told.pop("usage", None)
    sketch = read_observation_event(Event(given.id, "", "observation-create", told), Instant(0), None, creating=True)
    return replace(sketch, model_parameters=sketch.model_parameters or None, first_wins=frozenset())


def _said(given: "ListedThing | ListedScore") -> str | None:
    """Return the environment; `default` is their word for none (contract langfuse §4.4)."""
    return None if given.environment == DEFAULT else given.environment


def read_score(item: Any) -> Offer:
    """Read a listed score."""
    given = convert(item, ListedScore)
    metadata = given.metadata if isinstance(given.metadata, dict) else None
    kept = {} if given.execution_trace_id is None else {NAME: {"executionTraceId": given.execution_trace_id}}
    draft = Draft(
        id=given.id,
        target=_read_target(given),
        name=given.name,
        value=_VALUES[KINDS[given.data_type]](given),
        source=Source(ORIGINS[given.source], given.author_user_id),
        comment=given.comment,
        metadata=metadata or ({} if given.metadata in (None, {}) else {"metadata": given.metadata}),
        environment=_said(given),
        config=given.config_id,
        queue=given.queue_id,
        timestamp=parse_time(given.timestamp, "timestamp"),
        residue=kept or EMPTY,
    )
    created_at = None if given.created_at is None else parse_time(given.created_at, "createdAt")
    updated_at = None if given.updated_at is None else parse_time(given.updated_at, "updatedAt")
    return Offer(item, draft, created_at=created_at, updated_at=updated_at)


def read_config(item: Any) -> Config:
    """Read a listed config."""
    given = convert(item, ListedConfig)
    kind = CONFIG_KINDS[given.data_type]
    categories = given.categories or () if kind is Kind.CATEGORICAL else ()
    choices = tuple(Choice(category.label, category.value) for category in categories)
    return Config(
        id=given.id,
        name=given.name,
        constraint=Constraint(kind, given.min_value, given.max_value, choices),
        description=given.description,
        archived=given.is_archived,
        created_at=parse_time(given.created_at, "createdAt"),
        updated_at=parse_time(given.updated_at, "updatedAt"),
    )


def _read_target(given: ListedScore) -> Target:
    """Read what was scored; run before observation before session before trace (contract langfuse §9.3)."""
    if given.dataset_run_id is not None:
        return RunTarget(given.dataset_run_id)
    if given.observation_id is not None:
        return SpanTarget(given.observation_id, given.trace_id)
    if given.session_id is not None:
        return SessionTarget(given.session_id)
    if given.trace_id is None:
        raise Invalid(Fault(("traceId",), "missing", "names nothing that was scored"))
    return TraceTarget(given.trace_id)


def _text(given: ListedScore) -> str:
    if given.string_value is None:
        raise Invalid(Fault(("stringValue",), "missing", f"is required of {given.data_type}"))
    return given.string_value


def _category(given: ListedScore) -> Value:
    """Read a category; without a config its number is 0 and stands for nothing (contract langfuse §4.2)."""
    return Value(Kind.CATEGORICAL, given.value if given.config_id is not None else None, labels=(_text(given),))


_VALUES: Mapping[Kind, Callable[[ListedScore], Value]] = {
    Kind.NUMERIC: lambda given: Value(Kind.NUMERIC, given.value),
    Kind.BOOLEAN: lambda given: Value(Kind.BOOLEAN, float(bool(given.value)), bool(given.value)),
    Kind.CATEGORICAL: _category,
    Kind.TEXT: lambda given: Value(Kind.TEXT, text=_text(given)),
    Kind.CORRECTION: lambda given: Value(Kind.CORRECTION, text=_text(given)),
}

LISTINGS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "configs": (CONFIGS, read_config),
    "traces": (TRACES, read_trace),
    "observations": (OBSERVATIONS, read_observation),
    "scores": (SCORES, read_score),
}
"""What is listed: where, up to the number of the page, and how one of it is read. Scores name all the others."""

NEWER: Mapping[str, tuple[str, tuple[Callable[[Any], Any], ...]]] = {
    "newer observations": (
        events_only.OBSERVATIONS,
        (
            lambda item: read_trace(events_only.trace_of_v1(item)),
            lambda item: read_observation(events_only.observation_of_v1(item)),
        ),
    ),
    "newer scores": (events_only.SCORES, (lambda item: read_score(events_only.score_of_v2(item)),)),
}
"""The same of a server that serves events only: where, up to the cursor, and what is read of each thing."""

INSTEAD: Mapping[str, tuple[Ask, ...]] = {
    "traces": (),
    "observations": (Ask(events_only.OBSERVATIONS, label="newer observations"),),
    "scores": (Ask(events_only.SCORES, label="newer scores"),),
}
"""What stands for a listing that such a server has not; its observations tell of their traces."""

SOURCE = VendorSource(
    base_url="https://cloud.langfuse.com",
    key="public and secret key as pk-lf-…:sk-lf-…",
    headers=headers,
    first=tuple(Ask(f"{path}1", label=label, instead=INSTEAD.get(label)) for label, (path, _) in LISTINGS.items()),
    read=read,
)
