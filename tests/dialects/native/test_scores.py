"""Scores: recorded, read, changed, deleted and listed, one at a time."""

from typing import Any

import pytest

from scorehouse.domain.access import Permission
from tests.dialects.native.native import ACCURACY, faults, names, problem, read, record, send
from tests.dialects.speaking import Speaker, header_of, read_reply


async def test_a_score_is_recorded_and_read(speaker: Speaker) -> None:
    """The answer to a new score is the score, and the same stands at the place that it names."""
    reply = await send(speaker, "POST", "/v1/scores", {**ACCURACY, "comment": "because"})
    score = read_reply(reply)
    assert reply.status == 201
    assert header_of(reply, "location") == f"/v1/scores/{score['id']}"
    assert score["value"]["number"] == 0.5
    assert score["comment"] == "because"
    assert score["timestamp"] == score["created_at"] == score["updated_at"] == "2026-01-01T00:00:00.000000Z"
    assert await read(speaker, f"/v1/scores/{score['id']}") == score


async def test_an_id_of_the_client_is_kept(speaker: Speaker) -> None:
    """The id is shown as it came, found in any spelling, and refused when it is taken."""
    spelled = "0190A0B0-C0D0-7000-8000-0123456789AB"
    reply = await send(speaker, "POST", "/v1/scores", {**ACCURACY, "id": spelled})
    assert read_reply(reply)["id"] == spelled
    assert (await read(speaker, "/v1/scores/0190a0b0c0d0700080000123456789ab"))["id"] == spelled

    again = await send(speaker, "POST", "/v1/scores", {**ACCURACY, "id": spelled.lower()})
    assert problem(again, 409)["kind"] == "score"


async def test_an_id_may_hold_a_slash(speaker: Speaker) -> None:
    """The place of a score is percent-encoded, and leads back to it."""
    reply = await send(speaker, "POST", "/v1/scores", {**ACCURACY, "id": "a/b c"})
    location = header_of(reply, "location")
    assert location == "/v1/scores/a%2Fb%20c"
    assert (await read(speaker, location))["id"] == "a/b c"


async def test_an_upsert_changes_the_score_that_is_there(speaker: Speaker) -> None:
    """With ``if_exists: update`` the first is created, the second changes what it says and keeps the rest."""
    first = {**ACCURACY, "id": "s-1", "comment": "because", "if_exists": "update"}
    assert (await send(speaker, "POST", "/v1/scores", first)).status == 201
    reply = await send(speaker, "POST", "/v1/scores", {**ACCURACY, "id": "s-1", "value": 0.75, "if_exists": "update"})
    assert reply.status == 200
    assert read_reply(reply)["value"]["number"] == 0.75
    assert read_reply(reply)["comment"] == "because"


async def test_an_unknown_target_refuses_unless_told(speaker: Speaker) -> None:
    """A trace that nobody sent is not there to be scored, but may be mentioned into being."""
    unknown: dict[str, Any] = {"kind": "trace", "id": "t-1"}
    refused = await send(speaker, "POST", "/v1/scores", {**ACCURACY, "target": unknown})
    assert (problem(refused, 404)["kind"], problem(refused, 404)["id"]) == ("trace", "t-1")

    score = await record(speaker, target={**unknown, "must_exist": False})
    assert score["target"] == {"kind": "trace", "id": "t-1", "trace": None}


async def test_a_change_keeps_and_clears(speaker: Speaker) -> None:
    """Absent members stay, null clears, objects change their members only."""
    source = {"origin": "evaluator", "author": "ann"}
    score = await record(speaker, comment="because", source=source, metadata={"a": 1, "b": {"c": 2, "d": 3}})
    speaker.clock.advance()
    change = {"comment": None, "source": {"author": "bob"}, "metadata": {"a": None, "b": {"c": 4}}, "value": 1}
    reply = await send(speaker, "PATCH", f"/v1/scores/{score['id']}", change)
    changed = read_reply(reply)
    assert reply.status == 200
    assert changed["comment"] is None
    assert (changed["source"]["origin"], changed["source"]["author"]) == ("evaluator", "bob")
    assert changed["metadata"] == {"b": {"c": 4, "d": 3}}
    assert changed["value"]["number"] == 1.0
    assert changed["name"] == "accuracy"
    assert changed["updated_at"] == "2026-01-01T00:00:01.000000Z"
    assert changed["created_at"] == score["created_at"]
    assert await read(speaker, f"/v1/scores/{score['id']}") == changed


async def test_a_failed_evaluation_completes(speaker: Speaker) -> None:
    """When a failure is mended its reason goes by itself."""
    outcome = {"status": "failed", "reason": "timeout"}
    score = await record(speaker, value=None, outcome=outcome)
    assert score["outcome"] == outcome
    change = {"outcome": {"status": "completed"}, "value": {"boolean": True}}
    reply = await send(speaker, "PATCH", f"/v1/scores/{score['id']}", change)
    assert read_reply(reply)["outcome"] == {"status": "completed", "reason": None}
    assert read_reply(reply)["value"]["number"] == 1.0

    lowered = await send(speaker, "PATCH", f"/v1/scores/{score['id']}", {"value": {"boolean": False}})
    assert read_reply(lowered)["value"]["number"] == 0.0


