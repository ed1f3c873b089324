"""Rows of traces and spans → sketches to take in. The way back is `services.export_rows`.

A trace that was only mentioned is no sketch: the scores on it mention it again. What a span said before is replaced by
what its row says; a trace merges, for others may have said more of it here.
"""

from typing import Any

from msgspec import Struct

from scorehouse.domain.documents import EMPTY
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.traces import Health, SpanKind, SpanSketch, TraceSketch
from scorehouse.services.export import What
from scorehouse.services.offers import Offer
from scorehouse.wire.times import parse_time


class DescribedRow(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a trace and a span both say of themselves. The times of recording are those of here."""

    id: str
    name: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    session: str | None = None
    user: str | None = None
    environment: str | None = None
    release: str | None = None
    version: str | None = None
    health: Health | None = None
    error: str | None = None
    tags: list[str] | None = None
    input: Any = None
    output: Any = None
    metadata: dict[str, Any] | None = None
    residue: dict[str, dict[str, Any]] | None = None
    known: bool | None = None
    created_at: str | None = None
    updated_at: str | None = None
    cost_usd: float | None = None
    deleted: bool = False


class TraceRow(DescribedRow, forbid_unknown_fields=True, kw_only=True):
    """A trace as a row; what is summed up over its spans and scores is passed over."""

    public: bool | None = None
    span_count: int | None = None
    score_count: int | None = None
    error_count: int | None = None
    tokens_total: int | None = None


class SpanRow(DescribedRow, forbid_unknown_fields=True, kw_only=True):
    """A span as a row."""

    trace: str | None = None
    alias: str | None = None
    parent: str | None = None
    kind: SpanKind | None = None
    model: str | None = None
    model_parameters: dict[str, Any] | None = None
    usage: dict[str, int] | None = None
    completion_started_at: str | None = None


def read_trace(given: TraceRow, row: Any) -> Offer:
    """Read a row of a trace."""
    if given.deleted:
        return Offer(row, gone=given.id, what=What.TRACES)
    if given.known is False:
        return Offer(row, what=What.TRACES)
    return Offer(row, TraceSketch(**_described(given), public=given.public))


def read_span(given: SpanRow, row: Any) -> Offer:
    """Read a row of a span."""
    if given.deleted:
        return Offer(row, gone=given.id, what=What.SPANS)
    if given.known is False:
        return Offer(row, what=What.SPANS)
    if given.trace is None:
        raise Invalid(Fault(("trace",), "missing", "is required: a span is known by its trace and its id"))
    sketch = SpanSketch(
        **_described(given),
        trace=given.trace,
        alias=given.alias,
        parent=given.parent,
        kind=given.kind,
        model=given.model,
        model_parameters=given.model_parameters,
        usage=given.usage,
        cost_usd=given.cost_usd,
        completion_started_at=_read_time(given.completion_started_at, "completion_started_at"),
        replace=True,
    )
    return Offer(row, sketch)


def _described(given: DescribedRow) -> dict[str, Any]:
    """Read what traces and spans have in common."""
    return {
        "id": given.id,
        "name": given.name,
        "started_at": _read_time(given.started_at, "started_at"),
        "ended_at": _read_time(given.ended_at, "ended_at"),
        "session": given.session,
        "user": given.user,
        "environment": given.environment,
        "release": given.release,
        "version": given.version,
        "health": given.health,
        "error": given.error,
        "tags": tuple(given.tags or ()),
        "input": given.input,
        "output": given.output,
        "metadata": given.metadata or EMPTY,
        "residue": given.residue or EMPTY,
    }


def _read_time(text: str | None, name: str) -> Instant | None:
    return None if text is None else parse_time(text, name)
