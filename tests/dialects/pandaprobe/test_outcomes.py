"""Failed and pending evaluations: their clients read them and move in with them, and only others write them (§5.1)."""

from typing import Any

import pytest

from scorehouse.dialects.native import DIALECT as NATIVE
from scorehouse.dialects.pandaprobe.source import read_score
from scorehouse.domain.scores import Draft, Outcome, Status
from scorehouse.domain.targets import SessionTarget, TraceTarget
from scorehouse.domain.values import Value, boolean, numeric
from tests.dialects.pandaprobe.pandaprobe import SCORES, SESSION_SCORES, TRACE, listed, say, score, trace
from tests.dialects.speaking import Speaker, read_reply

STATUSES = ("SUCCESS", "FAILED", "PENDING")

Case = tuple[dict[str, Any], tuple[str, str, str | None, str | None], tuple[Outcome, Value | None, str | None]]

CASES: list[Case] = [
    (
        {"outcome": {"status": "failed", "reason": "timeout"}},
        ("FAILED", "NUMERIC", None, "timeout"),
        (Outcome(Status.FAILED, "timeout"), None, None),
    ),
    (
        {"outcome": {"status": "failed"}},
        ("FAILED", "NUMERIC", None, None),
        (Outcome(Status.FAILED), None, None),
    ),
    (
        {"outcome": {"status": "failed", "reason": "timeout"}, "comment": "tried twice"},
        ("FAILED", "NUMERIC", None, "tried twice"),
        (Outcome(Status.FAILED, "tried twice"), None, None),
    ),
    (
        {"outcome": {"status": "failed"}, "value": 0.5},
        ("FAILED", "NUMERIC", "0.5", None),
        (Outcome(Status.FAILED), numeric(0.5), None),
    ),
    (
        {"outcome": {"status": "pending"}},
        ("PENDING", "NUMERIC", None, None),
        (Outcome(Status.PENDING), None, None),
    ),
    (
        {"outcome": {"status": "pending"}, "value": True, "comment": "so far"},
        ("PENDING", "BOOLEAN", "true", "so far"),
        (Outcome(Status.PENDING), boolean(True), "so far"),
    ),
    (
        {"value": 1, "comment": "done"},
        ("SUCCESS", "NUMERIC", "1.0", "done"),
        (Outcome(), numeric(1.0), "done"),
    ),
]
"""What another API says, what is shown of it (status, data type, value, reason), and what moves in from that."""


async def recorded(speaker: Speaker, said: dict[str, Any], target: dict[str, Any]) -> str:
    """Record a score through the house's own API, and return its id."""
    reply = await speaker.speak(NATIVE, "POST", "/v1/scores", {"name": "n", "target": target, **said})
    assert reply.status == 201, reply.body
    return str(read_reply(reply)["id"])


def shown(item: Any) -> tuple[Any, ...]:
    """Return what a score shows of its outcome."""
    return item["status"], item["data_type"], item["value"], item["reason"]


@pytest.mark.parametrize(("said", "expected", "moved"), CASES, ids=range(len(CASES)))
@pytest.mark.parametrize("of_trace", [True, False], ids=["trace", "session"])
async def test_an_outcome_is_shown_in_every_read_and_moves_in(
    speaker: Speaker,
    said: dict[str, Any],
    expected: tuple[Any, ...],
    moved: tuple[Outcome, Value | None, str | None],
    of_trace: bool,
) -> None:
    """In the list, in that of the one trace or session, under its status and no other; and read back it is the same."""
    await trace(speaker)
    id = await recorded(speaker, said, {"kind": "trace", "id": TRACE} if of_trace else {"kind": "session", "id": "s-1"})
    path, own = (SCORES, TRACE) if of_trace else (SESSION_SCORES, "s-1")
    (item,) = (await say(speaker, "GET", path))["items"]
    assert await say(speaker, "GET", f"{path}/{own}") == [item]
    assert shown(item) == expected
    for status in STATUSES:
        found = [id] if status == expected[0] else []
        assert [each.replace("-", "") for each in await listed(speaker, f"{path}?status={status}", "id")] == found
    draft = read_score(item).thing
    assert isinstance(draft, Draft)
    assert (draft.outcome, draft.value, draft.comment) == moved
    assert draft.target == (TraceTarget(TRACE) if of_trace else SessionTarget("s-1"))


@pytest.mark.parametrize(("said", "expected", "_"), CASES[:-1], ids=range(len(CASES) - 1))
async def test_an_evaluation_that_is_changed_succeeds(
    speaker: Speaker, said: dict[str, Any], expected: tuple[Any, ...], _: Any
) -> None:
    """By hand, whatever it was; a value is held to the type that it shows, and the reason of a failure goes (§6.8)."""
    await trace(speaker)
    id = await recorded(speaker, said, {"kind": "trace", "id": TRACE})
    text = {"NUMERIC": "0.25", "BOOLEAN": "FALSE"}[expected[1]]
    await say(speaker, "PATCH", f"{SCORES}/{id}", {"value": "high"}, 422)
    assert shown((await say(speaker, "GET", SCORES))["items"][0]) == expected
    changed = await say(speaker, "PATCH", f"{SCORES}/{id}", {"value": text})
    assert shown(changed) == ("SUCCESS", expected[1], text, said.get("comment"))
    assert changed["source"] == "ANNOTATION"
    assert (await say(speaker, "GET", SCORES))["items"] == [changed]
    assert await listed(speaker, f"{SCORES}?status={expected[0]}", "id") == []


async def test_the_newest_counts_whatever_became_of_it(speaker: Speaker) -> None:
    """A failure hides the success before it in the newest of each name, in lists both stand (§6.7)."""
    await trace(speaker)
    await score(speaker, name="n", value="1")
    speaker.clock.advance(1)
    await recorded(speaker, {"outcome": {"status": "failed"}}, {"kind": "trace", "id": TRACE})
    assert [item["status"] for item in await say(speaker, "GET", f"{SCORES}/{TRACE}")] == ["FAILED"]
    assert await listed(speaker, SCORES, "status") == ["FAILED", "SUCCESS"]
    assert await listed(speaker, f"{SCORES}?data_type=NUMERIC", "status") == ["FAILED", "SUCCESS"]
    assert await listed(speaker, f"{SCORES}?data_type=BOOLEAN", "status") == []


async def test_what_is_sent_is_a_success(speaker: Speaker) -> None:
    """A status in a body is ignored, as everything that they do not know (§6.1)."""
    await trace(speaker)
    assert (await score(speaker, status="FAILED", environment="prod", author_user_id="x"))["status"] == "SUCCESS"
