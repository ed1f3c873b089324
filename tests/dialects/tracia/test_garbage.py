"""Whatever is sent, it is refused in the vendor's words, nothing of it is stored, and nothing breaks."""

from typing import Any

import msgspec
import pytest

from scorehouse.dialects.tracia import DIALECT
from tests.dialects.speaking import Speaker, read_reply
from tests.dialects.tracia.examples import EVALUATION, SPAN, SPAN_ID, TRACE, scores, sent, spoken

ROUTES: list[tuple[str, dict[str, Any]]] = [
    (f"/api/v1/spans/{SPAN_ID}/evaluations", EVALUATION),
    (f"/api/v1/traces/{SPAN_ID}/evaluations", EVALUATION),
    ("/api/v1/spans", SPAN | {"spanId": "sp_new"}),
    ("/api/v1/traces", TRACE),
]

BODIES: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("blanks", b"  \n"),
    ("half", b'{"spanId": "sp_1"'),
    ("a word", b"garbage"),
    ("a form", b"evaluatorKey=quality&value=1"),
    ("null", b"null"),
    ("a number", b"5"),
    ("a text", b'"quality"'),
    ("a list", b"[]"),
    ("a list of bodies", b'[{"evaluatorKey":"quality","value":1}]'),
    ("an empty object", b"{}"),
    ("broken UTF-8", b'{"evaluatorKey":"\xff\xfe","value":1}'),
    ("NaN", b'{"evaluatorKey":"quality","value":NaN}'),
    ("Infinity", b'{"evaluatorKey":"quality","value":Infinity}'),
    ("a number beyond doubles", b'{"evaluatorKey":"quality","value":1e999}'),
    ("a lone surrogate", b'{"evaluatorKey":"\\ud800","value":1}'),
    ("deep lists", b'{"evaluatorKey":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    ("deep objects", b'{"input":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}"),
    ("an endless list", b"[" * 100_000),
    ("bytes", bytes(range(256))),
]


async def count(speaker: Speaker) -> tuple[int, int]:
    """Count the spans and the scores of the house."""
    _, page = await spoken(speaker, "GET", "/api/v1/spans")
    return len(page["spans"]), len(await scores(speaker))


@pytest.mark.parametrize("body", [case[1] for case in BODIES], ids=[case[0] for case in BODIES])
async def test_a_body_that_is_none(speaker: Speaker, body: bytes) -> None:
    """Every route that takes a body refuses it with 400 INVALID_REQUEST."""
    await sent(speaker)
    for path, _ in ROUTES:
        status, answer = await spoken(speaker, "POST", path, body)
        assert (status, answer["error"]["code"]) == (400, "INVALID_REQUEST"), path
        assert answer["error"]["message"]
    assert await count(speaker) == (1, 0)


WRONG: list[tuple[str, Any]] = [
    ("null", None),
    ("a boolean", True),
    ("a number", -1.5),
    ("a number beyond 64 bits", 2**70),
    ("a text", "\x00"),
    ("a list", [[]]),
    ("an object", {"a": {"b": None}}),
]

OPTIONAL: dict[str, list[Any]] = {
    "variables": [5, "a", ["a"], {"a": 5}, {"a": None}, {"a": "\x00"}],
    "output": [5, ["a"], {"a": 1}, "\x00"],
    "error": [5, {"a": 1}, "\x00"],
    "tags": ["a", [5], [None], {"a": "b"}, ["a\x1fb"], ["\x00"], ["a"] * 2000],
    "userId": [5, "a\nb", "u" * 900, ["a"]],
    "sessionId": [5, "a\nb", "s" * 900],
    "temperature": ["hot", True, []],
    "topP": ["1", {}],
    "maxOutputTokens": [-1, 1.5, "1", 2**70],
    "tools": ["a", ["a"], {"a": 1}, [{"a": "\x00"}]],
    "toolCalls": [{"a": 1}, [None]],
}
"""Wrong values of the members that may be absent."""

