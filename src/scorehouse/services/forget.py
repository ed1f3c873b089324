"""Delete scores and traces."""

from collections.abc import Sequence

from scorehouse.domain.changes import Actor
from scorehouse.domain.scores import Score
from scorehouse.services.house import House
from scorehouse.storage.verbs import ForgetScore, ForgetTraces


async def forget_score(house: House, project: int, actor: Actor, id: str) -> Score:
    """Delete a score; its history stays. Answers it as it was. Raises NotFound."""
    return await house.store.perform(ForgetScore(project, actor, house.clock(), id))


async def forget_traces(house: House, project: int, actor: Actor, ids: Sequence[str]) -> int:
    """Delete traces with their spans and scores; answers how many there were."""
    return await house.store.perform(ForgetTraces(project, actor, house.clock(), tuple(ids)))
