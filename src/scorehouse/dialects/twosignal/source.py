"""2signal as a source: its traces page by page, and spans and scores out of the export of each.

Pages of traces: contract 2signal-tracia §1.5; exports: §1.6. There is no list of scores in its public API. A trace
or span is shown in the words in which it is sent, but for its usage, and read as that.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from scorehouse.dialects.twosignal.reads import read_event
from scorehouse.dialects.twosignal.shapes import Event, EventType
from scorehouse.domain.frozen import replace
from scorehouse.domain.scores import Draft
from scorehouse.domain.targets import SpanTarget, TraceTarget
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.domain.values import numeric
from scorehouse.services.offers import Offer
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.sources import Ask, Fetched, VendorSource, read_each
from scorehouse.wire.times import parse_time

TRACES = "/api/v1/traces?limit=100"
EXPORT = "/api/v1/export/traces/"
COUNTS = ("promptTokens", "completionTokens", "totalTokens")

UNNAMED = "-"
"""Stands in for a name while what is sent is read; it is nobody's."""


class ListedTrace(Struct, rename="camel"):
    """A trace in a list, as far as it tells where its export is."""

    id: str


class Listed(Struct, rename="camel"):
    """Some traces."""

    traces: list[ListedTrace]
    next_cursor: str | None = None


class ListedPage(Struct):
    """A page of traces."""

    data: Listed


class Exported(Struct):
    """An exported trace, as far as it is not read as one that is sent."""

    id: str
    spans: list[Any]
    scores: list[Any]


class ExportedTrace(Struct):
    """The export of a trace."""

    data: dict[str, Any]


class ExportedScore(Struct, rename="camel", kw_only=True):
    """A score out of an export."""

    id: str
    evaluator_name: str
    value: float
    created_at: str
    trace_id: str
    span_id: str | None = None
    label: str | None = None
    reasoning: str | None = None


def headers(key: str) -> Mapping[str, str]:
    """Write the credentials."""
    return {"Authorization": f"Bearer {key}"}


def read(ask: Ask, body: bytes) -> Fetched:
    """Read a page of traces, or the export of one."""
    if ask.label == "export":
        return Fetched(_read_export(decode(body, ExportedTrace).data))
    page = decode(body, ListedPage).data
    exports = [Ask(EXPORT + quote(trace.id, safe=""), label="export", alone=True) for trace in page.traces]
    cursor = page.next_cursor
    following = [] if cursor is None else [Ask(f"{TRACES}&cursor={quote(cursor, safe='')}", label="traces")]
    return Fetched(next=(*exports, *following))


def _read_export(document: dict[str, Any]) -> tuple[Offer, ...]:
    """Read an exported trace, its spans and its scores."""
    given = convert(document, Exported)
    head = {name: member for name, member in document.items() if name not in {"spans", "scores"}}
    return (
        *read_each([head], _read_trace),
        *read_each(given.spans, _read_span),
        *read_each(given.scores, read_score),
    )


def _read_trace(item: Any) -> TraceSketch | SpanSketch:
    """Read a trace. Its status and figures follow from its spans."""
    sketch = read_event(Event(item["id"], EventType.TRACE, {**item, "name": item.get("name") or UNNAMED}))
    return replace(sketch, name=item.get("name") or None)


def _read_span(item: Any) -> SpanSketch:
    """Read a span; its usage is flattened, and it is known by its own id alone."""
    told = convert(item, dict[str, Any])
    usage = {name: told[name] for name in COUNTS if told.get(name) is not None}
    named = {**told, "name": told.get("name") or UNNAMED, "usage": usage or None}
    sketch = read_event(Event(convert(item, ListedTrace).id, EventType.SPAN, named))
    assert isinstance(sketch, SpanSketch)  # noqa: S101 - the event says so
    return replace(sketch, name=told.get("name") or None, alias=None, replace=False)


def read_score(item: Any) -> Offer:
    """Read an exported score."""
    given = convert(item, ExportedScore)
    target = TraceTarget(given.trace_id) if given.span_id is None else SpanTarget(given.span_id, given.trace_id)
    created_at = parse_time(given.created_at, "createdAt")
    draft = Draft(
        id=given.id,
        target=target,
        name=given.evaluator_name,
        value=numeric(given.value) if given.label is None else numeric(given.value, given.label),
        comment=given.reasoning,
        timestamp=created_at,
    )
    return Offer(item, draft, created_at=created_at)


SOURCE = VendorSource(
    base_url="https://api.2signal.dev",
    key="ts_…",
    headers=headers,
    first=(Ask(TRACES, label="traces"),),
    read=read,
)
