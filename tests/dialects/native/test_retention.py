"""Retention through the native API: read, set, cleared, by who may administer; and what its deletions look like."""

from typing import Any

import pytest

from scorehouse.domain.access import Permission
from scorehouse.server.retention import Sweeper
from tests.dialects.native.native import faults, problem, read, record, send
from tests.dialects.speaking import Speaker, read_reply

PATH = "/v1/retention"
NONE: dict[str, Any] = {"days": None, "environments": {}, "since": None, "actor": None}
POLICY: dict[str, Any] = {"days": 90, "environments": {"dev": 7, "production": None}}


async def test_a_policy_is_set_read_and_cleared(speaker: Speaker) -> None:
    """It is read as it was set, with who set it and when; setting replaces the whole; clearing may be repeated."""
    assert await read(speaker, PATH) == NONE
    reply = await send(speaker, "PUT", PATH, POLICY)
    actor = {"key": "key-1", "owner": "tester", "dialect": "native"}
    assert read_reply(reply) == {**POLICY, "since": "2026-01-01T00:00:00.000000Z", "actor": actor}
    assert await read(speaker, PATH) == read_reply(reply)
    reply = await send(speaker, "PUT", PATH, {"environments": {"dev": 1}})
    assert (read_reply(reply)["days"], read_reply(reply)["environments"]) == (None, {"dev": 1})
    for _ in range(2):
        assert (await send(speaker, "DELETE", PATH)).status == 204
    assert await read(speaker, PATH) == NONE


async def test_each_project_has_its_own(speaker: Speaker) -> None:
    """A stranger's policy is theirs."""
    await send(speaker, "PUT", PATH, POLICY)
    stranger = await speaker.stranger()
    assert await read(speaker, PATH, principal=stranger) == NONE


WRONG = [
    ({}, [("/days", "missing")]),
    ({"days": 0}, [("/days", "out_of_range")]),
    ({"days": 1.5}, [("/days", "wrong_type")]),
    ({"days": "90d"}, [("/days", "wrong_type")]),
    ({"days": True}, [("/days", "wrong_type")]),
    ({"days": 10**30}, [("/days", "out_of_range")]),
    ({"environments": {"dev": -1}}, [("/environments/dev", "out_of_range")]),
    ({"days": 1, "environments": None}, [("/environments", "wrong_type")]),
    ({"days": 1, "weeks": 2}, [("/weeks", "unknown")]),
]


@pytest.mark.parametrize(("body", "expected"), WRONG)
async def test_what_means_nothing_is_refused(speaker: Speaker, body: Any, expected: list[tuple[str, str]]) -> None:
    """With the place of the fault, and what stood still stands."""
    await send(speaker, "PUT", PATH, POLICY)
    reply = await send(speaker, "PUT", PATH, body)
    assert faults(reply) == expected
    assert (await read(speaker, PATH))["days"] == 90


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_who_administers_may(speaker: Speaker, method: str) -> None:
    """A key that may read and write everything else is refused."""
    principal = speaker.allowed(Permission.READ, Permission.WRITE)
    refused = await send(speaker, method, PATH, POLICY if method == "PUT" else b"", principal=principal)
    assert problem(refused, 403)["needed"] == "administer"


async def test_the_feed_and_the_export_tell_what_went(speaker: Speaker) -> None:
    """After a mark: the deletion by retention without its content, whatever the filter, and a row of id and deleted."""
    score = await record(speaker, comment="secret")
    mark = (await read(speaker, "/v1/changes"))["mark"]
    await send(speaker, "PUT", PATH, {"days": 1})
    speaker.clock.advance(86_401)
    await Sweeper(speaker.house, period_s=1, step_rows=10).sweep()

    (change,) = (await read(speaker, f"/v1/changes?after={mark}&subject=score"))["changes"]
    assert (change["action"], change["id"], change["before"]) == ("deleted", score["id"], None)
    assert change["actor"] == {"key": "", "owner": None, "dialect": "retention"}
    assert (await read(speaker, f"/v1/scores/{score['id']}/history"))["changes"] == [change]
    assert (await read(speaker, "/v1/scores"))["items"] == []
