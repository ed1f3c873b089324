"""How their command line logs in: a page, a code, a key (§3.5); the key of RFC 7636, Appendix B, is its vector."""

from pathlib import Path
from typing import Any

import pytest

from scorehouse.domain.access import Permission
from scorehouse.services.admit import Doorkeeper
from scorehouse.services.projects import open_within
from scorehouse.storage.verbs import CreateKey, RevokeKey
from tests.dialects.pandaprobe.pandaprobe import BEARER, KEYS, ORGANIZATION, UNKNOWN, fields, say, send
from tests.dialects.speaking import Speaker, header_of, open_speaker

CODES = "/cli/auth/codes"
EXCHANGE = "/cli/auth/exchange"
PROJECT = "00000000-0000-8000-8000-000000000001"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

ASKED: dict[str, Any] = {
    "org_id": ORGANIZATION,
    "project_id": PROJECT,
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "label": "laptop",
    "expires_days": 90,
}
"""What the page of their web application sends."""

CLI = {
    "Accept": "application/json",
    "User-Agent": "pandaprobe-cli/0.2.0",
    "X-Request-ID": UNKNOWN,
    "X-API-Key": "",
    "X-Project-Name": "",
    "Content-Type": "application/json",
}
"""What the command line sends before it has a key (§14.4)."""


async def keep_key(speaker: Speaker) -> None:
    """Keep the key of who speaks, as a real one is kept."""
    verb = CreateKey(
        id=speaker.principal.key,
        project=speaker.principal.project,
        digest=b"d",
        owner="tester",
        permissions=speaker.principal.permissions,
        at=speaker.clock(),
    )
    await speaker.house.store.perform(verb)


async def allowed(speaker: Speaker, **members: Any) -> str:
    """Allow a command line to have a key, as the page does, and return the code."""
    answer = await say(speaker, "POST", CODES, {**ASKED, **members}, 201, headers=BEARER)
    assert list(answer) == ["code", "expires_in"]
    assert answer["expires_in"] == 120
    return str(answer["code"])


async def exchanged(speaker: Speaker, code: str, verifier: str = VERIFIER, status: int = 200) -> Any:
    """Exchange a code, as the command line does."""
    body = {"code": code, "code_verifier": verifier}
    return await say(speaker, "POST", EXCHANGE, body, status, headers=CLI)


async def test_a_command_line_is_logged_in(speaker: Speaker) -> None:
    """It gets all that it keeps: a key of ninety days that reads and writes in the chosen project, and no more."""
    await keep_key(speaker)
    inner = await open_within(speaker.house, speaker.principal.project, "inner")
    answer = await exchanged(speaker, await allowed(speaker, project_id=PROJECT[:-1] + "2"))
    assert list(answer) == ["api_key", "project_name", "org_id", "key_id", "key_prefix", "expires_at"]
    assert (answer["project_name"], answer["org_id"]) == ("inner", ORGANIZATION)
    assert (answer["api_key"][:6], answer["key_prefix"]) == ("sk_pp_", answer["api_key"][:10])
    assert answer["expires_at"] == "2026-04-01T00:00:00+00:00"
    principal = await Doorkeeper(speaker.house).admit(answer["api_key"][6:], None)
    assert principal.project == inner
    assert principal.permissions == {Permission.READ, Permission.WRITE}
    headers = {"X-API-Key": answer["api_key"], "X-Project-Name": answer["project_name"]}
    await say(speaker, "GET", "/traces", headers=headers, principal=principal)
    for name in ("default", "another"):
        named = {**headers, "X-Project-Name": name}
        await say(speaker, "GET", "/traces", status=403, headers=named, principal=principal)
    listed = {key["id"]: key["name"] for key in await say(speaker, "GET", KEYS, headers=BEARER)}
    assert listed[answer["key_id"]] == "pandaprobe-cli — laptop — 2026-01-01"


