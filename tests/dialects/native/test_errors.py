"""Every refusal becomes a problem document with its status and headers, and says where each fault is."""

from collections.abc import Iterator
from typing import Any

import pytest

from scorehouse.dialects.native import DIALECT
from scorehouse.dialects.native.errors import KINDS, pointer, refuse
from scorehouse.domain import refusals
from scorehouse.domain.refusals import Fault, Invalid, Refusal
from scorehouse.wire.call import Head
from tests.dialects.speaking import header_of, read_reply

FAULT = Fault(("scores", 3, "value"), "wrong_type", "must be a number")

CASES: list[tuple[Refusal, int, str]] = [
    (refusals.Unreadable("The body is not valid JSON.", 7), 400, "unreadable"),
    (refusals.Invalid(FAULT), 422, "invalid"),
    (refusals.TooLarge("request body", 1_048_576, "bytes"), 413, "too-large"),
    (refusals.UnsupportedMedia("text/plain", ("application/json",)), 415, "unsupported-media"),
    (refusals.Unidentified("unknown"), 401, "unidentified"),
    (refusals.Forbidden("write"), 403, "forbidden"),
    (refusals.UnknownPath("GET", "/v1/nothing"), 404, "unknown-path"),
    (refusals.WrongMethod("PUT", ("GET", "POST")), 405, "wrong-method"),
    (refusals.NotFound("trace", "t-1"), 404, "not-found"),
    (refusals.Conflict("A score of this id exists.", "score", "s-1"), 409, "conflict"),
    (refusals.Unsupported("prompts"), 501, "unsupported"),
    (refusals.Throttled(3), 429, "throttled"),
    (refusals.Unavailable("The store is full.", 2), 503, "unavailable"),
    (refusals.Broken(), 500, "broken"),
    (Refusal("Something else."), 500, "broken"),
]

POST = Head("POST", "/v1/scores", request_id="request-1")


def all_refusals(root: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Yield every way to say no that the core has."""
    yield root
    for child in root.__subclasses__():
        yield from all_refusals(child)


def test_every_refusal_has_a_case_and_a_kind() -> None:
    """No way to say no that the core has is missing from the table of the dialect, nor from the cases below."""
    ours = {refusal for refusal in all_refusals() if refusal.__module__ == Refusal.__module__}
    assert ours == set(KINDS)
    assert ours == {type(refusal) for refusal, _, _ in CASES}


@pytest.mark.parametrize(("refusal", "status", "slug"), CASES, ids=lambda case: type(case).__name__)
def test_a_refusal_is_written_as_a_problem(refusal: Refusal, status: int, slug: str) -> None:
    """Status, type, detail and request id stand in the document, which has the media type of RFC 9457."""
    reply = refuse(refusal, POST)
    problem = read_reply(reply)
    assert reply.status == status
    assert reply.media == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"] == f"/problems/{slug}"
    assert problem["detail"] == refusal.message
    assert problem["request_id"] == "request-1"
    assert problem["title"]


def test_a_refusal_that_no_table_names_is_written_as_its_ancestor() -> None:
    """The writer is total: a refusal made later has the status of the nearest kind that is known."""

    class Overfull(refusals.Unavailable):
        """A refusal of the future."""

    reply = refuse(Overfull("The store is overfull.", 9), POST)
    assert reply.status == 503
    assert header_of(reply, "retry-after") == "9"


@pytest.mark.parametrize(
    ("refusal", "name", "value"),
    [
        (refusals.Throttled(3), "retry-after", "3"),
        (refusals.Unavailable("The store is full.", 2), "retry-after", "2"),
        (refusals.WrongMethod("PUT", ("GET", "POST")), "allow", "GET, POST"),
        (refusals.Unidentified("missing"), "www-authenticate", 'Bearer realm="scorehouse"'),
        (
            refusals.Unidentified("expired"),
            "www-authenticate",
            'Bearer realm="scorehouse", error="invalid_token"',
        ),
    ],
)
def test_headers_go_along(refusal: Refusal, name: str, value: str) -> None:
    """What HTTP wants beside a status is there: 429 and 503 say when, 405 what else, 401 how (RFC 6750 §3)."""
    assert header_of(refuse(refusal, POST), name) == value


@pytest.mark.parametrize(
    ("refusal", "members"),
    [
        (refusals.NotFound("trace", "t-1"), {"kind": "trace", "id": "t-1"}),
        (refusals.Conflict("It exists.", "score", "s-1"), {"kind": "score", "id": "s-1"}),
        (refusals.TooLarge("batch", 1000, "scores"), {"what": "batch", "limit": 1000, "unit": "scores"}),
        (refusals.Unreadable("Not JSON.", 7), {"offset": 7}),
        (refusals.Throttled(3), {"retry_after_s": 3}),
    ],
)
def test_the_data_of_a_refusal_are_shown(refusal: Refusal, members: dict[str, Any]) -> None:
    """A program needs not read the sentence to know what it is about."""
    problem = read_reply(refuse(refusal, POST))
    assert {name: problem[name] for name in members} == members


@pytest.mark.parametrize(
    ("method", "path", "where"),
    [
        ("POST", ("scores", 3, "value"), {"pointer": "/scores/3/value"}),
        ("PATCH", (), {"pointer": ""}),
        ("GET", ("number.gte",), {"parameter": "number.gte"}),
        ("GET", ("filter", "any", 0), {"parameter": "filter.any.0"}),
        ("POST", ("Idempotency-Key",), {"header": "Idempotency-Key"}),
    ],
)
def test_a_fault_says_where_it_is(method: str, path: tuple[str | int, ...], where: dict[str, str]) -> None:
    """A fault is in the body, in a parameter or in a header, and the document says in which."""
    reply = refuse(Invalid(Fault(path, "malformed", "must be right")), Head(method, "/v1/scores"))
    assert read_reply(reply)["errors"] == [{"code": "malformed", "message": "must be right", **where}]


def test_every_fault_is_named() -> None:
    """All faults stand in the document, in their order, with the right answers where those are a closed set."""
    second = Fault(("target", "kind"), "not_a_choice", "must be one of trace, span", allowed=("trace", "span"))
    errors = read_reply(refuse(Invalid(FAULT, second), POST))["errors"]
    assert [error["pointer"] for error in errors] == ["/scores/3/value", "/target/kind"]
    assert errors[1]["allowed"] == ["trace", "span"]


@pytest.mark.parametrize(
    ("path", "written"),
    [((), ""), (("a/b",), "/a~1b"), (("m~n",), "/m~0n"), (("",), "/"), (("a", 0, "b"), "/a/0/b")],
)
def test_a_path_is_written_as_a_json_pointer(path: tuple[str | int, ...], written: str) -> None:
    """Tilde and slash are escaped as RFC 6901 §3 says; the whole document is the empty text."""
    assert pointer(path) == written


def test_the_dialect_uses_this_writer() -> None:
    """What is proved here is what the server calls."""
    assert DIALECT.refuse is refuse
