"""Several nodes on one PostgreSQL database: they take turns, so that nothing is lost, doubled or told in disorder."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, cast

import psycopg
import pytest

from scorehouse.domain.access import EVERYTHING
from scorehouse.domain.refusals import Conflict, Unavailable
from scorehouse.domain.registry import Evaluator, EvaluatorType
from scorehouse.domain.scores import Patch, Source
from scorehouse.domain.traces import TraceSketch
from scorehouse.domain.values import numeric
from scorehouse.engines.sql import SqlStore, committer_postgresql
from scorehouse.engines.sql.committer_postgresql import PostgresqlCommitter
from scorehouse.engines.sql.opening_postgresql import open_postgresql
from scorehouse.engines.sql.performers import PERFORMERS
from scorehouse.storage.queries import ChangeQuery
from scorehouse.storage.verbs import Anchor, CreateKey, Idempotency, Judging, PutEvaluator, Recorded, Recording
from tests.engines.stores import ACTOR, Room, draft, open_room, told_while
from tests.engines.test_registry import check_that_none_is_lost

COMMITS = "SELECT count(DISTINCT xmin::text) FROM score"


@pytest.fixture
async def rooms(database_url: str) -> AsyncIterator[tuple[Room, Room]]:
    """One project, opened by two nodes."""
    stores = [
        await open_postgresql(database_url, queue_rows_max=10_000, read_threads=2, writers=2, prepares=True)
        for _ in range(2)
    ]
    first = await open_room(stores[0])
    yield first, Room(stores[1], first.project, ticks=first.ticks, minted=first.minted)
    for store in stores:
        await store.close()


def ask(url: str, statement: str) -> Any:
    """Ask the database for one value, as another program would."""
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return None if row is None else row[0]


def wait_for_a_stalled_node(url: str) -> None:
    """Return once a transaction is open in which nothing runs."""
    deadline = monotonic() + 10
    while not ask(url, "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"):
        assert monotonic() < deadline
        sleep(0.01)


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch, is_held: Callable[[Anchor], bool]) -> Iterator[Callable[[], None]]:
    """Hold the anchors that `is_held` names after they have written, in front of COMMIT, until released."""
    performer = PERFORMERS[Anchor]
    gate = threading.Event()

    def hold(tx: Any, verb: Anchor) -> object:
        result = performer(tx, verb)
        if is_held(verb):
            assert gate.wait(30)
        return result

    monkeypatch.setitem(cast("dict[object, object]", PERFORMERS), Anchor, hold)
    yield gate.set
    gate.set()


async def test_waiting_verbs_share_a_commit(rooms: tuple[Room, Room], database_url: str) -> None:
    """Twenty verbs that wait together are committed in far fewer than twenty transactions."""
    room, _ = rooms
    await room.record(draft())
    await asyncio.gather(*(room.record(draft()) for _ in range(20)))
    assert 2 <= ask(database_url, COMMITS) <= 4
    assert ask(database_url, "SELECT count(*) FROM score") == 21


async def test_a_defect_in_one_verb_is_its_own(rooms: tuple[Room, Room], monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb that raises what is no refusal fails alone; its neighbours are run again without it."""
    room, _ = rooms
    performer = PERFORMERS[Anchor]

    def faulty(tx: Any, verb: Anchor) -> object:
        result = performer(tx, verb)
        if verb.traces[0].id == "poison":
            raise ZeroDivisionError
        return result

    monkeypatch.setitem(cast("dict[object, object]", PERFORMERS), Anchor, faulty)
    ids = ["a", "poison", "b", "c"]
    answers = await asyncio.gather(*(room.anchor(TraceSketch(id=id)) for id in ids), return_exceptions=True)
    assert [type(answer) for answer in answers] == [int, ZeroDivisionError, int, int]
    assert await room.trace_ids() == ["a", "b", "c"]


