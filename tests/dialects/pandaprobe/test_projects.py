"""Which project a request is in: named or by id, its own or opened within it, and nobody else's (§2)."""

from collections.abc import Mapping

import pytest

from scorehouse.domain.access import Permission, Principal
from tests.dialects.pandaprobe.pandaprobe import (
    A_TRACE,
    BEARER,
    KEY,
    SCORE,
    SCORES,
    SESSION_SCORE,
    SESSION_SCORES,
    TRACE,
    UNKNOWN,
    say,
    send,
    trace,
)
from tests.dialects.speaking import Speaker, read_reply


def named(name: str) -> Mapping[str, str]:
    """Return the headers that name a project."""
    return {**KEY, "X-Project-Name": name}


async def names(speaker: Speaker) -> list[str]:
    """List the projects of the house."""
    return [project.name for project in await speaker.house.store.projects()]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/traces", b"", 200),
        ("GET", SCORES, b"", 200),
        ("GET", f"{SCORES}/{TRACE}", b"", 200),
        ("GET", "/evaluations/trace-metrics", b"", 200),
        ("POST", "/traces", A_TRACE, 202),
        ("POST", SESSION_SCORES, SESSION_SCORE, 201),
        ("POST", "/traces/batch/delete", {"trace_ids": [TRACE]}, 200),
        ("POST", "/traces/batch/tags", {"trace_ids": [TRACE], "add_tags": ["a"]}, 200),
        ("DELETE", f"{SESSION_SCORES}/{UNKNOWN}", b"", 204),
    ],
)
async def test_a_new_name_is_opened_by_a_request_that_succeeds(
    speaker: Speaker, method: str, path: str, body: object, status: int
) -> None:
    """On first use, also of a plain list; once, with what was written in it (§2.1)."""
    for _ in range(2):
        await say(speaker, method, path, body, status, headers=named("my app"))
    assert await names(speaker) == ["default", "my app"]
    projects = await speaker.house.store.projects()
    assert (projects[1].within, projects[0].within) == (projects[0].number, None)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", SCORES, SCORE, 404),
        ("POST", SCORES, {}, 422),
        ("POST", "/traces", {"name": ""}, 422),
        ("POST", "/traces", {**A_TRACE, "started_at": "2026-02-30"}, 422),
        ("POST", SESSION_SCORES, {**SESSION_SCORE, "value": "2"}, 422),
        ("POST", f"/traces/{TRACE}/spans", [{"name": "s", "started_at": 0}], 404),
        ("PATCH", f"/traces/{TRACE}", {"name": "x"}, 404),
        ("PATCH", f"{SCORES}/{TRACE}", {"value": "1"}, 404),
        ("DELETE", f"/traces/{TRACE}", b"", 404),
        ("DELETE", "/sessions/s", b"", 404),
        ("GET", "/sessions/s", b"", 404),
        ("GET", "/traces?limit=0", b"", 422),
        ("GET", "/traces/users", b"", 501),
        ("PUT", "/traces", b"", 405),
    ],
)
async def test_a_refused_request_opens_nothing(
    speaker: Speaker, method: str, path: str, body: object, status: int
) -> None:
    """Neither the project nor anything in a project that is none (§2.1)."""
    await say(speaker, method, path, body, status, headers=named("my app"))
    assert await names(speaker) == ["default"]


async def test_what_is_in_one_project_is_not_in_another(speaker: Speaker) -> None:
    """The same ids live apart in the key's own project and in one within it (§4.5, §6.5)."""
    await trace(speaker, name="outer")
    await say(speaker, "POST", "/traces", {**A_TRACE, "name": "inner"}, 202, headers=named("inner"))
    inner = await say(speaker, "GET", f"/traces/{TRACE}", headers=named("inner"))
    outer = await say(speaker, "GET", f"/traces/{TRACE}")
    assert (outer["name"], inner["name"]) == ("outer", "inner")
    assert outer["project_id"] != inner["project_id"]
    await say(speaker, "DELETE", f"/traces/{TRACE}", status=204, headers=named("inner"))
    assert (await say(speaker, "GET", f"/traces/{TRACE}")) == outer


