"""Groups that only append, on PostgreSQL: what is on disk is what was answered, whatever other nodes do meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from scorehouse.domain.refusals import NotFound, Refusal, Unavailable
from scorehouse.domain.traces import TraceSketch
from scorehouse.engines.sql import SqlStore, committer_postgresql
from scorehouse.engines.sql.appending_postgresql import Lost, append
from scorehouse.engines.sql.committer_postgresql import GATHERING_LOOPS, PostgresqlCommitter
from scorehouse.engines.sql.opening_postgresql import open_postgresql
from scorehouse.storage.verbs import Recording
from tests.engines.stores import Room, draft, open_room, told_while

LAST_COMMITS = "SELECT count(DISTINCT xmin::text) FROM (SELECT xmin FROM score ORDER BY key DESC LIMIT 2) AS last"
"""In how many transactions the last two scores were written."""


@pytest.fixture
async def rooms(database_url: str) -> AsyncIterator[tuple[Room, Room]]:
    """One project with a known trace, opened by two nodes, both of which append."""
    stores = [
        await open_postgresql(database_url, queue_rows_max=10_000, read_threads=2, writers=1, prepares=True)
        for _ in range(2)
    ]
    first = await open_room(stores[0])
    second = Room(stores[1], first.project, ticks=first.ticks, minted=first.minted)
    await first.anchor(TraceSketch(id="trace-1"))
    for room in (first, second, first, second):
        await room.record(draft(), must_exist=True)
    yield first, second
    for store in stores:
        await store.close()


@pytest.fixture
def appended(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What every group that was appended has come to, from now on."""
    seen: list[bool] = []

    async def watched(*arguments: Any) -> tuple[int, int] | None:
        places = await append(*arguments)
        seen.append(places is not None)
        return places

    monkeypatch.setattr(committer_postgresql, "append", watched)
    return seen


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Ask the database, as another program would."""
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def committer_of(room: Room) -> PostgresqlCommitter:
    """Return what commits the room's groups, to interfere where no client can."""
    assert isinstance(room.store, SqlStore)
    committer = room.store._writers[0]._committer  # noqa: SLF001 - the test stands in the database's way
    assert isinstance(committer, PostgresqlCommitter)
    return committer


async def test_nodes_that_append_do_not_disturb_each_other(
    rooms: tuple[Room, Room], database_url: str, appended: list[bool]
) -> None:
    """Both nodes record 20 scores at once, ten times: all are appended, in few commits; no gap in keys nor feed."""
    for _ in range(10):
        await asyncio.gather(*(room.record(draft(), must_exist=True) for room in rooms for _ in range(20)))
    assert appended
    assert all(appended)
    (commits,) = ask(database_url, "SELECT count(DISTINCT xmin::text) FROM score")[0]
    assert commits <= 4 + len(appended) <= 104
    assert [key for (key,) in ask(database_url, "SELECT key FROM score ORDER BY key")] == list(range(1, 405))
    feed = ask(database_url, "SELECT sequence, subject_id FROM change ORDER BY sequence")
    assert [sequence for sequence, _ in feed] == list(range(1, 406))
    recorded = ask(database_url, "SELECT external_id FROM score ORDER BY key")
    assert [id for _, id in feed[1:]] == [id for (id,) in recorded]


