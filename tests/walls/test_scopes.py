"""What a key may do: for every route and every scope, from the route tables.

What a route's declared permission excludes is refused in the dialect's words and changes nothing; what it permits is
not refused for want of permission. A key that may only read changes nothing at all, whatever it sends.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from scorehouse.dialects import registered
from scorehouse.domain import frozen
from scorehouse.domain.access import Permission
from scorehouse.domain.refusals import Forbidden
from scorehouse.wire.call import Head
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.route import Route
from tests.dialects.speaking import ORIGIN
from tests.walls.belongings import BELONGINGS, fill, native, tokens
from tests.walls.reaching import HEADERS, Reach, reaching, requests_of
from tests.walls.twins import Heard, Request, Twin, Wall, open_twin, rows_of

REFUSED = frozenset({401, 403})


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[Twin]:
    """A house in which there is something to read and to change, and who asks is at home."""
    async with open_twin(tmp_path / "house", Wall.STRANGERS) as opened:
        await fill(opened)
        opened.begin()
        yield opened


async def asked(twin: Twin, dialect: Dialect, request: Request, *permissions: Permission) -> Heard:
    """Send a request with a key that has these permissions alone, at home."""
    neighbour = twin.neighbour
    whole = neighbour.principal
    neighbour.principal = frozen.replace(whole, permissions=frozenset(permissions))
    try:
        return await twin.ask_as_neighbour(dialect, request)
    finally:
        neighbour.principal = whole


def refusal(dialect: Dialect, request: Request, permission: Permission) -> tuple[int, bytes]:
    """Return what the dialect says to a key that lacks a permission."""
    path, _, query = request.path.partition("?")
    head = Head(request.method, path, query, request.headers or {}, ORIGIN, "request-1")
    reply = dialect.refuse(Forbidden(permission), head)
    assert isinstance(reply.body, bytes)
    return reply.status, reply.body


async def requests_at_home(twin: Twin, dialect: Dialect, route: Route) -> list[Request]:
    """Make requests for what there really is, without the headers that name other projects."""
    known = {**BELONGINGS, **await tokens(twin)}
    project = twin.neighbour.principal.project
    reach = Reach(reaching(known, project.number, project.number), project.name)
    others = {name for name, _ in HEADERS}
    every = list(requests_of(dialect, route, reach, brief=True))
    return [request for request in every if others.isdisjoint((request.headers or {}).keys() - {"x-project-name"})]


@pytest.mark.slow
@pytest.mark.parametrize("permission", list(Permission))
async def test_a_scope_permits_what_the_route_says_and_nothing_else(twin: Twin, permission: Permission) -> None:
    """For every route: what the scope excludes is refused and changes nothing, what it permits is not refused."""
    for dialect in registered():
        for route in dialect.routes:
            if route.permission is None:
                continue
            requests = await requests_at_home(twin, dialect, route)
            permits = permission is route.permission
            permits |= permission is Permission.WRITE and route.permission is Permission.WRITE_SCORES
            before = {} if permits else rows_of(twin.database)
            for request in requests if permits else requests[:2]:
                heard = await asked(twin, dialect, request, permission)
                said = (heard.status, heard.body)
                expected = refusal(dialect, request, route.permission)
                assert expected[0] in REFUSED
                assert (said == expected) is not permits, (dialect.name, request, said)
            assert permits or rows_of(twin.database) == before, (dialect.name, route.method, route.path)


@pytest.mark.slow
async def test_a_key_that_may_only_read_changes_nothing(twin: Twin) -> None:
    """Every route that it may use, asked for everything there is, leaves the database as it was to the last row."""
    before = rows_of(twin.database)
    for dialect in registered():
        for route in dialect.routes:
            if route.permission is Permission.READ:
                for request in await requests_at_home(twin, dialect, route):
                    await asked(twin, dialect, request, Permission.READ)
    assert rows_of(twin.database) == before


async def test_a_scope_that_is_not_held_is_found(twin: Twin) -> None:
    """The comparison sees a route that forgets to ask, and a change that it made."""
    route = next(route for route in native().routes if route.method == "DELETE" and route.path == "/v1/scores/{id}")
    forgetful = replace(native(), name="forgetful", routes=(replace(route, permission=Permission.READ),))
    before = rows_of(twin.database)
    (request, *_) = await requests_at_home(twin, forgetful, forgetful.routes[0])
    heard = await asked(twin, forgetful, request, Permission.READ)
    assert (heard.status, heard.body) != refusal(forgetful, request, Permission.WRITE_SCORES)
    assert rows_of(twin.database) != before
