"""Organizations, projects and keys, as far as they can be asked for here (contract pandaprobe §3.5).

An organization is a key's own project with those opened within it; a key with the permission ``administer`` is its
owner, any other a member. Keys are made with ``scorehouse keys create``.
"""

from scorehouse.dialects.pandaprobe.answers import KeyShape, OrganizationShape, ProjectShape, UserShape
from scorehouse.dialects.pandaprobe.auth import SPELLING
from scorehouse.dialects.pandaprobe.errors import broken_rule
from scorehouse.dialects.pandaprobe.projects import (
    NAME,
    NAME_RULE,
    organization_id,
    project_id,
    project_number,
)
from scorehouse.dialects.pandaprobe.requests import both, path_uuid, read_body
from scorehouse.dialects.pandaprobe.shapes import NewProject
from scorehouse.domain.access import Key, Permission, Project
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Conflict, Fault, Invalid, NotFound
from scorehouse.services.projects import open_within, projects_in_reach
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.times import shortest_offset


async def read_me(call: Call) -> Reply:
    """Tell who asks: the key, and its owner."""
    principal = call.principal
    shape = UserShape(
        id=_key_id(principal.key),
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
    _check_organization(call)
    return json_reply(200, _organization(call))


async def list_projects(call: Call) -> Reply:
    """List the projects that the key may name, newest first."""
    _check_organization(call)
    projects = sorted(await projects_in_reach(call.house, call.principal), key=lambda project: -project.number)
    return json_reply(200, [_project(call, project) for project in projects])


async def read_project(call: Call) -> Reply:
    """Read one of them."""
    _check_organization(call)
    id = path_uuid(call, "project_id")
    for project in await projects_in_reach(call.house, call.principal):
        if project.number == project_number(id):
            return json_reply(200, _project(call, project))
    raise NotFound("project", id)


async def create_project(call: Call) -> Reply:
    """Open a project; a name that is taken is a conflict."""
    _, given = both(lambda: _check_organization(call), lambda: read_body(call, NewProject))
    if given.description:
        raise broken_rule("Descriptions of projects are not kept here; leave it out.", "description")
    name = given.name.strip()
    if not NAME.fullmatch(name):
        raise Invalid(Fault(("name",), "malformed", NAME_RULE))
    if any(project.name == name for project in await projects_in_reach(call.house, call.principal)):
        raise Conflict(f"A project named {name!r} exists.", "project", name)
    return json_reply(201, _project(call, await open_within(call.house, call.principal.project, name)))


async def list_keys(call: Call) -> Reply:
    """List the keys of the organization, newest first, revoked ones included."""
    _check_organization(call)
    own = await _keys(call)
    return json_reply(200, [_key(call, key) for key in reversed(own)])


async def read_key(call: Call) -> Reply:
    """Read one of them."""
    _check_organization(call)
    id = path_uuid(call, "key_id")
    for key in await _keys(call):
        if canonical(_key_id(key.id)) == canonical(id):
            return json_reply(200, _key(call, key))
    raise NotFound("API key", id)


async def _keys(call: Call) -> list[Key]:
    project = call.principal.project
    return [key for key in await call.house.store.keys(project.name) if key.project.number == project.number]


def _check_organization(call: Call) -> None:
    id = path_uuid(call, "organization_id")
    if canonical(id) != canonical(organization_id(call.project)):
        raise NotFound("organization", id)


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
        description="",
        created_at=shortest_offset(project.created_at),
    )


def _key(call: Call, key: Key) -> KeyShape:
    return KeyShape(
        id=_key_id(key.id),
        org_id=organization_id(call.project),
        key_prefix=SPELLING.prefixes[0],
        name=key.owner or "",
        is_active=key.good_at(call.house.clock()),
        created_at=shortest_offset(key.created_at),
        expires_at=None if key.expires_at is None else shortest_offset(key.expires_at),
        raw_key=None,
    )


def _key_id(id: str) -> str:
    """Return a key's id as a UUID: ours have 16 hex digits, so the first half is zero."""
    digits = id if len(id) == 32 else id.zfill(32)[-32:]
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
