"""The management paths: who asks, which organization, which projects and keys (§2, §3.5)."""

from typing import Any

import pytest

from scorehouse.dialects.pandaprobe.auth import paste, read_credential
from scorehouse.dialects.pandaprobe.projects import project_id, project_number
from scorehouse.domain.access import Permission
from scorehouse.domain.refusals import Unidentified
from scorehouse.wire.dialect import Opened
from tests.dialects.pandaprobe.pandaprobe import (
    A_TRACE,
    BEARER,
    KEY,
    KEYS,
    ORGANIZATION,
    PROJECTS,
    UNKNOWN,
    fields,
    say,
)
from tests.dialects.speaking import Speaker


@pytest.mark.parametrize("number", [1, 2, 4_000_000_000, 2**50])
def test_an_id_of_a_project_is_its_number(number: int) -> None:
    """A UUID, and back."""
    assert len(project_id(number)) == 36
    assert project_number(project_id(number)) == number
    assert project_number(project_id(number).upper().replace("-", "")) == number


@pytest.mark.parametrize("id", ["", "1", UNKNOWN, ORGANIZATION, "x" * 36])
def test_other_ids_are_no_projects(id: str) -> None:
    """Organizations, strangers, garbage."""
    assert project_number(id) is None


@pytest.mark.parametrize(
    ("headers", "secret"),
    [
        ({"x-api-key": "sk_pp_a"}, "sk_pp_a"),
        ({"x-api-key": "sk_pp_a", "authorization": "Bearer b"}, "sk_pp_a"),
        ({"x-api-key": "", "authorization": "Bearer b"}, "b"),
        ({"authorization": "bearer   b "}, "b"),
        ({}, None),
        ({"x-api-key": " "}, None),
        ({"authorization": "Basic b"}, None),
        ({"authorization": "Bearer"}, None),
    ],
)
def test_the_key_is_read_before_the_bearer(headers: dict[str, str], secret: str | None) -> None:
    """An empty key and another scheme are nothing (§2.2)."""
    if secret is None:
        with pytest.raises(Unidentified):
            read_credential(headers)
    else:
        assert read_credential(headers).secret == secret


def test_what_to_paste_is_what_the_clients_read() -> None:
    """Their three variables and two headers, with the key in their spelling (§2, §14.1)."""
    pasted = paste(Opened("http://h:1", "0" * 64, "id", "my app"))
    key = "sk_pp_" + "0" * 64
    assert pasted.env == {
        "PANDAPROBE_ENDPOINT": "http://h:1",
        "PANDAPROBE_API_KEY": key,
        "PANDAPROBE_PROJECT_NAME": "my app",
    }
    assert pasted.headers == {"X-API-Key": key, "X-Project-Name": "my app"}
    assert f"X-API-Key: {key}" in pasted.curl


@pytest.mark.parametrize("path", ["/me", "/organizations", f"/organizations/{ORGANIZATION}", PROJECTS, KEYS])
async def test_management_takes_a_bearer_only(speaker: Speaker, path: str) -> None:
    """A key alone is 401; no project has to be named (§2)."""
    await say(speaker, "GET", path, headers=BEARER)
    await say(speaker, "GET", path, status=401, headers=KEY)
    for organization, status in (("x", 422), (UNKNOWN, 401), (ORGANIZATION, 200)):
        await say(speaker, "GET", path, status=status, headers={**BEARER, "X-Organization-ID": organization})


async def test_a_project_is_opened_and_found(speaker: Speaker) -> None:
    """Once: its name is taken then; listed newest first (§3.5)."""
    made = await say(speaker, "POST", PROJECTS, {"name": " my app "}, 201, headers=BEARER)
    assert list(made) == ["id", "org_id", "name", "description", "created_at"]
    assert (made["name"], made["org_id"]) == ("my app", ORGANIZATION)
    for name in ("my app", "default"):
        await say(speaker, "POST", PROJECTS, {"name": name}, 409, headers=BEARER)
    projects = await say(speaker, "GET", PROJECTS, headers=BEARER)
    assert [project["name"] for project in projects] == ["my app", "default"]
    assert await say(speaker, "GET", f"{PROJECTS}/{made['id']}", headers=BEARER) == made
    inside = {**BEARER, "X-Project-ID": made["id"]}
    await say(speaker, "GET", "/traces", headers=inside)
    await say(speaker, "GET", f"{PROJECTS}/{UNKNOWN}", status=404, headers=BEARER)


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, ["name"]),
        ({"name": 1}, ["name"]),
        ({"name": "ä"}, ["name"]),
        ({"name": "a", "description": 1}, ["description"]),
    ],
)
async def test_a_project_without_a_name_is_refused(speaker: Speaker, body: Any, at: list[str]) -> None:
    """422 at its place; nothing is opened."""
    assert fields(await say(speaker, "POST", PROJECTS, body, 422, headers=BEARER)) == at
    assert len(await speaker.house.store.projects()) == 1


