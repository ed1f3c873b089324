"""A list that takes longer than the longest read is refused; exports, the feed and everything else are not cut."""

import pytest

from scorehouse.dialects import registered
from scorehouse.domain.changes import START
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.engines.sql import connections_sqlite
from scorehouse.services.export import Asked, What, export
from scorehouse.services.follow import tell
from scorehouse.services.house import House
from scorehouse.storage.queries import (
    Any,
    ChangeQuery,
    Compare,
    Not,
    Operator,
    Order,
    ScoreField,
    ScoreQuery,
    Window,
)
from scorehouse.wire.call import Head
from scorehouse.wire.dialect import Dialect
from tests.engines.stores import Room, draft

WORDY = "never the word that is looked for " * 600
SLOW = Any(tuple(Compare(ScoreField.COMMENT, Operator.CONTAINS_ANY_CASE, f"absent {number}") for number in range(20)))
"""No index serves it, and nothing passes it."""


def slow(room: Room, *, patient: bool = False) -> ScoreQuery:
    """Ask what takes a while."""
    return ScoreQuery(room.number, SLOW, Order(ScoreField.TIMESTAMP), Window(10), patient=patient)


@pytest.fixture
async def hasty(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A room full of long comments, whose store has no patience, and looks at the clock all the time."""
    for _ in range(60):
        await room.record(draft(comment=WORDY))
    monkeypatch.setattr(connections_sqlite, "STEPS_BETWEEN_LOOKS", 50)
    monkeypatch.setattr(room.store, "_longest_read_s", 0.001)
    return room


async def test_a_long_list_is_refused_and_leaves_the_connection_good(hasty: Room) -> None:
    """As often as it is asked, it says that the filter is too expensive; what is cheap is answered in between."""
    known = (await hasty.changes())[0].id
    for _ in range(5):
        with pytest.raises(Invalid) as refused:
            await hasty.store.scores(slow(hasty))
        (fault,) = refused.value.faults
        assert (fault.path, fault.code) == (("filter",), "too_expensive")
        assert "0.001 seconds" in fault.message
        assert await hasty.store.score(hasty.number, known) is not None


async def test_patient_readers_are_not_cut(hasty: Room) -> None:
    """A patient query, an export and the feed under the same filter take as long as they take."""
    assert (await hasty.store.scores(slow(hasty, patient=True))).items == ()
    house = House(hasty.store, hasty.now, hasty.mint, "0".__mul__)
    exported = await export(Asked(house, hasty.number, What.SCORES, Not(SLOW)))
    assert sum([len(batch[0]) async for batch in exported.batches]) == 60
    changed = await export(Asked(house, hasty.number, What.SCORES, Not(SLOW), after=START))
    assert sum([len(batch[0]) async for batch in changed.batches]) == 60
    changes = await hasty.store.changes(ChangeQuery(hasty.number, 100))
    assert await tell(house, hasty.number, changes[:60], SLOW) == ()


@pytest.mark.parametrize("dialect", registered(), ids=lambda dialect: dialect.name)
def test_every_dialect_says_so_in_its_own_words(dialect: Dialect) -> None:
    """It is the caller's to narrow the filter: no status that a client would try again unchanged."""
    refusal = Invalid(Fault(("filter",), "too_expensive", "takes longer than 10 seconds to answer: narrow it"))
    reply = dialect.refuse(refusal, Head("GET", "/", "", {}, "http://scorehouse.test", "request-1"))
    assert reply.status in {400, 422}
