"""Reading scores: three versions, their items, what each shows, pages and cursors (contract langfuse §3.5, §9)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec
import pytest

from tests.dialects.langfuse.langfuse import Langfuse, event, paths

ITEM_V1 = {
    *("id", "projectId", "name", "environment", "traceId", "observationId", "dataType", "value", "stringValue"),
    *("source", "authorUserId", "comment", "metadata", "configId", "queueId", "executionTraceId"),
    *("timestamp", "createdAt", "updatedAt"),
}
ITEM_V2 = ITEM_V1 | {"sessionId", "datasetRunId"}
ITEM_V3 = {
    *("id", "projectId", "name", "dataType", "value", "source"),
    *("timestamp", "environment", "createdAt", "updatedAt"),
}


async def everything(langfuse: Langfuse) -> dict[str, str]:
    """Write one score of each sort that the contract's table tells apart (§9.4)."""
    await langfuse.ingest(
        event(
            "trace-create", {"id": "known", "userId": "u", "tags": ["b", "a"], "sessionId": "s", "environment": "prod"}
        )
    )
    return {
        "known": await langfuse.score(traceId="known"),
        "observation": await langfuse.score(traceId="known", observationId="o"),
        "orphan": await langfuse.score(traceId="nobody"),
        "session": await langfuse.score(traceId=None, sessionId="s"),
        "run": await langfuse.score(traceId=None, datasetRunId="r"),
        "correction": await langfuse.score(traceId="known", dataType="CORRECTION", value="x"),
        "text": await langfuse.score(traceId="known", dataType="TEXT", value="x"),
    }


async def test_members_of_the_items(langfuse: Langfuse) -> None:
    """Each version has the members of its table and no others; TEXT has no value (§9.1 to §9.3)."""
    ids = await everything(langfuse)
    for path, members, in_list in (("", ITEM_V1, {"trace"}), ("/v2", ITEM_V2, {"trace"})):
        assert set(await langfuse.get(f"{path}/scores/{ids['known']}")) == members
        assert set(await langfuse.get(f"{path}/scores/{ids['text']}")) == members - {"value"}
        listed = {item["id"]: item for item in (await langfuse.get(f"{path}/scores"))["data"]}
        assert set(listed[ids["known"]]) == members | in_list
    assert all(set(item) == ITEM_V3 for item in (await langfuse.get("/v3/scores"))["data"])


SHOWN = [
    ("/scores", {"known", "observation", "orphan", "text"}),
    ("/v2/scores", {"known", "observation", "orphan", "text", "session", "run", "correction"}),
    ("/v2/scores?fields=score", {"known", "observation", "orphan", "text", "session", "run", "correction"}),
    ("/v3/scores", {"known", "observation", "orphan", "text", "session", "run", "correction"}),
]


@pytest.mark.parametrize(("path", "shown"), SHOWN)
async def test_which_scores_a_list_shows(langfuse: Langfuse, path: str, shown: set[str]) -> None:
    """The contract's table (§9.4), with orphans shown everywhere."""
    ids = await everything(langfuse)
    page = await langfuse.get(path)
    assert {item["id"] for item in page["data"]} == {ids[name] for name in shown}
    if "totalItems" in page["meta"]:
        assert page["meta"]["totalItems"] == len(shown)


BY_ID = [
    ("", {"known": 200, "observation": 200, "orphan": 200, "text": 200, "session": 404, "run": 404, "correction": 404}),
    ("/v2", dict.fromkeys(("known", "observation", "orphan", "text", "session", "run", "correction"), 200)),
]


@pytest.mark.parametrize(("version", "statuses"), BY_ID)
async def test_which_scores_are_found_by_id(langfuse: Langfuse, version: str, statuses: dict[str, int]) -> None:
    """v1 by id knows no sessions, runs and corrections; v2 knows all (§9.4)."""
    ids = await everything(langfuse)
    for name, status in statuses.items():
        answer, body = await langfuse.send("GET", f"{version}/scores/{ids[name]}")
        assert answer == status, name
        assert body.get("error") == (None if status == 200 else "LangfuseNotFoundError")
    assert (await langfuse.send("GET", f"{version}/scores/none"))[0] == 404


async def test_the_trace_of_a_listed_score(langfuse: Langfuse) -> None:
    """v1 always has an object, v2 has null for what has no trace; only v2 tells the session (§9.1, §9.2, §13.3)."""
    ids = await everything(langfuse)
    v1 = {item["id"]: item["trace"] for item in (await langfuse.get("/scores"))["data"]}
    v2 = {item["id"]: item["trace"] for item in (await langfuse.get("/v2/scores"))["data"]}
    known = {"userId": "u", "tags": ["a", "b"], "environment": "prod"}
    assert v1[ids["known"]] == v1[ids["observation"]] == known
    assert v2[ids["known"]] == v2[ids["observation"]] == {**known, "sessionId": "s"}
    assert v1[ids["orphan"]] == {"userId": None, "tags": [], "environment": "default"}
    assert v2[ids["orphan"]] is v2[ids["session"]] is v2[ids["run"]] is None
    assert all(item["trace"] is None for item in (await langfuse.get("/v2/scores", fields="score"))["data"])


