"""The wall between projects: through no route of any dialect is anything behind it read, changed, counted or inferred.

How: see `twins`. What is sent is made of the route tables (`reaching`), so a new route is covered by itself, or fails
here until it is described.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scorehouse.dialects import registered
from scorehouse.domain.access import Permission
from scorehouse.storage.queries import ChangeQuery
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.route import Route
from tests.walls.belongings import BELONGINGS, FILLING, MARK, fill, inventory, keep_count, native, tokens
from tests.walls.reaching import Reach, Undescribed, reaching, requests_of
from tests.walls.twins import Request, Twin, Wall, open_twin


@asynccontextmanager
async def twins(folder: Path, wall: Wall) -> AsyncIterator[tuple[Twin, Twin, Reach]]:
    """Open two houses that differ in what stands behind the wall, and nothing else."""
    one, other = open_twin(folder / "full", wall), open_twin(folder / "empty", wall, "elsewhere")
    async with one as full, other as empty:
        await fill(full)
        await keep_count(full, empty)
        for twin in (full, empty):
            twin.begin()
            for request in FILLING:
                await twin.ask(native(), renamed(request))
        known = {**BELONGINGS, **await tokens(full)}
        theirs, mine = full.neighbour.principal.project, full.me.principal.project
        yield full, empty, Reach(reaching(known, theirs.number, mine.number), mine.name)


def renamed(request: Request) -> Request:
    """Make of the neighbour's thing one of our own: other names, the same trace."""
    body = json.loads(json.dumps(request.body).replace(MARK, "mine")) if request.body else request.body
    headers = {name: text.replace(MARK, "mine") for name, text in (request.headers or {}).items()}
    return Request(request.method, request.path.replace(MARK, "mine"), body, headers)


async def differences(full: Twin, empty: Twin, dialect: Dialect, requests: Iterator[Request]) -> list[str]:
    """Send requests to both houses; return those that tell them apart."""
    found = []
    for request in requests:
        one, other = await full.ask(dialect, request), await empty.ask(dialect, request)
        if one != other:
            found.append(f"{request}\n  full:  {one}\n  empty: {other}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("wall", list(Wall))
async def test_nothing_is_learned_or_changed_through_the_wall(tmp_path: Path, wall: Wall) -> None:
    """Every request gets one answer whether the neighbour's project is full or empty, and changes nothing there."""
    async with twins(tmp_path, wall) as (full, empty, reach):
        rows, listed = full.behind(), await inventory(full)
        assert MARK.encode() in listed["/v1/scores"]
        for dialect in registered():
            for route in dialect.routes:
                # What differs between the walls is how a project is entered: by path and headers.
                requests = requests_of(dialect, route, reach, brief=wall is not Wall.STRANGERS)
                found = await differences(full, empty, dialect, requests)
                assert found == [], "\n".join(found[:5])
        assert full.behind() == rows
        assert await inventory(full) == listed


def test_every_route_can_be_filled() -> None:
    """No route of any dialect lacks a description of what its parameters and its body may name."""
    reach = Reach(reaching({**BELONGINGS, "cursor": "c", "mark": "0.1"}, 2, 1), "mine")
    for dialect in registered():
        for route in dialect.routes:
            assert any(requests_of(dialect, route, reach))


# ── That it can fail ─────────────────────────────────────────────────────────────────────────────────────


async def count_everything(call: Call) -> Reply:
    """Leak: count the scores of the other project."""
    changes = await call.house.store.changes(ChangeQuery(other_than(call), 1000))
    return json_reply(200, {"total": len(changes)})


async def deny_differently(call: Call) -> Reply:
    """Leak: deny what exists behind the wall in other words."""
    changes = await call.house.store.changes(ChangeQuery(other_than(call), 1000))
    known = call.parameters["id"] in {change.id for change in changes}
    return json_reply(404, {"error": "not yours" if known else "not there"})


def other_than(call: Call) -> int:
    """Return the number of the other project."""
    return 3 - call.project


def leaking(path: str, handler: Any) -> Route:
    """Make a route with a hole."""
    return Route(method="GET", path=path, handler=handler, permission=Permission.READ, summary="leaks")


@pytest.mark.parametrize("route", [leaking("/v1/leak", count_everything), leaking("/v1/leak/{id}", deny_differently)])
async def test_a_hole_in_the_wall_is_found(tmp_path: Path, route: Route) -> None:
    """A count and a denial that knows too much tell the houses apart."""
    holed = replace(native(), routes=(route,))
    one, other = tmp_path / "full", tmp_path / "empty"
    async with open_twin(one, Wall.STRANGERS) as full, open_twin(other, Wall.STRANGERS) as empty:
        for request in FILLING:
            await full.ask_as_neighbour(native(), request)
        full.begin()
        empty.begin()
        reach = Reach(reaching({**BELONGINGS, "cursor": "c", "mark": "m"}, 1, 2), "mine")
        assert await differences(full, empty, holed, requests_of(holed, route, reach)) != []


async def test_a_change_behind_the_wall_is_found(tmp_path: Path) -> None:
    """The comparison of what the neighbour has sees a change of one member of one score."""
    async with open_twin(tmp_path / "full", Wall.STRANGERS) as full:
        for request in FILLING:
            await full.ask_as_neighbour(native(), request)
        rows, listed = full.behind(), await inventory(full)
        changed = Request("PATCH", f"/v1/scores/{MARK}-run-score", {"comment": "else"})
        await full.ask_as_neighbour(native(), changed)
        assert full.behind() != rows
        assert await inventory(full) != listed


@pytest.mark.parametrize(
    "route",
    [
        leaking("/v1/new/{something}", count_everything),
        replace(leaking("/v1/new", count_everything), method="POST", body=dict),
    ],
)
def test_a_route_that_cannot_be_filled_is_told(route: Route) -> None:
    """A new parameter and a new body without an example say what is missing."""
    reach = Reach(reaching({**BELONGINGS, "cursor": "c", "mark": "m"}, 1, 2), "mine")
    with pytest.raises(Undescribed, match="/v1/new"):
        next(requests_of(replace(native(), routes=(route,)), route, reach))
