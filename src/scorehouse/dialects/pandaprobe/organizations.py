"""Organizations and their projects, as far as they can be asked for here (contract pandaprobe §3.5).

An organization is a key's own project with those opened within it; a key with the permission ``administer`` is its
owner, any other a member. Whoever operates the house has named a key's own project, and calls it by that name; so it
can be described here, and neither renamed nor deleted.
"""

from scorehouse.dialects.pandaprobe.answers import OrganizationShape, ProjectShape, UserShape
from scorehouse.dialects.pandaprobe.errors import broken_rule
from scorehouse.dialects.pandaprobe.projects import (
    NAME,
    NAME_RULE,
    check_organization,
    key_id,
    organization_id,
    project_id,
    project_number,
)
from scorehouse.dialects.pandaprobe.requests import both, path_uuid, read_body
from scorehouse.dialects.pandaprobe.shapes import NewProject, ProjectChange
from scorehouse.domain.access import Permission, Project
from scorehouse.domain.refusals import Conflict, Fault, Invalid, NotFound
from scorehouse.services.projects import open_within, projects_in_reach, revise_project
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.times import shortest_offset


async def read_me(call: Call) -> Reply:
    """Tell who asks: the key, and its owner."""
    principal = call.principal
    shape = UserShape(
        id=key_id(principal.key),
        email="",
        display_name=principal.owner or "",
        created_at=shortest_offset(principal.project.created_at),
        last_sign_in_at=None,
    )
    return json_reply(200, shape)


async def list_organizations(call: Call) -> Reply:
    """List the one organization that the key belongs to."""
    return json_reply(200, [_organization(call)])


async def read_organization(call: Call) -> Reply:
    """Read the organization."""
    check_organization(call)
    return json_reply(200, _organization(call))


async def list_projects(call: Call) -> Reply:
    """List the projects that the key may name, newest first."""
    check_organization(call)
    projects = sorted(await projects_in_reach(call.house, call.principal), key=lambda project: -project.number)
    return json_reply(200, [_project(call, project) for project in projects])


async def read_project(call: Call) -> Reply:
    """Read one of them."""
    check_organization(call)
    return json_reply(200, _project(call, await find_project(call, path_uuid(call, "project_id"))))


async def create_project(call: Call) -> Reply:
    """Open a project; a name that is taken is a conflict."""
    _, given = both(lambda: check_organization(call), lambda: read_body(call, NewProject))
    name = _read_name(given.name)
    if any(project.name == name for project in await projects_in_reach(call.house, call.principal)):
        raise Conflict(f"A project named {name!r} exists.", "project", name)
    project = await open_within(call.house, call.principal.project, name)
    if given.description:
        project = await revise_project(call.house, project, description=given.description)
    return json_reply(201, _project(call, project))


async def change_project(call: Call) -> Reply:
    """Rename a project, or describe it; null leaves what it was."""
    _, given = both(lambda: check_organization(call), lambda: read_body(call, ProjectChange))
    name = None if given.name is None else _read_name(given.name)
    project = await find_project(call, path_uuid(call, "project_id"))
    own = call.principal.project
    if name == project.name:
        name = None
    if name is not None and project.number == own.number:
        raise broken_rule("The key's own project is named by whoever operates the server.", "name")
    if name == own.name:
        raise Conflict(f"A project named {name!r} exists.", "project", name)
    revised = await revise_project(call.house, project, name=name, description=given.description)
    return json_reply(200, _project(call, revised))


async def find_project(call: Call, id: str) -> Project:
    """Return the project of this id, the key's own or one within it. Raises NotFound."""
    for project in await projects_in_reach(call.house, call.principal):
        if project.number == project_number(id):
            return project
    raise NotFound("project", id)


def _read_name(given: str) -> str:
    name = given.strip()
    if not NAME.fullmatch(name):
        raise Invalid(Fault(("name",), "malformed", NAME_RULE))
    return name


def _organization(call: Call) -> OrganizationShape:
    own = call.principal.project
    return OrganizationShape(
        id=organization_id(own.number),
        name=own.name,
        created_at=shortest_offset(own.created_at),
        role="OWNER" if call.principal.may(Permission.ADMINISTER) else "MEMBER",
    )


def _project(call: Call, project: Project) -> ProjectShape:
    return ProjectShape(
        id=project_id(project.number),
        org_id=organization_id(call.project),
        name=project.name,
        description=project.description,
        created_at=shortest_offset(project.created_at),
    )
