"""Two houses that differ in one thing: what stands behind the wall.

In the one the neighbour's project is full, in the other it is empty; all else is the same to the last id and
microsecond. Whoever stands on this side of the wall is asked to tell them apart: every request goes to both, and
both have to give the same answer, byte for byte. What differs was learned through the wall, whatever it is: a row, a
count, a conflict, a next page.

A wall stands between projects of different owners (STRANGERS), before the project that a key's own was opened within
(OUTER), and around those that were opened within it, for a key that does not administer (INNER).
"""

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

from scorehouse.domain.access import EVERYTHING, Permission, Principal, Project
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Refusal
from scorehouse.engines.sql import open_sqlite
from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.engines.sql.tables import metadata
from scorehouse.services.house import House
from scorehouse.services.registry import first_evaluators
from scorehouse.storage.verbs import CreateKey, OpenProject
from scorehouse.wire.call import Reply
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.route import EVENT_STREAM
from tests.dialects.speaking import BEGINNING, FIRST_ID, Speaker, StandingClock, whole

AFTERWARDS_S = 86_400.0
"""When this side begins to speak: by then the neighbour is done."""

LATER_IDS = FIRST_ID + (1 << 70)
"""What this side's ids are counted up from, far behind the neighbour's."""


MY_KEY, THEIR_KEY = "f022f022f022f022", "0b570b570b570b57"
"""Ids of the keys on both sides."""


class Wall(StrEnum):
    """Where it stands; see above."""

    STRANGERS = "strangers"
    OUTER = "outer"
    INNER = "inner"


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent.

    Attributes:
        path: with its query string.
    """

    method: str
    path: str
    body: Any = b""
    headers: Mapping[str, str] | None = None


@dataclass(slots=True)
class Heard:
    """An answer, whole."""

    status: int
    media: str
    headers: Sequence[tuple[str, str]]
    body: bytes


class Counter:
    """Counts ids up, from where it is told to."""

    def __init__(self) -> None:
        self.numbers = count(FIRST_ID)

    def __call__(self) -> str:
        """Make the next one."""
        return f"{next(self.numbers):032x}"

    def draw(self, size: int) -> str:
        """Make the next secret of so many bytes."""
        return f"{next(self.numbers):0{2 * size}x}"[-2 * size :]


@dataclass(slots=True)
class Twin:
    """One of the two houses.

    Attributes:
        me: who speaks on this side.
        neighbour: who speaks behind the wall, where they are at home.
        database: the file of the record.
    """

    me: Speaker
    neighbour: Speaker
    mint: Counter
    database: Path

    async def ask(self, dialect: Dialect, request: Request) -> Heard:
        """Send a request from this side."""
        return await ask(self.me, dialect, request)

    async def ask_as_neighbour(self, dialect: Dialect, request: Request) -> Heard:
        """Send a request from behind the wall."""
        return await ask(self.neighbour, dialect, request)

    def behind(self) -> dict[str, list[Any]]:
        """Read every row of the neighbour's, table by table, out of the database itself."""
        return rows_of(self.database, self.neighbour.principal.project.number)

    def begin(self) -> None:
        """Set clock and ids to where this side begins, whatever the neighbour has done."""
        self.me.clock.now = BEGINNING
        self.me.clock.advance(AFTERWARDS_S)
        self.mint.numbers = count(LATER_IDS)


async def ask(speaker: Speaker, dialect: Dialect, request: Request) -> Heard:
    """Send a request and read its answer to the end; of one that has no end, only how it begins."""
    reply = await speaker.speak(dialect, request.method, request.path, request.body, headers=request.headers)
    if reply.media.startswith(EVENT_STREAM):
        return await _beginning(reply)
    try:
        reply = await whole(reply)
    except Refusal as refusal:
        return Heard(0, "", (), repr(refusal).encode())
    assert isinstance(reply.body, bytes)
    return Heard(reply.status, reply.media, tuple(reply.headers), reply.body)


async def _beginning(reply: Reply) -> Heard:
    """Read the first part of a stream, and leave."""
    assert not isinstance(reply.body, bytes)
    first = await anext(aiter(reply.body), b"")
    close = getattr(reply.body, "aclose", None)
    if close is not None:
        await close()
    return Heard(reply.status, reply.media, tuple(reply.headers), first)


@asynccontextmanager
async def open_twin(folder: Path, wall: Wall, neighbour: str = "theirs") -> AsyncIterator[Twin]:
    """Open a house with two projects and a wall between them, both empty; the neighbour's has this name."""
    clock, mint = StandingClock(), Counter()
    store = await open_sqlite(folder, queue_rows_max=100_000, read_threads=1)
    try:
        house = House(store, clock, mint, mint.draw)
        mine, theirs = await _projects(house, wall, neighbour)
        permissions = EVERYTHING - ({Permission.ADMINISTER} if wall is Wall.INNER else set())
        me = Speaker(house, clock, await principal_of(house, mine, MY_KEY, permissions))
        behind = Speaker(house, clock, await principal_of(house, theirs, THEIR_KEY))
        yield Twin(me, behind, mint, folder / FILE_NAME)
    finally:
        await store.close()


async def _projects(house: House, wall: Wall, name: str) -> tuple[Project, Project]:
    """Open both projects, the outer one first, so that their numbers are the same in both houses."""
    if wall is Wall.INNER:
        mine = await open_project(house, "mine", None)
        return mine, await open_project(house, name, mine.number)
    theirs = await open_project(house, name, None)
    return await open_project(house, "mine", theirs.number if wall is Wall.OUTER else None), theirs


async def open_project(house: House, name: str, within: int | None) -> Project:
    """Open a project as the command line does."""
    at = house.clock()
    return await house.store.perform(OpenProject(name, at, first_evaluators(house.mint, at), within))


async def principal_of(
    house: House, project: Project, key: str, permissions: frozenset[Permission] = EVERYTHING
) -> Principal:
    """Make a key, and return who shows it."""
    verb = CreateKey(
        id=key,
        project=project,
        digest=key.encode().ljust(32, b"."),
        owner=key,
        permissions=permissions,
        at=house.clock(),
        expires_at=Instant(BEGINNING * 2),
    )
    made = await house.store.perform(verb)
    return Principal(project, made.id, made.owner, permissions)


def rows_of(database: Path, project: int | None = None) -> dict[str, list[Any]]:
    """Read a database row by row: all of a project's, or with None all there are."""
    found = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for table in metadata.sorted_tables:
            column = "number" if table.name == "project" else "project"
            where = "" if project is None or column not in [*table.columns.keys()] else f" WHERE {column} = {project}"
            statement = f"SELECT * FROM {table.name}{where}"  # noqa: S608 - names of our own tables
            found[table.name] = sorted(connection.execute(statement).fetchall(), key=repr)
    return found
