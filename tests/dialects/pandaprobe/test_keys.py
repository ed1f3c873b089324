"""Keys over the management paths: made, listed, rotated, revoked, removed (§3.5)."""

from typing import Any

import pytest

from scorehouse.domain.access import EVERYTHING, Permission
from scorehouse.domain.refusals import Unidentified
from scorehouse.services.admit import Doorkeeper
from scorehouse.services.projects import open_within
from scorehouse.storage.verbs import CreateKey
from tests.dialects.pandaprobe.pandaprobe import BEARER, KEYS, UNKNOWN, fields, say
from tests.dialects.speaking import Speaker

IN_90_DAYS = "2026-04-01T00:00:00+00:00"
"""Ninety days after the beginning of 2026: 31 of January, 28 of February, 31 of March."""

MEMBERS = ["id", "org_id", "key_prefix", "name", "is_active", "created_at", "expires_at", "raw_key"]


async def made(speaker: Speaker, **members: Any) -> Any:
    """Make a key."""
    return await say(speaker, "POST", KEYS, {"name": "ci", **members}, 201, headers=BEARER)


async def permissions_of(speaker: Speaker, raw_key: str) -> frozenset[Permission]:
    """Return what the holder of a key may do; raises Unidentified where it opens nothing."""
    return (await Doorkeeper(speaker.house).admit(raw_key.removeprefix("sk_pp_"), None)).permissions


async def test_a_key_is_made_and_shown_once(speaker: Speaker) -> None:
    """Spelled as theirs, 70 characters; of a key that is only read nobody knows more than the prefix (§2, §3.5)."""
    key = await made(speaker)
    assert list(key) == MEMBERS
    assert (key["name"], key["is_active"], key["expires_at"]) == ("ci", True, None)
    assert key["created_at"] == "2026-01-01T00:00:00+00:00"
    assert key["raw_key"].startswith("sk_pp_")
    assert len(bytes.fromhex(key["raw_key"][6:])) == 32
    assert key["key_prefix"] == key["raw_key"][:10]
    assert await permissions_of(speaker, key["raw_key"]) == {Permission.READ, Permission.WRITE}
    later = await say(speaker, "GET", f"{KEYS}/{key['id']}", headers=BEARER)
    assert later == {**key, "key_prefix": "sk_pp_", "raw_key": None}
    assert await say(speaker, "GET", KEYS, headers=BEARER) == [later]


async def test_a_key_may_end(speaker: Speaker) -> None:
    """After ninety days it is not active and opens nothing (§3.5)."""
    key = await made(speaker, expiration="90d")
    assert key["expires_at"] == IN_90_DAYS
    speaker.clock.advance(90 * 86_400)
    assert (await say(speaker, "GET", f"{KEYS}/{key['id']}", headers=BEARER))["is_active"] is False
    with pytest.raises(Unidentified, match="expired"):
        await permissions_of(speaker, key["raw_key"])


async def test_a_key_has_the_scopes_that_are_asked_for(speaker: Speaker) -> None:
    """Ours: theirs have none. Nobody hands out more than they have themselves."""
    key = await made(speaker, scopes=["read", "administer"])
    assert await permissions_of(speaker, key["raw_key"]) == {Permission.READ, Permission.ADMINISTER}
    steward = speaker.allowed(Permission.ADMINISTER, Permission.READ)
    for body in ({"name": "n"}, {"name": "n", "scopes": ["read", "write-scores"]}):
        await say(speaker, "POST", KEYS, body, 403, headers=BEARER, principal=steward)
    await say(speaker, "POST", KEYS, {"name": "n", "scopes": ["read"]}, 201, headers=BEARER, principal=steward)
    assert len(await say(speaker, "GET", KEYS, headers=BEARER)) == 2


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, ["name"]),
        ({"name": "", "expiration": "30d"}, ["name", "expiration"]),
        ({"name": "n" * 256, "expiration": None}, ["name", "expiration"]),
        ({"name": "a\nb", "scopes": []}, ["name", "scopes"]),
        ({"name": "n", "scopes": ["all"]}, ["scopes -> 0"]),
    ],
)
async def test_a_key_that_cannot_be_is_refused(speaker: Speaker, body: Any, at: list[str]) -> None:
    """422 at each place; nothing is made."""
    assert fields(await say(speaker, "POST", KEYS, body, 422, headers=BEARER)) == at
    assert await say(speaker, "GET", KEYS, headers=BEARER) == []


