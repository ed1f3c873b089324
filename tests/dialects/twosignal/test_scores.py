"""Scores through 2signal: recorded, refused, listed (contract 2signal-tracia §1.3)."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest

from scorehouse.domain.access import Permission
from tests.dialects.speaking import Speaker, read_reply
from tests.dialects.twosignal.twosignal import (
    ACCURACY,
    EVENT,
    LONG,
    SPAN,
    TRACE,
    ingest,
    invalid,
    native,
    nothing_stored,
    read,
    refusal,
    score,
    scores,
    send,
    span_event,
    trace_event,
)

CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"value": {"kind": "numeric", "number": 0.92, "labels": []}, "comment": None}),
    ({"spanId": None, "label": None, "reasoning": None}, {"value": {"labels": []}, "comment": None}),
    ({"value": 0}, {"value": {"number": 0.0}}),
    ({"value": 1}, {"value": {"number": 1.0}}),
    ({"value": -0.0}, {"value": {"number": 0.0}}),
    ({"value": 5e-324}, {"value": {"number": 5e-324}}),
    ({"value": 0.30000000000000004}, {"value": {"number": 0.30000000000000004}}),
    ({"label": "pass"}, {"value": {"labels": ["pass"]}}),
    ({"label": ""}, {"value": {"labels": [""]}}),
    ({"label": "a, b\n«ü»😀"}, {"value": {"labels": ["a, b\n«ü»😀"]}}),
    ({"reasoning": ""}, {"comment": ""}),
    ({"reasoning": "two\nlines\t😀"}, {"comment": "two\nlines\t😀"}),
    ({"reasoning": LONG[:-1]}, {"comment": LONG[:-1]}),
    ({"evaluatorName": "human-review"}, {"name": "human-review"}),
    ({"evaluatorName": "Ähnlichkeit / v2 😀"}, {"name": "Ähnlichkeit / v2 😀"}),
    ({"evaluatorName": "quality", "value": 0.5}, {"name": "quality", "value": {"number": 0.5}}),
    ({"spanId": SPAN}, {"target": {"kind": "span", "id": SPAN, "trace": TRACE}}),
    ({"unknown": [1], "metadata": {"a": 1}}, {"metadata": {}}),
]
"""What is sent beyond ACCURACY → what the house then holds, in its own words."""


@pytest.mark.parametrize(("sent", "held"), CASES)
async def test_a_score_is_recorded_and_read_back(speaker: Speaker, sent: dict[str, Any], held: dict[str, Any]) -> None:
    """The answer is the request with an id; native, list and export say the same."""
    await ingest(speaker, trace_event(), span_event())
    answer = await score(speaker, **sent)
    wanted = {"spanId": None, "label": None, "reasoning": None, **ACCURACY, **sent}
    members = ("traceId", "spanId", "evaluatorName", "value", "label", "reasoning")
    assert answer == {"id": answer["id"], **{name: wanted[name] for name in members}}

    stored = await native(speaker, "GET", f"/v1/scores/{answer['id']}")
    for name, value in held.items():
        part = stored[name]
        assert (part if not isinstance(value, dict) else {key: part[key] for key in value}) == value

    shown = {**answer, "projectId": "default", "createdAt": "2026-01-01T00:00:00.000Z"}
    assert await scores(speaker) == [shown]
    assert (await read(speaker, f"/api/v1/export/traces/{TRACE}"))["scores"] == [shown]


async def test_the_answer_has_exactly_seven_members(speaker: Speaker) -> None:
    """As the page shows them, in its order; the answer is bare."""
    await ingest(speaker, trace_event())
    answer = await score(speaker)
    assert list(answer) == ["id", "traceId", "spanId", "evaluatorName", "value", "label", "reasoning"]


async def test_a_span_is_found_by_its_event(speaker: Speaker) -> None:
    """The id is answered as it was sent; what is stored is a score of the span."""
    await ingest(speaker, span_event())
    answer = await score(speaker, spanId=EVENT)
    assert answer["spanId"] == EVENT
    stored = await native(speaker, "GET", f"/v1/scores/{answer['id']}")
    assert stored["target"] == {"kind": "span", "id": SPAN, "trace": TRACE}
    for id in (SPAN, EVENT):
        assert [found["id"] for found in await scores(speaker, f"spanId={id}")] == [answer["id"]]


async def test_ids_are_answered_as_sent(speaker: Speaker) -> None:
    """A 128-bit id is one id however it is spelled, and every caller gets back their spelling."""
    first = "9a1d7c52-6f1e-4c43-9a0e-7c0a4cf1a201"
    await ingest(speaker, trace_event(first))
    other = first.replace("-", "").upper()
    assert (await score(speaker, traceId=other))["traceId"] == other
    assert [found["traceId"] for found in await scores(speaker, f"traceId={other}")] == [first]


async def test_a_score_again_is_another_score(speaker: Speaker) -> None:
    """Nothing is updated: both are there, with ids of their own."""
    await ingest(speaker, trace_event())
    ids = [(await score(speaker))["id"] for _ in range(2)]
    assert ids[0] != ids[1]
    assert [found["id"] for found in await scores(speaker)] == ids[::-1]


@pytest.mark.parametrize("missing", ["traceId", "evaluatorName", "value"])
async def test_a_missing_member_is_named(speaker: Speaker, missing: str) -> None:
    """Required members are checked before the trace is looked for: it is unknown here."""
    body = {name: value for name, value in ACCURACY.items() if name != missing}
    assert invalid(await send(speaker, "POST", "/api/v1/scores", body)) == f"{missing}: is required"


REFUSED: list[tuple[str, Any]] = [
    ("value", 1.0000000000000002),
    ("value", -5e-324),
    ("value", 2),
    ("value", 10**30),
    ("value", -(2**63)),
    ("value", "0.5"),
    ("value", True),
    ("value", None),
    ("value", [0.5]),
    ("value", {}),
    ("traceId", None),
    ("traceId", ""),
    ("traceId", 7),
    ("traceId", "x" * 801),
    ("traceId", "a\nb"),
    ("traceId", "a\x00b"),
    ("spanId", ""),
    ("spanId", 7),
    ("spanId", {}),
    ("spanId", "a\x7fb"),
    ("evaluatorName", None),
    ("evaluatorName", ""),
    ("evaluatorName", "x" * 1001),
    ("evaluatorName", "a\x00b"),
    ("evaluatorName", []),
    ("label", 1),
    ("label", "a\x00b"),
    ("label", "a\x1fb"),
    ("label", LONG),
    ("reasoning", 1),
    ("reasoning", {"a": 1}),
    ("reasoning", "a\x00b"),
    ("reasoning", LONG),
]


@pytest.mark.parametrize(("member", "value"), REFUSED)
async def test_a_wrong_member_is_named(speaker: Speaker, member: str, value: Any) -> None:
    """Wrong types, values out of range and texts that cannot be stored are 400, and nothing is stored."""
    await ingest(speaker, trace_event(), span_event())
    reply = await send(speaker, "POST", "/api/v1/scores", {**ACCURACY, member: value})
    assert invalid(reply).startswith(f"{member}: ")
    assert await scores(speaker) == []


UNREADABLE = [
    b"",
    b" ",
    b"not json",
    b'{"traceId": "t"',
    b'{"traceId": "t", "evaluatorName": "a", "value": NaN}',
    b'{"traceId": "t", "evaluatorName": "a", "value": Infinity}',
    b'{"traceId": "t", "evaluatorName": "a", "value": 1e999}',
    b'{"traceId": "\\ud800", "evaluatorName": "a", "value": 1}',
    b'{"traceId": "\xff", "evaluatorName": "a", "value": 1}',
    b"\xef\xbb\xbf{}",
    b"[]",
    b"null",
    b'"text"',
    b"7",
    b"[" * 100_000,
    b'{"traceId":' * 1000 + b"1" + b"}" * 1000,
    b'{"traceId": "t", "evaluatorName": "a", "value": 0.5, "more": ' + b"[" * 200 + b"]" * 200 + b"}",
]


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
async def test_garbage_is_refused(speaker: Speaker, body: bytes) -> None:
    """What is no JSON object, or too deep, is 400."""
    invalid(await send(speaker, "POST", "/api/v1/scores", body))
    assert await nothing_stored(speaker)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"traceId": "nowhere"}, "Trace nowhere does not exist."),
        ({"traceId": "nowhere", "spanId": SPAN}, "Trace nowhere does not exist."),
        ({"spanId": "nowhere"}, "Span nowhere does not exist."),
        ({"traceId": "other", "spanId": SPAN}, f"Span {SPAN} does not exist."),
        ({"traceId": "other", "spanId": EVENT}, f"Span {EVENT} does not exist."),
        ({"traceId": SPAN}, f"Trace {SPAN} does not exist."),
        ({"spanId": TRACE}, f"Span {TRACE} does not exist."),
    ],
)
async def test_an_unknown_target_is_not_found(speaker: Speaker, changes: dict[str, Any], message: str) -> None:
    """Unknown traces and spans, and a span of another trace, are 404 and nothing is stored."""
    await ingest(speaker, trace_event(), span_event(), trace_event("other"))
    reply = await send(speaker, "POST", "/api/v1/scores", {**ACCURACY, **changes})
    assert refusal(reply, 404, "NOT_FOUND") == message
    assert await scores(speaker) == []


async def test_another_projects_trace_is_not_found(speaker: Speaker) -> None:
    """What another project holds does not exist here, nor does what is here there."""
    await ingest(speaker, trace_event(), span_event())
    await score(speaker)
    stranger = await speaker.stranger()
    reply = await send(speaker, "POST", "/api/v1/scores", ACCURACY, principal=stranger)
    refusal(reply, 404, "NOT_FOUND")
    assert (await read(speaker, "/api/v1/scores", principal=stranger))["scores"] == []


async def test_a_trace_that_only_scores_mention_is_not_found(speaker: Speaker) -> None:
    """Another dialect may score what nobody sent; for 2signal that trace does not exist."""
    target = {"kind": "trace", "id": TRACE, "must_exist": False}
    await native(speaker, "POST", "/v1/scores", {"name": "a", "value": 0.5, "target": target})
    refusal(await send(speaker, "POST", "/api/v1/scores", ACCURACY), 404, "NOT_FOUND")
    refusal(await send(speaker, "GET", f"/api/v1/export/traces/{TRACE}"), 404, "NOT_FOUND")
    assert [found["evaluatorName"] for found in await scores(speaker)] == ["a"]


async def test_permissions(speaker: Speaker) -> None:
    """Writing scores takes that scope alone, reading them another."""
    await ingest(speaker, trace_event())
    writer, reader = speaker.allowed(Permission.WRITE_SCORES), speaker.allowed(Permission.READ)
    assert (await send(speaker, "POST", "/api/v1/scores", ACCURACY, principal=writer)).status == 201
    refusal(await send(speaker, "GET", "/api/v1/scores", principal=writer), 403, "FORBIDDEN")
    refusal(await send(speaker, "POST", "/api/v1/scores", ACCURACY, principal=reader), 403, "FORBIDDEN")
    assert len((await read(speaker, "/api/v1/scores", principal=reader))["scores"]) == 1


# ── List ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_pages_follow_each_other(speaker: Speaker) -> None:
    """Every score comes once, newest first; the last page has no cursor."""
    await ingest(speaker, trace_event())
    for number in range(7):
        await score(speaker, evaluatorName=f"e{number}")
    names: list[str] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        page = await read(speaker, f"/api/v1/scores?limit=3&cursor={cursor}")
        names += [found["evaluatorName"] for found in page["scores"]]
        cursor, pages = page["nextCursor"], pages + 1
    assert names == [f"e{number}" for number in reversed(range(7))]
    assert pages == 3


async def test_filters(speaker: Speaker) -> None:
    """Each parameter narrows the list, several do together; bounds of time are inclusive."""
    await ingest(speaker, trace_event(), span_event(), trace_event("other"))
    await score(speaker)  # at 00:00:00
    speaker.clock.advance(10)
    await score(speaker, spanId=SPAN, evaluatorName="tone")  # at 00:00:10
    speaker.clock.advance(10)
    await score(speaker, traceId="other", value=0.1)  # at 00:00:20

    async def values(query: str) -> list[tuple[str, str]]:
        return [(found["traceId"], found["evaluatorName"]) for found in await scores(speaker, query)]

    first, second, third = (TRACE, "accuracy"), (TRACE, "tone"), ("other", "accuracy")
    assert await values("") == [third, second, first]
    assert await values(f"traceId={TRACE}") == [second, first]
    assert await values("evaluatorName=accuracy") == [third, first]
    assert await values("evaluatorName=Accuracy") == []
    assert await values(f"spanId={SPAN}") == [second]
    assert await values(f"spanId={SPAN}&traceId=other") == []
    assert await values("spanId=nowhere") == []
    assert await values("startDate=2026-01-01T00:00:10Z") == [third, second]
    assert await values("endDate=2026-01-01T00:00:10Z") == [second, first]
    assert await values("startDate=2026-01-01T01:00:10%2B01:00&endDate=2026-01-01T00:00:10") == [second]
    assert await values("whatever=1") == [third, second, first]


async def test_the_list_shows_what_has_a_number_from_0_to_1(speaker: Speaker) -> None:
    """Scores of other dialects appear where 2signal can say them, and only there."""
    await ingest(speaker, trace_event(), span_event())
    trace = {"kind": "trace", "id": TRACE}
    shown: dict[str, tuple[dict[str, Any], tuple[float, str | None]]] = {
        "number": ({"value": 0.25}, (0.25, None)),
        "labelled": ({"value": {"number": 1, "labels": ["pass"]}}, (1.0, "pass")),
        "two-labels": ({"value": {"kind": "numeric", "number": 0, "labels": ["a", "b"]}}, (0.0, "a, b")),
        "truth": ({"value": True}, (1.0, None)),
        "falsehood": ({"value": False}, (0.0, None)),
        "category": ({"value": {"kind": "categorical", "labels": ["good"], "number": 0.75}}, (0.75, "good")),
        "of-a-span": ({"value": 0.5, "target": {"kind": "span", "id": SPAN, "trace": TRACE}}, (0.5, None)),
    }
    hidden: dict[str, dict[str, Any]] = {
        "high": {"value": 1.5},
        "low": {"value": -0.5},
        "text": {"value": {"kind": "text", "text": "fine", "number": 0.5}},
        "json": {"value": {"kind": "json", "json": {"a": 1}, "number": 0.5}},
        "many": {"value": ["a", "b"]},
        "bare-category": {"value": "good"},
        "failed": {"value": 0.5, "outcome": {"status": "failed"}},
        "pending": {"value": 0.5, "outcome": {"status": "pending"}},
        "session": {"value": 0.5, "target": {"kind": "session", "id": "s"}},
        "run": {"value": 0.5, "target": {"kind": "run", "id": "r"}},
    }
    for name, body in (*((name, body) for name, (body, _) in shown.items()), *hidden.items()):
        await native(speaker, "POST", "/v1/scores", {"name": name, "target": trace, **body})

    expected = {name: said for name, (_, said) in shown.items()}
    listed = {found["evaluatorName"]: (found["value"], found["label"]) for found in await scores(speaker)}
    assert listed == expected
    export = await read(speaker, f"/api/v1/export/traces/{TRACE}")
    assert {found["evaluatorName"]: (found["value"], found["label"]) for found in export["scores"]} == expected


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=101",
        "limit=ten",
        "limit=",
        "limit=99999999999999999999999",
        "cursor=nonsense",
        "cursor=e30",
        "cursor=%F0%9F%98%80",
        "cursor=eyJpZCI6InQiLCJhZnRlciI6IngifQ",
        "startDate=yesterday",
        "endDate=2026-13-01",
        "startDate=0000-01-01T00:00:00Z",
        "traceId=%00",
        "spanId=a%00b",
        "evaluatorName=%00",
        "traceId=%FF",
        "traceId=%ED%A0%80",
        "&".join(f"p{number}=1" for number in range(1001)),
    ],
)
async def test_a_bad_query_is_refused(speaker: Speaker, query: str) -> None:
    """A limit beyond 1 to 100 is refused, not clamped; so are cursors and times that are none, and NUL."""
    invalid(await send(speaker, "GET", f"/api/v1/scores?{query}"))


async def test_a_cursor_looks_like_the_vendors(speaker: Speaker) -> None:
    """It is unpadded base64url of an object with the last id of the page (contract 2signal-tracia §1.5)."""
    await ingest(speaker, trace_event())
    for _ in range(2):
        await score(speaker)
    page = read_reply(await send(speaker, "GET", "/api/v1/scores?limit=1"))["data"]
    cursor = page["nextCursor"]
    assert "=" not in cursor
    assert json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))["id"] == page["scores"][0]["id"]
