"""Retention: what is too old goes, in small steps, and the feed tells it; everything else stays."""

import asyncio
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Select, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from scorehouse.domain.changes import Action, Change, Subject
from scorehouse.domain.instants import Instant
from scorehouse.domain.retention import DAY_MICROSECONDS, RETENTION, RetentionPolicy, StandingPolicy
from scorehouse.domain.scores import Patch
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.engines.sql.migrating import migrate
from scorehouse.engines.sql.opening_postgresql import open_postgresql
from scorehouse.engines.sql.statements import Prepared
from scorehouse.engines.sql.verbs.retention import OLDEST_SCORES, OLDEST_TRACES
from scorehouse.services.export import Asked, What, export
from scorehouse.services.follow import tell
from scorehouse.services.house import House
from scorehouse.services.retention import Forecast, forecast, remove_aged
from scorehouse.storage.queries import ChangeQuery, Compare, Operator, ScoreField
from scorehouse.storage.verbs import Aged, RemoveAged, Removed, SetRetention
from tests.engines.stores import ACTOR, FIRST_INSTANT, Room, draft, open_room

POLICY = RetentionPolicy(30, {"dev": 7, "production": None})


def day(number: int) -> Instant:
    """Tell the moment so many days after a room's first one."""
    return Instant(FIRST_INSTANT + number * DAY_MICROSECONDS)


async def keep(room: Room, policy: RetentionPolicy | None = POLICY) -> StandingPolicy | None:
    """Set the room's policy."""
    return await room.store.perform(SetRetention(room.number, ACTOR, room.now(), policy))


async def step(
    room: Room, at: Instant, environment: str | None = None, rows_max: int = 100, after: Aged | None = None
) -> Removed:
    """Make one step."""
    return await room.store.perform(RemoveAged(room.number, RETENTION, at, environment, rows_max, after))


async def sweep(room: Room, at: Instant, rows_max: int = 100) -> list[Removed]:
    """Make every step that the standing policy asks for."""
    house = House(room.store, lambda: at, room.mint, "0".__mul__)
    standing = await room.store.retention(room.number)
    assert standing is not None
    return [removed async for removed in remove_aged(house, standing, rows_max)]


async def deletions(room: Room) -> list[Change]:
    """Read what the feed tells of deletions."""
    return [change for change in await room.changes() if change.action is Action.DELETED]


async def test_a_policy_stands_until_it_is_changed_or_cleared(room: Room) -> None:
    """It is read as it was set, with who set it and when; a second one takes its place; other projects have theirs."""
    other = await open_room(room.store, "other")
    standing = await keep(room)
    assert standing == StandingPolicy(room.number, POLICY, Instant(FIRST_INSTANT), ACTOR)
    elsewhere = await keep(other, RetentionPolicy(1))
    assert await room.store.retention(room.number) == standing
    changed = await keep(room, RetentionPolicy(5))
    assert await room.store.retention(room.number) == changed
    assert await keep(room, None) is None
    assert await room.store.retention(room.number) is None
    assert await room.store.retention(other.number) == elsewhere


async def test_environments_are_those_ever_said(room: Room) -> None:
    """Of scores, traces and spans, each once, in one project."""
    await room.record(draft(environment="production"))
    await room.record(draft(environment="dev"))
    await room.anchor(TraceSketch(id="t", environment="dev"), SpanSketch(id="s", trace="t", environment="test"))
    assert await room.store.environments(room.number) == ("dev", "production", "test")
    other = await open_room(room.store, "other")
    assert await other.store.environments(other.number) == ()


async def test_each_environment_has_its_age(room: Room) -> None:
    """Seven days, thirty, and for ever: at each moment exactly what is older than its age is gone, to the day."""
    await keep(room)
    for environment in (None, "staging", "dev", "production"):
        await room.record(draft("t-" + str(environment), environment=environment))
    left = []
    for at in (7, 8, 30, 31, 3000):
        await sweep(room, day(at))
        left.append([score.environment for score in await room.scores()])
    assert left == [
        [None, "staging", "dev", "production"],
        [None, "staging", "production"],
        [None, "staging", "production"],
        ["production"],
        ["production"],
    ]


