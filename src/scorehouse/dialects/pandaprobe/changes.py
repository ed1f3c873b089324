"""PATCH of traces and spans → patches (contract pandaprobe §4.5).

Only members that are there count. Null clears, except where a trace or span cannot be without: there it is ignored.
Metadata merges at its top level.
"""

from typing import Any

from msgspec import UNSET

from scorehouse.dialects.pandaprobe.reads import (
    AT_WORK,
    HEALTHS,
    SPAN_HEALTHS,
    SPAN_KINDS,
    as_sent,
    in_their_words,
    read_cost,
    read_times,
    read_usage,
)
from scorehouse.dialects.pandaprobe.shapes import SpanChange, TraceChange
from scorehouse.dialects.pandaprobe.values import DIALECT
from scorehouse.domain.patches import MetadataOverlay, SpanPatch, TracePatch
from scorehouse.domain.scores import KEEP


def read_trace_change(given: TraceChange) -> TracePatch:
    """Read what changes of a trace."""
    (ended_at,) = read_times(given, ("ended_at",))
    status = {} if given.status is None else {"status": given.status if given.status in AT_WORK else None}
    return in_their_words(
        lambda: TracePatch(
            name=_unless_null(given.name),
            health=KEEP if given.status is None else HEALTHS[given.status],
            input=_cleared(given.input),
            output=_cleared(given.output),
            metadata=KEEP if given.metadata is None else MetadataOverlay(given.metadata),
            ended_at=KEEP if given.ended_at is UNSET else ended_at,
            session=_label(given.session_id),
            user=_label(given.user_id),
            tags=KEEP if given.tags is None else tuple(given.tags),
            environment=_label(given.environment),
            release=_cleared(given.release),
            residue={DIALECT: status} if status else KEEP,
        )
    )


def read_span_change(given: SpanChange) -> SpanPatch:
    """Read what changes of a span."""
    ended_at, completion_started_at = read_times(given, ("ended_at", "completion_start_time"))
    usage = KEEP if given.token_usage is UNSET else read_usage(given.token_usage)
    kept = _as_sent("token_usage", given.token_usage) | _as_sent("cost", given.cost)
    return in_their_words(
        lambda: SpanPatch(
            name=_unless_null(given.name),
            kind=KEEP if given.kind is None else SPAN_KINDS[given.kind],
            health=KEEP if given.status is None else SPAN_HEALTHS[given.status],
            input=_cleared(given.input),
            output=_cleared(given.output),
            model=_cleared(given.model),
            usage=usage,
            metadata=KEEP if given.metadata is None else MetadataOverlay(given.metadata),
            ended_at=KEEP if given.ended_at is UNSET else ended_at,
            completion_started_at=KEEP if given.completion_start_time is UNSET else completion_started_at,
            error=_cleared(given.error),
            model_parameters=_cleared(given.model_parameters),
            cost_usd=KEEP if given.cost is UNSET else read_cost(given.cost),
            residue={DIALECT: kept} if kept else KEEP,
        )
    )


def _unless_null(given: Any) -> Any:
    return KEEP if given is None else given


def _cleared(given: Any) -> Any:
    """Return a member that null clears; one that is not there stays."""
    return KEEP if given is UNSET else given


def _label(given: Any) -> Any:
    """Return a label that null clears, and so does the empty text, for no label is empty."""
    return KEEP if given is UNSET else given or None


def _as_sent(member: str, given: Any) -> dict[str, str | None]:
    if given is UNSET:
        return {}
    return {member: None} | as_sent(member, given)
