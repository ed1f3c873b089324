"""The list of traces, OTLP, and the shared path (contract 2signal-tracia §1.5, §1.7, §3)."""

from typing import Any

import pytest

from scorehouse.dialects.twosignal import DIALECT
from scorehouse.domain.refusals import Refusal
from scorehouse.wire.call import Head
from tests.dialects.speaking import Speaker, read_reply
from tests.dialects.twosignal.twosignal import (
    TRACE,
    exported,
    ingest,
    invalid,
    native,
    read,
    refusal,
    score,
    send,
    span_event,
    trace_event,
    traces,
)
from tests.wire.exports import request_of


async def test_a_trace_in_the_list(speaker: Speaker) -> None:
    """Exactly the documented members; costs are decimal texts, sums run over spans."""
    usage = {"promptTokens": 3, "completionTokens": 4, "totalTokens": 0}
    await ingest(
        speaker,
        trace_event(tags=["a"], metadata={"k": 1}),
        span_event("s-1", "e-1", cost=0.1, usage=usage, startTime="2026-04-03T10:05:00Z"),
        span_event("s-2", "e-2", cost=0.2, usage={"totalTokens": 10}, endTime="2026-04-03T10:05:01.0005Z"),
        span_event("s-3", "e-3", status="ERROR"),
    )
    await score(speaker)
    assert (await read(speaker, "/api/v1/traces"))["traces"] == [
        {
            "id": TRACE,
            "name": "agent",
            "status": "ERROR",
            "startTime": "2026-04-03T10:05:00.000Z",
            "endTime": "2026-04-03T10:05:01.000Z",
            "durationMs": 1000,
            "totalCost": "0.3",
            "totalTokens": 17,
            "tags": ["a"],
            "metadata": {"k": 1},
            "spanCount": 3,
            "scoreCount": 1,
            "createdAt": "2026-01-01T00:00:00.000Z",
        }
    ]


@pytest.mark.parametrize(
    ("cost", "text"),
    [(0.0034, "0.0034"), (0.0, "0"), (1e-7, "0.0000001"), (12.5, "12.5"), (3.0, "3"), (1e21, "1" + "0" * 21)],
)
async def test_costs_are_plain_decimals(speaker: Speaker, cost: float, text: str) -> None:
    """Never an exponent, never noise of adding."""
    await ingest(speaker, span_event(cost=cost))
    assert (await read(speaker, "/api/v1/traces"))["traces"][0]["totalCost"] == text


async def test_nothing_known_is_null(speaker: Speaker) -> None:
    """A trace that never ended and has no span has no times but that of its recording."""
    await ingest(speaker, trace_event())
    (trace,) = (await read(speaker, "/api/v1/traces"))["traces"]
    unknown = {"startTime": None, "endTime": None, "durationMs": None, "status": "OK", "totalCost": "0", "spanCount": 0}
    assert unknown.items() <= trace.items()


async def test_filters(speaker: Speaker) -> None:
    """Each parameter narrows the list, several do together; bounds of time are inclusive."""
    await ingest(speaker, trace_event("t-1", "e-1", name="Alpha", tags=["x", "y"], startTime="2026-04-03T10:00:00Z"))
    await ingest(speaker, trace_event("t-2", "e-2", name="alphabet", tags=["x"], startTime="2026-04-03T11:00:00Z"))
    await ingest(speaker, trace_event("t-3", "e-3", name="100%_beta"), span_event("s", "e-4", traceId="t-3"))
    await ingest(speaker, span_event("s", "e-5", traceId="t-2", status="ERROR"))

    assert await traces(speaker) == ["t-3", "t-2", "t-1"]
    assert await traces(speaker, "name=ALPHA") == ["t-2", "t-1"]
    assert await traces(speaker, "name=%25_") == ["t-3"]
    assert await traces(speaker, "name=_lpha") == []
    assert await traces(speaker, "name=") == ["t-3", "t-2", "t-1"]
    assert await traces(speaker, "status=ERROR") == ["t-2"]
    assert await traces(speaker, "status=OK") == ["t-3", "t-1"]
    assert await traces(speaker, "tags=x") == ["t-2", "t-1"]
    assert await traces(speaker, "tags=y,%20x") == ["t-1"]
    assert await traces(speaker, "tags=") == ["t-3", "t-2", "t-1"]
    assert await traces(speaker, "tags=X") == []
    assert await traces(speaker, "startDate=2026-04-03T11:00:00Z") == ["t-2"]
    assert await traces(speaker, "endDate=2026-04-03T10:00:00Z") == ["t-3", "t-1"]  # t-3: recorded 2026-01-01
    assert await traces(speaker, "startDate=2026-04-03&endDate=2026-04-03T10:30:00.000Z") == ["t-1"]
    assert await traces(speaker, "name=alpha&status=OK&tags=x") == ["t-1"]
    assert await traces(speaker, "unknown=1") == ["t-3", "t-2", "t-1"]