@pytest.mark.parametrize("policy", [None, RetentionPolicy(None, {"dev": 1})])
async def test_without_an_age_nothing_goes(room: Room, policy: RetentionPolicy | None) -> None:
    """The policy that stands when a step is made is what counts, whatever it was when the step was planned."""
    await keep(room)
    await keep(room, policy)
    await room.record(draft())
    assert await step(room, day(3000)) == Removed()
    assert await step(room, day(3000), "production") == Removed()
    assert await step(room, day(3000), "never-said") == Removed()
    assert len(await room.scores()) == 1


async def test_a_score_ages_from_its_recording(room: Room) -> None:
    """Neither an old measurement makes it older, nor a change younger."""
    await keep(room)
    old = await room.record(draft(timestamp=Instant(0)))
    await room.revise(old.id, Patch(comment="as of today"))
    await sweep(room, day(30))
    assert len(await room.scores()) == 1
    await sweep(room, day(31))
    assert await room.scores() == []


async def test_a_step_is_small_and_takes_the_oldest(room: Room) -> None:
    """It removes as many rows as allowed and no more, oldest first, and says where to go on until nothing is left."""
    await keep(room)
    ids = [(await room.record(draft(target=SessionTarget("s")))).id for _ in range(7)]
    removed = [await step(room, day(31), rows_max=3)]
    assert [score.id for score in await room.scores()] == ids[3:]
    while removed[-1].next is not None:
        removed.append(await step(room, day(31), rows_max=3, after=removed[-1].next))
    assert [each.scores for each in removed] == [3, 3, 1]
    assert await room.scores() == []


async def test_every_target_ages(room: Room) -> None:
    """Scores of traces, spans, sessions and runs go alike; a session is gone with its traces."""
    await keep(room)
    await room.anchor(TraceSketch(id="t", session="s"), SpanSketch(id="p", trace="t"))
    for target in (SpanTarget("p", "t"), SessionTarget("s"), RunTarget("r")):
        await room.record(draft(target=target))
    await room.record(draft("t"))
    removed = await sweep(room, day(31))
    assert sum(each.scores for each in removed) == 4
    assert (await room.scores(), await room.trace_ids(), await room.span_ids()) == ([], [], [])


async def test_a_trace_stays_while_a_score_on_it_stays(room: Room) -> None:
    """What a score is about is not taken from under it, whatever its own age; afterwards it goes with its spans."""
    await keep(room)
    for id in ("kept", "bare"):
        await room.anchor(TraceSketch(id=id, environment="dev"), SpanSketch(id=f"{id}-span", trace=id))
    await room.record(draft(target=SpanTarget("kept-span", "kept")))
    removed = await sweep(room, day(8))
    assert (sum(each.traces for each in removed), sum(each.spans for each in removed)) == (1, 1)
    assert (await room.trace_ids(), await room.span_ids()) == (["kept"], ["kept-span"])
    await sweep(room, day(31))
    await sweep(room, day(31))
    assert (await room.trace_ids(), await room.span_ids()) == ([], [])


async def test_kept_traces_do_not_hide_what_is_behind_them(room: Room) -> None:
    """Steps pass over traces that scores keep, however many there are, and end."""
    await keep(room)
    for number in range(10):
        await room.anchor(TraceSketch(id=f"kept-{number}", environment="dev"))
        await room.record(draft(f"kept-{number}", environment="production"))
    await room.anchor(TraceSketch(id="last", environment="dev"))
    removed = await sweep(room, day(8), rows_max=3)
    assert sum(each.traces for each in removed) == 1
    assert "last" not in await room.trace_ids()
    assert len(await room.trace_ids()) == 10


async def test_a_trace_with_a_later_span_stays_whole(room: Room) -> None:
    """As long as one of its spans is young, none of them goes."""
    await keep(room)
    await room.anchor(TraceSketch(id="t"), SpanSketch(id="first", trace="t"))
    later = Room(room.store, room.project, iter([day(20), day(21)]), room.minted)
    await later.anchor(SpanSketch(id="second", trace="t"))
    await sweep(room, day(31))
    assert await room.span_ids() == ["first", "second"]
    await sweep(room, day(51))
    assert (await room.span_ids(), await room.trace_ids()) == ([], [])


async def test_a_trace_that_is_only_mentioned_goes_quietly(room: Room) -> None:
    """Nobody sent it, so nobody is told; a later score mentions it anew."""
    await keep(room)
    await room.record(draft("mentioned"))
    removed = await sweep(room, day(31))
    assert sum(each.traces for each in removed) == 1
    assert [change.subject for change in await deletions(room)] == [Subject.SCORE]
    score = await room.record(draft("mentioned"))
    assert await room.scores() == [score]