async def test_groups_of_v3(langfuse: Langfuse) -> None:
    """`core` is implied; each group adds its members (§9.3)."""
    ids = await everything(langfuse)
    groups = {
        "core": set(),
        "details": {"comment", "configId", "metadata"},
        "subject": {"subject"},
        "annotation": {"authorUserId", "queueId"},
        "core,details,subject,annotation": {"comment", "configId", "metadata", "subject", "authorUserId", "queueId"},
    }
    for fields, more in groups.items():
        assert all(set(item) == ITEM_V3 | more for item in (await langfuse.get("/v3/scores", fields=fields))["data"])
    subjects = {item["id"]: item["subject"] for item in (await langfuse.get("/v3/scores", fields="subject"))["data"]}
    assert subjects[ids["known"]] == {"kind": "trace", "id": "known"}
    assert subjects[ids["observation"]] == {"kind": "observation", "id": "o", "traceId": "known"}
    assert subjects[ids["session"]] == {"kind": "session", "id": "s"}
    assert subjects[ids["run"]] == {"kind": "experiment", "id": "r"}


async def test_an_annotation_in_v3(langfuse: Langfuse) -> None:
    """The queue is told of annotations, and null of others (§9.3)."""
    config = await langfuse.config()
    await langfuse.score(id="annotated", source="ANNOTATION", configId=config, queueId="q")
    await langfuse.score(id="measured", queueId="q")
    items = {item["id"]: item for item in (await langfuse.get("/v3/scores", fields="annotation"))["data"]}
    assert (items["annotated"]["queueId"], items["measured"]["queueId"]) == ("q", None)


# ── Deletion (§8) ────────────────────────────────────────────────────────────────────────────────────────


async def test_deletion_is_202_always(langfuse: Langfuse) -> None:
    """Whatever the target or type, known or not, once or twice; afterwards it is 404."""
    ids = await everything(langfuse)
    for id in (*ids.values(), *ids.values(), "unknown"):
        status, body = await langfuse.send("DELETE", f"/scores/{id}")
        assert (status, body) == (202, {"message": "Score deletion queued successfully"})
    assert await langfuse.ids() == []
    assert (await langfuse.send("GET", f"/v2/scores/{ids['known']}"))[0] == 404


async def test_another_project_sees_nothing(langfuse: Langfuse) -> None:
    """Neither in lists nor by id, and it deletes nothing."""
    id = await langfuse.score()
    other = Langfuse(langfuse.speaker, await langfuse.speaker.stranger())
    assert await other.ids() == await other.ids("/scores") == await other.ids("/v3/scores") == []
    assert (await other.send("GET", f"/v2/scores/{id}"))[0] == 404
    assert (await other.send("DELETE", f"/scores/{id}"))[0] == 202
    assert await langfuse.ids() == [id]


# ── Order, pages, cursors (§3.5, §9.5) ───────────────────────────────────────────────────────────────────


async def test_the_newest_timestamp_comes_first(langfuse: Langfuse) -> None:
    """By the time of measurement, not of recording."""
    items = [
        {"id": f"s{hour}", "traceId": "t", "name": "n", "value": 1, "timestamp": f"2026-01-01T{hour:02}:00:00Z"}
        for hour in (5, 9, 1)
    ]
    await langfuse.send("POST", "/scores", items)
    for path in ("/scores", "/v2/scores", "/v3/scores"):
        assert await langfuse.ids(path) == ["s9", "s5", "s1"]


COUNT = 220
"""More than two pages of the largest size, all of one timestamp."""


@pytest.fixture
async def many(langfuse: Langfuse) -> set[str]:
    """220 scores that only their ids tell apart."""
    items = [{"id": f"score-{place}", "traceId": "t", "name": "n", "value": 1} for place in range(COUNT)]
    assert (await langfuse.send("POST", "/scores", items))[0] == 202
    return {str(item["id"]) for item in items}