async def test_pages_follow_each_other(speaker: Speaker) -> None:
    """Every trace comes once, newest first, also while new ones arrive; the last page has no cursor."""
    await ingest(speaker, *(trace_event(f"t-{number}", f"e-{number}") for number in range(5)))
    first = await read(speaker, "/api/v1/traces?limit=2")
    await ingest(speaker, trace_event("late", "e-late"))
    second = await read(speaker, f"/api/v1/traces?limit=2&cursor={first['nextCursor']}")
    third = await read(speaker, f"/api/v1/traces?limit=2&cursor={second['nextCursor']}")
    pages = [[trace["id"] for trace in page["traces"]] for page in (first, second, third)]
    assert pages == [["t-4", "t-3"], ["t-2", "t-1"], ["t-0"]]
    assert third["nextCursor"] is None


async def test_fifty_unless_told(speaker: Speaker) -> None:
    """The default of `limit` is 50, its greatest value 100."""
    await ingest(speaker, *(trace_event(f"t-{number}", f"e-{number}") for number in range(120)))
    assert len(await traces(speaker)) == 50
    assert len(await traces(speaker, "limit=100")) == 100


async def test_what_is_only_mentioned_is_no_trace(speaker: Speaker) -> None:
    """A trace that another dialect scored and nobody sent is not listed."""
    target = {"kind": "trace", "id": "ghost", "must_exist": False}
    await native(speaker, "POST", "/v1/scores", {"name": "a", "value": 1, "target": target})
    assert await traces(speaker) == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=NaN",
        "status=ok",
        "status=",
        "cursor=zzz",
        "startDate=x",
        "endDate=2026-02-30",
        "name=%00",
        "tags=a,b%00",
        "name=%ED%A0%80",
        f"tags={','.join(str(number) for number in range(1001))}",
    ],
)
async def test_a_bad_query_is_refused(speaker: Speaker, query: str) -> None:
    """Out of range, no time, no status, no cursor, not storable: 400."""
    await ingest(speaker, trace_event())
    invalid(await send(speaker, "GET", f"/api/v1/traces?{query}"))


# ── OTLP ─────────────────────────────────────────────────────────────────────────────────────────────────

OTLP = "/api/v1/otel/traces"
TRACE_ID = "5b8efff798038103d269b633813fc60c"
SPAN_ID = "eee19b7ec3c1b174"


def otlp_span(**members: Any) -> dict[str, Any]:
    """Make a request with one span."""
    span = {"traceId": TRACE_ID, "spanId": SPAN_ID, "name": "chat", **members}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


async def test_otlp_names_its_trace_after_the_root(speaker: Speaker) -> None:
    """The root's name is the trace's, model and tokens come from the documented attributes."""
    attributes = [
        {"key": "gen_ai.system", "value": {"stringValue": "openai"}},
        {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}},
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "7"}},
        {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "3"}},
    ]
    reply = await send(speaker, "POST", OTLP, otlp_span(attributes=attributes, status={"code": 2, "message": "no"}))
    assert (reply.status, read_reply(reply)) == (200, {"accepted": 1})
    trace = await exported(speaker, TRACE_ID)
    assert (trace["name"], trace["status"], trace["totalTokens"]) == ("chat", "ERROR", 10)
    (span,) = trace["spans"]
    shown = {"id": SPAN_ID, "type": "LLM", "model": "gpt-4o", "promptTokens": 7, "errorMessage": "no"}
    assert shown.items() <= span.items()
    assert (await score(speaker, traceId=TRACE_ID, spanId=SPAN_ID))["spanId"] == SPAN_ID


