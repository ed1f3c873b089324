"""Every refusal in 2signal's words, and garbage on every route (contract 2signal-tracia §1.8)."""

from typing import Any

import msgspec
import pytest

from scorehouse.dialects.twosignal import DIALECT
from scorehouse.dialects.twosignal.errors import refuse
from scorehouse.domain import refusals
from scorehouse.domain.refusals import Fault, Refusal
from scorehouse.wire.call import Head
from tests.dialects.speaking import Speaker, header_of, read_reply
from tests.dialects.twosignal.twosignal import nothing_stored, refusal, send

CASES: list[tuple[Refusal, int, str, dict[str, str]]] = [
    (refusals.Unreadable("The body is not valid JSON."), 400, "VALIDATION_ERROR", {}),
    (refusals.Invalid(Fault(("value",), "missing", "is required")), 400, "VALIDATION_ERROR", {}),
    (refusals.Unidentified("missing"), 401, "UNAUTHORIZED", {"www-authenticate": "Bearer"}),
    (refusals.Unidentified("expired"), 401, "UNAUTHORIZED", {"www-authenticate": "Bearer"}),
    (refusals.Forbidden("read"), 403, "FORBIDDEN", {}),
    (refusals.UnknownPath("GET", "/api/v1/x"), 404, "NOT_FOUND", {}),
    (refusals.NotFound("trace", "t"), 404, "NOT_FOUND", {}),
    (refusals.WrongMethod("PUT", ["GET", "POST"]), 405, "METHOD_NOT_ALLOWED", {"allow": "GET, POST"}),
    (refusals.Conflict("Taken.", "score", "s"), 409, "CONFLICT", {}),
    (refusals.TooLarge("batch", 1000, "events"), 413, "PAYLOAD_TOO_LARGE", {}),
    (refusals.UnsupportedMedia("text/plain", ["application/json"]), 415, "UNSUPPORTED_MEDIA_TYPE", {}),
    (refusals.Throttled(), 429, "RATE_LIMIT_EXCEEDED", {"retry-after": "1"}),
    (refusals.Broken(), 500, "INTERNAL_ERROR", {}),
    (refusals.Unsupported("prompts"), 501, "NOT_IMPLEMENTED", {}),
    (refusals.Unavailable("Full.", 7), 503, "SERVICE_UNAVAILABLE", {"retry-after": "7"}),
]


def every_refusal(kind: type[Refusal] = Refusal) -> set[type[Refusal]]:
    """Collect all ways to say no that the house has."""
    return {each for child in kind.__subclasses__() for each in {child, *every_refusal(child)}}


@pytest.mark.parametrize(("given", "status", "code", "headers"), CASES)
def test_a_refusal_has_its_status_code_and_headers(
    given: Refusal, status: int, code: str, headers: dict[str, str]
) -> None:
    """The body is the documented one, the message the refusal's own."""
    reply = refuse(given, Head("GET", "/api/v1/traces"))
    assert refusal(reply, status, code) == given.message
    assert dict(reply.headers) == headers


