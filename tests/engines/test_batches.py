"""Scores as columns are the scores of a list, in order of recording, whatever the size of the batches."""

from json import dumps
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorehouse.domain.refusals import Invalid
from scorehouse.domain.registry import Config, Constraint
from scorehouse.domain.scores import Draft, Outcome, Patch, Source, Status
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget
from scorehouse.domain.traces import SpanSketch
from scorehouse.domain.values import Kind, Value
from scorehouse.engines.sql import score_batches
from scorehouse.engines.sql.codes import KINDS, NO_VALUE, ORIGINS, STATUSES, TARGETS
from scorehouse.storage.columns import SCORE_COLUMNS, BatchQuery, Sort, score_row
from scorehouse.storage.queries import EVERYTHING, Compare, Filter, Operator, ScoreField
from scorehouse.storage.verbs import PutConfig
from tests.engines.stores import ACTOR, Room, draft, open_room
from tests.engines.test_queries import DRAFTS, NO_DATABASE_CHECK, SCORE_FILTERS, fresh_scores, register

NAMES = [column.name for column in SCORE_COLUMNS]
JSON_PLACES = [place for place, column in enumerate(SCORE_COLUMNS) if column.sort is Sort.JSON]


async def read_all(room: Room, limit: int, filter: Filter = EVERYTHING) -> list[tuple[Any, ...]]:
    """Read every batch, and return the rows with their JSON parsed and their lists as lists."""
    rows: list[tuple[Any, ...]] = []
    after: int | None = 0
    expected = None
    while after is not None:
        query = BatchQuery(room.number, filter, after, limit=limit, expected=expected)
        found = await room.store.score_batch(query)
        assert len(found.batch) == len(SCORE_COLUMNS)
        assert len(found.batch[0]) <= limit
        rows += list(zip(*found.batch, strict=True))
        after, expected = found.next, found.expected
    return [comparable(row) for row in rows]


