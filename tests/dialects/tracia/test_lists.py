"""The lists: filters, pages, and what each SDK reads to go on (contract 2signal-tracia §2.6)."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.dialects.speaking import Speaker
from tests.dialects.tracia.examples import SPAN_ID, TRACE, sent, spoken

ITEM = {
    "id",
    "spanId",
    "traceId",
    "parentSpanId",
    "promptSlug",
    "model",
    "status",
    "latencyMs",
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "cost",
    "createdAt",
}

SPANS: dict[str, dict[str, Any]] = {
    "sp_a": {"userId": "ann", "sessionId": "s1", "tags": ["x"]},
    "sp_b": {"userId": "bob", "sessionId": "s1", "tags": ["x", "y"], "status": "ERROR", "error": "boom"},
    "sp_c": {"userId": "ann", "sessionId": "s2", "tags": ["y", "z,w"]},
    "sp_d": {},
}
"""Recorded in this order, an hour apart, the first one an hour after midnight of 2026-01-01 and 0.123456 s."""


async def fill(speaker: Speaker) -> None:
    """Record SPANS."""
    speaker.clock.advance(0.123456)
    for id, members in SPANS.items():
        speaker.clock.advance(3600)
        await sent(speaker, spanId=id, **members)


FILTERS: list[tuple[str, list[str]]] = [
    ("", ["sp_d", "sp_c", "sp_b", "sp_a"]),
    ("userId=ann", ["sp_c", "sp_a"]),
    ("userId=Ann", []),
    ("userId=", []),
    ("sessionId=s1", ["sp_b", "sp_a"]),
    ("userId=ann&sessionId=s1", ["sp_a"]),
    ("status=ERROR", ["sp_b"]),
    ("status=SUCCESS", ["sp_d", "sp_c", "sp_a"]),
    ("tags=x", ["sp_b", "sp_a"]),
    ("tags=x,y", ["sp_b"]),
    ("tags=y%2Cx", ["sp_b"]),
    ("tags=z,w", []),
    ("tags=,", ["sp_d", "sp_c", "sp_b", "sp_a"]),
    ("promptSlug=welcome", []),
    ("startDate=2026-01-01T02:00:00.123Z", ["sp_d", "sp_c", "sp_b"]),
    ("endDate=2026-01-01T02:00:00.123Z", ["sp_b", "sp_a"]),
    ("endDate=2026-01-01T02:00:00.122Z", ["sp_a"]),
    ("startDate=2026-01-01T03:00:00&endDate=2026-01-01T04:00:00", ["sp_c"]),
    ("startDate=2026-01-01T04:00:00%2B01:00", ["sp_d", "sp_c"]),
    ("startDate=2026-01-02", []),
    ("limit=2", ["sp_d", "sp_c"]),
    ("limit=1&limit=3", ["sp_d", "sp_c", "sp_b"]),
    ("limit=1000000", ["sp_d", "sp_c", "sp_b", "sp_a"]),
    ("unknown=1", ["sp_d", "sp_c", "sp_b", "sp_a"]),
]


@pytest.mark.parametrize(("query", "ids"), FILTERS)
async def test_filters(speaker: Speaker, query: str, ids: list[str]) -> None:
    """Exact matches, all tags, both dates inclusive to the millisecond, UTC without a zone; the newest first."""
    await fill(speaker)
    status, page = await spoken(speaker, "GET", f"/api/v1/spans?{query}")
    assert status == 200
    assert [item["spanId"] for item in page["spans"]] == ids
    status, older = await spoken(speaker, "GET", f"/api/v1/traces?{query}")
    assert [item["traceId"] for item in older["traces"]] == ids


async def test_what_an_item_shows(speaker: Speaker) -> None:
    """The keys of the documentation with Node's parentSpanId; of the older family without the two of spans."""
    await fill(speaker)
    _, page = await spoken(speaker, "GET", "/api/v1/spans")
    assert [set(item) for item in page["spans"]] == [ITEM] * 4
    _, older = await spoken(speaker, "GET", "/api/v1/traces")
    assert [set(item) for item in older["traces"]] == [ITEM - {"spanId", "parentSpanId"}] * 4
    assert page["spans"][0]["createdAt"] == "2026-01-01T04:00:00.123Z"


