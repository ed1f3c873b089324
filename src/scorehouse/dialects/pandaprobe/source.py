"""PandaProbe as a source: its traces with their spans, then its scores of traces and of sessions.

Contract pandaprobe §4.4, §5, §6.6. Lists of traces leave out what they hold, so each one is asked for by itself; it is
shown in the words in which it is sent, and read as that.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from scorehouse.dialects.pandaprobe.reads import ORIGINS, STATUSES, read_spans, read_trace
from scorehouse.dialects.pandaprobe.shapes import DataType, NewSpan, NewTrace, ScoreSource, ScoreStatus
from scorehouse.dialects.pandaprobe.values import DIALECT, read_value, verbatim
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.frozen import replace
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.scores import Draft, Outcome, Source, Status
from scorehouse.domain.targets import SessionTarget, TraceTarget
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.services.offers import Offer
from scorehouse.wire.bodies import convert, decode, parse
from scorehouse.wire.sources import Ask, Fetched, VendorSource, read_each
from scorehouse.wire.times import parse_time

ROWS = 200
TRACES = "/traces"
WHOLE = "whole trace"

UNNAMED = "-"
"""Stands in for a name while what is sent is read; it is nobody's."""


def _no_mint() -> str:
    """Make no id: what is listed has one."""
    raise Invalid(Fault((), "missing", "has no id"))


class ListedPage(Struct):
    """A page of scores."""

    items: list[Any]
    total: int
    limit: int
    offset: int


class ListedTrace(Struct):
    """A trace in a list, as far as it tells where the whole one is."""

    trace_id: str


class WholeTrace(Struct):
    """A whole trace, as far as it is not read as one that is sent."""

    trace_id: str
    spans: list[Any]
    name: str = ""


class ListedScore(Struct, kw_only=True):
    """A score of a trace or of a session."""

    id: str
    name: str
    data_type: DataType
    source: ScoreSource
    status: ScoreStatus
    created_at: str
    value: str | None = None
    trace_id: str | None = None
    session_id: str | None = None
    eval_run_id: str | None = None
    author_user_id: str | None = None
    reason: str | None = None
    environment: str | None = None
    metadata: dict[str, Any] | None = None
    updated_at: str | None = None


def headers(key: str) -> Mapping[str, str]:
    """Write the credentials: the key, and behind a colon the project (contract pandaprobe §2)."""
    secret, _, project = key.partition(":")
    return {"X-API-Key": secret, **({"X-Project-Name": project} if project else {})}


def read(ask: Ask, body: bytes) -> Fetched:
    """Read a page of traces or of scores, or a whole trace."""
    if ask.label == WHOLE:
        return Fetched(_read_whole(parse(body)))
    page = decode(body, ListedPage)
    end = page.offset + len(page.items)
    following = (_page(ask.label, end),) if page.items and end < page.total else ()
    if ask.label != TRACES:
        return Fetched(read_each(page.items, read_score), following, page.total)
    traces = (convert(item, ListedTrace).trace_id for item in page.items)
    wholes = tuple(Ask(f"{TRACES}/{quote(id, safe='')}", label=WHOLE, alone=True) for id in traces)
    return Fetched((), (*wholes, *following), page.total, len(page.items))


def _read_whole(document: Any) -> tuple[Offer, ...]:
    """Read a trace and its spans."""
    given = convert(document, WholeTrace)
    head = {name: member for name, member in document.items() if name != "spans"}
    trace = read_each([head], _read_trace)
    return (*trace, *read_each(given.spans, lambda item: _read_span(item, given.trace_id)))


def _read_trace(item: Any) -> TraceSketch:
    """Read a trace without its spans. The name of one that nobody named is empty, which none that is sent may be."""
    sketch = read_trace(convert({**item, "name": item.get("name") or UNNAMED}, NewTrace), _no_mint)
    return replace(sketch, name=item.get("name") or None)


def _read_span(item: Any, trace: str) -> SpanSketch:
    """Read a span of a trace."""
    told = convert(item, dict[str, Any])
    given = convert({**told, "name": told.get("name") or UNNAMED}, NewSpan)
    (sketch,) = read_spans([given], trace, _no_mint)
    return replace(sketch, name=told.get("name") or None)


def read_score(item: Any) -> Offer:
    """Read a listed score. Of a failed one the reason is why it failed."""
    given = convert(item, ListedScore)
    if given.session_id is None and given.trace_id is None:
        raise Invalid(Fault(("trace_id",), "missing", "names nothing that was scored"))
    value = None if given.value is None else read_value(given.value, given.data_type)
    sent = verbatim(given.value, value) if value is not None and given.value is not None else EMPTY
    status = STATUSES[given.status]
    failed = status is Status.FAILED
    created_at = parse_time(given.created_at, "created_at")
    draft = Draft(
        id=given.id,
        target=TraceTarget(given.trace_id) if given.trace_id is not None else SessionTarget(given.session_id or ""),
        name=given.name,
        value=value,
        outcome=Outcome(status, given.reason if failed else None),
        source=Source(ORIGINS[given.source], given.author_user_id, run=given.eval_run_id),
        comment=None if failed else given.reason,
        metadata=given.metadata or EMPTY,
        environment=given.environment,
        timestamp=created_at,
        residue={DIALECT: sent} if sent else EMPTY,
    )
    updated_at = None if given.updated_at is None else parse_time(given.updated_at, "updated_at")
    return Offer(item, draft, created_at=created_at, updated_at=updated_at)


def _page(listing: str, offset: int) -> Ask:
    return Ask(f"{listing}?limit={ROWS}&offset={offset}", label=listing)


SOURCE = VendorSource(
    base_url="https://api.pandaprobe.com",
    key="sk_pp_…, or sk_pp_…:project",
    headers=headers,
    first=(_page(TRACES, 0), _page("/evaluations/trace-scores", 0), _page("/evaluations/session-scores", 0)),
    read=read,
)
