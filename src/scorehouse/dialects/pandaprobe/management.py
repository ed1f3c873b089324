"""Routes of the management plane: who asks, organizations, projects, keys, logging in (contract pandaprobe §3.5)."""

from typing import Any

from scorehouse.dialects.pandaprobe import keys, logins, organizations
from scorehouse.dialects.pandaprobe.answers import (
    CodeShape,
    KeyShape,
    LoginShape,
    OrganizationShape,
    ProjectShape,
    UserShape,
)
from scorehouse.dialects.pandaprobe.shapes import CodeExchange, KeyDeletion, NewCode, NewKey, NewProject, ProjectChange
from scorehouse.domain.access import Permission
from scorehouse.wire.pages import HTML_MEDIA
from scorehouse.wire.route import Handler, Route


def _managed(
    method: str, path: str, handler: Handler, summary: str, permission: Permission = Permission.READ, **rest: Any
) -> Route:
    """Return a route of the management plane, which takes a bearer token only."""
    return Route(method=method, path=path, handler=handler, permission=permission, summary=summary, **rest)


def _administered(method: str, path: str, handler: Handler, summary: str, **rest: Any) -> Route:
    """Return one for keys that may administer."""
    return _managed(method, path, handler, summary, Permission.ADMINISTER, **rest)


ORGANIZATION = "/organizations/{organization_id}"
PROJECT = f"{ORGANIZATION}/projects/{{project_id}}"
KEY = f"{ORGANIZATION}/api-keys/{{key_id}}"

MANAGEMENT = (
    _managed("GET", "/me", organizations.read_me, "Tell who asks", replies={200: UserShape}),
    _managed(
        "GET",
        "/organizations",
        organizations.list_organizations,
        "List the organization of the key",
        replies={200: list[OrganizationShape]},
    ),
    _managed(
        "GET", ORGANIZATION, organizations.read_organization, "Read the organization", replies={200: OrganizationShape}
    ),
    _managed(
        "GET",
        f"{ORGANIZATION}/projects",
        organizations.list_projects,
        "List the projects that the key may name",
        replies={200: list[ProjectShape]},
    ),
    _administered(
        "POST",
        f"{ORGANIZATION}/projects",
        organizations.create_project,
        "Open a project",
        body=NewProject,
        replies={201: ProjectShape},
    ),
    _managed("GET", PROJECT, organizations.read_project, "Read a project", replies={200: ProjectShape}),
    _administered(
        "PATCH",
        PROJECT,
        organizations.change_project,
        "Rename or describe a project",
        body=ProjectChange,
        replies={200: ProjectShape},
    ),
    _administered(
        "POST",
        f"{ORGANIZATION}/api-keys",
        keys.create_key,
        "Make a key; its secret is shown this once",
        body=NewKey,
        replies={201: KeyShape},
    ),
    _administered(
        "GET",
        f"{ORGANIZATION}/api-keys",
        keys.list_keys,
        "List the keys of the organization",
        replies={200: list[KeyShape]},
    ),
    _administered("GET", KEY, keys.read_key, "Read a key, without its secret", replies={200: KeyShape}),
    _administered(
        "POST",
        f"{KEY}/rotate",
        keys.rotate_key,
        "Make a successor for a key that ends",
        replies={201: KeyShape},
    ),
    _administered(
        "DELETE", KEY, keys.delete_key, "Revoke a key, or remove it for good", query=KeyDeletion, replies={204: None}
    ),
    _administered(
        "POST",
        "/cli/auth/codes",
        logins.issue_code,
        "Allow a command line to have a key",
        body=NewCode,
        replies={201: CodeShape},
    ),
    Route(
        method="POST",
        path="/cli/auth/exchange",
        handler=logins.exchange_code,
        permission=None,
        summary="Have a key for a code and its verifier, once",
        body=CodeExchange,
        replies={200: LoginShape},
    ),
    Route(
        method="GET",
        path="/cli-login",
        handler=logins.show_page,
        permission=None,
        summary="The page that a command line opens to be logged in",
        replies={200: str},
        answers=HTML_MEDIA,
    ),
)
