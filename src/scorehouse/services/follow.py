"""Follow the feed of scores: what was created, changed and deleted, as it happens.

A follower reads the feed from its mark on, and at its end waits for the writer's next commit. It takes from the store
as fast as whoever listens takes from it, so that a slow listener holds up nobody and costs no memory: what it has not
read yet stands in the feed. One that does not listen at all is let go, with the mark to go on from.

**Filter.** A score is told if it passes as it stands now. One that does not, or is gone, is told if it passed
before, so that a copy of what passes can be kept up to date. Where the filter asks about the trace or the evaluator,
which may be gone as well, every change of a score that does not pass now is told; and so is every deletion of a score
of which nothing is left to hold the filter against (retention leaves no more than that it was).
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from scorehouse.domain.changes import Action, Change, Mark, Subject
from scorehouse.domain.identity import canonical
from scorehouse.domain.scores import Score
from scorehouse.services.house import House
from scorehouse.storage.evaluation import holds
from scorehouse.storage.queries import (
    EVERYTHING,
    ChangeQuery,
    Compare,
    Filter,
    Operator,
    Order,
    ScoreField,
    ScoreQuery,
    Window,
    all_of,
)
from scorehouse.storage.score_values import asks_others, value_of

PART_CHANGES_MAX = 200
"""Changes read at a time: what a listener's socket takes in without waiting."""

ANY_COMMIT = -1
"""No number of commits: asked since then, the store answers at once."""


@dataclass(frozen=True, slots=True)
class Told:
    """One change, and the score as it stands now; None if it is gone, or does not pass any more."""

    change: Change
    score: Score | None


@dataclass(frozen=True, slots=True)
class Part:
    """What a follower learns at a time; without news it is a heartbeat.

    Attributes:
        told: changes of scores that pass, oldest first.
        mark: where to go on, past what did not pass as well.
        last: whether the follower ends here: its listener took too long, or the house closes.
    """

    told: Sequence[Told]
    mark: Mark
    last: bool = False


async def follow_scores(
    house: House, project: int, after: Mark, filter: Filter = EVERYTHING
) -> AsyncGenerator[Part, None]:
    """Yield what happens to scores after a mark, until the listener leaves or the house closes."""
    followers = house.followers
    seconds = asyncio.get_running_loop().time
    due = 0.0
    with followers.counted():
        while True:
            seen = await house.store.committed(ANY_COMMIT)
            changes = await house.store.changes(ChangeQuery(project, PART_CHANGES_MAX, after, Subject.SCORE))
            told = await tell(house, project, changes, filter)
            after = changes[-1].mark if changes else after
            closing = followers.closing.is_set()
            if told or closing or seconds() >= due:
                given_at = seconds()
                yield Part(told, after, last=closing)
                due = seconds() + followers.heartbeat_s
                if closing or seconds() - given_at > followers.patience_s:
                    break
            if len(changes) < PART_CHANGES_MAX:
                await _rest(house, seen, due - seconds())
        if not closing:
            yield Part((), after, last=True)


async def _rest(house: House, seen: int, heartbeat_s: float) -> None:
    """Pause, then wait for a commit, until the heartbeat is due or the house closes."""
    followers = house.followers
    closing = asyncio.ensure_future(followers.closing.wait())
    commit = asyncio.ensure_future(house.store.committed(seen))
    try:
        await asyncio.wait({closing}, timeout=followers.pause_s)
        await asyncio.wait({closing, commit}, timeout=max(heartbeat_s, 0), return_when=asyncio.FIRST_COMPLETED)
    finally:
        closing.cancel()
        commit.cancel()


async def tell(house: House, project: int, changes: Sequence[Change], filter: Filter) -> tuple[Told, ...]:
    """Say of changes of scores what the filter lets be told, with the scores as they stand now."""
    if not changes:
        return ()
    ids = tuple({change.id for change in changes})
    wanted = all_of(Compare(ScoreField.ID, Operator.ONE_OF, ids), filter)
    query = ScoreQuery(project, wanted, Order(ScoreField.CREATED_AT), Window(len(ids)), patient=True)
    standing = {canonical(score.id): score for score in (await house.store.scores(query)).items}
    told = (Told(change, standing.get(canonical(change.id))) for change in changes)
    blind = asks_others(filter)
    return tuple(item for item in told if item.score is not None or _passed(item.change, filter, blind=blind))


def _passed(change: Change, filter: Filter, *, blind: bool) -> bool:
    """Tell whether a score that does not pass now did so before this change."""
    if filter == EVERYTHING:
        return True
    if change.before is None:
        return change.action is Action.DELETED
    return blind or holds(filter, value_of(change.before))