async def test_what_one_node_answered_the_other_reads_and_builds_on(rooms: tuple[Room, Room]) -> None:
    """Turn by turn, scores of new and old names on new and old traces: neither mistakes keys, terms or traces."""
    for position in range(10):
        for node, room in enumerate(rooms):
            await room.record(draft(trace=f"trace-{position // 2}", name=f"name-{position % 3}", comment=f"{node}"))
            assert len(await rooms[1 - node].scores()) == 2 * position + node + 1
    scores = await rooms[0].scores()
    assert [(score.comment, score.name) for score in scores] == [
        (f"{node}", f"name-{position % 3}") for position in range(10) for node in range(2)
    ]
    assert await rooms[1].trace_ids() == [f"trace-{number}" for number in range(5)]


async def test_what_one_node_forgot_the_other_does_not_remember(rooms: tuple[Room, Room]) -> None:
    """A trace that the other node has deleted, or made known, is not taken from memory."""
    here, there = rooms
    await here.anchor(TraceSketch(id="trace-1"))
    await here.record(draft(), must_exist=True)
    await there.forget_traces("trace-1")
    refused = await here.try_recording(Recording(draft=draft(), id=here.mint()))
    assert not isinstance(refused[0], Recorded)
    await there.anchor(TraceSketch(id="trace-1"))
    assert (await here.record(draft(), must_exist=True)).name == "accuracy"


async def test_an_evaluator_changed_on_one_node_judges_on_the_other(rooms: tuple[Room, Room]) -> None:
    """A score judged right after the other node replaced its evaluator is judged by the new one."""
    here, there = rooms

    async def put(room: Room, key: str, *, create: bool) -> None:
        evaluator = Evaluator(
            id="judge", key=key, name="J", type=EvaluatorType.LLM, created_at=room.now(), updated_at=room.now()
        )
        await room.store.perform(PutEvaluator(room.number, ACTOR, room.now(), evaluator, create=create))

    async def judged_name(room: Room) -> str:
        recording = Recording(draft=draft(), id=room.mint(), must_exist=False, judging=Judging(named="judge"))
        (answer,) = await room.try_recording(recording)
        assert isinstance(answer, Recorded)
        return answer.score.name

    await put(here, "first", create=True)
    assert [await judged_name(room) for room in rooms] == ["first", "first"]
    await put(there, "second", create=False)
    assert [await judged_name(room) for room in rooms] == ["second", "second"]


async def test_no_patch_is_lost(rooms: tuple[Room, Room]) -> None:
    """Both nodes patch one score at once, each a key of its own, 50 times: every key is there afterwards."""
    score = await rooms[0].record(draft())
    keys = [f"{node}-{number}" for number in range(50) for node in range(2)]
    patches = (
        rooms[place % 2].revise(score.id, Patch(metadata={key: True}, merge_metadata=True))
        for place, key in enumerate(keys)
    )
    await asyncio.gather(*patches)
    (after,) = await rooms[1].scores()
    assert set(after.metadata) == set(keys)
    history = await rooms[0].changes(score.id)
    assert [len(change.before.metadata) for change in history if change.before] == list(range(100))


