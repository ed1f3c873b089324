"""Group commit: what is answered is on disk, and one verb's failure is its own."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import NotFound, Unavailable
from scorehouse.domain.traces import TraceSketch
from scorehouse.engines.sql import SqlStore, open_sqlite
from scorehouse.engines.sql.committer_sqlite import SqliteCommitter
from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.engines.sql.performers import PERFORMERS
from scorehouse.storage.verbs import Anchor, OpenProject, Recorded, Recording
from tests.engines.stores import FIRST_INSTANT, Room, draft, open_room


@pytest.fixture
async def sqlite_room(tmp_path: Path) -> AsyncIterator[Room]:
    """Open a store on SQLite, whose file and connection the tests interfere with."""
    store = await open_sqlite(tmp_path, queue_rows_max=20, read_threads=1)
    yield await open_room(store)
    await store.close()


def connection_of(room: Room) -> sqlite3.Connection:
    """Return the writer's connection, to break it."""
    assert isinstance(room.store, SqlStore)
    (writer,) = room.store._writers  # noqa: SLF001 - the test interferes where no client can
    committer = writer._committer  # noqa: SLF001 - for the same reason as above
    assert isinstance(committer, SqliteCommitter)
    return committer.connection


def count_on_disk(folder: Path, table: str) -> int:
    """Count rows as another process sees them."""
    with sqlite3.connect(folder / FILE_NAME) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - the name of a table
    return count


async def test_an_answer_means_that_others_can_read_it(sqlite_room: Room, tmp_path: Path) -> None:
    """Right after the answer, a connection of another process sees the row."""
    for position in range(1, 6):
        await sqlite_room.record(draft())
        assert count_on_disk(tmp_path, "score") == position


async def test_waiting_verbs_share_a_commit(sqlite_room: Room) -> None:
    """Ten verbs that wait together are committed in far fewer than ten transactions."""
    commits = 0

    def watch(statement: str) -> None:
        nonlocal commits
        commits += statement == "COMMIT"

    connection_of(sqlite_room).set_trace_callback(watch)
    await asyncio.gather(*(sqlite_room.record(draft()) for _ in range(10)))
    connection_of(sqlite_room).set_trace_callback(None)
    assert 1 <= commits <= 2
    assert len(await sqlite_room.scores()) == 10


async def test_a_refused_verb_does_not_disturb_its_neighbours(sqlite_room: Room) -> None:
    """Among verbs of one group, those that are refused are refused and the others are stored."""
    await sqlite_room.anchor(TraceSketch(id="trace-1"))
    targets = ["trace-1", "nowhere", "trace-1", "nowhere", "trace-1"]
    recordings = [Recording(draft=draft(target), id=sqlite_room.mint()) for target in targets]
    answers = await asyncio.gather(
        *(sqlite_room.try_recording(item, together=True) for item in recordings), return_exceptions=True
    )
    assert [isinstance(answer, NotFound) for answer in answers] == [target == "nowhere" for target in targets]
    assert len(await sqlite_room.scores()) == 3