async def test_pages(speaker: Speaker) -> None:
    """Following a cursor meets every span once; the last page says so to both SDKs."""
    await fill(speaker)
    met, query = [], "limit=3"
    pages = []
    while query:
        _, page = await spoken(speaker, "GET", f"/api/v1/spans?{query}")
        met += [item["spanId"] for item in page["spans"]]
        pages.append({name: page[name] for name in page if name != "spans"})
        query = page["nextCursor"] and f"limit=3&{urlencode({'cursor': page['nextCursor']})}"
    cursor = pages[0]["cursor"]
    assert met == ["sp_d", "sp_c", "sp_b", "sp_a"]
    assert pages == [
        {"nextCursor": cursor, "cursor": cursor, "hasMore": True},
        {"nextCursor": None, "cursor": None, "hasMore": False},
    ]
    _, older = await spoken(speaker, "GET", f"/api/v1/traces?limit=3&cursor={cursor}")
    assert list(older) == ["traces", "nextCursor"]
    assert [item["traceId"] for item in older["traces"]] == ["sp_a"]


async def test_spans_recorded_in_one_moment_are_met_once_each(speaker: Speaker) -> None:
    """Equal times neither repeat nor vanish at the edge of a page; at most 100 stand on one."""
    for number in range(120):
        await sent(speaker, spanId=f"sp_{number}")
    _, first = await spoken(speaker, "GET", "/api/v1/spans?limit=500")
    assert len(first["spans"]) == 100
    _, rest = await spoken(speaker, "GET", f"/api/v1/spans?limit=500&cursor={first['cursor']}")
    ids = [item["spanId"] for item in first["spans"] + rest["spans"]]
    assert ids == [f"sp_{number}" for number in reversed(range(120))]
    _, default = await spoken(speaker, "GET", "/api/v1/spans")
    assert len(default["spans"]) == 50


async def test_both_families_are_listed_together(speaker: Speaker) -> None:
    """A trace of the older family is a span in the list, and the other way round."""
    await sent(speaker)
    await spoken(speaker, "POST", "/api/v1/traces", TRACE)
    _, page = await spoken(speaker, "GET", "/api/v1/spans")
    _, older = await spoken(speaker, "GET", "/api/v1/traces")
    ids = [TRACE["traceId"], SPAN_ID]
    assert [item["spanId"] for item in page["spans"]] == ids == [item["traceId"] for item in older["traces"]]


async def test_a_stranger_sees_nothing(speaker: Speaker) -> None:
    """Another project's list is empty."""
    await fill(speaker)
    stranger = await speaker.stranger()
    _, page = await spoken(speaker, "GET", "/api/v1/spans", principal=stranger)
    assert page == {"spans": [], "nextCursor": None, "cursor": None, "hasMore": False}


REFUSED: list[tuple[str, str]] = [
    ("limit=0", "limit: "),
    ("limit=-1", "limit: "),
    ("limit=ten", "limit: "),
    ("limit=1.5", "limit: "),
    ("limit=", "limit: "),
    ("status=success", "status: must be one of "),
    ("status=", "status: must be one of "),
    ("startDate=yesterday", "startDate: must be an ISO 8601 date and time"),
    ("endDate=2026-02-30", "endDate: must be a date and time that exist"),
    ("endDate=", "endDate: must be an ISO 8601 date and time"),
    ("cursor=", "cursor: must be a cursor from a previous page"),
    ("cursor=clx1abc123", "cursor: must be a cursor from a previous page"),
    ("cursor=WyJhIiwxXQ", "cursor: must be a cursor from a previous page"),  # ["a",1], of a list ordered by texts
    ("userId=%00", "userId: must not contain NUL or lone surrogates"),
    ("tags=a,%00", "tags: must not contain NUL or lone surrogates"),
    ("userId=%ff", "The query string cannot be read."),
    ("&".join(f"p{number}=1" for number in range(1100)), "The query string cannot be read."),
    (f"tags={quote(',').join('t' * 2000)}", "filter: must not list more than 1000 values"),
]


@pytest.mark.parametrize(("query", "message"), REFUSED, ids=[query[:20] for query, _ in REFUSED])
async def test_wrong_parameters_are_refused(speaker: Speaker, query: str, message: str) -> None:
    """400 INVALID_REQUEST with the parameter named, in both families."""
    for path in ("/api/v1/spans", "/api/v1/traces"):
        status, answer = await spoken(speaker, "GET", f"{path}?{query}")
        assert (status, answer["code"]) == (400, "INVALID_REQUEST")
        assert answer["message"].startswith(message)
