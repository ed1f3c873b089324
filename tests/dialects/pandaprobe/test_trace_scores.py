"""Scores of traces: recorded, listed, changed and deleted as PandaProbe does (§5, §6)."""

from collections.abc import Mapping
from typing import Any

import pytest
from anyio import create_task_group

from scorehouse.dialects.native import DIALECT as NATIVE
from tests.dialects.pandaprobe.pandaprobe import (
    KEY,
    OTHER,
    SCORE,
    SCORES,
    SESSION_SCORE,
    SESSION_SCORES,
    TRACE,
    UNKNOWN,
    listed,
    say,
    score,
    send,
    session_score,
    trace,
)
from tests.dialects.speaking import Speaker, read_reply

MEMBERS = (
    "id",
    "trace_id",
    "name",
    "value",
    "status",
    "source",
    "created_at",
    "project_id",
    "data_type",
    "eval_run_id",
    "author_user_id",
    "reason",
    "environment",
    "config_id",
    "metadata",
    "updated_at",
)
"""In the declared order (§5.1)."""


async def test_a_score_has_all_its_members_in_order(speaker: Speaker) -> None:
    """All of them, always; created and updated agree, and environment stays empty although the trace has one (§5.1)."""
    await trace(speaker, environment="prod")
    made = await score(speaker)
    assert list(made) == list(MEMBERS)
    assert made["created_at"] == made["updated_at"] == "2026-01-01T00:00:00+00:00"
    assert (made["status"], made["source"], made["data_type"]) == ("SUCCESS", "ANNOTATION", "NUMERIC")
    assert [made[name] for name in ("eval_run_id", "author_user_id", "reason", "environment", "config_id")] == [
        None
    ] * 5


@pytest.mark.parametrize(
    "spelled",
    [TRACE, TRACE.upper(), TRACE.replace("-", ""), "{" + TRACE + "}", "urn:uuid:" + TRACE, "URN:UUID:" + TRACE.upper()],
)
async def test_an_id_may_be_spelled_in_every_way(speaker: Speaker, spelled: str) -> None:
    """In bodies, queries and paths; always shown lower-case and hyphenated (§1.1)."""
    await trace(speaker, trace_id=spelled)
    made = await score(speaker, trace_id=spelled)
    assert made["trace_id"] == TRACE
    assert await listed(speaker, f"{SCORES}?trace_id={spelled}", "id") == [made["id"]]
    assert await say(speaker, "GET", f"{SCORES}/{spelled}") == [made]
    assert (await say(speaker, "GET", f"/traces/{spelled}"))["trace_id"] == TRACE
    changed = await say(speaker, "PATCH", f"{SCORES}/{made['id'].upper()}", {})
    assert changed["id"] == made["id"]


async def test_a_trace_that_is_not_there_or_not_ours_is_not_found(speaker: Speaker) -> None:
    """404, nothing stored: unknown, only mentioned by another score, and another project's (§6.4, §6.5)."""
    mention = {"name": "n", "value": 1, "target": {"kind": "trace", "id": OTHER, "must_exist": False}}
    assert (await speaker.speak(NATIVE, "POST", "/v1/scores", mention)).status == 201
    stranger = await speaker.stranger()
    await trace_of(speaker, stranger)
    for id in (UNKNOWN, TRACE, OTHER):
        assert await say(speaker, "POST", SCORES, {**SCORE, "trace_id": id}, 404) == {
            "detail": f"Trace {id} not found."
        }
    assert (await say(speaker, "GET", f"{SCORES}?name=accuracy"))["total"] == 0


async def trace_of(speaker: Speaker, stranger: Any) -> None:
    """Send the trace into a stranger's project."""
    headers = {**KEY, "X-Project-Name": stranger.project.name}
    body = {"trace_id": TRACE, "name": "t", "started_at": 0}
    await say(speaker, "POST", "/traces", body, 202, headers=headers, principal=stranger)


