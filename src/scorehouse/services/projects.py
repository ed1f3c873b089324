"""Projects within a project: what a caller reaches beside the project that the key opens, and how it comes to be.

A key opens one project. A key that administers it also reaches the projects that were opened within it, by name, and
opens new ones. Nobody reaches a project any other way, so projects of different owners stay walled off from
each other even where they have the same name.
"""

from dataclasses import replace

from scorehouse.domain.access import UNOPENED, Permission, Principal, Project, checked_project_name
from scorehouse.domain.refusals import Forbidden
from scorehouse.services.house import House
from scorehouse.services.registry import first_evaluators
from scorehouse.storage.verbs import OpenProject

REMEMBERED_PROJECTS_MAX = 10_000


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
    found = house.projects.get((own.number, name)) or await _find(house, own, name)
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


async def _open(house: House, within: int, name: str) -> Project:
    at = house.clock()
    return await house.store.perform(OpenProject(name, at, first_evaluators(house.mint, at), within))


async def _find(house: House, own: Project, name: str) -> Project | None:
    if len(house.projects) >= REMEMBERED_PROJECTS_MAX:
        house.projects.clear()
    inner = await house.store.projects(own.number)
    house.projects.update({(own.number, project.name): project for project in inner})
    return house.projects.get((own.number, name))
