"""2signal as a source: its traces page by page, and the scores out of the export of each.

Pages of traces: contract 2signal-tracia §1.5; exports: §1.6. There is no list of scores in its public API.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from scorehouse.domain.scores import Draft
from scorehouse.domain.targets import SpanTarget, TraceTarget
from scorehouse.domain.values import numeric
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.sources import Ask, Fetched, VendorSource, read_each
from scorehouse.wire.times import parse_time

TRACES = "/api/v1/traces?limit=100"
EXPORT = "/api/v1/export/traces/"


class ListedTrace(Struct, rename="camel"):
    """A trace, as far as it tells where scores are."""

    id: str
    score_count: int


class Listed(Struct, rename="camel"):
    """Some traces."""

    traces: list[ListedTrace]
    next_cursor: str | None = None


class ListedPage(Struct):
    """A page of traces."""

    data: Listed


class Exported(Struct):
    """An exported trace, as far as it tells its scores."""

    scores: list[Any]


class ExportedTrace(Struct):
    """The export of a trace."""

    data: Exported


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
    if ask.label == "scores":
        return Fetched(read_each(decode(body, ExportedTrace).data.scores, read_score))
    page = decode(body, ListedPage).data
    exports = [Ask(EXPORT + quote(trace.id, safe=""), label="scores") for trace in page.traces if trace.score_count]
    cursor = page.next_cursor
    following = [] if cursor is None else [Ask(f"{TRACES}&cursor={quote(cursor, safe='')}", label="traces")]
    return Fetched(next=(*exports, *following))


def read_score(item: Any) -> Draft:
    """Read an exported score."""
    given = convert(item, ExportedScore)
    target = TraceTarget(given.trace_id) if given.span_id is None else SpanTarget(given.span_id, given.trace_id)
    return Draft(
        id=given.id,
        target=target,
        name=given.evaluator_name,
        value=numeric(given.value) if given.label is None else numeric(given.value, given.label),
        comment=given.reasoning,
        timestamp=parse_time(given.created_at, "createdAt"),
    )


SOURCE = VendorSource(
    base_url="https://api.2signal.dev",
    key="ts_…",
    headers=headers,
    first=(Ask(TRACES, label="traces"),),
    read=read,
)