SPANS_ONLY: dict[str, list[Any]] = {
    "spanId": ["a\nb", "s" * 900, "\x7f"],
    "traceId": [5, "a\nb", "t" * 900],
    "parentSpanId": [5, "a\nb", "p" * 900],
    "spanKind": ["llm", "TOOL", 5],
}
FIGURES: dict[str, list[Any]] = {
    "latencyMs": [-1, 0.5, "1", 2**53, 2**70, 10**16],
    "inputTokens": [-1, 0.5, 2**53],
    "totalTokens": [-1, 1e3, 2**53],
    "status": ["success", "OK", ""],
    "input": ["text", [], {"a": "\x00"}],
}


@pytest.mark.parametrize("given", [case[1] for case in WRONG], ids=[case[0] for case in WRONG])
async def test_a_member_of_a_wrong_type(speaker: Speaker, given: Any) -> None:
    """Each required member of each route is refused by its name where the value does not fit it."""
    await sent(speaker)
    for path, good in ROUTES:
        for member in good:
            if _fits(member, given):
                continue
            status, answer = await spoken(speaker, "POST", path, good | {member: given})
            assert (status, answer["code"]) == (400, "INVALID_REQUEST"), (path, member, answer)
            assert answer["message"].startswith(member), (path, member, answer)
    assert await count(speaker) == (1, 0)


async def test_a_member_that_breaks_a_rule(speaker: Speaker) -> None:
    """Every wrong value of every member of a span is refused by the member's name; nothing is stored."""
    for path, good, wrong in (
        ("/api/v1/spans", SPAN, OPTIONAL | FIGURES | SPANS_ONLY),
        ("/api/v1/traces", TRACE, OPTIONAL | FIGURES | {"traceId": SPANS_ONLY["spanId"]}),
    ):
        for member, values in wrong.items():
            for value in values:
                status, answer = await spoken(speaker, "POST", path, good | {member: value})
                assert (status, answer["code"]) == (400, "INVALID_REQUEST"), (path, member, value, answer)
                assert answer["message"].startswith(member), (path, member, value, answer)
    assert await count(speaker) == (0, 0)


async def test_every_required_member_is_missed(speaker: Speaker) -> None:
    """A body without one of them is refused, and says which one is missing."""
    await sent(speaker)
    for path, good in ROUTES:
        for member in good:
            body = {name: value for name, value in good.items() if name != member}
            status, answer = await spoken(speaker, "POST", path, body)
            assert (status, answer["message"]) == (400, f"{member}: is required")
    assert await count(speaker) == (1, 0)


async def test_a_value_beyond_64_bits_is_a_number(speaker: Speaker) -> None:
    """It is read as a double, and held to what the evaluator takes."""
    await sent(speaker)
    body = b'{"evaluatorKey":"quality","value":123456789012345678901234567890}'
    status, answer = await spoken(speaker, "POST", ROUTES[0][0], body)
    assert (status, answer["message"]) == (400, "value: must not be above 1")


async def test_numbers_inside_an_input_are_the_senders(speaker: Speaker) -> None:
    """An input is opaque: what is JSON is kept as it was, integers beyond 64 bits too."""
    body = msgspec.json.encode(SPAN | {"input": {"n": 2**70, "f": 1.5, "x": None}})
    status, _ = await spoken(speaker, "POST", "/api/v1/spans", body)
    assert status == 201
    reply = await speaker.speak(DIALECT, "GET", f"/api/v1/spans/{SPAN_ID}")
    assert read_reply(reply)["input"] == {"n": 2**70, "f": 1.5, "x": None}


def _fits(member: str, given: Any) -> bool:
    """Tell whether a wrong value happens to be a right one for this member."""
    return (member == "input" and isinstance(given, dict)) or (
        member in {"model", "provider"} and isinstance(given, str) and "\x00" not in given
    )