async def test_otlp_in_protobuf(speaker: Speaker) -> None:
    """Protobuf is taken as well, and answered in protobuf: an empty message where all was taken."""
    facts = {"trace_id": bytes.fromhex(TRACE_ID), "span_id": bytes.fromhex(SPAN_ID), "parent": b"", "name": "chat"}
    rest = {"kind": 1, "start": 10**18, "end": 10**18 + 10**9, "attributes": {}, "events": [], "links": []}
    end = {"code": 0, "message": "", "resource": {}, "scope": ("", "", {})}
    body = request_of([{**facts, **rest, **end}]).SerializeToString()
    headers = {"content-type": "application/x-protobuf"}
    reply = await send(speaker, "POST", OTLP, body, headers=headers)
    assert (reply.status, reply.media) == (200, "application/x-protobuf")
    assert (await exported(speaker, TRACE_ID))["spans"][0]["durationMs"] == 1000


async def test_otlp_counts_what_it_refuses(speaker: Speaker) -> None:
    """A span without a good id is refused by itself, the others are taken."""
    request = otlp_span()
    request["resourceSpans"][0]["scopeSpans"][0]["spans"].append({"traceId": "x", "spanId": SPAN_ID, "name": "bad"})
    answer = read_reply(await send(speaker, "POST", OTLP, request))
    assert answer["accepted"] == 1
    assert answer["partialSuccess"]["rejectedSpans"] == 1
    assert "traceId" in answer["partialSuccess"]["errorMessage"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'{"resourceSpans": ' + b"[" * 500 + b"]" * 500 + b"}"])
async def test_otlp_refuses_what_is_no_export(speaker: Speaker, body: bytes) -> None:
    """Not JSON, or no object, or too deep: 400 in this dialect's shape."""
    invalid(await send(speaker, "POST", OTLP, body))


async def test_otlp_refuses_broken_protobuf(speaker: Speaker) -> None:
    """What does not parse is 400 in this dialect's shape."""
    headers = {"content-type": "application/x-protobuf"}
    invalid(await send(speaker, "POST", OTLP, b"\xff\xff\xff", headers=headers))


# ── The server's part ────────────────────────────────────────────────────────────────────────────────────


async def test_health_needs_no_key(speaker: Speaker) -> None:
    """It answers that the house can read and write."""
    reply = await send(speaker, "GET", "/api/v1/health", principal=speaker.allowed())
    assert (reply.status, read_reply(reply)) == (200, {"status": "ok"})


CLAIMS: list[tuple[str, str, str, bytes, bool]] = [
    ("POST", "/api/v1/traces", "", b'{"batch": []}', True),
    ("POST", "/api/v1/traces/", "", b'{"batch": [{"id": "e"}]}', True),
    ("POST", "/api/v1/traces", "", b"", False),
    ("POST", "/api/v1/traces", "", b'{"traceId": "tr_1", "model": "gpt-4o"}', False),
    ("POST", "/api/v1/traces", "", b'{"batch": {}}', False),
    ("POST", "/api/v1/traces", "", b"garbage", False),
    ("GET", "/api/v1/traces", "name=agent", b"", True),
    ("GET", "/api/v1/traces", "", b"", False),
    ("GET", "/api/v1/traces", "promptSlug=a&userId=b", b"", False),
    ("GET", "/api/v1/traces", "name=%FF", b"", False),
    ("GET", "/api/v1/elsewhere", "name=agent", b"", False),
]


@pytest.mark.parametrize(("method", "path", "query", "body", "claimed"), CLAIMS)
def test_what_is_claimed_on_the_shared_path(method: str, path: str, query: str, body: bytes, claimed: bool) -> None:
    """A batch and a list by name are 2signal's; a request that cannot be read is claimed by nobody."""
    try:
        answer = DIALECT.claims(Head(method, path, query), body)
    except Refusal:
        answer = False
    assert answer is claimed


NOT_SPOKEN = [
    ("POST", "/api/v1/validate"),
    ("POST", "/api/v1/route-model"),
    ("GET", "/api/v1/ab-test"),
    ("POST", "/api/v1/ab-test"),
    ("GET", "/api/v1/prompt-templates"),
    ("POST", "/api/v1/prompt-templates"),
    ("GET", "/api/v1/export/datasets/d-1"),
    ("GET", "/api/v1/export/eval-runs/r-1"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
    ("POST", "/api/v1/auth/logout"),
    ("GET", "/api/trpc/trace.list"),
    ("POST", "/api/trpc/project.create"),
]


@pytest.mark.parametrize(("method", "path"), NOT_SPOKEN)
async def test_what_is_not_spoken_says_so(speaker: Speaker, method: str, path: str) -> None:
    """501 in this dialect's shape, naming what was asked for."""
    message = refusal(await send(speaker, method, path, b"whatever"), 501, "NOT_IMPLEMENTED")
    assert path.rpartition("/")[0] in message
