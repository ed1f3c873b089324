"""The project that a request names, and the ids of projects and organizations (contract pandaprobe §2).

Their keys belong to an organization and name any project of it; ours open one project. So a key's own project is its
organization: in it lie the project itself and those that its administrators opened within it. Their ids are UUIDs
made of our numbers.
"""

import re
from functools import lru_cache, wraps

from scorehouse.dialects.pandaprobe.auth import API_KEY, bearer_token
from scorehouse.dialects.pandaprobe.errors import broken_rule
from scorehouse.dialects.pandaprobe.requests import path_uuid
from scorehouse.domain.access import UNOPENED, Principal
from scorehouse.domain.frozen import replace
from scorehouse.domain.identity import canonical, hyphenated, is_128_bit
from scorehouse.domain.refusals import NotFound, Unidentified
from scorehouse.services.house import House
from scorehouse.services.projects import opened, projects_in_reach, reach_project
from scorehouse.wire.call import Call, Head, Headers, Reply
from scorehouse.wire.route import Handler

DATA_PLANE = ("/traces", "/sessions", "/evaluations")
"""Paths that ask inside a project; the others manage (contract pandaprobe §2)."""

PROJECT_NAME = "x-project-name"
PROJECT_ID = "x-project-id"
ORGANIZATION_ID = "x-organization-id"

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 _.'-]{0,253}[A-Za-z0-9])?", re.ASCII)
"""Names of projects and organizations (contract pandaprobe §2.1)."""

NAME_RULE = (
    "must be 1 to 255 characters, the first and the last an ASCII letter or digit, "
    "between them also blanks, '_', '.', \"'\" and '-'"
)

IDS_MAX = 1024
"""Ids of projects and organizations that are remembered: every answer says one."""

_PROJECT = "000000000000800080"
_ORGANIZATION = "000000000000800090"


async def enter(head: Head, principal: Principal, house: House) -> Principal:
    """Move whoever asks into the project that the request names; writes nothing.

    Raises:
        Unidentified: a management path without a bearer token, or an organization of others.
        Forbidden: a key that may not name other projects than its own.
        Invalid: no project is named, or none that can be.
    """
    headers = head.headers
    if not head.path.startswith(DATA_PLANE):
        if not bearer_token(headers):
            raise Unidentified("missing")
        _check_organization(headers, principal)
        return principal
    if headers.get(API_KEY, "").strip():
        return await _enter_by_name(headers, principal, house)
    _check_organization(headers, principal)
    return await _enter_by_id(headers, principal, house)


def within(handler: Handler) -> Handler:
    """Make the project of a new name real once a request in it has succeeded (contract pandaprobe §2.1)."""

    @wraps(handler)
    async def serve(call: Call) -> Reply:
        reply = await handler(call)
        if call.project == UNOPENED:
            await opened(call.house, call.principal)
        return reply

    return serve


async def in_opened(call: Call) -> Call:
    """Return the call in a project that exists: for handlers that write, once nothing can be refused any more."""
    if call.project != UNOPENED:
        return call
    return replace(call, principal=await opened(call.house, call.principal))


def check_organization(call: Call) -> None:
    """Refuse a path of another organization than the key's with NotFound, and one of none with Invalid."""
    id = path_uuid(call, "organization_id")
    if canonical(id) != canonical(organization_id(call.project)):
        raise NotFound("organization", id)


def key_id(id: str) -> str:
    """Return a key's id as a UUID: ours have 16 hex digits, so the first half is zero."""
    return hyphenated(id.zfill(32))


def project_id(number: int) -> str:
    """Return the id of a project."""
    return _id(_PROJECT, number)


def organization_id(number: int) -> str:
    """Return the id of the organization that consists of a project and those within it."""
    return _id(_ORGANIZATION, number)


def project_number(id: str) -> int | None:
    """Return the number of a project by its id; None if it is no project's."""
    plain = canonical(id)
    if not is_128_bit(id) or not plain.startswith(_PROJECT):
        return None
    return int(plain[len(_PROJECT) :], 16)


async def _enter_by_name(headers: Headers, principal: Principal, house: House) -> Principal:
    name = headers.get(PROJECT_NAME, "").strip()
    if name == principal.project.name:
        return principal
    if not name:
        raise broken_rule("X-Project-Name is required with an API key.", PROJECT_NAME)
    if not NAME.fullmatch(name):
        raise broken_rule(f"X-Project-Name {NAME_RULE}.", PROJECT_NAME)
    return await reach_project(house, principal, name)


async def _enter_by_id(headers: Headers, principal: Principal, house: House) -> Principal:
    id = headers.get(PROJECT_ID, "").strip()
    if not id:
        raise broken_rule("X-Project-ID is required with a bearer token.", PROJECT_ID)
    if not is_128_bit(id):
        raise broken_rule("X-Project-ID must be a valid UUID.", PROJECT_ID)
    number = project_number(id)
    if number == principal.project.number:
        return principal
    for project in await projects_in_reach(house, principal):
        if project.number == number:
            return replace(principal, project=project)
    raise broken_rule(f"Project {id} was not found in this organization.", PROJECT_ID)


def _check_organization(headers: Headers, principal: Principal) -> None:
    id = headers.get(ORGANIZATION_ID, "").strip()
    if not id:
        return
    if not is_128_bit(id):
        raise broken_rule("X-Organization-ID must be a valid UUID.", ORGANIZATION_ID)
    if canonical(id) != canonical(organization_id(principal.project.number)):
        raise Unidentified("unknown")


@lru_cache(IDS_MAX)
def _id(prefix: str, number: int) -> str:
    return hyphenated(f"{prefix}{number:014x}")
