"""Projects stand by themselves or within another one; names are unique where they are opened, and walls hold."""

from secrets import token_hex

import pytest

from scorehouse.domain.access import EVERYTHING, UNOPENED, Permission, Principal, Project
from scorehouse.domain.frozen import replace
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Conflict, Forbidden, Invalid, NotFound
from scorehouse.services.house import House
from scorehouse.services.projects import open_within, opened, projects_in_reach, reach_project, revise_project
from scorehouse.storage.verbs import CreateKey, OpenProject, ReviseProject
from tests.engines.stores import Room


def at_home(room: Room, *permissions: Permission) -> tuple[House, Principal]:
    """Return a house on the room's store, and someone in its project; by default with every permission."""
    house = House(room.store, room.now, room.mint, token_hex)
    return house, Principal(room.project, "key", None, frozenset(permissions) or EVERYTHING)


async def open_in(room: Room, name: str, within: int | None) -> Project:
    """Open a project."""
    return await room.store.perform(OpenProject(name, Instant(1), within=within))


async def test_names_are_unique_where_they_are_opened(room: Room) -> None:
    """The same name twice is the same project; elsewhere it is another."""
    other = await open_in(room, "other", None)
    inner, again = [await open_in(room, "app", room.number) for _ in range(2)]
    theirs, alone = await open_in(room, "app", other.number), await open_in(room, "app", None)
    assert inner == again
    assert len({inner.number, theirs.number, alone.number}) == 3
    assert (inner.within, theirs.within, alone.within) == (room.number, other.number, None)
    assert [project.name for project in await room.store.projects(room.number)] == ["app"]
    assert await room.store.projects() == (room.project, other, inner, theirs, alone)


async def test_a_key_reaches_its_own_project_and_those_within_it(room: Room) -> None:
    """Never one that stands by itself, another owner's, or one two levels down."""
    other = await open_in(room, "other", None)
    await open_in(room, "theirs", other.number)
    inner = await open_in(room, "app", room.number)
    deep = await open_in(room, "deep", inner.number)
    house, principal = at_home(room)
    assert await reach_project(house, principal, room.project.name) == principal
    assert (await reach_project(house, principal, "app")).project == inner
    for name in ("other", "theirs", "deep"):
        assert (await reach_project(house, principal, name)).project.number == UNOPENED
    assert await projects_in_reach(house, principal) == (room.project, inner)
    assert (await reach_project(house, replace(principal, project=inner), "deep")).project == deep


async def test_reaching_a_new_name_writes_nothing_until_it_is_opened(room: Room) -> None:
    """It is empty; once opened it is found, also where a neighbour opened it meanwhile."""
    house, principal = at_home(room)
    new = await reach_project(house, principal, "new")
    assert (new.project.number, new.project.within) == (UNOPENED, room.number)
    assert await room.store.projects() == (room.project,)
    neighbour = await open_within(house, room.project, "new")
    assert (await opened(house, new)).project == neighbour
    assert (await reach_project(house, principal, "new")).project == neighbour
    assert await opened(house, principal) == principal


async def test_only_administrators_reach_further(room: Room) -> None:
    """Others have their own project, by its name; what no project can be called is refused."""
    house, clerk = at_home(room, Permission.READ, Permission.WRITE)
    await open_in(room, "app", room.number)
    assert await reach_project(house, clerk, room.project.name) == clerk
    assert await projects_in_reach(house, clerk) == (room.project,)
    for name in ("app", "new"):
        with pytest.raises(Forbidden):
            await reach_project(house, clerk, name)
    house, principal = at_home(room)
    for name in ("", " a", "a\0", "a" * 256):
        with pytest.raises(Invalid):
            await reach_project(house, principal, name)


async def test_a_key_tells_what_its_project_is_within(room: Room) -> None:
    """A key of an inner project opens that one, and knows where it lies."""
    inner = await open_in(room, "app", room.number)
    verb = CreateKey(id="k", project=inner, digest=b"d", owner=None, permissions=EVERYTHING, at=Instant(1))
    await room.store.perform(verb)
    key = await room.store.key(b"d")
    assert key is not None
    assert key.project == inner


async def test_a_project_is_renamed_and_described(room: Room) -> None:
    """What is not said stays; its number, and so all that is in it, stays in any case."""
    house, principal = at_home(room)
    inner = await open_within(house, room.project, "app")
    described = await revise_project(house, inner, description="für alle")
    assert described == replace(inner, description="für alle")
    renamed = await revise_project(house, inner, name="apps")
    assert renamed == replace(described, name="apps")
    assert await room.store.projects(room.number) == (renamed,)
    assert (await reach_project(house, principal, "apps")).project == renamed
    assert (await reach_project(house, principal, "app")).project.number == UNOPENED
    assert await revise_project(house, renamed, name="apps", description="") == replace(inner, name="apps")


async def test_a_name_can_only_be_taken_where_it_is_free(room: Room) -> None:
    """Elsewhere the same name is another project's; a refusal changes nothing."""
    house, _ = at_home(room)
    other = await open_in(room, "other", None)
    await open_in(room, "theirs", other.number)
    inner, second = [await open_within(house, room.project, name) for name in ("app", "second")]
    with pytest.raises(Conflict):
        await revise_project(house, second, name="app", description="x")
    for name in ("", "a\0"):
        with pytest.raises(Invalid):
            await revise_project(house, second, name=name)
    with pytest.raises(Invalid):
        await revise_project(house, second, description="\0")
    with pytest.raises(NotFound):
        await room.store.perform(ReviseProject(number=99, name="x"))
    assert await room.store.projects(room.number) == (inner, second)
    assert (await revise_project(house, second, name="theirs")).name == "theirs"


async def test_a_new_name_counts_on_every_node_within_a_second(room: Room) -> None:
    """What another house remembers of names is believed that long, and then asked again."""
    now = [Instant(1_000_000)]
    here, there = [House(room.store, lambda: now[0], room.mint, token_hex) for _ in range(2)]
    principal = Principal(room.project, "key", None, EVERYTHING)
    inner = await open_within(here, room.project, "app")
    assert (await reach_project(there, principal, "app")).project == inner
    await revise_project(here, inner, name="apps")
    assert (await reach_project(there, principal, "app")).project == inner
    now[0] = Instant(2_000_000)
    assert (await reach_project(there, principal, "app")).project.number == UNOPENED
    assert (await reach_project(there, principal, "apps")).project.number == inner.number