async def test_owners_have_their_own_projects_of_the_same_name(speaker: Speaker) -> None:
    """Naming another owner's project, its own or one within it, opens one of one's own: the wall stands."""
    stranger = await speaker.stranger("theirs")
    await say(speaker, "POST", "/traces", A_TRACE, 202, headers=named("shared"), principal=stranger)
    await say(speaker, "POST", "/traces", A_TRACE, 202, headers=named("theirs"), principal=stranger)
    for name in ("shared", "theirs"):
        assert (await say(speaker, "GET", "/traces", headers=named(name)))["total"] == 0
    projects = await speaker.house.store.projects()
    theirs = [read_reply(await send(speaker, "GET", "/traces", headers=by_id(project.number))) for project in projects]
    assert [answer.get("total") for answer in theirs] == [0, None, None, 0, 0]


def by_id(number: int) -> Mapping[str, str]:
    """Return the headers that say a project's id."""
    return {**BEARER, "X-Project-ID": f"00000000-0000-8000-8000-{number:012x}"}


def holder(speaker: Speaker, *permissions: Permission) -> Principal:
    """Return someone with these permissions in the speaker's project."""
    return speaker.allowed(*permissions)


async def test_only_administrators_name_other_projects(speaker: Speaker) -> None:
    """A key without the permission works in its own project, by name and by id, and is forbidden all others."""
    clerk = holder(speaker, Permission.READ, Permission.WRITE)
    await say(speaker, "GET", "/traces", headers=named("inner"))
    await say(speaker, "GET", "/traces", principal=clerk)
    await say(speaker, "GET", "/traces", headers=by_id(1), principal=clerk)
    for name in ("inner", "new"):
        answer = await say(speaker, "GET", "/traces", status=403, headers=named(name), principal=clerk)
        assert list(answer) == ["detail"]
    await say(speaker, "GET", "/traces", status=422, headers=by_id(2), principal=clerk)
    assert await names(speaker) == ["default", "inner"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "k"},
        {"X-API-Key": "k", "X-Project-Name": ""},
        {"X-API-Key": "k", "X-Project-Name": "  "},
        {"X-API-Key": "k", "X-Project-ID": "00000000-0000-8000-8000-000000000001"},
        {"Authorization": "Bearer k"},
        {"Authorization": "Bearer k", "X-Project-Name": "default"},
        {"Authorization": "Bearer k", "X-Project-ID": ""},
        {"Authorization": "Bearer k", "X-Project-ID": "1"},
        {"Authorization": "Bearer k", "X-Project-ID": UNKNOWN},
        {"Authorization": "Bearer k", "X-Project-ID": "00000000-0000-8000-8000-000000000000"},
        {"Authorization": "Bearer k", "X-Project-ID": "00000000-0000-8000-8000-000000000001", "X-Organization-ID": "x"},
        *({"X-API-Key": "k", "X-Project-Name": name} for name in ("-a", "a-", "a/b", "ä", "a\tb", "_", "a" * 256)),
    ],
)
async def test_a_request_that_names_no_project_is_refused(speaker: Speaker, headers: Mapping[str, str]) -> None:
    """422 in the short form (§1.4, §2.1)."""
    answer = await say(speaker, "GET", "/traces", status=422, headers=headers)
    assert list(answer) == ["detail"]
    assert await names(speaker) == ["default"]


@pytest.mark.parametrize("name", ["a", "7", "A b_c.d'e-f9", " trimmed ", "a" * 255])
async def test_names_that_projects_may_have(speaker: Speaker, name: str) -> None:
    """ASCII letters and digits at both ends, between them a few marks; blanks around it do not count (§2.1)."""
    await say(speaker, "GET", "/traces", headers=named(name))
    assert await names(speaker) == ["default", name.strip()]


async def test_the_key_wins_over_a_bearer(speaker: Speaker) -> None:
    """Both sent: the project is named, and the organization header does not matter (§2)."""
    headers = {**KEY, "Authorization": "Bearer stale", "X-Organization-ID": "nonsense"}
    await say(speaker, "GET", "/traces", headers=headers)


async def test_a_bearer_may_say_its_organization(speaker: Speaker) -> None:
    """Its own is fine, another is 401 (§2)."""
    own = {**by_id(1), "X-Organization-ID": "00000000-0000-8000-9000-000000000001"}
    await say(speaker, "GET", "/traces", headers=own)
    await say(speaker, "GET", "/traces", status=401, headers={**own, "X-Organization-ID": UNKNOWN})


async def test_projects_are_found_again_by_another_house(speaker: Speaker) -> None:
    """What is remembered of names is only a shortcut: a house that remembers nothing finds the same project."""
    await say(speaker, "POST", "/traces", A_TRACE, 202, headers=named("inner"))
    speaker.house.projects.clear()
    assert (await say(speaker, "GET", "/traces", headers=named("inner")))["total"] == 1