async def test_nothing_is_made_twice(rooms: tuple[Room, Room]) -> None:
    """The same id, sole score and idempotency key, offered to both nodes at once 30 times, are one score each."""
    for number in range(30):
        by_id = [Recording(draft=draft(id=f"mine-{number}"), id=room.mint(), must_exist=False) for room in rooms]
        sole = [
            Recording(
                draft=draft(trace=f"sole-{number}", source=Source(author="me")),
                id=room.mint(),
                sole=True,
                if_exists=Patch(value=numeric(1)),
                must_exist=False,
            )
            for room in rooms
        ]
        again = [Recording(draft=draft(trace="again"), id=room.mint(), must_exist=False) for room in rooms]
        token = Idempotency(f"request-{number}", b"digest")
        ((first,), (second,)), ((third,), (fourth,)), ((fifth,), (sixth,)) = await asyncio.gather(
            asyncio.gather(*(room.try_recording(item) for room, item in zip(rooms, by_id, strict=True))),
            asyncio.gather(*(room.try_recording(item) for room, item in zip(rooms, sole, strict=True))),
            asyncio.gather(
                *(room.try_recording(item, idempotency=token) for room, item in zip(rooms, again, strict=True))
            ),
        )
        assert {type(first), type(second)} == {Recorded, Conflict}
        assert isinstance(third, Recorded)
        assert isinstance(fourth, Recorded)
        assert third.score.id == fourth.score.id
        assert {third.created, fourth.created} == {True, False}
        assert isinstance(fifth, Recorded)
        assert isinstance(sixth, Recorded)
        assert fifth.score.id == sixth.score.id
    assert len(await rooms[0].scores()) == 90


