"""Projects within a project: what a caller reaches beside the project that the key opens, and how it comes to be.

A key opens one project. A key that administers it also reaches the projects that were opened within it, by name, and
opens new ones. Nobody reaches a project any other way, so projects of different owners stay walled off from
each other even where they have the same name.
"""

from scorehouse.domain.access import UNOPENED, Permission, Principal, Project, checked_project_name
from scorehouse.domain.frozen import replace
from scorehouse.domain.identity import checked_text
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Forbidden
from scorehouse.services.house import House
from scorehouse.services.registry import first_evaluators
from scorehouse.storage.verbs import OpenProject, ReviseProject

REMEMBERED_PROJECTS_MAX = 10_000

FRESH_FOR_MICROSECONDS = 1_000_000
"""How long a name is believed without asking the store: on every node a new one counts within a second."""


async def reach_project(house: House, principal: Principal, name: str) -> Principal:
    """Move a principal into the project of this name: its own, or one within it. Writes nothing.

    A name that is new leads into a project that is UNOPENED: it is empty, and `opened` makes it.

    Raises:
        Forbidden: it is not the key's own project, and the key does not administer that.
        Invalid: no project can have this name.
    """
    own = principal.project
    if name == own.name:
        return principal
    if not principal.may(Permission.ADMINISTER):
        raise Forbidden(Permission.ADMINISTER)
    found = _remembered(house, own, name) or await _find(house, own, name)
    if found is None:
        found = Project(UNOPENED, checked_project_name(name), house.clock(), own.number)
    return replace(principal, project=found)


async def projects_in_reach(house: House, principal: Principal) -> tuple[Project, ...]:
    """List the principal's own project and, if it administers that, those opened within it, oldest first."""
    own = principal.project
    inner = await house.store.projects(own.number) if principal.may(Permission.ADMINISTER) else ()
    return (own, *inner)


async def opened(house: House, principal: Principal) -> Principal:
    """Move a principal out of an UNOPENED project into the real one of that name, made now if it still is new.

    To be called when nothing of the request can be refused any more: a refused request makes no project.
    """
    project = principal.project
    if project.number != UNOPENED or project.within is None:
        return principal
    return replace(principal, project=await _open(house, project.within, project.name))


async def open_within(house: House, own: Project, name: str) -> Project:
    """Return the project of this name within another one, made now if it is new."""
    return await _open(house, own.number, checked_project_name(name))


async def revise_project(
    house: House, project: Project, *, name: str | None = None, description: str | None = None
) -> Project:
    """Change a project's name or description; its old name is free from then on.

    Raises:
        Refusal: Invalid for a name or description that cannot be, Conflict for a name that is taken, NotFound.
    """
    if name is not None:
        checked_project_name(name)
    if description is not None:
        checked_text(description, "description")
    revised = await house.store.perform(ReviseProject(number=project.number, name=name, description=description))
    house.projects.clear()
    return revised


async def _open(house: House, within: int, name: str) -> Project:
    at = house.clock()
    return await house.store.perform(OpenProject(name, at, first_evaluators(house.mint, at), within))


def _remembered(house: House, own: Project, name: str) -> Project | None:
    found, until = house.projects.get((own.number, name), (None, own.created_at))
    return found if house.clock() < until else None


async def _find(house: House, own: Project, name: str) -> Project | None:
    if len(house.projects) >= REMEMBERED_PROJECTS_MAX:
        house.projects.clear()
    until = Instant(house.clock() + FRESH_FOR_MICROSECONDS)
    inner = {project.name: project for project in await house.store.projects(own.number)}
    house.projects.update({(own.number, found): (project, until) for found, project in inner.items()})
    return inner.get(name)
