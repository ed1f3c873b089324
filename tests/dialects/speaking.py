"""Speak to a dialect without a server or a socket: a house on a real store, and one call at a time.

Time stands still until a test lets it pass, and ids are counted up, so that every answer can be said
beforehand. What a handler raises beside refusals is a defect and reaches the test.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import msgspec

from scorehouse.dialects import registered
from scorehouse.domain.access import EVERYTHING, Permission, Principal
from scorehouse.domain.frozen import replace
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Refusal, Unsupported
from scorehouse.server.admission import NOBODY, allow
from scorehouse.server.mounts import Lost, Mounts
from scorehouse.server.telemetry import Telemetry
from scorehouse.services.house import House
from scorehouse.services.registry import first_evaluators
from scorehouse.storage.verbs import OpenProject
from scorehouse.wire.call import Call, Head, Reply
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.shapes import shapes_of
from tests.empty_stores import Place, first_project, open_later

BEGINNING = Instant(1_767_225_600_000_000)
"""2026-01-01T00:00:00Z, when every house of the tests opens."""

ORIGIN = "http://scorehouse.test"

FIRST_ID = 0x019B_7713_0800_7000_8000_0000_0000_0000
"""Ids are counted up from here; the digits are those of a UUIDv7 of the year 2026."""


class StandingClock:
    """A clock that a test sets forward by hand."""

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> Instant:
        """Tell the time."""
        return self.now

    def advance(self, seconds: float = 1.0) -> Instant:
        """Let time pass, and tell it."""
        self.now = Instant(self.now + round(seconds * 1_000_000))
        return self.now


class Speaker:
    """Someone with a key to everything in one project, speaking to a house.

    Attributes:
        house: on a real store.
        clock: the house's.
        principal: who speaks unless a call says otherwise.
    """

    def __init__(self, house: House, clock: StandingClock, principal: Principal) -> None:
        self.house = house
        self.clock = clock
        self.principal = principal
        self._mounts: dict[str, Mounts] = {}

    async def speak(
        self,
        dialect: Dialect,
        method: str,
        path: str,
        body: Any = b"",
        *,
        headers: Mapping[str, str] | None = None,
        principal: Principal | None = None,
    ) -> Reply:
        """Send one request, `path` with its query string, and return the answer, refusals written by the dialect.

        A body that is not bytes is sent as JSON. Headers are given in any case. What only the server does is left
        out: reading the key, media types, encodings and limits.
        """
        path, _, query = path.partition("?")
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        head = Head(method, path, query, lowered, ORIGIN, "request-1")
        sent = body if isinstance(body, bytes) else msgspec.json.encode(body)
        try:
            return await self._answer(dialect, head, sent, principal or self.principal)
        except Refusal as refusal:
            return dialect.refuse(refusal, head)

    def allowed(self, *permissions: Permission) -> Principal:
        """Return the speaker with these permissions only."""
        return replace(self.principal, permissions=frozenset(permissions))

    async def stranger(self, project: str = "other") -> Principal:
        """Return someone with a key to everything in another project."""
        opened = await self.house.store.perform(OpenProject(project, self.clock()))
        return replace(self.principal, project=opened)

    async def _answer(self, dialect: Dialect, head: Head, body: bytes, principal: Principal) -> Reply:
        if dialect.name not in self._mounts:
            self._mounts[dialect.name] = Mounts((dialect,), Telemetry())
        found = self._mounts[dialect.name].find(head.method, head.path)
        if isinstance(found, Lost):
            raise found.refusal
        (seat,) = found.seats
        if seat.route.permission is None:
            principal = NOBODY
        else:
            allow(principal, seat.route.permission)
            principal = await dialect.enter(head, principal, self.house)
        if seat.route.unsupported:
            raise Unsupported(f"{seat.route.method} {seat.route.path}")
        call = Call(head, found.parameters(seat), body, principal, self.house, dialect.name)
        return await seat.route.handler(call)


@asynccontextmanager
async def open_speaker(place: Place, project: str = "default") -> AsyncIterator[Speaker]:
    """Open a house on an empty store, with one project and a speaker in it; close it in the end, leaving it empty."""
    clock = StandingClock()
    ids = count(FIRST_ID)

    def mint() -> str:
        return f"{next(ids):032x}"

    opening = OpenProject(project, clock(), first_evaluators(mint, clock()))
    store = open_later(place, opening)
    try:
        house = House(
            store, clock, mint, lambda size: f"{next(ids):0{2 * size}x}"[-2 * size :], shapes=shapes_of(registered())
        )
        yield Speaker(house, clock, Principal(first_project(opening), "key-1", "tester", EVERYTHING))
    finally:
        await store.close()


async def whole(reply: Reply) -> Reply:
    """Return the answer with its body in one piece, however it was sent."""
    if isinstance(reply.body, bytes):
        return reply
    return replace(reply, body=b"".join([part async for part in reply.body]))


def read_reply(reply: Reply) -> Any:
    """Return an answer's JSON; None where it has no body."""
    assert isinstance(reply.body, bytes)
    return msgspec.json.decode(reply.body) if reply.body else None


def header_of(reply: Reply, name: str) -> str | None:
    """Return the last header of this lower-case name."""
    return dict(reply.headers).get(name)