def test_no_refusal_is_left_out() -> None:
    """The table above names every refusal there is; one that comes later, and a bare one, is said as well."""
    assert {type(given) for given, *_ in CASES} == {
        kind for kind in every_refusal() if kind.__module__ == refusals.__name__
    }

    class Newer(refusals.NotFound):
        """Somebody's finer word."""

    refusal(refuse(Newer("trace", "t"), Head("GET", "/")), 404, "NOT_FOUND")
    refusal(refuse(Refusal("Something."), Head("GET", "/")), 500, "INTERNAL_ERROR")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "NOT_FOUND"),
        ("GET", "/api/v1", 404, "NOT_FOUND"),
        ("POST", "/api/trpc", 404, "NOT_FOUND"),
        ("GET", "/api/v1/scores/s-1", 404, "NOT_FOUND"),
        ("PUT", "/api/v1/scores", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/api/v1/traces", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/api/v1/export/traces", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/v1/otel/traces", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/v1/export/traces/%00", 400, "VALIDATION_ERROR"),
        ("GET", "/api/v1/export/traces/%FF", 400, "VALIDATION_ERROR"),
        ("GET", "/api/v1/export/traces/" + "x" * 20_000, 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_paths_and_methods(speaker: Speaker, method: str, path: str, status: int, code: str) -> None:
    """What is not there is refused in this dialect's words too, with the methods that are."""
    reply = await send(speaker, method, path)
    refusal(reply, status, code)
    assert (header_of(reply, "allow") is not None) is (status == 405)


BODIES: list[bytes] = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b"null",
    b"0",
    b'"x"',
    b"[]",
    b"[[[[",
    b"{",
    b"{}",
    b'{"batch": [null, 1, "x", [], {}]}',
    b'{"batch": [{"id": 1, "type": 2, "body": 3}]}',
    b'{"resourceSpans": {"a": NaN}}',
    b'{"traceId": {}, "evaluatorName": [], "value": {}}',
    b'{"a": 1e999}',
    b'{"a": "\\ud800"}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b"[" * 200_000,
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b"x" * 300_000,
]

QUERIES = [
    "",
    "limit=NaN&cursor=%00&status=[]",
    "limit=9e999",
    "cursor=" + "A" * 5000,
    "cursor=bnVsbA",
    "name=" + "%F0%9F%98%80" * 500,
    "name=%C3%28",
    "traceId=" + "x" * 5000,
    "from=NaN&to=1e999",
    "format=xml",
    "&&&===&=",
    "%",
    ";".join("ab"),
]

TAKEN = {"/api/v1/health"}


@pytest.mark.parametrize("route", DIALECT.routes, ids=lambda route: f"{route.method} {route.path}")
async def test_garbage_on_every_route(speaker: Speaker, route: Any) -> None:
    """Whatever is sent, the answer is JSON or CSV with a status below 500 or 501, and nothing is stored.

    A handler that raises anything but a refusal fails this test by itself.
    """
    path = route.path.replace("{id}", "%F0%9F%98%80'%22;--").replace("{procedure}", "x")
    attempts = [(path, body) for body in BODIES] if route.method == "POST" else [(f"{path}?{q}", b"") for q in QUERIES]
    for target, body in attempts:
        reply = await send(speaker, route.method, target, body)
        assert reply.status < 500 or reply.status == 501, (target, body[:80], reply.body)
        if reply.status >= 400:
            assert set(read_reply(reply)["error"]) == {"code", "message"}
            assert isinstance(reply.body, bytes)
            assert len(reply.body) < 20_000  # a refusal does not hand garbage back
        if route.method == "POST":
            is_empty_export = route.path.endswith("/otel/traces") and reply.status == 200
            assert reply.status >= 400 or is_empty_export
    assert await nothing_stored(speaker)


async def test_ids_that_look_like_something_else(speaker: Speaker) -> None:
    """An id is text and nothing more: quotes, slashes, percent signs and JSON in it are kept as they are."""
    for number, id in enumerate(["a/b", "a%2Fb", "'; drop table score; --", '{"$gt": ""}', "..", "%", "😀", " a "]):
        event = {"id": f"e-{number}", "type": "trace-create", "body": {"id": id, "name": "n"}}
        assert (await send(speaker, "POST", "/api/v1/traces", {"batch": [event]})).status == 201
        body = msgspec.json.encode({"traceId": id, "evaluatorName": "a", "value": 1})
        assert read_reply(await send(speaker, "POST", "/api/v1/scores", body))["traceId"] == id
        encoded = "".join(f"%{byte:02X}" for byte in id.encode())
        reply = await send(speaker, "GET", f"/api/v1/export/traces/{encoded}")
        assert read_reply(reply)["data"]["id"] == id
        assert [score["traceId"] for score in read_reply(reply)["data"]["scores"]] == [id]