def comparable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row with its JSON parsed, which may be written in more than one way, and its lists as lists."""
    cells: list[Any] = [list(cell) if isinstance(cell, tuple) else cell for cell in row]
    for place in JSON_PLACES:
        cells[place] = None if cells[place] is None else msgspec.json.decode(cells[place])
    return tuple(cells)


@given(drafts=st.lists(DRAFTS, max_size=6), filter=SCORE_FILTERS, limit=st.integers(1, 6), part=st.integers(1, 3))
@NO_DATABASE_CHECK
async def test_batches_are_what_a_list_lists(
    room: Room, drafts: list[Draft], filter: Filter, limit: int, part: int
) -> None:
    """Any filter, in batches and parts of any size: the same scores, in order of recording, every fact of them."""
    await fresh_scores(room, drafts)
    expected = [comparable(score_row(score)) for score in await room.scores(filter)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(score_batches, "PART_ROWS_MIN", part)
        assert await read_all(room, limit, filter) == expected


async def test_a_fact_that_comes_late_is_there(room: Room) -> None:
    """What none of the first scores has, one among hundreds behind them has; and what those have, others lack."""
    drafts = [draft(number=place) for place in range(200)]
    drafts[150] = draft(number=150, comment="late", metadata={"k": 1}, cost_usd=0.1)
    drafts[3] = draft(number=3, environment="early")
    for some in drafts:
        await room.record(some)
    rows = [dict(zip(NAMES, row, strict=True)) for row in await read_all(room, 5000)]
    assert [row["number"] for row in rows] == list(range(200))
    facts = {name: {row["number"]: row[name] for row in rows if row[name] is not None} for name in NAMES}
    assert (facts["comment"], facts["cost_usd"]) == ({150: "late"}, {150: 0.1})
    assert (facts["metadata"], facts["environment"]) == ({150: {"k": 1}}, {3: "early"})


@pytest.mark.parametrize("apart", [1, 5])
async def test_targets_are_shown_wherever_their_keys_lie(room: Room, apart: int) -> None:
    """Scores of traces and spans that were recorded one after the other, and of some among many others."""
    for place in range(60):
        await room.anchor(SpanSketch(id=f"{place:016x}", trace=f"{place:032x}"))
    for place in range(0, 60, apart):
        await room.record(draft(target=SpanTarget(f"{place:016x}", f"{place:032x}")))
    rows = [dict(zip(NAMES, row, strict=True)) for row in await read_all(room, 5000)]
    assert [(row["trace"], row["target"]) for row in rows] == [
        (f"{place:032x}", f"{place:016x}") for place in range(0, 60, apart)
    ]


async def test_references_are_shown_by_their_ids(room: Room) -> None:
    """Configs and evaluators stand there by the ids that clients know, JSON and labels as they were given."""
    await register(room)
    now = room.now()
    config = Config(id="Tone", name="tone", constraint=Constraint(), created_at=now, updated_at=now)
    await room.store.perform(PutConfig(room.number, ACTOR, now, config, create=True))
    value = Value(Kind.JSON, labels=("b", "a"), json='{"a":[1,null]}')
    await room.record(draft(value=value, config="Tone", source=Source(evaluator="judge"), residue={"x": {"y": 1}}))
    (row,) = await read_all(room, 10)
    said = dict(zip(NAMES, row, strict=True))
    assert (said["config"], said["evaluator"], said["labels"]) == ("Tone", "judge", ["b", "a"])
    assert (said["json"], said["residue"], said["metadata"]) == ({"a": [1, None]}, {"x": {"y": 1}}, None)


async def test_large_scores_come_in_small_batches(room: Room) -> None:
    """However many are asked for, a batch does not hold more text than a few of the largest scores."""
    for _ in range(300):
        await room.record(draft(comment="x" * 100_000))
    batch = await room.store.score_batch(BatchQuery(room.number))
    assert 0 < len(batch.batch[0]) < 300
    assert batch.next is not None
    assert len(await read_all(room, 5000)) == 300


async def test_a_batch_stays_in_its_project(room: Room) -> None:
    """Another project, and one that nobody opened, have none of these."""
    await room.record(draft())
    other = await open_room(room.store, "other")
    assert await read_all(other, 10) == []
    assert (await room.store.score_batch(BatchQuery(99))).next is None


@pytest.mark.parametrize("limit", [0, -1, 5001])
def test_a_batch_has_its_limits(limit: int) -> None:
    """None, and more than a store is asked to hold, are refused."""
    with pytest.raises(Invalid):
        BatchQuery(1, Compare(ScoreField.NAME, Operator.EQUALS, "x"), 0, limit=limit)


DOUBLES = (
    0.1 + 0.2,
    1 / 3,
    0.92,
    -0.92,
    1e-9,
    1.5e-9,
    1e-10,
    5e-324,
    1e300,
    -1e300,
    0.0,
    3.0,
    2.0**53 + 2,
    123456789.123456789,
)


async def test_doubles_lose_nothing(room: Room) -> None:
    """Numbers and costs come out to the last bit, however many digits they take, and as doubles where they are whole.

    SQLite would write 15 digits, which are one too few for 0.1 + 0.2.
    """
    for number in DOUBLES:
        await room.record(draft(number=number, cost_usd=abs(number)))
    read = [dict(zip(NAMES, row, strict=True)) for row in await read_all(room, 5)]
    assert [(row["number"], row["cost_usd"]) for row in read] == [(number, abs(number)) for number in DOUBLES]
    assert {type(row["number"]) for row in read} == {float}


async def test_readers_share_the_way(room: Room) -> None:
    """Batches up to a place and those behind it are all scores, also where some were deleted."""
    scores = [await room.record(draft(number=place)) for place in range(9)]
    for gone in (scores[0], scores[4], scores[8]):
        await room.forget(gone.id)
    end = await room.store.last_place(room.number)
    assert end == 8
    parts = [await room.store.score_batch(BatchQuery(room.number, after=after, until=after + 3)) for after in (0, 3, 6)]
    assert [part.next for part in parts] == [None] * 3
    assert [list(part.batch[NAMES.index("number")]) for part in parts] == [[1.0, 2.0], [3.0, 5.0], [6.0, 7.0]]
    other = await open_room(room.store, "other")
    assert await other.store.last_place(other.number) == 0


@pytest.mark.parametrize("width", [1, 3, 50])
async def test_ranges_are_what_a_list_lists(room: Room, width: int) -> None:
    """Ranges of places no longer than a batch, which are read another way, bring every fact of every kind of target."""
    value = Value(Kind.MULTI, labels=("b", "a"))
    for some in (
        draft(number=0.1 + 0.2, comment="one", passed=False),
        draft(target=SpanTarget("00000000000000b1", f"{1:032x}"), value=value, timestamp=7),
        draft(target=SessionTarget("s"), cost_usd=1 / 3, metadata={"k": [1]}),
        draft(target=RunTarget("r"), environment="early", source=Source(author="a")),
        draft(value=None, outcome=Outcome(Status.FAILED, "why")),
        draft(value=Value(Kind.BOOLEAN, boolean=False), passed=True, residue={"x": {"y": 1}}),
    ):
        await room.record(some)
    gone = await room.record(draft())
    await room.forget(gone.id)
    await room.record(draft(number=-0.0))
    rows: list[tuple[Any, ...]] = []
    expected = None
    for after in range(0, await room.store.last_place(room.number), width):
        query = BatchQuery(room.number, after=after, until=after + width, limit=max(width, 2), expected=expected)
        found = await room.store.score_batch(query)
        expected = found.expected
        assert found.next is None
        rows += zip(*found.batch, strict=True)
    assert list(map(comparable, rows)) == [comparable(score_row(score)) for score in await room.scores()]


async def test_what_a_batch_expects_is_no_promise(room: Room) -> None:
    """A batch that is told to expect what others had reads what is there: more facts, or fewer, or larger ones."""
    for some in (draft(number=1), draft(number=2, comment="here", passed=True), draft(number=3)):
        await room.record(some)
    batches = [
        await room.store.score_batch(BatchQuery(room.number, after=place, until=place + 1)) for place in range(3)
    ]
    for place, batch in enumerate(batches):
        for other in batches:
            query = BatchQuery(room.number, after=place, until=place + 1, expected=other.expected)
            again = await room.store.score_batch(query)
            assert [list(column) for column in again.batch] == [list(column) for column in batch.batch]


async def test_times_are_their_own(room: Room) -> None:
    """Scores of the moment they were recorded at, of another one, and those that were changed since, side by side."""
    said = [None, 5_000_000, None, 0]
    for place, timestamp in enumerate(said):
        await room.record(draft(number=place, timestamp=timestamp))
    scores = await room.scores()
    await room.revise(scores[2].id, Patch(comment="later"))
    expected = [(score.timestamp, score.created_at, score.updated_at) for score in await room.scores()]
    assert [timestamp == created for timestamp, created, _ in expected] == [True, False, True, False]
    assert [updated == created for _, created, updated in expected] == [True, True, False, True]
    rows = [dict(zip(NAMES, row, strict=True)) for row in await read_all(room, 5000)]
    assert [(row["timestamp"], row["created_at"], row["updated_at"]) for row in rows] == expected


def test_codes_fit_beside_each_other() -> None:
    """Every code that ever stands beside another one is smaller than what the other one is multiplied with."""
    codes = {*TARGETS.word, *KINDS.word, *STATUSES.word, *ORIGINS.word, NO_VALUE, 2}
    assert min(codes) >= 0
    assert max(codes) < score_batches.FACTOR


def test_rows_are_put_in_order() -> None:
    """Whatever order a database packs rows in, they come in that of recording, all columns alike."""
    connection = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))
    doubles = {name: [0.3, 0.1, 0.2] for name in ("number", "cost_usd")}
    columns = {"key": [3, 1, 2], "id": ["c", "a", "b"], **doubles}
    texts = {name: dumps(column) for name, column in columns.items()}
    part = score_batches.unpacked(connection, 1, texts)  # type: ignore[arg-type]  # needs its name only
    assert (part["key"], part["id"], part["number"]) == ([1, 2, 3], ["a", "b", "c"], [0.1, 0.2, 0.3])
