"""The management paths: who asks, which organization, which projects and keys (§2, §3.5)."""

from typing import Any

import pytest

from scorehouse.dialects.pandaprobe.auth import paste, read_credential
from scorehouse.dialects.pandaprobe.projects import project_id, project_number
from scorehouse.domain.access import Permission
from scorehouse.domain.refusals import Unidentified
from scorehouse.services.admit import digest_of
from scorehouse.storage.verbs import CreateKey, RevokeKey
from scorehouse.wire.dialect import Opened
from tests.dialects.pandaprobe.pandaprobe import BEARER, KEY, UNKNOWN, fields, say
from tests.dialects.speaking import Speaker

ORGANIZATION = "00000000-0000-8000-9000-000000000001"
PROJECTS = f"/organizations/{ORGANIZATION}/projects"
KEYS = f"/organizations/{ORGANIZATION}/api-keys"


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


async def test_keys_are_listed_without_their_secrets(speaker: Speaker) -> None:
    """Newest first, revoked ones included and not active (§3.5)."""
    project = speaker.principal.project
    for number in (1, 2):
        verb = CreateKey(
            id=f"{number:016x}",
            project=project,
            digest=digest_of(str(number)),
            owner=f"owner {number}",
            permissions=frozenset({Permission.READ}),
            at=speaker.clock.advance(),
        )
        await speaker.house.store.perform(verb)
    await speaker.house.store.perform(RevokeKey("0000000000000002", speaker.clock()))
    keys = await say(speaker, "GET", KEYS, headers=BEARER)
    assert [(key["name"], key["is_active"], key["raw_key"]) for key in keys] == [
        ("owner 2", False, None),
        ("owner 1", True, None),
    ]
    assert await say(speaker, "GET", f"{KEYS}/{keys[1]['id']}", headers=BEARER) == keys[1]
    await say(speaker, "GET", f"{KEYS}/{UNKNOWN}", status=404, headers=BEARER)