async def test_a_deleted_score_is_gone(speaker: Speaker) -> None:
    """Deleting answers without a body; afterwards there is nothing to read, change or delete."""
    path = f"/v1/scores/{(await record(speaker))['id']}"
    deleted = await send(speaker, "DELETE", path)
    assert (deleted.status, deleted.body) == (204, b"")
    for method, body in (("GET", b""), ("PATCH", {"comment": "x"}), ("DELETE", b"")):
        assert problem(await send(speaker, method, path, body), 404)["kind"] == "score"
    assert await names(speaker, "") == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/target", "missing"), ("/name", "missing")]),
        ({**ACCURACY, "value": None}, [("/value", "missing")]),
        ({**ACCURACY, "name": 1, "comment": 2}, [("/name", "wrong_type"), ("/comment", "wrong_type")]),
        ({**ACCURACY, "colour": "red"}, [("/colour", "unknown")]),
        ([], [("", "wrong_type")]),
        ({**ACCURACY, "config": "c-9"}, [("/config", "unknown")]),
    ],
)
async def test_a_bad_score_is_refused_and_not_stored(
    speaker: Speaker, body: Any, expected: list[tuple[str, str]]
) -> None:
    """Every fault is named at its place, and nothing is stored."""
    reply = await send(speaker, "POST", "/v1/scores", body)
    assert sorted(faults(reply)) == sorted(expected)
    assert (await read(speaker, "/v1/scores?total=true"))["total"] == 0


@pytest.mark.parametrize("body", [b"", b"{", b'{"name": "\xff"}', b'{"value": NaN}', b"[" * 5000])
async def test_what_is_no_json_is_refused(speaker: Speaker, body: bytes) -> None:
    """Broken JSON is the sender's fault and never ours."""
    assert (await send(speaker, "POST", "/v1/scores", body)).status in {400, 422}


async def test_another_project_sees_nothing(speaker: Speaker) -> None:
    """A score of one project cannot be read, listed, changed or deleted from another."""
    path = f"/v1/scores/{(await record(speaker))['id']}"
    stranger = await speaker.stranger()
    for method, body in (("GET", b""), ("PATCH", {"comment": "x"}), ("DELETE", b"")):
        problem(await send(speaker, method, path, body, principal=stranger), 404)
    assert (await read(speaker, "/v1/scores", principal=stranger))["items"] == []
    problem(await send(speaker, "GET", f"{path}/history", principal=stranger), 404)
    assert (await read(speaker, path))["comment"] is None


async def test_permissions_are_asked(speaker: Speaker) -> None:
    """A key to read records nothing, a key to write scores reads nothing."""
    reader, writer = speaker.allowed(Permission.READ), speaker.allowed(Permission.WRITE_SCORES)
    assert problem(await send(speaker, "POST", "/v1/scores", ACCURACY, principal=reader), 403)["needed"]
    assert (await send(speaker, "POST", "/v1/scores", ACCURACY, principal=writer)).status == 201
    assert problem(await send(speaker, "GET", "/v1/scores", principal=writer), 403)["needed"] == "read"
    assert problem(await send(speaker, "POST", "/v1/configs", {"name": "c"}, principal=writer), 403)["needed"]


async def test_lists_are_filtered_and_ordered(speaker: Speaker) -> None:
    """Filters narrow, order sorts, and the total counts what the filter lets pass."""
    for name, number in (("a", 0.1), ("b", 0.9), ("c", 0.5)):
        speaker.clock.advance()
        await record(speaker, name=name, value=number, metadata={"rank": number * 10})
    assert await names(speaker, "") == ["c", "b", "a"]
    assert await names(speaker, "order=number") == ["a", "c", "b"]
    assert await names(speaker, "order=-number&limit=1") == ["b"]
    assert await names(speaker, "number.gte=0.5&order=name") == ["b", "c"]
    assert await names(speaker, "name=a&name=c&order=name") == ["a", "c"]
    assert await names(speaker, "name.not=b&order=name") == ["a", "c"]
    assert await names(speaker, "metadata.rank=9") == ["b"]
    assert await names(speaker, "timestamp.lt=2026-01-01T00:00:02Z") == ["a"]
    assert await names(speaker, 'filter={"any":[{"field":"name","operand":"a"},{"field":"number","operand":0.9}]}') == [
        "b",
        "a",
    ]
    assert (await read(speaker, "/v1/scores?number.gte=0.5&limit=0&total=true"))["total"] == 2


async def test_a_list_is_read_part_by_part(speaker: Speaker) -> None:
    """Cursors lead through the whole list, each score once, though they all have the same time."""
    for name in "abcde":
        await record(speaker, name=name)
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = await read(speaker, f"/v1/scores?limit=2{cursor}")
        assert "total" not in page
        seen += [score["name"] for score in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert seen == ["e", "d", "c", "b", "a"]
    assert cursor == "&cursor=None"
    assert await names(speaker, "offset=3") == ["b", "a"]