async def test_a_trace_that_no_step_can_hold_goes_in_parts(room: Room) -> None:
    """No step exceeds its rows; the feed tells of a change, and of the deletion when the last of it goes."""
    await keep(room)
    await room.anchor(TraceSketch(id="t"), *(SpanSketch(id=f"s{number}", trace="t") for number in range(8)))
    removed = await sweep(room, day(31), rows_max=3)
    assert all(each.scores + each.traces + each.spans <= 3 for each in removed)
    assert (sum(each.traces for each in removed), sum(each.spans for each in removed)) == (1, 8)
    assert [(change.subject, change.action) for change in await room.changes()] == [(Subject.TRACE, Action.DELETED)]
    assert await room.span_ids() == []


async def test_several_traces_share_a_step_as_far_as_they_fit(room: Room) -> None:
    """One that does not fit any more is left whole for the next step."""
    await keep(room)
    for id in ("a", "b", "c"):
        await room.anchor(TraceSketch(id=id), *(SpanSketch(id=f"{id}{number}", trace=id) for number in range(3)))
    removed = await sweep(room, day(31), rows_max=10)
    assert [(each.traces, each.spans) for each in removed] == [(2, 6), (1, 3)]


async def test_the_feed_tells_who_did_it_and_nothing_of_what_it_was(room: Room) -> None:
    """One entry is left of each: deleted, by retention, when. Values, comments and earlier entries are gone."""
    await keep(room)
    await room.anchor(TraceSketch(id="t"))
    score = await room.record(draft("t", comment="secret"))
    await room.revise(score.id, Patch(comment="other"))
    await sweep(room, day(31))
    left = await room.changes()
    assert {(change.subject, change.id, change.action) for change in left} == {
        (Subject.SCORE, score.id, Action.DELETED),
        (Subject.TRACE, "t", Action.DELETED),
    }
    assert {(change.actor, change.at, change.before) for change in left} == {(RETENTION, day(31), None)}


async def test_a_reader_that_resumes_sees_every_deletion(room: Room) -> None:
    """From a mark of before, as a filtered follower and as an export, each score that went is told to be gone."""
    await keep(room)
    ids = {(await room.record(draft())).id for _ in range(3)}
    mark = await room.store.mark(room.number)
    stays = await room.record(draft(environment="production"))
    await sweep(room, day(31), rows_max=2)
    changes = await room.store.changes(ChangeQuery(room.number, 100, mark, Subject.SCORE))
    assert {change.id for change in changes if change.action is Action.DELETED} == ids

    house = House(room.store, room.now, room.mint, "0".__mul__)
    filter = Compare(ScoreField.NAME, Operator.EQUALS, "another name")
    told = await tell(house, room.number, changes, filter)
    assert {item.change.id for item in told} == ids

    exported = await export(Asked(house, room.number, What.SCORES, after=mark))
    rows = {row[0]: row for batch in [batch async for batch in exported.batches] for row in zip(*batch, strict=True)}
    names = [column.name for column in exported.columns]
    assert {id for id, row in rows.items() if row[names.index("deleted")]} == ids
    assert set(rows) == ids | {stays.id}
    assert all(row[names.index("name")] is None for id, row in rows.items() if id in ids)


async def test_marks_go_on_where_they_were(room: Room) -> None:
    """Entries that went with their scores leave no place to be taken again, also by who opens the store anew."""
    await keep(room)
    await room.record(draft())
    before = await room.store.mark(room.number)
    await sweep(room, day(31))
    after = await room.store.mark(room.number)
    await room.record(draft())
    marks = [change.mark for change in await room.changes()]
    assert before.sequence < after.sequence < marks[-1].sequence
    assert marks == sorted(set(marks), key=lambda mark: mark.sequence)