async def test_the_feed_waits_for_who_came_first(
    rooms: tuple[Room, Room], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node stalls in front of COMMIT: another project's feed goes on, and nothing of its own overtakes it."""
    here, there = rooms
    elsewhere = await open_room(there.store, "elsewhere")
    await here.anchor(TraceSketch(id="before"))
    (seen,) = await there.changes()
    with held(monkeypatch, lambda verb: verb.traces[0].id == "stalled") as release:
        stalled = asyncio.create_task(here.anchor(TraceSketch(id="stalled")))
        await asyncio.to_thread(wait_for_a_stalled_node, database_url)
        overtaking = asyncio.create_task(there.anchor(TraceSketch(id="overtaking")))
        await asyncio.wait_for(elsewhere.anchor(TraceSketch(id="free")), 5)
        await asyncio.sleep(0.3)
        assert not overtaking.done()
        assert await there.changes() == (seen,)
        release()
        await asyncio.gather(stalled, overtaking)
    followed = await there.store.changes(ChangeQuery(there.number, 100, seen.mark))
    assert [change.id for change in followed] == ["stalled", "overtaking"]


async def test_a_follower_misses_and_repeats_nothing(rooms: tuple[Room, Room]) -> None:
    """While both nodes write, a follower that resumes after the last mark it saw is told each change once, in order."""

    async def write(room: Room, node: int) -> None:
        for number in range(60):
            await room.anchor(TraceSketch(id=f"{node}-{number}"))

    writing = asyncio.gather(*(write(room, place) for place, room in enumerate((*rooms, *rooms))))
    told = await told_while(rooms[0], writing)
    assert [change.mark.sequence for change in told] == list(range(1, len(told) + 1))
    assert sorted(change.id for change in told) == sorted(f"{node}-{n}" for node in range(4) for n in range(60))


def committer_of(room: Room) -> PostgresqlCommitter:
    """Return what commits the room's groups, to interfere where no client can."""
    assert isinstance(room.store, SqlStore)
    committer = room.store._writers[room.number % 2]._committer  # noqa: SLF001 - the test stands in the database's way
    assert isinstance(committer, PostgresqlCommitter)
    return committer


def cut_at_commit(monkeypatch: pytest.MonkeyPatch, committer: PostgresqlCommitter, *, after: bool) -> None:
    """Let the connection die during the next COMMIT, right after or right before it reaches the server."""
    transaction = committer._transaction  # noqa: SLF001 - the test stands in the database's way
    commit = transaction.commit

    def cut_off() -> None:
        monkeypatch.setattr(transaction, "commit", commit)
        if after:
            commit()
        connection = transaction.connection
        assert connection is not None
        connection.close()
        connection.execute("SELECT 1")

    monkeypatch.setattr(transaction, "commit", cut_off)


async def test_a_commit_in_doubt_is_looked_up(rooms: tuple[Room, Room], monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection dies right after, or right before, COMMIT reached the server: the answer is what is stored."""
    room, _ = rooms
    cut_at_commit(monkeypatch, committer_of(room), after=True)
    kept = await room.record(draft(comment="kept"))
    cut_at_commit(monkeypatch, committer_of(room), after=False)
    with pytest.raises(Unavailable, match="cannot write now"):
        await room.record(draft(comment="lost"))
    assert [score.id for score in await room.scores()] == [kept.id]


@pytest.mark.parametrize("stored", [True, False])
async def test_a_commit_that_stays_in_doubt_is_not_called_a_failure(
    rooms: tuple[Room, Room], monkeypatch: pytest.MonkeyPatch, *, stored: bool
) -> None:
    """The database does not come back: the caller is told that nobody knows, and afterwards the node goes on."""
    room, other = rooms
    await room.record(draft(comment="before"))
    committer = committer_of(room)
    connect = committer._connect  # noqa: SLF001 - the test stands in the database's way

    def away() -> "psycopg.Connection[Any]":
        raise psycopg.OperationalError("nobody answers")

    monkeypatch.setattr(committer_postgresql, "DOUBT_S", 0.2)
    monkeypatch.setattr(committer, "_connect", away)
    cut_at_commit(monkeypatch, committer, after=stored)
    with pytest.raises(Unavailable, match="may or may not have been stored") as refused:
        await room.record(draft(comment="in doubt"))
    assert refused.value.retry_after_s > 0
    with pytest.raises(Unavailable, match="cannot write now"):
        await room.record(draft(comment="refused"))
    assert len(await other.scores()) == 1 + stored
    monkeypatch.setattr(committer, "_connect", connect)
    await room.record(draft(comment="again"))
    assert [score.comment for score in await other.scores()] == ["before", *["in doubt"] * stored, "again"]


async def test_a_commit_that_tells_the_feed_nothing_is_in_doubt(
    rooms: tuple[Room, Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key leaves nothing by which it could be looked up."""
    room, _ = rooms
    assert isinstance(room.store, SqlStore)
    committer = room.store._writers[0]._committer  # noqa: SLF001 - the test stands in the database's way
    assert isinstance(committer, PostgresqlCommitter)
    cut_at_commit(monkeypatch, committer, after=True)
    verb = CreateKey(
        id="k",
        project=room.project,
        digest=b"d" * 32,
        owner=None,
        permissions=EVERYTHING,
        at=room.now(),
        expires_at=None,
    )
    with pytest.raises(Unavailable, match="may or may not"):
        await room.store.perform(verb)


async def test_no_transaction_needs_the_connection_of_the_one_before(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pooler may give every transaction another connection: with a new one each, all verbs work, unprepared."""
    store = await open_postgresql(database_url, queue_rows_max=100, read_threads=1, writers=1, prepares=False)
    committer = store._writers[0]._committer  # noqa: SLF001 - the test takes the pooler's place
    assert isinstance(committer, PostgresqlCommitter)
    begin, connections = committer._begin, set()  # noqa: SLF001 - for the same reason

    def begin_elsewhere(project: int) -> None:
        committer._disconnect()  # noqa: SLF001 - for the same reason
        begin(project)
        connection = committer._connection  # noqa: SLF001 - for the same reason
        assert connection is not None
        assert connection.prepare_threshold is None
        connections.add(connection.info.backend_pid)

    monkeypatch.setattr(committer, "_begin", begin_elsewhere)
    room = await open_room(store)
    for number in range(5):
        await room.record(draft(number=number, id=f"mine-{number}"))
        await room.revise(f"mine-{number}", Patch(comment="again"))
        await room.anchor(TraceSketch(id="trace-1", tags=(f"{number}",)))
    await room.forget("mine-4")
    assert len(connections) == 17
    assert len(await room.scores()) == 4
    await store.close()


async def test_changes_of_an_evaluator_on_two_nodes_are_all_kept(rooms: tuple[Room, Room]) -> None:
    """What two nodes change of one evaluator at once builds on each other's changes."""
    await check_that_none_is_lost(*rooms)