async def test_a_group_grows_where_others_write(
    rooms: tuple[Room, Room], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes back a little later comes along if another node has written since the last group, and only then."""
    here, there = rooms

    async def a_little_later() -> None:
        for _ in range(10 * GATHERING_LOOPS):
            await asyncio.sleep(0)
        await here.record(draft())

    for alone in (False, True):
        await here.record(draft())
        if not alone:
            await there.record(draft())
        await asyncio.gather(here.record(draft()), here.record(draft()))
        pace = committer_of(here)._pace  # noqa: SLF001 - whether it gathers is seen here; for how long is up to the disk
        assert (pace.gathers_s == 0) == alone
        monkeypatch.setattr(pace, "gathers_s", 0.0 if alone else 10.0)
        monkeypatch.setattr(pace, "waits", False)
        await asyncio.gather(here.record(draft()), a_little_later())
        assert ask(database_url, LAST_COMMITS) == [(1 + alone,)]


async def test_nobody_waits_for_long_for_who_does_not_come_back(rooms: tuple[Room, Room], appended: list[bool]) -> None:
    """Twenty were around, and another node writes: one who comes back alone is answered all the same, and soon."""
    here, there = rooms
    await there.record(draft())
    await asyncio.gather(*(here.record(draft()) for _ in range(20)))
    for _ in range(3):
        await there.record(draft())
        await asyncio.wait_for(here.record(draft()), 5)
    assert all(appended)
    assert len(await here.scores()) == 4 + 1 + 20 + 6


async def test_a_follower_of_appending_nodes_misses_and_repeats_nothing(
    rooms: tuple[Room, Room], appended: list[bool]
) -> None:
    """While both nodes append, and send traces in between, a follower is told each change once, in order."""

    async def write(room: Room, name: str) -> None:
        for number in range(60):
            if number % 20 == 19:
                await room.anchor(TraceSketch(id=f"{name}-{number}"))
            await room.record(draft(comment=f"{name}-{number}"), must_exist=True)

    writing = asyncio.gather(*(write(room, f"{place}") for place, room in enumerate((*rooms, *rooms))))
    told = await told_while(rooms[0], writing)
    assert appended.count(True) > 20
    assert [change.mark.sequence for change in told] == list(range(1, 1 + 4 + 4 * 63 + 1))
    assert len({change.id for change in told}) == len(told)


async def test_an_appending_node_notices_what_another_has_forgotten(
    rooms: tuple[Room, Room], appended: list[bool]
) -> None:
    """A trace that this node remembers, deleted through another one: nothing is appended to it."""
    here, there = rooms
    await there.forget_traces("trace-1")
    offered = Recording(draft=draft(), id=here.mint(), must_exist=True)
    (answer,) = await here.try_recording(offered)
    assert isinstance(answer, NotFound)
    assert appended == [False]
    assert await here.scores() == []


async def test_what_is_unlike_the_others_goes_the_longer_way(rooms: tuple[Room, Room], appended: list[bool]) -> None:
    """A new name and a new trace, each between scores that are appended: all are stored, in order."""
    room, _ = rooms
    offered = [draft(), draft(name="new"), draft(), draft(trace="new"), draft(), draft()]
    for each in offered:
        await room.record(each)
    scores = (await room.scores())[4:]
    assert [(score.name, score.target.id) for score in scores] == [(each.name, each.target.id) for each in offered]
    assert True in appended


async def test_many_bytes_are_appended(rooms: tuple[Room, Room], appended: list[bool]) -> None:
    """A group of 20 MB, more than fits between two processes at once, arrives whole."""
    room, _ = rooms
    comment = "long " * 40_000
    await asyncio.gather(*(room.record(draft(comment=f"{number}{comment}")) for number in range(100)))
    assert True in appended
    scores = (await room.scores())[4:]
    assert sorted(int((score.comment or "").removesuffix(comment)) for score in scores) == list(range(100))


async def test_texts_and_numbers_are_appended_as_they_are(rooms: tuple[Room, Room], appended: list[bool]) -> None:
    """Quotes, backslashes, control characters, letters beyond the BMP; doubles at the end of what they can say."""
    room, _ = rooms
    texts = ['"', "\\", "\\u0041", "a\nb\tc\x01", "\U0001f600", "'", "{}", "null", ""]
    numbers = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 1e22, 123456789.123456789]
    for text in texts:
        await room.record(draft(comment=text, metadata={"text": text}))
    for number in numbers:
        await room.record(draft(number=number))
    assert appended == [True] * (len(texts) + len(numbers))
    scores = (await room.scores())[4:]
    assert [(score.comment, score.metadata.get("text")) for score in scores[: len(texts)]] == [(t, t) for t in texts]
    assert [repr(score.value.number) for score in scores[len(texts) :] if score.value] == [repr(n) for n in numbers]


async def test_a_dead_connection_is_noticed_before_anything_is_sent(
    rooms: tuple[Room, Room], database_url: str
) -> None:
    """The database has cut the node off while it was idle: the next score is stored over a new connection."""
    room, _ = rooms
    connection = committer_of(room)._connection  # noqa: SLF001 - the test stands in the database's way
    assert connection is not None
    number = connection.info.backend_pid
    ask(database_url, f"SELECT pg_terminate_backend({number}, 10000)")
    await room.record(draft(comment="after"))
    assert [score.comment for score in await room.scores()][4:] == ["after"]


@pytest.mark.parametrize("stored", [True, False])
async def test_an_append_in_doubt_is_looked_up(
    rooms: tuple[Room, Room], monkeypatch: pytest.MonkeyPatch, *, stored: bool
) -> None:
    """The connection dies after the rows were committed, or before: the answer is what is stored, and stays so."""
    room, _ = rooms
    late: list[tuple[Any, ...]] = []

    async def cut(*arguments: Any) -> tuple[int, int] | None:
        monkeypatch.setattr(committer_postgresql, "append", append)
        late.append(arguments[1:])
        if stored:
            await append(*arguments)
        raise Lost("cut")

    monkeypatch.setattr(committer_postgresql, "append", cut)
    answer = (await asyncio.gather(room.record(draft(comment="doubtful")), return_exceptions=True))[0]
    assert isinstance(answer, Unavailable) == (not stored)
    assert [score.comment for score in await room.scores()][4:] == ["doubtful"] * stored
    if not stored:
        # What was sent over the lost connection may be read by the database only now.
        connection = committer_of(room)._connection  # noqa: SLF001 - the test stands in the database's way
        assert connection is not None
        assert not await append(connection.pgconn, *late[0])
        assert len(await room.scores()) == 4
    await room.record(draft(comment="next"))
    assert [score.comment for score in await room.scores()][-1] == "next"


async def test_a_turn_that_does_not_come_is_given_up(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds the project's row: the node answers that it cannot write, and goes on afterwards."""
    monkeypatch.setattr(committer_postgresql, "LOCK_TIMEOUT_S", 0.3)
    store = await open_postgresql(database_url, queue_rows_max=100, read_threads=1, writers=1, prepares=True)
    room = await open_room(store)
    for _ in range(3):
        await room.record(draft())
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT 1 FROM head WHERE project = 1 FOR UPDATE")
        with pytest.raises(Unavailable):
            await room.record(draft())
    await room.record(draft(comment="after"))
    assert [score.comment for score in await room.scores()] == [None, None, None, "after"]
    await store.close()


@pytest.mark.parametrize(
    ("setting", "value", "appends"),
    [
        ("synchronous_commit", "off", True),
        ("default_transaction_isolation", "'repeatable read'", False),
        ("default_transaction_isolation", "serializable", False),
    ],
)
async def test_settings_of_the_database_change_nothing_that_is_promised(
    database_url: str, appended: list[bool], setting: str, value: str, *, appends: bool
) -> None:
    """Commits are synced where the database would not; isolation that would hide other nodes is done without."""
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET {setting} = {value}".encode())
        # Tells of every score by which kind of commit it was written.
        connection.execute(
            "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.queue := current_setting('synchronous_commit'); RETURN NEW; END $$"
        )
        connection.execute("CREATE TRIGGER tell BEFORE INSERT ON score FOR EACH ROW EXECUTE FUNCTION tell()")
    stores = [
        await open_postgresql(database_url, queue_rows_max=100, read_threads=1, writers=1, prepares=True)
        for _ in range(2)
    ]
    first = await open_room(stores[0])
    rooms = (first, Room(stores[1], first.project, ticks=first.ticks, minted=first.minted))
    for _ in range(5):
        answers = await asyncio.gather(*(room.record(draft()) for room in rooms), return_exceptions=True)
        assert not [answer for answer in answers if isinstance(answer, Refusal)]
    assert (True in appended) == appends
    assert {score.queue for score in await first.scores()} == {"on"}
    for store in stores:
        await store.close()


async def test_a_rollback_costs_the_prepared_statements_and_no_more(
    rooms: tuple[Room, Room], appended: list[bool], caplog: pytest.LogCaptureFixture
) -> None:
    """After groups that undo what they began, which makes the driver drop what was prepared, a node appends again."""
    room, _ = rooms
    for _ in range(6):
        missing = Recording(draft=draft(trace="missing"), id=room.mint(), must_exist=True)
        with pytest.raises(NotFound):
            await room.try_recording(Recording(draft=draft(), id=room.mint()), missing, together=True)
    appended.clear()
    for _ in range(6):
        await room.record(draft())
    assert appended[-2:] == [True, True]
    assert len(await room.scores()) == 4 + 6
    assert caplog.messages == []