async def test_a_repeated_request_is_the_same_score(speaker: Speaker) -> None:
    """SDKs keep X-Request-ID over retries (§6.10); without one, or with another body, it is another score."""
    await trace(speaker)
    headers = {**KEY, "X-Request-ID": "request-1"}
    first, again = [await say(speaker, "POST", SCORES, SCORE, 201, headers=headers) for _ in range(2)]
    assert first == again
    other = await say(speaker, "POST", SCORES, {**SCORE, "name": "tone"}, 201, headers=headers)
    third = await say(speaker, "POST", SCORES, SCORE, 201)
    fourth = await say(speaker, "POST", SCORES, SCORE, 201, headers={**KEY, "X-Request-ID": "not logged"})
    assert len({item["id"] for item in (first, other, third, fourth)}) == 4
    assert (await say(speaker, "GET", SCORES))["total"] == 4


async def test_retries_that_overtake_each_other_are_one_score(speaker: Speaker) -> None:
    """Eight at once, of scores of traces and of sessions, the latter in a project that is new: one score each."""
    await trace(speaker)
    headers = {**KEY, "X-Request-ID": "request-1"}
    inner = {**headers, "X-Project-Name": "inner"}
    answers: dict[str, list[Any]] = {SCORES: [], SESSION_SCORES: []}

    async def attempt(path: str, body: Any, said: Mapping[str, str]) -> None:
        answers[path].append(await say(speaker, "POST", path, body, 201, headers=said))

    async with create_task_group() as group:
        for _ in range(8):
            group.start_soon(attempt, SCORES, SCORE, headers)
            group.start_soon(attempt, SESSION_SCORES, SESSION_SCORE, inner)
    for path, said in ((SCORES, headers), (SESSION_SCORES, inner)):
        assert (await say(speaker, "GET", path, headers=said))["items"] == answers[path][:1]
        assert answers[path] == answers[path][:1] * 8
    assert [project.name for project in await speaker.house.store.projects()] == ["default", "inner"]


async def test_a_request_id_is_known_in_its_project_only(speaker: Speaker) -> None:
    """The same request under the same id in another project is another score."""
    headers = {**KEY, "X-Request-ID": "request-1"}
    ids = set()
    for name in ("default", "inner"):
        said = {**headers, "X-Project-Name": name}
        ids.add((await say(speaker, "POST", SESSION_SCORES, SESSION_SCORE, 201, headers=said))["id"])
        assert (await say(speaker, "GET", SESSION_SCORES, headers=said))["total"] == 1
    assert len(ids) == 2


async def test_a_refused_request_may_be_sent_again(speaker: Speaker) -> None:
    """A refusal is not remembered: the trace arrives, and the same request succeeds."""
    headers = {**KEY, "X-Request-ID": "request-1"}
    await say(speaker, "POST", SCORES, SCORE, 404, headers=headers)
    await trace(speaker)
    await say(speaker, "POST", SCORES, SCORE, 201, headers=headers)


