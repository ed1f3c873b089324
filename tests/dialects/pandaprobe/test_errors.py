"""Refusals in PandaProbe's statuses and bodies: every one, and every fault of a request at its place (§1.4)."""

from typing import Any

import pytest

from scorehouse.dialects.pandaprobe.errors import refuse
from scorehouse.domain.refusals import (
    Broken,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Throttled,
    TooLarge,
    Unavailable,
    Unidentified,
    UnknownPath,
    Unreadable,
    Unsupported,
    UnsupportedMedia,
    WrongMethod,
)
from scorehouse.wire.call import Head
from tests.dialects.pandaprobe.pandaprobe import A_TRACE, KEY, SCORE, SCORES, TRACE, fields, say, send
from tests.dialects.speaking import Speaker, header_of, read_reply

HEAD = Head("POST", SCORES)
DETAIL = ["detail"]
SHAPE = ["detail", "errors"]

REFUSALS: list[tuple[Refusal, int, list[str]]] = [
    (Unreadable("no text"), 400, DETAIL),
    (Unreadable("no JSON", 3), 422, SHAPE),
    (Invalid(Fault(("a",), "missing", "is required")), 422, SHAPE),
    (Invalid(Fault(("a",), "rule", "is against a rule")), 422, DETAIL),
    (TooLarge("request body", 1, "bytes"), 413, DETAIL),
    (UnsupportedMedia("text/plain", ["application/json"]), 422, SHAPE),
    (UnsupportedMedia("gzip", ["identity"]), 400, DETAIL),
    (Unidentified("missing"), 401, DETAIL),
    (Unidentified("unknown"), 401, DETAIL),
    (Unidentified("expired"), 401, DETAIL),
    (Forbidden("write"), 403, DETAIL),
    (UnknownPath("GET", "/x"), 404, DETAIL),
    (NotFound("trace", TRACE), 404, DETAIL),
    (WrongMethod("PUT", ["GET"]), 405, DETAIL),
    (Conflict("taken", "project", "a"), 409, DETAIL),
    (Throttled(7), 429, ["error"]),
    (Unsupported("runs"), 501, DETAIL),
    (Unavailable("full", 3), 503, DETAIL),
]


@pytest.mark.parametrize(("refusal", "status", "members"), REFUSALS)
def test_every_refusal_has_its_status_and_members(refusal: Refusal, status: int, members: list[str]) -> None:
    """A JSON object whose members are all texts, but for the list of errors."""
    reply = refuse(refusal, HEAD)
    assert (reply.status, reply.media) == (status, "application/json")
    body = read_reply(reply)
    assert list(body) == members
    assert all(body[name] for name in members)
    assert header_of(reply, "www-authenticate") is None


@pytest.mark.parametrize("refusal", [Broken(), Refusal("new")])
def test_a_crash_is_plain_text(refusal: Refusal) -> None:
    """As theirs, and so is a refusal that nobody has thought of."""
    reply = refuse(refusal, HEAD)
    assert (reply.status, reply.media.partition(";")[0], reply.body) == (500, "text/plain", b"Internal Server Error")


def test_who_is_to_wait_is_told_how_long() -> None:
    """Their SDKs obey Retry-After, which their own server does not send (§1.5, §14.2)."""
    assert header_of(refuse(Throttled(7), HEAD), "retry-after") == "7"
    assert header_of(refuse(Unavailable("full", 3), HEAD), "retry-after") == "3"


def test_expired_and_unknown_keys_have_their_own_words() -> None:
    """Unknown and revoked share theirs (§2.2)."""
    words = [read_reply(refuse(Unidentified(reason), HEAD))["detail"] for reason in ("missing", "unknown", "expired")]
    assert len(set(words)) == 3


BODIES: list[tuple[str, str, Any, list[str]]] = [
    ("POST", SCORES, {**SCORE, "trace_id": "x", "metadata": []}, ["trace_id", "metadata"]),
    ("POST", SCORES, {"value": None}, ["trace_id", "name", "value"]),
    ("POST", SCORES, {**SCORE, "name": ""}, ["name"]),
    ("POST", SCORES, {**SCORE, "name": "n" * 256, "value": "v" * 256}, ["name", "value"]),
    ("POST", SCORES, {**SCORE, "name": "a\0b", "reason": "\0"}, ["name", "reason"]),
    ("POST", SCORES, {**SCORE, "metadata": {"k": "\0"}}, ["metadata"]),
    ("POST", SCORES, {**SCORE, "value": 0.5}, ["value"]),
    ("POST", SCORES, {**SCORE, "data_type": "numeric", "source": "annotation"}, ["data_type", "source"]),
    (
        "POST",
        SCORES,
        {**SCORE, "data_type": None, "source": None, "metadata": None},
        ["data_type", "source", "metadata"],
    ),
    ("POST", SCORES, [], [""]),
    ("POST", "/traces", {"status": None, "tags": None}, ["name", "status", "started_at", "tags"]),
    ("POST", "/traces", {**A_TRACE, "name": "n" * 513, "metadata": None}, ["name", "metadata"]),
    ("POST", "/traces", {**A_TRACE, "session_id": "s" * 256, "user_id": "\n"}, ["session_id", "user_id"]),
    ("POST", "/traces", {**A_TRACE, "tags": ["a", 1, "\0"]}, ["tags -> 1", "tags -> 2"]),
    ("POST", "/traces", {**A_TRACE, "spans": [{}, {"name": "s", "started_at": "x"}]}, ["spans -> 0 -> name"]),
    ("POST", "/traces", {**A_TRACE, "spans": [{"name": "s", "started_at": 0}] * 501}, ["spans"]),
    ("POST", "/traces", {**A_TRACE, "spans": [{"name": "s", "started_at": 0, "cost": {"total": "a"}}]}, ["spans -> 0"]),
    ("POST", f"/traces/{TRACE}/spans", [], [""]),
    ("POST", f"/traces/{TRACE}/spans", {}, [""]),
    ("POST", "/traces/x/spans", [{"name": "s"}], ["path -> trace_id", "0 -> started_at"]),
    ("PATCH", "/traces/x", {"name": ""}, ["path -> trace_id", "name"]),
    ("PATCH", "/traces/x/spans/y", {"kind": "x"}, ["path -> trace_id", "path -> span_id", "kind"]),
    ("PATCH", f"/traces/{TRACE}", {"ended_at": "2026-02-30"}, ["ended_at"]),
    ("PATCH", f"{SCORES}/x", {"value": 1, "metadata": 2}, ["path -> score_id", "value", "metadata"]),
    ("POST", "/traces/batch/delete", {"trace_ids": []}, ["trace_ids"]),
    ("POST", "/traces/batch/delete", {"trace_ids": [TRACE] * 501}, ["trace_ids"]),
    ("POST", "/traces/batch/tags", {"trace_ids": ["x"], "add_tags": 1}, ["trace_ids -> 0", "add_tags"]),
]


