"""PandaProbe as a source: its scores of traces, then those of sessions (contract pandaprobe §5, §6.6)."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from scorehouse.dialects.pandaprobe.reads import ORIGINS, STATUSES
from scorehouse.dialects.pandaprobe.shapes import DataType, ScoreSource, ScoreStatus
from scorehouse.dialects.pandaprobe.values import DIALECT, read_value, verbatim
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.scores import Draft, Outcome, Source, Status
from scorehouse.domain.targets import SessionTarget, TraceTarget
from scorehouse.wire.bodies import convert, decode
from scorehouse.wire.sources import Ask, Fetched, VendorSource, read_each
from scorehouse.wire.times import parse_time

ROWS = 200


class ListedPage(Struct):
    """A page of scores."""

    items: list[Any]
    total: int
    limit: int
    offset: int


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


def headers(key: str) -> Mapping[str, str]:
    """Write the credentials: the key, and behind a colon the project (contract pandaprobe §2)."""
    secret, _, project = key.partition(":")
    return {"X-API-Key": secret, **({"X-Project-Name": project} if project else {})}


def read(ask: Ask, body: bytes) -> Fetched:
    """Read a page of scores."""
    page = decode(body, ListedPage)
    end = page.offset + len(page.items)
    following = (_page(ask.label, end),) if page.items and end < page.total else ()
    return Fetched(read_each(page.items, read_score), following, page.total)


def read_score(item: Any) -> Draft:
    """Read a listed score. Of a failed one the reason is why it failed."""
    given = convert(item, ListedScore)
    if given.session_id is None and given.trace_id is None:
        raise Invalid(Fault(("trace_id",), "missing", "names nothing that was scored"))
    value = None if given.value is None else read_value(given.value, given.data_type)
    sent = verbatim(given.value, value) if value is not None and given.value is not None else EMPTY
    status = STATUSES[given.status]
    failed = status is Status.FAILED
    return Draft(
        id=given.id,
        target=TraceTarget(given.trace_id) if given.trace_id is not None else SessionTarget(given.session_id or ""),
        name=given.name,
        value=value,
        outcome=Outcome(status, given.reason if failed else None),
        source=Source(ORIGINS[given.source], given.author_user_id, run=given.eval_run_id),
        comment=None if failed else given.reason,
        metadata=given.metadata or EMPTY,
        environment=given.environment,
        timestamp=parse_time(given.created_at, "created_at"),
        residue={DIALECT: sent} if sent else EMPTY,
    )


def _page(label: str, offset: int) -> Ask:
    return Ask(f"/evaluations/{label}?limit={ROWS}&offset={offset}", label=label)


SOURCE = VendorSource(
    base_url="https://api.pandaprobe.com",
    key="sk_pp_…, or sk_pp_…:project",
    headers=headers,
    first=(_page("trace-scores", 0), _page("session-scores", 0)),
    read=read,
)