async def test_sources_are_told_apart(speaker: Speaker) -> None:
    """Each word is the house's own origin, both ways (§4.1)."""
    await trace(speaker)
    for source, origin in (("AUTOMATED", "evaluator"), ("ANNOTATION", "human"), ("PROGRAMMATIC", "api")):
        made = await score(speaker, source=source)
        assert made["source"] == source
        stored = await speaker.house.store.score(1, made["id"])
        assert stored is not None
        assert stored.source.origin == origin


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["c", "b", "a"]),
        ("name=a", ["a"]),
        ("name=", []),
        ("metric_name=a", ["c", "b", "a"]),
        ("source=PROGRAMMATIC", ["b"]),
        ("data_type=BOOLEAN", ["b"]),
        ("data_type=NUMERIC", ["a"]),
        ("status=SUCCESS", ["c", "b", "a"]),
        ("status=FAILED", []),
        (f"trace_id={OTHER}", ["c"]),
        (f"eval_run_id={OTHER}", []),
        ("environment=prod", []),
        ("date_from=2026-01-01T00:00:01%2B00:00", ["c", "b"]),
        ("date_to=1767225602", ["b", "a"]),
        ("date_from=2026-01-01T00:00:01Z&date_to=2026-01-01T00:00:02Z", ["b"]),
        ("date_from=1767225602000", ["c"]),
        ("date_from=2026-01-02", []),
        ("limit=1&offset=1", ["b"]),
        ("offset=5", []),
        ("limit=200&name=x&name=b", ["b"]),
    ],
)
async def test_lists_filter_and_page(speaker: Speaker, query: str, found: list[str]) -> None:
    """Newest first; a day's start is inclusive, its end exclusive; of a repeated parameter the last counts (§6.6)."""
    await trace(speaker)
    await trace(speaker, trace_id=OTHER)
    await score(speaker, name="a")
    speaker.clock.advance(1)
    await score(speaker, name="b", value="true", data_type="BOOLEAN", source="PROGRAMMATIC")
    speaker.clock.advance(1)
    await score(speaker, name="c", value="x", data_type="CATEGORICAL", trace_id=OTHER)
    assert await listed(speaker, f"{SCORES}?{query}", "name") == found


async def test_a_page_says_its_place(speaker: Speaker) -> None:
    """The total counts all that match, also past the end (§1.3)."""
    await trace(speaker)
    for _ in range(3):
        await score(speaker)
    page = await say(speaker, "GET", f"{SCORES}?limit=2&offset=7")
    assert page == {"items": [], "total": 3, "limit": 2, "offset": 7}


async def test_the_newest_of_each_name(speaker: Speaker) -> None:
    """Whatever its source and type, by name; another trace's and unknown ones are not there (§6.7)."""
    await trace(speaker)
    await score(speaker, name="b", value="0.1")
    await score(speaker, name="a", value="0.2")
    speaker.clock.advance(1)
    await score(speaker, name="b", value="true", data_type="BOOLEAN")
    newest = await say(speaker, "GET", f"{SCORES}/{TRACE}")
    assert [(item["name"], item["value"]) for item in newest] == [("a", "0.2"), ("b", "true")]
    assert await say(speaker, "GET", f"{SCORES}/{UNKNOWN}") == []
    stranger = await speaker.stranger()
    headers = {**KEY, "X-Project-Name": "other"}
    assert await say(speaker, "GET", f"{SCORES}/{TRACE}", headers=headers, principal=stranger) == []


async def test_other_apis_scores_are_listed(speaker: Speaker) -> None:
    """Failed evaluations without a value, environment, author and run show; ids that are no UUIDs become such."""
    body = {
        "id": "mine",
        "name": "n",
        "target": {"kind": "trace", "id": "their-trace", "must_exist": False},
        "outcome": {"status": "failed", "reason": "timeout"},
        "source": {"origin": "evaluator", "author": "judge", "run": "run-1"},
        "environment": "prod",
    }
    reply = await speaker.speak(NATIVE, "POST", "/v1/scores", body)
    assert reply.status == 201, reply.body
    (found,) = (await say(speaker, "GET", f"{SCORES}?status=FAILED&environment=prod&data_type=NUMERIC"))["items"]
    assert (found["value"], found["status"], found["reason"]) == (None, "FAILED", "timeout")
    assert (found["source"], found["author_user_id"], found["environment"]) == ("AUTOMATED", "judge", "prod")
    for member in ("id", "trace_id", "eval_run_id"):
        assert len(found[member]) == 36
        assert found[member][14] == "5"


# ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"value": None, "reason": None, "metadata": None}, {}),
        ({"value": "+0.10"}, {"value": "+0.10"}),
        ({"reason": ""}, {"reason": ""}),
        ({"metadata": {}}, {"metadata": {}}),
        ({"metadata": {"b": 2}}, {"metadata": {"b": 2}}),
        ({"name": "x", "data_type": "BOOLEAN", "source": "AUTOMATED", "status": "FAILED", "trace_id": OTHER}, {}),
    ],
)
async def test_a_change_makes_an_annotation(speaker: Speaker, change: Any, expected: Any) -> None:
    """Null leaves, metadata replaces, the rest cannot be changed; source and time change every time (§6.8)."""
    await trace(speaker)
    for source in ("PROGRAMMATIC", "ANNOTATION"):
        made = await score(speaker, value="0.50", source=source, reason="because", metadata={"a": 1})
        speaker.clock.advance(1)
        later = (await score(speaker))["created_at"]
        changed = await say(speaker, "PATCH", f"{SCORES}/{made['id']}", change)
        assert changed == {**made, "source": "ANNOTATION", "updated_at": later, **expected}
        assert changed in (await say(speaker, "GET", SCORES))["items"]


async def test_a_failed_score_becomes_a_success_without_a_value(speaker: Speaker) -> None:
    """As theirs: a reason alone makes it a success whose value is null (§6.8)."""
    body = {"name": "n", "target": {"kind": "trace", "id": TRACE}, "outcome": {"status": "failed"}}
    await trace(speaker)
    made = read_reply(await speaker.speak(NATIVE, "POST", "/v1/scores", body))
    changed = await say(speaker, "PATCH", f"{SCORES}/{made['id']}", {"reason": "seen"})
    assert (changed["status"], changed["value"], changed["reason"]) == ("SUCCESS", None, "seen")
    changed = await say(speaker, "PATCH", f"{SCORES}/{made['id']}", {"value": "0.5"})
    assert (changed["data_type"], changed["value"]) == ("NUMERIC", "0.5")


async def test_a_value_is_held_to_the_type_that_is_stored(speaker: Speaker) -> None:
    """The short form of 422; an unknown id is 404 before that (§6.8)."""
    await trace(speaker)
    made = await score(speaker, value="true", data_type="BOOLEAN")
    answer = await say(speaker, "PATCH", f"{SCORES}/{made['id']}", {"value": "0.5"}, 422)
    assert list(answer) == ["detail"]
    await say(speaker, "PATCH", f"{SCORES}/{UNKNOWN}", {"value": "bad"}, 404)
    assert (await say(speaker, "GET", SCORES))["items"] == [made]


async def test_scores_of_others_and_of_sessions_are_not_found(speaker: Speaker) -> None:
    """PATCH and DELETE answer 404 for a session's score and another project's, which stay (§6.8)."""
    await trace(speaker)
    mine, of_session = await score(speaker), await session_score(speaker)
    stranger, headers = await speaker.stranger(), {**KEY, "X-Project-Name": "other"}
    for method, body in (("PATCH", {"reason": "x"}), ("DELETE", b"")):
        await say(speaker, method, f"{SCORES}/{of_session['id']}", body, 404)
        await say(speaker, method, f"{SCORES}/{mine['id']}", body, 404, headers=headers, principal=stranger)
    assert (await say(speaker, "GET", SCORES))["items"] == [mine]
    assert (await say(speaker, "GET", SESSION_SCORES))["items"] == [of_session]


async def test_a_score_is_deleted_once(speaker: Speaker) -> None:
    """204 without a body, then 404; scores also go with their trace (§6.9)."""
    await trace(speaker)
    made = await score(speaker)
    reply = await send(speaker, "DELETE", f"{SCORES}/{made['id']}")
    assert (reply.status, reply.body) == (204, b"")
    await say(speaker, "DELETE", f"{SCORES}/{made['id']}", status=404)
    await score(speaker)
    await say(speaker, "DELETE", f"/traces/{TRACE}", status=204)
    assert (await say(speaker, "GET", SCORES))["total"] == 0
