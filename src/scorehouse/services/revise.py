"""Change a score."""

from scorehouse.domain.changes import Actor
from scorehouse.domain.scores import Patch, Score
from scorehouse.services.house import House
from scorehouse.storage.verbs import ReviseScore


async def revise_score(house: House, project: int, actor: Actor, id: str, patch: Patch) -> Score:
    """Change a score and answer it as it now stands.

    Raises:
        Refusal: NotFound, Invalid, Unavailable.
    """
    return await house.store.perform(ReviseScore(project, actor, house.clock(), id, patch))
