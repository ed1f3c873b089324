"""The order of checks (§1.4): credentials, permission, the project, the shape, then what is there, then rules about it.

Each request here is wrong in everything that comes after the first fault, so that a check out of turn shows. That
credentials come first of all is proved where keys are read (`test_served`).
"""

from collections.abc import Mapping
from typing import Any

import pytest

from scorehouse.domain.access import Permission
from tests.dialects.pandaprobe.pandaprobe import BEARER, KEY, SCORE, SCORES, TRACE, UNKNOWN, fields, say, score, trace
from tests.dialects.speaking import Speaker

NO_PROJECT: Mapping[str, str] = {"X-API-Key": "k", "Content-Type": "application/json"}
BAD_PROJECT: Mapping[str, str] = {**KEY, "X-Project-Name": "a/b"}

WRONG: list[tuple[str, str, Any]] = [
    ("POST", SCORES, {"trace_id": "x"}),
    ("PATCH", f"{SCORES}/x", {"value": 1}),
    ("POST", "/traces", {"name": ""}),
    ("PATCH", "/traces/x", {"name": ""}),
    ("POST", "/traces/x/spans", []),
    ("POST", "/traces/batch/tags", {"trace_ids": []}),
    ("POST", "/evaluations/session-scores", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRONG)
async def test_permission_then_project_then_shape(speaker: Speaker, method: str, path: str, body: Any) -> None:
    """403 for who may not write, whatever else is wrong; then 422 in the short form for the project; then the list."""
    reader = speaker.allowed(Permission.READ)
    for headers in (NO_PROJECT, BAD_PROJECT):
        await say(speaker, method, path, body, 403, headers=headers, principal=reader)
        assert list(await say(speaker, method, path, body, 422, headers=headers)) == ["detail"]
    assert fields(await say(speaker, method, path, body, 422))


async def test_path_query_and_body_come_before_what_is_there(speaker: Speaker) -> None:
    """A shape is refused also where nothing is, in one answer, the path before the body."""
    answer = await say(speaker, "PATCH", "/traces/x/spans/y", {"name": "", "kind": "?"}, 422)
    assert fields(answer) == ["path -> trace_id", "path -> span_id", "name", "kind"]
    assert fields(await say(speaker, "PATCH", f"/traces/{UNKNOWN}", {"tags": 1}, 422)) == ["tags"]
    assert fields(await say(speaker, "GET", "/sessions/none?limit=0&offset=-1", status=422)) == [
        "query -> limit",
        "query -> offset",
    ]


async def test_a_member_comes_before_the_rule_of_the_whole(speaker: Speaker) -> None:
    """A value is held to its type once every member is valid by itself (§1.4); both before the trace is looked for."""
    body = {**SCORE, "trace_id": UNKNOWN, "value": "high"}
    assert fields(await say(speaker, "POST", SCORES, {**body, "reason": 1}, 422)) == ["reason"]
    assert fields(await say(speaker, "POST", SCORES, body, 422)) == [""]
    await say(speaker, "POST", SCORES, {**body, "value": "1"}, 404)


async def test_what_is_there_comes_before_the_rules_about_it(speaker: Speaker) -> None:
    """An unknown score with a value of the wrong type is 404, a known one 422 (§6.8)."""
    await trace(speaker)
    made = await score(speaker)
    await say(speaker, "PATCH", f"{SCORES}/{UNKNOWN}", {"value": "high"}, 404)
    assert list(await say(speaker, "PATCH", f"{SCORES}/{made['id']}", {"value": "high"}, 422)) == ["detail"]


async def test_a_bearer_is_asked_for_its_organization_before_its_project(speaker: Speaker) -> None:
    """Another's organization is 401, one that is none 422, before the project's id is read (§2)."""
    for organization, status in ((UNKNOWN, 401), ("x", 422)):
        headers = {**BEARER, "X-Organization-ID": organization, "X-Project-ID": "x"}
        await say(speaker, "GET", f"/traces/{TRACE}", status=status, headers=headers)
