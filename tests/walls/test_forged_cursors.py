"""Cursors that nobody gave out: of another type, of another list, with keys that cannot be. None breaks a list.

A cursor is not signed: it says where to go on in the caller's own project, which they may read anyway. So what a forged
one may do is be refused or read a page, in every order, on every engine: PostgreSQL is strict about types, SQLite not.
"""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from scorehouse.dialects import registered
from scorehouse.engines.sql import open_sqlite
from scorehouse.engines.sql.opening_postgresql import open_postgresql
from scorehouse.services.house import House
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.route import Route
from tests.dialects.speaking import Speaker, StandingClock
from tests.walls.belongings import FILLING, native
from tests.walls.reaching import headers_of
from tests.walls.twins import MY_KEY, Counter, Request, ask, open_project, principal_of

VALUES: tuple[Any, ...] = (
    None,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    2**63,
    10**30,
    1.5,
    1e308,
    "",
    "x",
    "2026-01-01",
    True,
    [],
    {},
)
KEYS: tuple[Any, ...] = (0, 1, -1, 2**63 - 1, 2**63, 1.5, "1", None)

ORDERS = ("timestamp", "-name", "number", "-created_at", "text")
"""Of the lists that take an order: times, texts and numbers."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def speaker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Speaker]:
    """Somebody at home in a filled project, on either engine."""
    if request.param == "sqlite":
        store = await open_sqlite(tmp_path, queue_rows_max=100_000, read_threads=1)
    else:
        url = request.getfixturevalue("database_url")
        store = await open_postgresql(url, queue_rows_max=100_000, read_threads=1, writers=1, prepares=True)
    try:
        clock, mint = StandingClock(), Counter()
        house = House(store, clock, mint, mint.draw)
        project = await open_project(house, "mine", None)
        me = Speaker(house, clock, await principal_of(house, project, MY_KEY))
        for filling in FILLING:
            assert (await ask(me, native(), filling)).status < 300
        yield me
    finally:
        await store.close()


def forged() -> Iterator[str]:
    """Make cursors of every shape that a dialect gives out, with what does not belong there; and what is none."""
    for value, key in product(VALUES, KEYS):
        for shape in ([value, key], {"v": 1, "lastTimestamp": value, "lastKey": key}):
            yield urlsafe_b64encode(msgspec.json.encode(shape)).decode().rstrip("=")
    yield from ("", "=", "x", "W10", "e30", "bnVsbA", "0.0", "1.1", "-1.1", f"{2**63}.{2**63}", "1." * 100, "é")


def lists() -> list[tuple[Dialect, Route, str]]:
    """List the routes that are read on with a cursor or a mark, with the parameter's name."""
    found = []
    for dialect in registered():
        for route in dialect.routes:
            members = () if route.query is None else msgspec.structs.fields(route.query)
            names = [member.encode_name for member in members if member.encode_name in {"cursor", "after"}]
            found += [(dialect, route, name) for name in names if "{" not in route.path]
    return found


@pytest.mark.slow
async def test_a_forged_cursor_breaks_nothing(speaker: Speaker) -> None:
    """Every list answers a forged cursor with a page or with a refusal, never with a defect of ours."""
    assert {dialect.name for dialect, _, _ in lists()} >= {"native", "2signal", "tracia", "langfuse"}
    for dialect, route, name in lists():
        headers = headers_of(dialect, "mine")
        for text in forged():
            request = Request("GET", f"{route.path}?{urlencode({name: text})}", headers=headers)
            heard = await ask(speaker, dialect, request)
            assert heard.status in {200, 400, 422}, (request, heard)


@pytest.mark.slow
async def test_a_cursor_of_another_order_breaks_nothing(speaker: Speaker) -> None:
    """A cursor's value is compared with a column of another type: a page or a refusal."""
    for order in ORDERS:
        assert (await ask(speaker, native(), Request("GET", f"/v1/scores?order={order}"))).status == 200
        for text in forged():
            request = Request("GET", f"/v1/scores?{urlencode({'cursor': text, 'order': order})}")
            heard = await ask(speaker, native(), request)
            assert heard.status in {200, 400, 422}, (request, heard)
