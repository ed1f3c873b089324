"""Langfuse as a source: its score configs, then its scores, through its public API (contract langfuse §9, §10).

``fields=score`` makes the list show also scores whose trace was never sent (contract langfuse §9.4).
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from scorehouse.dialects.langfuse.environments import DEFAULT
from scorehouse.dialects.langfuse.shapes import ConfigDataType, DataType, ScoreSource
from scorehouse.dialects.langfuse.words import CONFIG_KINDS, KINDS, NAME, ORIGINS
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.registry import Choice, Config, Constraint
from scorehouse.domain.scores import Draft, Source
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TraceTarget
from scorehouse.domain.values import Kind, Value
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.sources import Ask, Fetched, VendorSource, read_each
from scorehouse.wire.times import parse_time

ROWS = 100
SCORES = f"/api/public/v2/scores?fields=score&limit={ROWS}&page="
CONFIGS = f"/api/public/score-configs?limit={ROWS}&page="


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
    min_value: float | None = None
    max_value: float | None = None
    categories: list[ListedCategory] | None = None
    description: str | None = None


def headers(key: str) -> Mapping[str, str]:
    """Write the credentials: ``public:secret`` as HTTP Basic (contract langfuse §2)."""
    return {"Authorization": "Basic " + b64encode(key.encode()).decode()}


def read(ask: Ask, body: bytes) -> Fetched:
    """Read a page of configs or of scores."""
    page = decode(body, ListedPage)
    following = SCORES if ask.label == "scores" else CONFIGS
    more = page.meta.page < page.meta.total_pages
    following_asks = (Ask(f"{following}{page.meta.page + 1}", label=ask.label),) if more else ()
    if ask.label == "configs":
        return Fetched(read_each(page.data, read_config), following_asks, page.meta.total_items)
    return Fetched(read_each(page.data, read_score), following_asks, page.meta.total_items)


def read_score(item: Any) -> Draft:
    """Read a listed score."""
    given = convert(item, ListedScore)
    metadata = given.metadata if isinstance(given.metadata, dict) else None
    kept = {} if given.execution_trace_id is None else {NAME: {"executionTraceId": given.execution_trace_id}}
    return Draft(
        id=given.id,
        target=_read_target(given),
        name=given.name,
        value=_VALUES[KINDS[given.data_type]](given),
        source=Source(ORIGINS[given.source], given.author_user_id),
        comment=given.comment,
        metadata=metadata or ({} if given.metadata in (None, {}) else {"metadata": given.metadata}),
        # Their word for none (contract langfuse §4.4).
        environment=None if given.environment == DEFAULT else given.environment,
        config=given.config_id,
        queue=given.queue_id,
        timestamp=parse_time(given.timestamp, "timestamp"),
        residue=kept or EMPTY,
    )


def read_config(item: Any) -> Config:
    """Read a listed config. It comes in unarchived: scores that name it are still to come."""
    given = convert(item, ListedConfig)
    kind = CONFIG_KINDS[given.data_type]
    categories = given.categories or () if kind is Kind.CATEGORICAL else ()
    choices = tuple(Choice(category.label, category.value) for category in categories)
    return Config(
        id=given.id,
        name=given.name,
        constraint=Constraint(kind, given.min_value, given.max_value, choices),
        description=given.description,
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

SOURCE = VendorSource(
    base_url="https://cloud.langfuse.com",
    key="public and secret key as pk-lf-…:sk-lf-…",
    headers=headers,
    first=(Ask(f"{CONFIGS}1", label="configs"), Ask(f"{SCORES}1", label="scores")),
    read=read,
)
