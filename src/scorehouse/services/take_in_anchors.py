"""Take in traces and spans: sketches, merged into what is known, and read back."""

from collections.abc import Sequence
from typing import Any

from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Refusal
from scorehouse.domain.traces import Span, SpanSketch, Trace, TraceSketch
from scorehouse.services.anchor import anchor
from scorehouse.services.export import What
from scorehouse.services.offers import Inlet, Offer, Refused, Tally, add
from scorehouse.storage.queries import (
    PAGE_ROWS_MAX,
    Compare,
    Filter,
    Operator,
    Order,
    SpanField,
    SpanQuery,
    TraceField,
    TraceQuery,
    Window,
    all_of,
)


async def take_traces(into: Inlet, offers: Sequence[Offer], tally: Tally) -> list[Refused]:
    """Merge traces; returns what was refused, and adds to both sides."""
    sketches = [offer.thing for offer in offers if isinstance(offer.thing, TraceSketch)]
    add(tally.offered, ((What.TRACES, None) for _ in sketches))
    refused = await _anchor(into, offers)
    ids = tuple({canonical(sketch.id) for sketch in sketches})
    query = TraceQuery(
        into.project, Compare(TraceField.ID, Operator.ONE_OF, ids), Order(TraceField.CREATED_AT), Window(len(ids))
    )
    found: Sequence[Trace] = (await into.house.store.traces(query)).items
    add(tally.stored, ((What.TRACES, None) for trace in found if trace.known))
    return refused


async def take_spans(into: Inlet, offers: Sequence[Offer], tally: Tally) -> list[Refused]:
    """Merge spans; returns what was refused, and adds to both sides: how many there are, and what they cost."""
    sketches = [offer.thing for offer in offers if isinstance(offer.thing, SpanSketch)]
    add(tally.offered, ((What.SPANS, sketch.cost_usd) for sketch in sketches))
    refused = await _anchor(into, offers)
    wanted = {offer.key for offer in offers}
    standing = await _spans(into, wanted)
    add(tally.stored, ((What.SPANS, span.cost_usd) for span in standing if span.known))
    return refused


async def _anchor(into: Inlet, offers: Sequence[Offer]) -> list[Refused]:
    """Take in sketches together, or each by itself where one of them refuses all."""
    try:
        await anchor(into.house, into.project, into.actor, _of(offers, TraceSketch), _of(offers, SpanSketch))
    except Refusal as refusal:
        if refusal.retryable:
            raise
        if len(offers) == 1:
            return [Refused(offers[0].row, refusal)]
        return [one for offer in offers for one in await _anchor(into, [offer])]
    return []


def _of(offers: Sequence[Offer], kind: type[Any]) -> list[Any]:
    return [offer.thing for offer in offers if isinstance(offer.thing, kind)]


async def _spans(into: Inlet, wanted: set[tuple[str, ...] | None]) -> list[Span]:
    """Read the spans of these traces and ids; a span is known by both."""
    traces = tuple({key[0] for key in wanted if key is not None})
    ids = tuple({key[1] for key in wanted if key is not None})
    filter: Filter = all_of(
        Compare(SpanField.TRACE, Operator.ONE_OF, traces), Compare(SpanField.ID, Operator.ONE_OF, ids)
    )
    found: list[Span] = []
    window: Window | None = Window(PAGE_ROWS_MAX)
    while window is not None:
        page = await into.house.store.spans(SpanQuery(into.project, filter, Order(SpanField.CREATED_AT), window))
        found += [span for span in page.items if (canonical(span.trace), canonical(span.id)) in wanted]
        window = None if page.next is None else Window(PAGE_ROWS_MAX, after=page.next)
    return found