async def test_others_organizations_are_not_found(speaker: Speaker) -> None:
    """404 on each of their paths; one sees one's own only."""
    stranger = await speaker.stranger()
    (own,) = await say(speaker, "GET", "/organizations", headers=BEARER, principal=stranger)
    assert (own["name"], own["role"]) == ("other", "OWNER")
    for path in (f"/organizations/{ORGANIZATION}", PROJECTS, KEYS):
        await say(speaker, "GET", path, status=404, headers=BEARER, principal=stranger)
    await say(speaker, "POST", PROJECTS, {"name": "x"}, 404, headers=BEARER, principal=stranger)


async def test_who_may_not_administer_is_a_member(speaker: Speaker) -> None:
    """Sees the project of the key, opens none and lists no keys."""
    clerk = speaker.allowed(Permission.READ, Permission.WRITE)
    await say(speaker, "POST", PROJECTS, {"name": "inner"}, 201, headers=BEARER)
    (own,) = await say(speaker, "GET", "/organizations", headers=BEARER, principal=clerk)
    assert own["role"] == "MEMBER"
    projects = await say(speaker, "GET", PROJECTS, headers=BEARER, principal=clerk)
    assert [project["name"] for project in projects] == ["default"]
    await say(speaker, "POST", PROJECTS, {"name": "x"}, 403, headers=BEARER, principal=clerk)
    await say(speaker, "GET", KEYS, status=403, headers=BEARER, principal=clerk)


async def test_a_project_is_described_and_renamed(speaker: Speaker) -> None:
    """What is in it stays under its id, and is found by the new name; the old name is free (§3.5)."""
    made = await say(speaker, "POST", PROJECTS, {"name": "app", "description": "for all"}, 201, headers=BEARER)
    assert made["description"] == "for all"
    await say(speaker, "POST", "/traces", A_TRACE, 202, headers={**KEY, "X-Project-Name": "app"})
    path = f"{PROJECTS}/{made['id']}"
    for change, expected in (
        ({}, {}),
        ({"name": None, "description": None}, {}),
        ({"name": " app "}, {}),
        ({"description": ""}, {"description": ""}),
        ({"name": " apps ", "description": "d"}, {"name": "apps", "description": "d"}),
    ):
        made = {**made, **expected}
        assert await say(speaker, "PATCH", path, change, headers=BEARER) == made
        assert await say(speaker, "GET", path, headers=BEARER) == made
    for name, total in (("apps", 1), ("app", 0)):
        headers = {**KEY, "X-Project-Name": name}
        assert (await say(speaker, "GET", "/traces", headers=headers))["total"] == total


async def test_a_taken_name_stays_taken(speaker: Speaker) -> None:
    """By a neighbour or by the key's own project: 409, and nothing changes."""
    _, made = [await say(speaker, "POST", PROJECTS, {"name": name}, 201, headers=BEARER) for name in ("a", "b")]
    before = await say(speaker, "GET", PROJECTS, headers=BEARER)
    for name in ("a", "default"):
        change = {"name": name, "description": "x"}
        await say(speaker, "PATCH", f"{PROJECTS}/{made['id']}", change, 409, headers=BEARER)
    assert await say(speaker, "GET", PROJECTS, headers=BEARER) == before


async def test_the_key_s_own_project_keeps_its_name(speaker: Speaker) -> None:
    """Its operator calls it by that; it may be described."""
    own = f"{PROJECTS}/{project_id(1)}"
    assert list(await say(speaker, "PATCH", own, {"name": "x"}, 422, headers=BEARER)) == ["detail"]
    changed = await say(speaker, "PATCH", own, {"name": "default", "description": "ours"}, headers=BEARER)
    assert (changed["name"], changed["description"]) == ("default", "ours")


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"name": "ä"}, ["name"]),
        ({"name": 1, "description": "d" * 2001}, ["name", "description"]),
        ({"description": "\0"}, ["description"]),
    ],
)
async def test_a_change_that_cannot_be_is_refused(speaker: Speaker, change: Any, at: list[str]) -> None:
    """422 at each place."""
    own = f"{PROJECTS}/{project_id(1)}"
    assert fields(await say(speaker, "PATCH", own, change, 422, headers=BEARER)) == at


async def test_only_administrators_change_projects(speaker: Speaker) -> None:
    """And only those of their own organization."""
    stranger = await speaker.stranger()
    clerk = speaker.allowed(Permission.READ, Permission.WRITE)
    for principal, status in ((clerk, 403), (stranger, 404)):
        path = f"{PROJECTS}/{project_id(1)}"
        await say(speaker, "PATCH", path, {"description": "x"}, status, headers=BEARER, principal=principal)
    await say(speaker, "PATCH", f"{PROJECTS}/{project_id(2)}", {"description": "x"}, 404, headers=BEARER)
    assert [project.description for project in await speaker.house.store.projects()] == ["", ""]
