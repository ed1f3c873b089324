"""Take in traces and spans, so that scores have something to belong to."""

from collections.abc import Sequence

from scorehouse.domain.changes import Actor
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.services.house import House
from scorehouse.storage.verbs import Anchor


async def anchor(
    house: House,
    project: int,
    actor: Actor,
    traces: Sequence[TraceSketch] = (),
    spans: Sequence[SpanSketch] = (),
) -> int:
    """Merge sketches into what is known, traces first, all or none; answers how many sketches there were.

    They can be scored as soon as this returns.
    """
    verb = Anchor(project, actor, house.clock(), tuple(traces), tuple(spans))
    return await house.store.perform(verb)
