"""Every refusal has a documented code where there is one, in the form that both SDKs read and the documented one."""

from typing import Any

import pytest

from scorehouse.dialects.tracia.errors import KINDS, refuse
from scorehouse.domain import refusals
from scorehouse.domain.refusals import Fault, Invalid, Refusal
from scorehouse.wire.call import Head
from tests.dialects.speaking import Speaker, read_reply
from tests.dialects.tracia.examples import EVALUATION, SPAN, SPAN_ID, TRACE, all_refusals, spoken

CASES: list[tuple[Refusal, int, str, str]] = [
    (refusals.Unreadable("The body is empty."), 400, "INVALID_REQUEST", "The body is empty."),
    (Invalid(Fault(("value",), "x", "must be a number")), 400, "INVALID_REQUEST", "value: must be a number"),
    (refusals.Unidentified("unknown"), 401, "UNAUTHORIZED", "The API key is not valid."),
    (refusals.Forbidden("write"), 403, "UNAUTHORIZED", "This key lacks the permission 'write'."),
    (refusals.UnknownPath("GET", "/api/v1/x"), 404, "NOT_FOUND", "There is nothing at GET /api/v1/x."),
    (refusals.NotFound("span", "sp_1"), 404, "NOT_FOUND", "Span not found: sp_1"),
    (refusals.WrongMethod("PUT", ("GET",)), 405, "INVALID_REQUEST", "PUT is not allowed here; GET is."),
    (refusals.Conflict("It is there.", "score", "s"), 409, "CONFLICT", "It is there."),
    (refusals.TooLarge("request body", 5, "bytes"), 413, "INVALID_REQUEST", "The request body is larger than 5 bytes."),
    (
        refusals.UnsupportedMedia("text/plain", ("application/json",)),
        415,
        "INVALID_REQUEST",
        "text/plain is not accepted here; send application/json.",
    ),
    (refusals.Throttled(3), 429, "RATE_LIMITED", "Too many requests."),
    (refusals.Broken(), 500, "INTERNAL_ERROR", "Something went wrong inside the server."),
    (Refusal("Something else."), 500, "INTERNAL_ERROR", "Something else."),
    (refusals.Unsupported("prompts"), 501, "NOT_IMPLEMENTED", "Scorehouse does not serve prompts."),
    (refusals.Unavailable("The store is full."), 503, "UNAVAILABLE", "The store is full."),
]

GET = Head("GET", "/api/v1/spans/x")


def as_the_sdks_read(answer: Any) -> tuple[str, str]:
    """Read code and message as both SDKs do: out of the object under ``error``."""
    error = answer.get("error", {})
    return error.get("code", "UNKNOWN"), error.get("message", "Unknown error")


def test_no_refusal_is_forgotten() -> None:
    """Every way to say no that the core has is in the dialect's table and in the cases here."""
    assert all_refusals() == set(KINDS) == {type(refusal) for refusal, *_ in CASES}


@pytest.mark.parametrize(("refusal", "status", "code", "message"), CASES, ids=lambda case: type(case).__name__)
def test_a_refusal_is_written_twice_in_one(refusal: Refusal, status: int, code: str, message: str) -> None:
    """Nested for the SDKs, flat for the documentation, the same in both, and nothing else."""
    reply = refuse(refusal, GET)
    answer = read_reply(reply)
    assert reply.status == status
    assert as_the_sdks_read(answer) == (code, message)
    assert answer == {"error": {"code": code, "message": message}, "code": code, "message": message}
    assert reply.media == "application/json"


def test_a_refusal_of_the_future_is_said_as_its_kind() -> None:
    """The writer is total: what the table does not name has its ancestor's status and code."""

    class Overfull(refusals.Unavailable):
        """A refusal of the future."""

    assert refuse(Overfull("Full."), GET).status == 503


MEMBERS: list[tuple[str, tuple[str | int, ...], str]] = [
    ("/api/v1/spans", ("id",), "spanId"),
    ("/api/v1/spans/x/evaluations", ("comment",), "note"),
    ("/api/v1/spans/x/evaluations", ("source", "evaluator"), "evaluatorKey"),
    ("/api/v1/spans", ("tags", 3), "tags.3"),
    ("/api/v1/spans", ("user",), "userId"),
    ("/api/v1/traces", ("id",), "traceId"),
    ("/api/v1/traces/x/evaluations", ("span",), "traceId"),
    ("/api/v1/traces", ("session",), "sessionId"),
]


