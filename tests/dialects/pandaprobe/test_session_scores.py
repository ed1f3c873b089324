"""Scores of sessions: listed, read and deleted as theirs, and made, which they are not there (§3.1, §5.2, §6.6)."""

from typing import Any

import pytest

from tests.dialects.pandaprobe.pandaprobe import (
    KEY,
    SESSION_SCORES,
    UNKNOWN,
    fields,
    listed,
    say,
    score,
    session_score,
    trace,
)
from tests.dialects.speaking import Speaker

MEMBERS = (
    "id",
    "session_id",
    "project_id",
    "name",
    "data_type",
    "value",
    "source",
    "status",
    "eval_run_id",
    "author_user_id",
    "reason",
    "metadata",
    "created_at",
    "updated_at",
)


async def test_a_score_of_a_session_is_made_and_read(speaker: Speaker) -> None:
    """All members in their order; a session need not have traces."""
    made = await session_score(speaker, reason="r", metadata={"k": [1]}, source="PROGRAMMATIC")
    assert list(made) == list(MEMBERS)
    assert (made["session_id"], made["value"], made["reason"], made["metadata"]) == ("s-1", "1", "r", {"k": [1]})
    assert await say(speaker, "GET", f"{SESSION_SCORES}/s-1") == [made]
    assert await say(speaker, "GET", f"{SESSION_SCORES}/unknown") == []


async def test_all_scores_of_a_session_are_read_not_one_a_name(speaker: Speaker) -> None:
    """Newest first (§3.1)."""
    for value in ("0.1", "0.2", "0.3"):
        await session_score(speaker, value=value)
        speaker.clock.advance(1)
    await session_score(speaker, session_id="s-2")
    assert [item["value"] for item in await say(speaker, "GET", f"{SESSION_SCORES}/s-1")] == ["0.3", "0.2", "0.1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["b", "a"]),
        ("session_id=s-2", ["b"]),
        ("name=a", ["a"]),
        ("source=AUTOMATED", ["b"]),
        ("status=PENDING", []),
        ("data_type=BOOLEAN&environment=x", ["b", "a"]),
        (f"eval_run_id={UNKNOWN}", []),
        ("date_from=2026-01-01T00:00:01Z", ["b"]),
        ("limit=1", ["b"]),
    ],
)
async def test_lists_filter(speaker: Speaker, query: str, found: list[str]) -> None:
    """There is no filter by data type or environment: such parameters are ignored (§6.6)."""
    await trace(speaker)
    await score(speaker)
    await session_score(speaker, name="a")
    speaker.clock.advance(1)
    await session_score(speaker, name="b", session_id="s-2", source="AUTOMATED")
    assert await listed(speaker, f"{SESSION_SCORES}?{query}", "name") == found


async def test_deleting_is_204_also_when_there_is_nothing(speaker: Speaker) -> None:
    """Unknown, of a trace, and another project's stay (§3.1, §6.8)."""
    await trace(speaker)
    of_trace, mine = await score(speaker), await session_score(speaker)
    stranger, headers = await speaker.stranger(), {**KEY, "X-Project-Name": "other"}
    await say(speaker, "DELETE", f"{SESSION_SCORES}/{mine['id']}", status=204, headers=headers, principal=stranger)
    for id in (UNKNOWN, of_trace["id"]):
        await say(speaker, "DELETE", f"{SESSION_SCORES}/{id}", status=204)
    assert (await say(speaker, "GET", "/evaluations/trace-scores"))["total"] == 1
    assert (await say(speaker, "GET", SESSION_SCORES))["total"] == 1
    await say(speaker, "DELETE", f"{SESSION_SCORES}/{mine['id']}", status=204)
    assert (await say(speaker, "GET", SESSION_SCORES))["total"] == 0


async def test_a_repeated_request_is_the_same_score(speaker: Speaker) -> None:
    """X-Request-ID, as for traces."""
    headers = {**KEY, "X-Request-ID": "request-1"}
    body = {"session_id": "s", "name": "n", "value": "1"}
    first, again = [await say(speaker, "POST", SESSION_SCORES, body, 201, headers=headers) for _ in range(2)]
    assert first == again


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"session_id": ""}, ["session_id"]),
        ({"session_id": "s" * 256, "name": "a\nb"}, ["session_id", "name"]),
        ({"value": 1, "metadata": []}, ["value", "metadata"]),
        ({"value": "2"}, [""]),
    ],
)
async def test_what_is_wrong_is_refused(speaker: Speaker, changes: Any, at: list[str]) -> None:
    """As for traces."""
    body = {"session_id": "s", "name": "n", "value": "1", **changes}
    assert fields(await say(speaker, "POST", SESSION_SCORES, body, 422)) == at
