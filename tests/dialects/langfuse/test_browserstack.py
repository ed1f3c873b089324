"""BrowserStack's edition: its rules where they differ, and only for its keys (seed, and contract langfuse §1)."""

from typing import Any

import pytest

from tests.dialects.langfuse.langfuse import SCORE, Langfuse, event, paths

PAGE_ITEM = {
    *("id", "traceId", "observationId", "name", "value", "stringValue", "dataType"),
    *("source", "comment", "configId", "environment", "createdAt", "updatedAt"),
}


@pytest.fixture
def browserstack(langfuse: Langfuse) -> Langfuse:
    """A client with a key spelled for BrowserStack, in the same project."""
    return langfuse.browserstack()


WRITTEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"value": 0.92}, {"value": 0.92, "stringValue": None, "dataType": "NUMERIC"}),
    (
        {"value": 1, "dataType": "BOOLEAN", "observationId": "o"},
        {"value": 1, "dataType": "BOOLEAN", "observationId": "o"},
    ),
    ({"stringValue": "good", "dataType": "CATEGORICAL"}, {"stringValue": "good", "dataType": "CATEGORICAL"}),
    ({"value": "good", "dataType": "CATEGORICAL"}, {"stringValue": "good", "dataType": "CATEGORICAL"}),
    ({"value": 1, "environment": "prod", "comment": "c"}, {"environment": "prod", "comment": "c", "source": "API"}),
]


@pytest.mark.parametrize(("sent", "shown"), WRITTEN, ids=str)
async def test_a_score_is_written_and_read(browserstack: Langfuse, sent: dict[str, Any], shown: dict[str, Any]) -> None:
    """`stringValue` is the value of a category; list and read by id show the members of the page, and no others."""
    status, body = await browserstack.send("POST", "/scores", {"traceId": "t", "name": "n", **sent})
    assert status == 200
    item = await browserstack.get(f"/scores/{body['id']}")
    assert set(item) == PAGE_ITEM
    assert shown.items() <= item.items()
    assert (await browserstack.get("/scores"))["data"] == [item]


REFUSED: list[tuple[dict[str, Any], list[list[Any]]]] = [
    ({"name": "n", "value": 1}, [["traceId"]]),
    ({"name": "n", "value": 1, "sessionId": "s"}, [["traceId"]]),
    ({"name": "n", "traceId": "t"}, [["value"]]),
    ({"name": "n", "traceId": "t", "stringValue": "good"}, [["value"]]),
    ({"name": "n", "traceId": "t", "value": "good"}, [["value"]]),
    ({"name": "n", "traceId": "t", "dataType": "CATEGORICAL"}, [["value"]]),
    ({"name": "n", "traceId": "t", "dataType": "CATEGORICAL", "stringValue": 5}, [["value"]]),
    ({"name": "n", "traceId": "t", "dataType": "TEXT", "value": "x"}, [["dataType"]]),
    ({"name": "n", "traceId": "t", "dataType": "CORRECTION", "value": "x"}, [["dataType"]]),
    ({"name": "n", "traceId": "t", "dataType": "BOOLEAN", "value": 2}, [["value"]]),
]


@pytest.mark.parametrize(("sent", "where"), REFUSED, ids=str)
async def test_a_score_that_its_page_does_not_know(
    browserstack: Langfuse, sent: dict[str, Any], where: list[list[Any]]
) -> None:
    """`traceId` is required, a score without a type is NUMERIC, and there are three types."""
    status, body = await browserstack.send("POST", "/scores", sent)
    assert (status, paths(body)) == (400, where)


async def test_the_rules_follow_the_key_into_every_form(browserstack: Langfuse) -> None:
    """Arrays and events of such a key are read by the same rules; a public key alone tells its edition too."""
    category = {"traceId": "t", "name": "n", "dataType": "CATEGORICAL", "stringValue": "good"}
    assert (await browserstack.send("POST", "/scores", [{**category, "id": "a"}]))[0] == 202
    answer = await browserstack.ingest(event("score-create", {**category, "id": "b"}))
    assert answer["errors"] == []
    assert (await browserstack.scores_only().browserstack().send("POST", "/scores", {**category, "id": "c"}))[0] == 200
    assert set(await browserstack.ids("/scores")) == {"a", "b", "c"}


@pytest.fixture
async def scored(browserstack: Langfuse) -> Langfuse:
    """Scores at three moments on two traces."""
    for place, trace in ((1, "t1"), (2, "t1"), (3, "t2")):
        assert await browserstack.score(id=f"s{place}", traceId=trace, value=place)
        browserstack.speaker.clock.advance(3600)
    return browserstack


LISTED: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"s1", "s2", "s3"}),
    ({"traceId": "t1"}, {"s1", "s2"}),
    ({"traceId": "t3"}, set()),
    ({"value": 2}, {"s2"}),
    ({"value": 2, "operator": ">="}, {"s2", "s3"}),
    ({"value": 2, "operator": "<"}, {"s1"}),
    ({"operator": "<"}, {"s1", "s2", "s3"}),
    ({"toTimestamp": "2026-01-01T01:00:00Z"}, {"s1", "s2"}),
    ({"fromTimestamp": "2026-01-01T01:00:00Z"}, {"s2", "s3"}),
    ({"dataType": "NUMERIC", "source": "API", "name": "accuracy", "environment": "default"}, {"s1", "s2", "s3"}),
    ({"scoreIds": "s1,s3"}, {"s1", "s3"}),
    ({"userId": "u"}, set()),
]


@pytest.mark.parametrize(("parameters", "found"), LISTED)
async def test_its_filters(scored: Langfuse, parameters: dict[str, Any], found: set[str]) -> None:
    """`value` alone is equality, `toTimestamp` is inclusive, `traceId` filters."""
    page = await scored.get("/scores", **parameters)
    assert {item["id"] for item in page["data"]} == found
    assert page["meta"]["totalItems"] == len(found)


async def test_langfuse_keys_keep_langfuse_rules(langfuse: Langfuse, scored: Langfuse) -> None:
    """The same requests with the other spelling: three traps of the original are still there (contract §1, advice)."""
    assert len(await scored.ids("/scores")) == 3
    assert len(await langfuse.ids("/scores", traceId="t3")) == 3
    assert len(await langfuse.ids("/scores", value=2)) == 3
    assert await langfuse.ids("/scores", toTimestamp="2026-01-01T01:00:00Z") == ["s1"]
    status, body = await langfuse.send(
        "POST", "/scores", {**SCORE, "value": 1, "dataType": "CATEGORICAL", "stringValue": "x"}
    )
    assert (status, paths(body)) == (400, [["value"]])


@pytest.mark.parametrize(("query", "where"), [("operator=!%3D", "operator"), ("dataType=TEXT", "dataType")])
async def test_words_that_its_page_does_not_know(scored: Langfuse, query: str, where: str) -> None:
    """`!=` and TEXT are Langfuse's only."""
    status, body = await scored.send("GET", f"/scores?{query}")
    assert (status, paths(body)) == (400, [[where]])


async def test_what_its_page_cannot_show(langfuse: Langfuse, browserstack: Langfuse) -> None:
    """Texts, corrections and scores of sessions are neither listed nor found; v2 is as for Langfuse's keys."""
    text = await langfuse.score(dataType="TEXT", value="x")
    session = await langfuse.score(traceId=None, sessionId="s")
    assert await browserstack.ids("/scores") == []
    for id in (text, session):
        assert (await browserstack.send("GET", f"/scores/{id}"))[0] == 404
    assert set(await browserstack.ids("/v2/scores")) == {text, session}