async def test_a_defect_in_one_verb_is_its_own(sqlite_room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb that raises what is no refusal fails alone; its neighbours are run again without it."""
    performer = PERFORMERS[Anchor]

    def faulty(tx: object, verb: Anchor) -> object:
        result = performer(tx, verb)  # type: ignore[arg-type]  # the writer's own transaction
        if verb.traces[0].id == "poison":
            raise ZeroDivisionError
        return result

    monkeypatch.setitem(cast("dict[object, object]", PERFORMERS), Anchor, faulty)
    ids = ["a", "poison", "b", "c"]
    answers = await asyncio.gather(*(sqlite_room.anchor(TraceSketch(id=id)) for id in ids), return_exceptions=True)
    assert [type(answer) for answer in answers] == [int, ZeroDivisionError, int, int]
    assert await sqlite_room.trace_ids() == ["a", "b", "c"]


async def test_a_full_disk_refuses_and_loses_nothing_acknowledged(sqlite_room: Room, tmp_path: Path) -> None:
    """When the file may not grow, writes are refused with Unavailable; with room again, they are taken."""
    connection = connection_of(sqlite_room)
    acknowledged, refused = 0, 0
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    for _ in range(60):
        try:
            await sqlite_room.record(draft(comment="x" * 3000))
            acknowledged += 1
        except Unavailable:
            refused += 1
    assert refused > 0
    assert acknowledged > 0
    assert count_on_disk(tmp_path, "score") == acknowledged
    connection.execute("PRAGMA max_page_count = 1000000")
    await sqlite_room.record(draft())
    assert len(await sqlite_room.scores()) == acknowledged + 1


async def test_a_full_queue_refuses(sqlite_room: Room) -> None:
    """More waiting rows than allowed are refused at once and nothing of them is stored."""
    answers = await asyncio.gather(*(sqlite_room.record(draft()) for _ in range(50)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert len(refused) == 30
    assert len(await sqlite_room.scores()) == 20


async def test_another_process_may_write_too(sqlite_room: Room, tmp_path: Path) -> None:
    """A second store on the same folder (the command line) writes between ours; neither mistakes keys or terms."""
    other = await open_sqlite(tmp_path, queue_rows_max=20, read_threads=1)
    neighbour = Room(other, sqlite_room.project, ticks=sqlite_room.ticks, minted=sqlite_room.minted)
    for position in range(5):
        await sqlite_room.record(draft(name=f"ours-{position}"))
        await neighbour.record(draft(name=f"theirs-{position}"))
        await other.perform(OpenProject(f"project-{position}", Instant(FIRST_INSTANT)))
    names = [score.name for score in await sqlite_room.scores()]
    assert names == [f"{who}-{position}" for position in range(5) for who in ("ours", "theirs")]
    await other.close()


async def test_a_lock_held_elsewhere_is_waited_for(sqlite_room: Room, tmp_path: Path) -> None:
    """While another process holds the write lock for a moment, a write waits and then succeeds."""
    lock = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(sqlite_room.record(draft()))
    await asyncio.sleep(0.05)
    assert not writing.done()
    lock.execute("COMMIT")
    lock.close()
    await writing
    assert len(await sqlite_room.scores()) == 1


async def test_a_write_that_waits_for_too_long_is_refused(tmp_path: Path) -> None:
    """Behind a write that takes its time, others wait so long and no longer; what is refused is not stored."""
    store = await open_sqlite(tmp_path, queue_rows_max=100, read_threads=1, queue_timeout_s=0.1)
    room = await open_room(store)
    lock = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    first = asyncio.create_task(room.record(draft(name="first")))
    await asyncio.sleep(0.05)
    late = [asyncio.create_task(room.record(draft(name="late"))) for _ in range(3)]
    await asyncio.sleep(0.3)
    lock.execute("COMMIT")
    lock.close()
    answers = await asyncio.gather(*late, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    await asyncio.gather(first, room.record(draft(name="after")))
    assert [score.name for score in await room.scores()] == ["first", "after"]
    assert store.queued_rows == 0
    await store.close()


async def test_a_question_that_waits_for_too_long_is_refused(sqlite_room: Room) -> None:
    """Where the only thread comes to a question too late, it is refused; the next one is answered."""
    store = sqlite_room.store
    assert isinstance(store, SqlStore)
    store._queue_timeout_s = 0.1  # noqa: SLF001 - shorter than any setting of a fixture
    slow = asyncio.create_task(store._ask(lambda _: time.sleep(0.3)))  # noqa: SLF001 - no question is slow by itself
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await store.ready()
    await slow
    await store.ready()


async def test_closing_finishes_what_was_accepted(tmp_path: Path) -> None:
    """Verbs that were accepted before closing are stored and answered; later ones are refused."""
    store = await open_sqlite(tmp_path, queue_rows_max=100, read_threads=1)
    room = await open_room(store)
    waiting = [asyncio.create_task(room.record(draft())) for _ in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert len(await asyncio.gather(*waiting)) == 20
    assert count_on_disk(tmp_path, "score") == 20
    with pytest.raises(Unavailable):
        await room.record(draft())


async def test_what_was_stored_is_there_after_reopening(tmp_path: Path) -> None:
    """A store opened again continues where it was: scores, names, keys and marks."""
    store = await open_sqlite(tmp_path, queue_rows_max=100, read_threads=1)
    room = await open_room(store)
    first = await room.record(draft(name="one"))
    await store.close()
    store = await open_sqlite(tmp_path, queue_rows_max=100, read_threads=1)
    again = Room(store, room.project, ticks=room.ticks, minted=room.minted)
    second = await again.record(draft(name="two"))
    assert await again.scores() == [first, second]
    marks = [change.mark.sequence for change in await again.changes()]
    assert marks == sorted(set(marks))
    answers = await again.try_recording(Recording(draft=draft(id=first.id), id=again.mint(), must_exist=False))
    assert not isinstance(answers[0], Recorded)
    await store.close()