async def test_a_writer_waits_for_one_step_at_most(room: Room) -> None:
    """While hundreds of rows go, whoever writes without a pause gets its turn between any two steps.

    A write that is asked for during a step is before the next one in the queue. So between two entries of one writer
    there are no more deletions than of the step in progress and of one that was asked for in the same moment.
    """
    await keep(room)
    rows_max, total = 5, 200
    for _ in range(total):
        await room.record(draft(target=SessionTarget("s")))
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            await room.record(draft(target=SessionTarget("s"), environment="production"))

    writing = asyncio.create_task(write())
    removed = await sweep(room, day(31), rows_max)
    done.set()
    await writing
    assert sum(each.scores for each in removed) == total
    changes = await room.store.changes(ChangeQuery(room.number, 1000))
    gone = [change.mark.sequence for change in changes if change.action is Action.DELETED]
    writes = [change.mark.sequence for change in changes if change.action is Action.CREATED]
    during = [sequence for sequence in writes if gone[0] < sequence < gone[-1]]
    assert len(during) >= total // rows_max // 2 - 1
    between = [len([each for each in gone if first < each < second]) for first, second in pairwise(during)]
    assert max(between) <= 2 * rows_max


async def test_who_sweeps_together_removes_everything_once(room: Room) -> None:
    """Two sweeps at the same time neither fail nor tell a deletion twice."""
    await keep(room)
    ids = [(await room.record(draft())).id for _ in range(40)]
    sweeps = await asyncio.gather(*(sweep(room, day(31), rows_max=3) for _ in range(2)))
    assert sum(each.scores for removed in sweeps for each in removed) == 40
    gone = [change.id for change in await deletions(room) if change.subject is Subject.SCORE]
    assert sorted(gone) == sorted(ids)


async def test_nodes_that_sweep_together_remove_everything_once(database_url: str) -> None:
    """The same holds of two nodes on one database, each with connections and a memory of its own."""
    stores = [
        await open_postgresql(database_url, queue_rows_max=1000, read_threads=1, writers=1, prepares=True)
        for _ in range(2)
    ]
    rooms = [await open_room(store) for store in stores]
    await keep(rooms[0])
    ids = [(await rooms[0].record(draft(f"t{number % 7}"))).id for number in range(40)]
    sweeps = await asyncio.gather(*(sweep(room, day(31), rows_max=3) for room in rooms))
    assert sum(each.scores for removed in sweeps for each in removed) == 40
    gone = [change.id for change in await deletions(rooms[1]) if change.subject is Subject.SCORE]
    assert sorted(gone) == sorted(ids)
    again = await rooms[1].record(draft("t1"))
    assert await rooms[0].scores() == [again]
    for store in stores:
        await store.close()


async def test_a_forecast_counts_and_removes_nothing(room: Room) -> None:
    """Environment by environment, without those that are kept for ever."""
    await keep(room)
    for environment in (None, "dev", "dev", "production"):
        await room.record(draft(environment=environment))
    standing = await room.store.retention(room.number)
    assert standing is not None
    found = await forecast(House(room.store, lambda: day(8), room.mint, "0".__mul__), standing)
    assert found == (Forecast(None, day(-22), 0, 0), Forecast("dev", day(1), 2, 0))
    assert len(await room.scores()) == 4


STEPS = pytest.mark.parametrize(
    ("statement", "index"),
    [
        *((statement, "score_age") for statement in OLDEST_SCORES.values()),
        *((statement, "trace_age") for statement in OLDEST_TRACES.values()),
    ],
)


@STEPS
def test_postgresql_has_what_is_oldest_in_order(database_url: str, statement: Select[Any], index: str) -> None:
    """The index of its age gives what a step asks for in order, also of what says no environment, without a sort."""
    dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # of the library
    prepared = Prepared(statement, dialect)
    with psycopg.connect(database_url) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        connection.execute("SET LOCAL enable_bitmapscan = off")
        connection.execute("SET LOCAL enable_sort = off")
        text = re.sub(r"\$\d+", "1", prepared.text)
        plan = [str(row[0]) for row in connection.execute(f"EXPLAIN {text}".encode())]
    assert any(index in line for line in plan), plan
    assert not [line for line in plan if "Sort" in line], plan


@STEPS
def test_a_step_reads_no_more_than_it_removes(tmp_path: Path, statement: Select[Any], index: str) -> None:
    """What is oldest is found in the index of its age, in order: nothing is scanned, and nothing sorted.

    SQLite's plans do not depend on how much there is (decision 0010), so that those of an empty store are those of any.
    """
    migrate(tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path / FILE_NAME}")
    prepared = Prepared(statement, engine.dialect)
    with engine.connect() as connection:
        values = tuple(1 for _ in prepared.names)
        plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {prepared.text}", values)]
    engine.dispose()
    assert index in plan[0]
    assert "created_at<?" in plan[0]
    assert not [line for line in plan if line.startswith("SCAN") or "TEMP B-TREE" in line]
