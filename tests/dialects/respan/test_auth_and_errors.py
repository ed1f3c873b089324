"""Who asks, and how every refusal of the core is said."""

import inspect
from collections.abc import Iterator

import pytest

from scorehouse.dialects.respan import DIALECT
from scorehouse.dialects.respan.auth import SPELLING, read_credential
from scorehouse.domain import refusals
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
from scorehouse.wire.dialect import Opened
from tests.dialects.speaking import read_reply

HEAD = Head("POST", "/api/scores/")
SECRET = "0123456789abcdef" * 4


@pytest.mark.parametrize("header", ["Bearer 12345678.rest", "bearer  12345678.rest ", "Api-Key 12345678.rest"])
def test_both_schemes_are_read(header: str) -> None:
    """Bearer, and the scheme of the vendor's first documents."""
    assert read_credential({"authorization": header}).secret == "12345678.rest"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "missing"),
        ({"authorization": ""}, "malformed"),
        ({"authorization": "Bearer"}, "malformed"),
        ({"authorization": "Bearer a b"}, "malformed"),
        ({"authorization": "Basic YTpi"}, "malformed"),
    ],
)
def test_anything_else_is_nobody(headers: dict[str, str], reason: str) -> None:
    """No header, another scheme, no token or two."""
    with pytest.raises(Unidentified) as caught:
        read_credential(headers)
    assert caught.value.reason == reason


def test_a_key_is_spelled_as_the_vendors_are() -> None:
    """Eight characters, a dot, the rest; read back, and refused without the dot."""
    spelled = SPELLING.spell(SECRET)
    assert (spelled[8], spelled.replace(".", "")) == (".", SECRET)
    assert SPELLING.bare(spelled) == SECRET
    assert SPELLING.bare(SECRET) is None


def test_what_to_paste_points_every_client_here() -> None:
    """The REST client and the MCP server get the address, the exporter the address with ``/api``."""
    paste = DIALECT.editions[0].paste(Opened("http://h:1", SECRET, "k", "p"))
    assert (paste.base_url, paste.env["RESPAN_BASE_URL"], paste.env["RESPAN_API_BASE_URL"]) == (
        "http://h:1",
        "http://h:1/api",
        "http://h:1",
    )
    assert paste.headers["Authorization"].removeprefix("Bearer ") == paste.env["RESPAN_API_KEY"]
    assert SECRET[9:] in paste.curl


WRITTEN: list[tuple[Refusal, int, object]] = [
    (Unreadable("no"), 400, {"detail": "no"}),
    (Invalid(Fault(("log_id",), "missing", "is required")), 400, {"log_id": ["This field is required."]}),
    (
        Invalid(Fault(("value",), "out_of_range", "must not be above 5")),
        400,
        {"non_field_errors": ["Must not be above 5."]},
    ),
    (Invalid(Fault(("source", "evaluator"), "unknown", "there is no x")), 400, {"evaluator_id": ["There is no x."]}),
    (Invalid(Fault(("comment",), "too_long", "is long")), 400, {"explanation": ["Is long."]}),
    (
        Invalid(Fault(("categorical_value", 0), "wrong_type", "must be a string")),
        400,
        {"categorical_value": ["Not a valid string."]},
    ),
    (Invalid(Fault((), "wrong_type", "must be an object")), 400, {"detail": "must be an object"}),
    (Invalid(Fault(("filter",), "too_deep", "is deep")), 400, {"detail": "filter: is deep"}),
    (Conflict("taken", "score", "s"), 400, {"non_field_errors": ["taken"]}),
    (Conflict("taken", "evaluator", "e"), 400, {"evaluator_slug": ["taken"]}),
    (NotFound("score", "s"), 404, {"detail": "Not found."}),
    (NotFound("trace", "t"), 404, {"error": "Trace not found"}),
    (UnknownPath("GET", "/api/x"), 404, {"detail": "Not found."}),
    (WrongMethod("POST", ("GET",)), 405, {"detail": 'Method "POST" not allowed.'}),
    (Throttled(30), 429, {"detail": "Rate limit exceeded", "retry_after": 30}),
]


@pytest.mark.parametrize(("refusal", "status", "body"), WRITTEN, ids=lambda given: str(given)[:40])
def test_refusals_are_written_as_published(refusal: Refusal, status: int, body: object) -> None:
    """Status and body of each, by the vendor's documents where those say."""
    reply = DIALECT.refuse(refusal, HEAD)
    assert (reply.status, read_reply(reply)) == (status, body)


def every_refusal() -> Iterator[Refusal]:
    """Make one of each kind, and one that no table names."""
    made = [
        Refusal("x"),
        Unreadable("x"),
        Invalid(Fault((), "x", "x")),
        TooLarge("body", 1, "bytes"),
        UnsupportedMedia("a/b", ("c/d",)),
        Unidentified("expired"),
        Forbidden("write"),
        UnknownPath("GET", "/"),
        WrongMethod("GET", ("POST",)),
        NotFound("score", "x"),
        Conflict("x", "score", "x"),
        Unsupported("x"),
        Throttled(),
        Unavailable("x"),
        Broken(),
    ]
    kinds = {kind for _, kind in inspect.getmembers(refusals, inspect.isclass) if issubclass(kind, Refusal)}
    assert {type(refusal) for refusal in made} == kinds
    yield from made
    yield type("Newer", (NotFound,), {})("score", "x")


@pytest.mark.parametrize("refusal", list(every_refusal()), ids=lambda refusal: type(refusal).__name__)
def test_the_writer_is_total(refusal: Refusal) -> None:
    """Every refusal, also one that is newer than the tables, has a status from 400 on and a body; 409 is never one."""
    reply = DIALECT.refuse(refusal, HEAD)
    assert reply.status >= 400
    assert reply.status != 409
    assert isinstance(read_reply(reply), dict)