async def test_a_key_that_ends_is_rotated(speaker: Speaker) -> None:
    """Its successor has its name and scopes and ninety days; the old one stays good until its own end (§3.5)."""
    old = await made(speaker, expiration="90d", scopes=["read"])
    speaker.clock.advance(86_400)
    new = await say(speaker, "POST", f"{KEYS}/{old['id']}/rotate", status=201, headers=BEARER)
    assert (new["name"], new["expires_at"]) == ("ci", "2026-04-02T00:00:00+00:00")
    assert new["id"] != old["id"]
    for key in (old, new):
        assert await permissions_of(speaker, key["raw_key"]) == {Permission.READ}
    keys = await say(speaker, "GET", KEYS, headers=BEARER)
    assert [(key["id"], key["expires_at"]) for key in keys] == [
        (new["id"], new["expires_at"]),
        (old["id"], IN_90_DAYS),
    ]


async def test_what_cannot_be_rotated(speaker: Speaker) -> None:
    """A key without an end, a revoked one, one that may more than who rotates it, and one that is not there."""
    endless, ending = await made(speaker), await made(speaker, expiration="90d")
    answer = await say(speaker, "POST", f"{KEYS}/{endless['id']}/rotate", status=422, headers=BEARER)
    assert list(answer) == ["detail"]
    steward = speaker.allowed(Permission.ADMINISTER)
    await say(speaker, "POST", f"{KEYS}/{ending['id']}/rotate", status=403, headers=BEARER, principal=steward)
    await say(speaker, "DELETE", f"{KEYS}/{ending['id']}", status=204, headers=BEARER)
    await say(speaker, "POST", f"{KEYS}/{ending['id']}/rotate", status=422, headers=BEARER)
    await say(speaker, "POST", f"{KEYS}/{UNKNOWN}/rotate", status=404, headers=BEARER)
    assert len(await say(speaker, "GET", KEYS, headers=BEARER)) == 2


@pytest.mark.parametrize(("query", "listed"), [("", 1), ("?permanent=false", 1), ("?permanent=true", 0)])
async def test_a_key_is_revoked_or_removed(speaker: Speaker, query: str, listed: int) -> None:
    """Either way it opens nothing; a revoked one is still listed, and may be removed later (§3.5)."""
    key = await made(speaker)
    assert await say(speaker, "DELETE", f"{KEYS}/{key['id']}{query}", status=204, headers=BEARER) is None
    with pytest.raises(Unidentified):
        await permissions_of(speaker, key["raw_key"])
    keys = await say(speaker, "GET", KEYS, headers=BEARER)
    assert [other["is_active"] for other in keys] == [False] * listed
    again = 204 if listed else 404
    await say(speaker, "DELETE", f"{KEYS}/{key['id']}?permanent=true", status=again, headers=BEARER)
    assert fields(await say(speaker, "DELETE", f"{KEYS}/{key['id']}?permanent=2", status=422, headers=BEARER)) == [
        "query -> permanent"
    ]


async def test_keys_of_inner_projects_belong_to_the_organization(speaker: Speaker) -> None:
    """They are listed and revoked by its administrators, and keys of nobody else are."""
    inner = await open_within(speaker.house, speaker.principal.project, "inner")
    stranger = await speaker.stranger("other")
    for id, project in (("a", inner), ("b", stranger.project)):
        verb = CreateKey(
            id=id * 16, project=project, digest=id.encode(), owner=id, permissions=EVERYTHING, at=speaker.clock()
        )
        await speaker.house.store.perform(verb)
    (found,) = await say(speaker, "GET", KEYS, headers=BEARER)
    assert found["name"] == "a"
    theirs = f"00000000-0000-0000-{'b' * 4}-{'b' * 12}"
    for method, path in (("GET", theirs), ("DELETE", theirs), ("POST", f"{theirs}/rotate")):
        await say(speaker, method, f"{KEYS}/{path}", status=404, headers=BEARER)
    await say(speaker, "DELETE", f"{KEYS}/{found['id']}", status=204, headers=BEARER)
    assert [key.revoked_at is None for key in await speaker.house.store.keys()] == [False, True]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ""), ("GET", ""), ("GET", f"/{UNKNOWN}"), ("DELETE", f"/{UNKNOWN}"), ("POST", f"/{UNKNOWN}/rotate")],
)
async def test_only_administrators_deal_with_keys(speaker: Speaker, method: str, path: str) -> None:
    """Any other key is 403, and one that is shown as X-API-Key alone is 401 (§2)."""
    clerk = speaker.allowed(Permission.READ, Permission.WRITE, Permission.WRITE_SCORES)
    body: Any = {"name": "n"} if (method, path) == ("POST", "") else b""
    await say(speaker, method, KEYS + path, body, 403, headers=BEARER, principal=clerk)
    await say(speaker, method, KEYS + path, body, 401)
    other = KEYS.replace("000001/", "000002/")
    await say(speaker, method, other + path, body, 404, headers=BEARER)