@pytest.mark.parametrize(("path", "member", "named"), MEMBERS)
def test_members_are_named_in_their_words(path: str, member: tuple[str | int, ...], named: str) -> None:
    """A rule of the core that is broken is told of the member that the client sent."""
    answer = read_reply(refuse(Invalid(Fault(member, "x", "is wrong")), Head("POST", path)))
    assert answer["message"] == f"{named}: is wrong"


PROMPTS = [
    ("GET", "/api/v1/prompts"),
    ("POST", "/api/v1/prompts"),
    ("GET", "/api/v1/prompts/welcome"),
    ("PUT", "/api/v1/prompts/welcome"),
    ("DELETE", "/api/v1/prompts/welcome"),
    ("POST", "/api/v1/prompts/welcome/run"),
]


@pytest.mark.parametrize(("method", "path"), PROMPTS)
async def test_prompts_are_not_served(speaker: Speaker, method: str, path: str) -> None:
    """501 in their shape, whatever is sent."""
    status, answer = await spoken(speaker, method, path, b"garbage")
    assert status == 501
    assert as_the_sdks_read(answer)[0] == answer["code"] == "NOT_IMPLEMENTED"


SCOPES = [
    ("POST", f"/api/v1/spans/{SPAN_ID}/evaluations", EVALUATION, "write-scores"),
    ("POST", f"/api/v1/traces/{SPAN_ID}/evaluations", EVALUATION, "write-scores"),
    ("POST", "/api/v1/spans", SPAN, "write"),
    ("POST", "/api/v1/traces", TRACE, "write"),
    ("GET", "/api/v1/spans", b"", "read"),
    ("GET", f"/api/v1/spans/{SPAN_ID}", b"", "read"),
    ("GET", "/api/v1/traces", b"", "read"),
    ("GET", f"/api/v1/traces/{SPAN_ID}", b"", "read"),
]


@pytest.mark.parametrize(("method", "path", "body", "scope"), SCOPES)
async def test_a_key_without_the_scope_is_refused(
    speaker: Speaker, method: str, path: str, body: Any, scope: str
) -> None:
    """Every route asks for its scope, and says which one the key lacks."""
    others = [permission for permission in speaker.principal.permissions if permission != scope]
    if scope == "write-scores":
        others = [permission for permission in others if permission != "write"]
    status, answer = await spoken(speaker, method, path, body, principal=speaker.allowed(*others))
    assert (status, answer["code"]) == (403, "UNAUTHORIZED")
    assert f"'{scope}'" in answer["message"]


LOST = [
    ("PATCH", "/api/v1/spans", 405, "INVALID_REQUEST"),
    ("DELETE", f"/api/v1/spans/{SPAN_ID}", 405, "INVALID_REQUEST"),
    ("GET", f"/api/v1/spans/{SPAN_ID}/evaluations", 405, "INVALID_REQUEST"),
    ("GET", "/api/v1/spans/a/b", 404, "NOT_FOUND"),
    ("POST", "/api/v1/traces/a/b/evaluations", 404, "NOT_FOUND"),
    ("GET", "/api/v1/spans/%ff", 400, "INVALID_REQUEST"),
    ("GET", "/api/v1/spans/%00", 400, "INVALID_REQUEST"),
    ("GET", "/api/v1/spans/%zz", 400, "INVALID_REQUEST"),
    ("GET", "/api/v1/spans/" + "a" * 20_000, 413, "INVALID_REQUEST"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), LOST, ids=[f"{m} {p[:30]}" for m, p, *_ in LOST])
async def test_wrong_paths_and_methods(speaker: Speaker, method: str, path: str, status: int, code: str) -> None:
    """They are refused in the same form."""
    answered, answer = await spoken(speaker, method, path)
    assert (answered, as_the_sdks_read(answer)[0], answer["code"]) == (status, code, code)