async def test_a_code_is_good_once(speaker: Speaker) -> None:
    """Afterwards it is 401, as one that never was; so it is after a wrong verifier (§3.5)."""
    await keep_key(speaker)
    code = await allowed(speaker)
    await exchanged(speaker, code)
    await exchanged(speaker, code, status=401)
    await exchanged(speaker, "0" * 64, status=401)
    second = await allowed(speaker)
    await exchanged(speaker, second, "a wrong one", status=401)
    await exchanged(speaker, second, status=401)
    assert len(await speaker.house.store.keys()) == 2


async def test_a_code_ends_after_two_minutes(speaker: Speaker) -> None:
    """Or with the key that has allowed it."""
    await keep_key(speaker)
    first, second = await allowed(speaker), await allowed(speaker)
    speaker.clock.advance(119)
    await exchanged(speaker, first)
    speaker.clock.advance(1)
    await exchanged(speaker, second, status=401)
    third = await allowed(speaker)
    await speaker.house.store.perform(RevokeKey(speaker.principal.key, speaker.clock()))
    await exchanged(speaker, third, status=401)


def read_all(folder: Path) -> bytes:
    """Read every file of a folder."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_codes_and_keys_are_kept_as_digests_only(tmp_path: Path) -> None:
    """Neither stands in any file of the store."""
    async with open_speaker(tmp_path) as speaker:
        await keep_key(speaker)
        code = await allowed(speaker)
        key = (await exchanged(speaker, await allowed(speaker)))["api_key"][6:]
    kept = read_all(tmp_path)
    assert b"pandaprobe-cli" in kept
    for secret in (code, key, VERIFIER, CHALLENGE):
        assert secret.encode() not in kept


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"org_id": UNKNOWN}, 404),
        ({"project_id": UNKNOWN}, 404),
        ({"code_challenge_method": "plain"}, 422),
        ({"code_challenge": "short"}, 422),
        ({"code_challenge": CHALLENGE + "="}, 422),
        ({"expires_days": 91}, 422),
    ],
)
async def test_what_is_not_allowed(speaker: Speaker, members: Any, status: int) -> None:
    """Rules are said in the short form (§1.4)."""
    answer = await say(speaker, "POST", CODES, {**ASKED, **members}, status, headers=BEARER)
    assert list(answer) == ["detail"]


async def test_every_broken_member_is_named(speaker: Speaker) -> None:
    """Of both bodies."""
    body = {"org_id": "x", "label": "a\nb", "expires_days": "many"}
    answer = await say(speaker, "POST", CODES, body, 422, headers=BEARER)
    assert fields(answer) == ["org_id", "project_id", "code_challenge", "label", "expires_days"]
    shown: Any
    for shown in ({}, {"code": "", "code_verifier": 1}):
        assert fields(await say(speaker, "POST", EXCHANGE, shown, 422, headers=CLI)) == ["code", "code_verifier"]


async def test_only_administrators_allow(speaker: Speaker) -> None:
    """And only what they may do themselves."""
    for principal in (speaker.allowed(Permission.READ, Permission.WRITE), speaker.allowed(Permission.ADMINISTER)):
        await say(speaker, "POST", CODES, ASKED, 403, headers=BEARER, principal=principal)
    stranger = await speaker.stranger()
    await say(speaker, "POST", CODES, ASKED, 404, headers=BEARER, principal=stranger)


async def test_the_page_is_not_kept_and_runs_nothing_else(speaker: Speaker) -> None:
    """It needs no key, and its policy allows its own style and script only."""
    reply = await send(speaker, "GET", "/cli-login?port=1&state=s", headers={})
    assert (reply.status, reply.media) == (200, "text/html; charset=utf-8")
    policy = header_of(reply, "content-security-policy") or ""
    assert policy.startswith("default-src 'none'; connect-src 'self'; ")
    assert policy.count("'sha256-") == 2
    assert "unsafe" not in policy
    assert (header_of(reply, "cache-control"), header_of(reply, "referrer-policy")) == ("no-store", "no-referrer")