@pytest.mark.parametrize("path", ["/scores", "/v2/scores"])
@pytest.mark.parametrize("limit", [100, 7])
async def test_a_walk_of_pages_shows_each_score_once(langfuse: Langfuse, many: set[str], path: str, limit: int) -> None:
    """Equal timestamps neither repeat nor vanish; the meta is exact on every page; past the end is empty."""
    seen: list[str] = []
    pages = -(-COUNT // limit)
    for page in range(1, pages + 1):
        answer = await langfuse.get(path, page=page, limit=limit)
        assert answer["meta"] == {"page": page, "limit": limit, "totalItems": COUNT, "totalPages": pages}
        seen += [item["id"] for item in answer["data"]]
    assert len(seen) == COUNT
    assert set(seen) == many
    assert (await langfuse.get(path, page=pages + 1, limit=limit))["data"] == []


@pytest.mark.parametrize("limit", [100, 7, 1])
async def test_a_walk_of_cursors_shows_each_score_once(langfuse: Langfuse, many: set[str], limit: int) -> None:
    """The last page has no cursor; a score that is deleted on the way disturbs nothing."""
    seen: list[str] = []
    parameters: dict[str, Any] = {"limit": limit}
    while True:
        answer = await langfuse.get("/v3/scores", **parameters)
        seen += [item["id"] for item in answer["data"]]
        assert answer["meta"]["limit"] == limit
        if "cursor" not in answer["meta"]:
            break
        assert len(answer["data"]) == limit
        parameters["cursor"] = answer["meta"]["cursor"]
        if len(seen) == limit:
            await langfuse.send("DELETE", f"/scores/{seen[-1]}")
    assert len(seen) == COUNT
    assert set(seen) == many


def cursor(document: Any) -> str:
    """Write a cursor by hand."""
    return urlsafe_b64encode(msgspec.json.encode(document)).decode().rstrip("=")


async def test_a_cursor_says_its_version(langfuse: Langfuse, many: set[str]) -> None:
    """It is base64url of a small JSON with version 1, the last timestamp and the last row (§9.5)."""
    text = (await langfuse.get("/v3/scores", limit=1))["meta"]["cursor"]
    inside = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert inside["v"] == 1
    assert inside["lastTimestamp"] == 1_767_225_600_000_000
    assert many


BAD_CURSORS = [
    "x",
    "%%%",
    "ü",
    cursor({}),
    cursor([1, 2]),
    cursor({"v": 2, "lastTimestamp": 1, "lastKey": 1}),
    cursor({"v": 1, "lastTimestamp": "now", "lastKey": 1}),
    cursor({"v": 1, "lastTimestamp": 2**63, "lastKey": 1}),
    cursor({"v": 1, "lastTimestamp": 1, "lastKey": 2**70}),
]


@pytest.mark.parametrize("text", BAD_CURSORS)
@pytest.mark.parametrize("path", ["/v3/scores", "/v2/observations"])
async def test_a_cursor_that_is_none(langfuse: Langfuse, path: str, text: str) -> None:
    """What does not decode, or has another version, is 400 (§9.5)."""
    status, body = await langfuse.send("GET", f"{path}?cursor={text}")
    assert (status, paths(body)) == (400, [["cursor"]])


WRONG_PAGES = [
    ("/scores", "page=0", "page", {"code": "too_small", "minimum": 1}),
    ("/scores", "page=-1", "page", {"code": "too_small"}),
    ("/scores", "page=x", "page", {"code": "invalid_type", "received": "NaN"}),
    ("/v2/scores", "page=1.5", "page", {"code": "invalid_type"}),
    ("/v2/scores", "page=99999999999999999999", "page", {"code": "too_big"}),
    ("/v2/scores", "limit=101", "limit", {"code": "too_big", "maximum": 100}),
    ("/v2/scores", "limit=0", "limit", {"code": "too_small"}),
    ("/v3/scores", "limit=101", "limit", {"code": "too_big"}),
    ("/v3/scores", "limit=0", "limit", {"code": "too_small"}),
    ("/score-configs", "limit=101", "limit", {"code": "too_big"}),
    ("/traces", "limit=101", "limit", {"code": "too_big"}),
    ("/observations", "page=0", "page", {"code": "too_small"}),
    ("/v2/observations", "limit=1001", "limit", {"code": "too_big", "maximum": 1000}),
    ("/sessions", "limit=abc", "limit", {"code": "invalid_type"}),
]


@pytest.mark.parametrize(("path", "query", "where", "issue"), WRONG_PAGES)
async def test_a_page_that_cannot_be(
    langfuse: Langfuse, path: str, query: str, where: str, issue: dict[str, Any]
) -> None:
    """400 with the bound that was crossed (§3.4, §3.5)."""
    status, body = await langfuse.send("GET", f"{path}?{query}")
    assert (status, paths(body)) == (400, [[where]])
    assert issue.items() <= body["error"][0].items()


async def test_empty_counts_as_absent(langfuse: Langfuse) -> None:
    """`page=&limit=` is the first page of 50 (§3.5)."""
    meta = (await langfuse.get("/v2/scores?page=&limit=&name=&fromTimestamp=&value=&operator="))["meta"]
    assert meta == {"page": 1, "limit": 50, "totalItems": 0, "totalPages": 0}