@pytest.mark.parametrize(("method", "path", "body", "at"), BODIES)
async def test_every_broken_member_is_named_in_order(
    speaker: Speaker, method: str, path: str, body: Any, at: list[str]
) -> None:
    """All of them in one answer, by their joined location; regular expressions are not shown to people."""
    answer = await say(speaker, method, path, body, 422)
    found = fields(answer)
    assert len(found) >= len(at)
    assert all(field.startswith(start) for field, start in zip(found, at, strict=False)), found
    assert not any("regex" in error["message"] for error in answer["errors"])


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ("limit=0", ["limit"]),
        ("limit=201", ["limit"]),
        ("limit=x", ["limit"]),
        ("limit=", ["limit"]),
        ("offset=-1", ["offset"]),
        ("offset=9223372036854775808", ["offset"]),
        ("offset=99999999999999999999999", ["offset"]),
        ("source=", ["source"]),
        ("status=success&data_type=x", ["status", "data_type"]),
        ("trace_id=x&eval_run_id=y", ["trace_id", "eval_run_id"]),
        ("date_from=2026-01-01T00:00:00+00:00", ["date_from"]),
        ("date_from=x&date_to=2026-13-01", ["date_from"]),
        ("date_from=2026-02-30&date_to=2026-13-01", ["date_from", "date_to"]),
        ("name=%00", ["name"]),
    ],
)
async def test_every_broken_parameter_is_named(speaker: Speaker, query: str, at: list[str]) -> None:
    """At ``query -> name``; a plus that is not percent-encoded is a blank, and no time (§1.2, §1.3)."""
    found = fields(await say(speaker, "GET", f"{SCORES}?{query}", status=422))
    assert found[: len(at)] == [f"query -> {name}" for name in at]


BYTES: list[tuple[bytes, int, str]] = [
    (b"", 422, ""),
    (b"null", 422, ""),
    (b"5", 422, ""),
    (b'"text"', 422, ""),
    (b"[]", 422, ""),
    (b"{]", 422, "1"),
    (b"trace_id=1&name=n", 422, "a byte"),
    (b'{"name": nope}', 422, "a byte"),
    (b'{"name": "half', 422, "14"),
    (b"   ", 422, "3"),
    (b'{"name": NaN}', 422, "a byte"),
    (b'{"name": "\\ud800"}', 422, "a byte"),
    (b'{"metadata": {"n": 1e999}}', 422, "a byte"),
    (b"\xff\xfe", 400, ""),
    (b'{"name": "\xff"}', 400, ""),
    (b"\x1f\x8b\x08\x00", 400, ""),
    (b"[" * 100_000, 400, ""),
    (b"[" * 200 + b"]" * 200, 400, ""),
]


@pytest.mark.parametrize(("body", "status", "at"), BYTES, ids=range(len(BYTES)))
async def test_a_body_that_cannot_be_read(speaker: Speaker, body: bytes, status: int, at: str) -> None:
    """JSON that breaks is a fault of its byte; what is no text, or nested too deep, is a 400 (§1)."""
    answer = await say(speaker, "POST", SCORES, body, status)
    if status == 400:
        assert list(answer) == DETAIL
        return
    (field,) = fields(answer)
    if at == "a byte":
        assert 0 <= int(field) <= len(body)
    else:
        assert field == at


async def test_a_body_has_to_be_said_to_be_json(speaker: Speaker) -> None:
    """Without a content type it is not read, and not an object (§1)."""
    headers = {name: value for name, value in KEY.items() if name != "Content-Type"}
    assert fields(await say(speaker, "POST", SCORES, SCORE, 422, headers=headers)) == [""]


@pytest.mark.parametrize("method", ["PUT", "HEAD", "OPTIONS"])
async def test_a_wrong_method_is_405(speaker: Speaker, method: str) -> None:
    """HEAD too (§1)."""
    reply = await send(speaker, method, SCORES)
    assert reply.status == 405


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "/evaluations/session-scores/x", 405),
        ("POST", "/evaluations/trace-scores/x", 405),
        ("GET", "/traces/x/spans", 405),
        ("GET", "/evaluations/score-configs", 404),
        ("GET", "/evaluations", 404),
        ("GET", "/traces/x/y/z", 404),
    ],
)
async def test_what_is_not_there(speaker: Speaker, method: str, path: str, status: int) -> None:
    """Wrong methods and unknown paths, as theirs (§3.1, §3.2)."""
    words = {404: "Not Found", 405: "Method Not Allowed"}
    assert await say(speaker, method, path, status=status) == {"detail": words[status]}
