"""Change scores, traces and spans."""

from collections.abc import Sequence

from scorehouse.domain.changes import Actor
from scorehouse.domain.patches import SpanPatch, TracePatch
from scorehouse.domain.scores import Patch, Score
from scorehouse.domain.traces import Span, Trace
from scorehouse.services.find import find_trace
from scorehouse.services.house import House
from scorehouse.storage.verbs import AS_SAID, Judging, RetagTraces, ReviseScore, ReviseSpan, ReviseTrace


async def revise_score(
    house: House, project: int, actor: Actor, id: str, patch: Patch, *, judging: Judging = AS_SAID
) -> Score:
    """Change a score and answer it as it now stands.

    Raises:
        Refusal: NotFound, Invalid, Conflict, Unavailable.
    """
    return await house.store.perform(ReviseScore(project, actor, house.clock(), id, patch, judging))


async def revise_trace(house: House, project: int, actor: Actor, id: str, patch: TracePatch) -> Trace:
    """Change a trace that somebody sent and answer it as it stands after.

    Raises:
        Refusal: NotFound, Unavailable.
    """
    shown = await house.store.perform(ReviseTrace(project, actor, house.clock(), id, patch))
    return await find_trace(house, project, shown)


async def revise_span(
    house: House, project: int, actor: Actor, id: str, patch: SpanPatch, *, trace: str | None = None
) -> Span:
    """Change a span that somebody sent, the newest of this id or alias, and answer it as it now stands.

    Raises:
        Refusal: NotFound, Unavailable.
    """
    return await house.store.perform(ReviseSpan(project, actor, house.clock(), id, patch, trace))


async def retag_traces(
    house: House, project: int, actor: Actor, ids: Sequence[str], *, add: Sequence[str], remove: Sequence[str]
) -> int:
    """Take tags from traces, then give them others; answers how many of the traces there were."""
    verb = RetagTraces(project, actor, house.clock(), tuple(ids), tuple(add), tuple(remove))
    return await house.store.perform(verb)
