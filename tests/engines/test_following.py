"""Following the feed: marks, wake-ups, and filters held against a score outside of the store."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorehouse.domain.changes import START
from scorehouse.domain.scores import Draft
from scorehouse.storage.evaluation import holds
from scorehouse.storage.queries import Compare, Filter, Not, Operator, ScoreField
from scorehouse.storage.score_values import OF_OTHERS, asks_others, value_of
from tests.engines.stores import Room, draft, open_room
from tests.engines.test_queries import DRAFTS, NO_DATABASE_CHECK, SCORE_FIELDS, comparisons, filters, fresh_scores


async def test_the_mark_is_that_of_the_newest_change(room: Room) -> None:
    """It is START before anything happened, then that of the last entry of the feed, a project at a time."""
    assert await room.store.mark(room.number) == START
    score = await room.record(draft())
    await room.forget(score.id)
    assert await room.store.mark(room.number) == (await room.changes())[-1].mark
    other = await open_room(room.store, "other")
    assert await room.store.mark(other.number) == START


async def test_a_commit_wakes_who_waits_for_it(room: Room) -> None:
    """Who asked before the commit is woken by it; who asks since an older number is answered at once."""
    known = await room.store.committed(-1)
    waiting = asyncio.ensure_future(room.store.committed(known))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    await room.record(draft())
    async with asyncio.timeout(5):
        later = await waiting
        assert later != known
        assert await room.store.committed(known) == await room.store.committed(-1)


async def test_a_change_is_in_the_feed_when_its_commit_wakes(room: Room) -> None:
    """A follower that was woken reads what woke it."""
    for position in range(1, 4):
        known = await room.store.committed(-1)
        recording = asyncio.ensure_future(room.record(draft()))
        await room.store.committed(known)
        assert len([change for change in await room.changes() if change.subject == "score"]) == position
        await recording


OWN_FIELDS = [pair for pair in SCORE_FIELDS if pair[0] not in OF_OTHERS]


@given(
    drafts=st.lists(DRAFTS, max_size=4),
    filter=filters(comparisons(OWN_FIELDS, ["t1", "s1", "judge", "numeric", "human", "trace", "failed"])),
)
@NO_DATABASE_CHECK
async def test_a_score_outside_of_the_store_passes_where_it_passes_inside(
    room: Room, drafts: list[Draft], filter: Filter
) -> None:
    """Every filter on a score's own fields is answered alike by the store and over a Score."""
    scores = await fresh_scores(room, drafts)
    assert not asks_others(filter)
    outside = [score.id for score in scores if holds(filter, value_of(score))]
    assert outside == [score.id for score in await room.scores(filter)]


@pytest.mark.parametrize("field", sorted(OF_OTHERS))
def test_a_filter_that_asks_others_says_so(field: ScoreField) -> None:
    """Wherever in the tree the field stands."""
    assert asks_others(Not(Compare(field, Operator.EQUALS, "x")))
    assert not asks_others(Compare(ScoreField.NAME, Operator.EQUALS, "x"))
