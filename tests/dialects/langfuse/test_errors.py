"""Every refusal has Langfuse's status and shape; the order of checks (contract langfuse §3.1, §3.3, §3.4)."""

from collections.abc import Iterator
from typing import Any

import pytest

from scorehouse.dialects.langfuse.errors import KINDS, BadRequest, Dropped, refuse
from scorehouse.domain import refusals
from scorehouse.domain.refusals import Fault, Invalid, Refusal
from scorehouse.wire.call import Head
from tests.dialects.langfuse.langfuse import API, Langfuse
from tests.dialects.speaking import read_reply

FAULT = Fault(("value",), "wrong_type", "must be a number", "string")

CASES: list[tuple[Refusal, int, str | None]] = [
    (refusals.Unreadable("Not JSON."), 400, "InvalidRequestError"),
    (BadRequest(FAULT), 400, "InvalidRequestError"),
    (refusals.UnsupportedMedia("text/plain", ("application/json",)), 400, "InvalidRequestError"),
    (refusals.Unidentified("missing"), 401, None),
    (refusals.Unidentified("malformed"), 401, None),
    (refusals.Unidentified("unknown"), 401, None),
    (refusals.Unidentified("expired"), 401, None),
    (refusals.Forbidden("write"), 403, None),
    (refusals.UnknownPath("GET", "/x"), 404, "LangfuseNotFoundError"),
    (refusals.NotFound("score", "x"), 404, "LangfuseNotFoundError"),
    (refusals.WrongMethod("PUT", ("GET",)), 405, "MethodNotAllowedError"),
    (refusals.Conflict("Taken.", "score", "x"), 409, "LangfuseConflictError"),
    (refusals.TooLarge("request body", 1, "bytes"), 413, "PayloadTooLargeError"),
    (refusals.TooLarge("answer", 1, "scores"), 422, "PayloadTooLargeError"),
    (refusals.Throttled(7), 429, "RateLimitError"),
    (refusals.Broken(), 500, "InternalServerError"),
    (refusals.Unsupported("metrics"), 501, "NotImplementedError"),
    (refusals.Unavailable("Full.", 3), 503, None),
]


def every_refusal(root: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Yield every way to say no that the core has."""
    for child in root.__subclasses__():
        yield child
        yield from every_refusal(child)


def test_every_refusal_has_a_kind_and_a_case() -> None:
    """None of the core's is missing from the table, nor from the cases."""
    ours = {kind for kind in every_refusal() if kind.__module__ == Refusal.__module__}
    assert ours <= set(KINDS)
    assert ours == {type(refusal) for refusal, _, _ in CASES} - {BadRequest} | {Invalid}


@pytest.mark.parametrize(("refusal", "status", "error"), CASES, ids=lambda case: type(case).__name__)
def test_a_refusal_is_written(refusal: Refusal, status: int, error: str | None) -> None:
    """Status, a message, and the class name; authentication and unavailability carry a message alone."""
    reply = refuse(refusal, Head("GET", f"{API}/scores"))
    body = read_reply(reply)
    assert reply.status == status
    assert body["message"]
    assert body.get("error") == error
    assert set(body) == ({"message"} if error is None else {"message", "error"})


ISSUES: list[tuple[Fault, dict[str, Any]]] = [
    (
        Fault(("value",), "missing", "Expected a number"),
        {"code": "invalid_type", "received": "undefined", "expected": "number"},
    ),
    (
        Fault(("value",), "wrong_type", "must be a string", "number"),
        {"code": "invalid_type", "received": "number", "expected": "string"},
    ),
    (
        Fault(("a", 0), "not_a_choice", "x", allowed=("b",)),
        {"code": "invalid_value", "values": ["b"], "path": ["a", 0]},
    ),
    (Fault(("name",), "too_long", "x"), {"code": "too_big"}),
    (Fault(("name",), "empty", "x"), {"code": "too_small"}),
    (Fault(("name",), "bad_character", "x"), {"code": "custom"}),
    (Fault(("config",), "unknown", "x"), {"code": "custom", "path": ["configId"]}),
    (Fault(("trace",), "empty", "x"), {"path": ["traceId"]}),
    (Fault(("span",), "empty", "x"), {"path": ["observationId"]}),
    (Fault(("run",), "empty", "x"), {"path": ["datasetRunId"]}),
    (Fault(("body", "queue"), "empty", "x"), {"path": ["body", "queueId"]}),
    (Fault((), "custom", "x"), {"path": []}),
]


@pytest.mark.parametrize(("fault", "issue"), ISSUES, ids=str)
@pytest.mark.parametrize("kind", [Invalid, Dropped])
def test_a_fault_is_an_issue(fault: Fault, issue: dict[str, Any], kind: type[Invalid]) -> None:
    """Code, path in Langfuse's names, message, and what else belongs to the code."""
    reply = refuse(kind(fault), Head("POST", f"{API}/scores"))
    body = read_reply(reply)
    assert (reply.status, body["message"]) == (400, "Invalid request data")
    (written,) = body["error"]
    assert {"code", "path", "message"} <= set(written)
    assert issue.items() <= written.items()


MANNERS: list[tuple[str, str, Refusal, set[str]]] = [
    ("POST", "/ingestion", refusals.Unidentified("missing"), {"message", "error"}),
    ("POST", "/ingestion", Invalid(FAULT), {"message", "errors"}),
    ("POST", "/ingestion/", Invalid(FAULT), {"message", "errors"}),
    ("POST", "/ingestion", refusals.Forbidden("write"), {"message"}),
    ("POST", "/otel/v1/traces", refusals.UnsupportedMedia("text/plain", ("application/json",)), {"error"}),
    ("POST", "/otel/v1/traces", refusals.Unreadable("Not gzip."), {"error"}),
    ("POST", "/otel/v1/traces", Invalid(FAULT), {"error"}),
    ("POST", "/otel/v1/traces", refusals.Unidentified("missing"), {"message"}),
    ("POST", "/otel/v1/traces", refusals.WrongMethod("PUT", ("POST",)), {"message", "error"}),
    ("POST", "/projects", refusals.WrongMethod("POST", ("GET",)), {"message"}),
]


@pytest.mark.parametrize(("method", "path", "refusal", "members"), MANNERS)
def test_paths_with_manners_of_their_own(method: str, path: str, refusal: Refusal, members: set[str]) -> None:
    """Ingestion, OTLP and projects have other keys (contract §3.3, §3.4, §11.1, §12.1, §13.2)."""
    assert set(read_reply(refuse(refusal, Head(method, f"{API}{path}")))) == members


def test_words_of_authentication() -> None:
    """Each failure has its sentence; an unknown public key is told from an unknown pair (contract §3.3)."""
    bearer, basic = {"authorization": "Bearer pk-lf-x"}, {"authorization": "Basic eDp5"}
    said = [
        (refusals.Unidentified("missing"), {}, "No authorization header"),
        (refusals.Unidentified("malformed"), basic, "Invalid authorization header"),
        (refusals.Unidentified("unknown"), bearer, "Invalid public key"),
        (refusals.Unidentified("unknown"), basic, "Invalid credentials"),
    ]
    for refusal, headers, start in said:
        body = read_reply(refuse(refusal, Head("GET", f"{API}/scores", headers=headers)))
        assert body["message"].startswith(start)


def test_when_to_come_back() -> None:
    """429 says so in the headers that clients read, 503 in the one (contract §3.4)."""
    throttled = dict(refuse(refusals.Throttled(7), Head("GET", "/")).headers)
    assert (throttled["retry-after"], throttled["x-ratelimit-remaining"]) == ("7", "0")
    assert dict(refuse(refusals.Unavailable("Full.", 3), Head("GET", "/")).headers)["retry-after"] == "3"


async def test_the_order_of_checks(langfuse: Langfuse) -> None:
    """Method before authentication, authentication before the query, the query before the body (contract §3.1)."""
    powerless = langfuse.scores_only()
    assert (await powerless.send("PUT", "/scores", b"{"))[0] == 405
    assert (await powerless.send("GET", "/scores?limit=1000"))[0] == 403
    assert (await powerless.send("PATCH", "/score-configs/none", b"{"))[0] == 403
    assert (await powerless.send("GET", "/metrics"))[0] == 403


async def test_unknown_paths_and_methods(langfuse: Langfuse) -> None:
    """Everything under /api/public is refused in Langfuse's words."""
    for path in ("/nothing", "/scores/a/b", "/v4/scores", "/v3/scores/id", ""):
        status, body = await langfuse.send("GET", path)
        assert (status, body["error"]) == (404, "LangfuseNotFoundError"), path
    for method, path in (
        ("PATCH", "/scores"),
        ("POST", "/v2/scores"),
        ("PUT", "/score-configs/c"),
        ("GET", "/ingestion"),
    ):
        status, body = await langfuse.send(method, path)
        assert (status, body) == (405, {"message": "Method not allowed", "error": "MethodNotAllowedError"})
