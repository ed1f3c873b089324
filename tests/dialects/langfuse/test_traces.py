"""Traces, observations and sessions: lists, whole ones, deletion (contract langfuse §13)."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from scorehouse.dialects.langfuse import traces
from tests.dialects.langfuse.langfuse import Langfuse, event, paths

T0, T1, T2 = "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:01.000Z", "2026-01-01T00:00:02.500Z"

TRACE_MEMBERS = {
    *("id", "externalId", "timestamp", "name", "userId", "sessionId", "metadata", "release", "version", "projectId"),
    *("environment", "public", "bookmarked", "tags", "input", "output", "createdAt", "updatedAt", "htmlPath"),
    *("latency", "totalCost", "observations", "scores"),
}


@pytest.fixture
async def traced(langfuse: Langfuse) -> Langfuse:
    """Two traces, three observations, scores on both, and a trace that only a score mentions."""
    await langfuse.ingest(
        event(
            "trace-create",
            {
                "id": "t1",
                "timestamp": T0,
                "name": "chat",
                "userId": "u1",
                "sessionId": "s1",
                "tags": ["a", "b"],
                "release": "r",
                "version": "v",
                "environment": "prod",
                "input": "in",
                "metadata": {"k": "v"},
            },
            id="1",
        ),
        event("trace-create", {"id": "t2", "timestamp": T2, "name": "batch", "userId": "u2", "tags": ["a"]}, id="2"),
        event("span-create", {"id": "root", "traceId": "t1", "name": "root", "startTime": T0, "endTime": T2}, id="3"),
        event(
            "generation-create",
            {
                "id": "llm",
                "traceId": "t1",
                "name": "llm",
                "parentObservationId": "root",
                "startTime": T1,
                "endTime": T2,
                "model": "m",
                "level": "ERROR",
                "statusMessage": "broke",
                "version": "v9",
                "usageDetails": {"input": 3},
                "costDetails": {"total": 0.5},
                "promptName": "p",
                "input": {"q": 1},
                "environment": "prod",
            },
            id="4",
        ),
        event("event-create", {"id": "note", "traceId": "t2", "name": "note", "startTime": T2}, id="5"),
    )
    await langfuse.score(id="on-trace", traceId="t1")
    await langfuse.score(id="on-llm", traceId="t1", observationId="llm")
    await langfuse.score(id="correction", traceId="t1", dataType="CORRECTION", value="x")
    await langfuse.score(id="orphan", traceId="nobody")
    return langfuse


async def test_a_whole_trace(traced: Langfuse) -> None:
    """Observations and scores are whole objects, scores as v1 without a trace, corrections left out (§13.1)."""
    trace = await traced.get("/traces/t1")
    assert set(trace) == TRACE_MEMBERS
    assert [item["id"] for item in trace["observations"]] == ["root", "llm"]
    assert {item["id"] for item in trace["scores"]} == {"on-trace", "on-llm"}
    assert all("trace" not in score and "sessionId" not in score for score in trace["scores"])
    assert (trace["latency"], trace["totalCost"]) == (2.5, 0.5)
    assert trace["scores"][0] == await traced.get("/scores/on-trace")
    assert trace["observations"][1] == await traced.get("/observations/llm")


async def test_a_list_of_traces(traced: Langfuse) -> None:
    """Observations and scores are ids; a trace that only a score mentions is none (§13.1)."""
    page = await traced.get("/traces")
    assert page["meta"] == {"page": 1, "limit": 50, "totalItems": 2, "totalPages": 1}
    newest, oldest = page["data"]
    assert set(oldest) == TRACE_MEMBERS
    assert (newest["id"], newest["observations"], newest["scores"]) == ("t2", ["note"], [])
    assert (oldest["id"], oldest["observations"]) == ("t1", ["root", "llm"])
    assert set(oldest["scores"]) == {"on-trace", "on-llm"}


GROUPS: list[tuple[str, dict[str, Any]]] = [
    ("core", {"scores": [], "observations": [], "latency": -1, "totalCost": -1, "metadata": {}, "input": None}),
    ("core,io", {"input": "in", "metadata": {"k": "v"}, "scores": [], "latency": -1}),
    ("scores", {"scores": ["on-trace", "on-llm"], "observations": [], "latency": -1}),
    ("observations", {"observations": ["root", "llm"], "scores": []}),
    ("metrics", {"latency": 2.5, "totalCost": 0.5, "scores": []}),
]


@pytest.mark.parametrize(("fields", "shown"), GROUPS)
async def test_groups_that_were_not_asked_for(traced: Langfuse, fields: str, shown: dict[str, Any]) -> None:
    """They are empty, or minus one, not missing (§13.1)."""
    (trace,) = (await traced.get("/traces", fields=fields, userId="u1"))["data"]
    assert shown.items() <= trace.items()
    assert set(trace) == TRACE_MEMBERS


TRACE_FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"userId": "u1"}, ["t1"]),
    ({"name": "batch"}, ["t2"]),
    ({"tags": "a"}, ["t2", "t1"]),
    ({"tags": "a,b"}, ["t1"]),
    ({"tags": ["a", "c"]}, []),
    ({"environment": "prod"}, ["t1"]),
    ({"environment": "default"}, ["t2"]),
    ({"sessionId": "s1"}, ["t1"]),
    ({"version": "v"}, ["t1"]),
    ({"release": "r"}, ["t1"]),
    ({"fromTimestamp": T1}, ["t2"]),
    ({"toTimestamp": T2}, ["t1"]),
    ({"orderBy": "timestamp.asc"}, ["t1", "t2"]),
    ({"orderBy": "name.desc"}, ["t1", "t2"]),
    ({"orderBy": "name.asc"}, ["t2", "t1"]),
    ({"filter": [{"type": "string", "column": "name", "operator": "contains", "value": "ha"}]}, ["t1"]),
    ({"filter": [{"type": "arrayOptions", "column": "tags", "operator": "all of", "value": ["a", "b"]}]}, ["t1"]),
    ({"filter": [{"type": "datetime", "column": "timestamp", "operator": ">", "value": T1}]}, ["t2"]),
    ({"filter": [{"type": "number", "column": "latency", "operator": ">", "value": 2}]}, []),
    ({"filter": [{"type": "stringObject", "column": "metadata", "key": "k", "operator": "=", "value": "v"}]}, ["t1"]),
    ({"filter": [{"type": "string", "column": "userId", "operator": "=", "value": "u2"}], "userId": "u1"}, ["t2"]),
]


@pytest.mark.parametrize(("parameters", "found"), TRACE_FILTERS)
async def test_filters_of_traces(traced: Langfuse, parameters: dict[str, Any], found: list[str]) -> None:
    """Each parameter, the order, and the `filter` JSON (§13.1)."""
    if "filter" in parameters:
        parameters = {**parameters, "filter": json.dumps(parameters["filter"])}
    assert await traced.ids("/traces", **parameters) == found


@pytest.mark.parametrize("order", ["name", "name.up", "scores.desc", ".asc"])
async def test_an_order_that_is_none(traced: Langfuse, order: str) -> None:
    """400 at the parameter."""
    status, body = await traced.send("GET", f"/traces?orderBy={order}")
    assert (status, paths(body)) == (400, [["orderBy"]])


AVERAGES: list[tuple[str, str, Any, list[str]]] = [
    # t1 has 0.5 itself and 1 on an observation, t2 has 1 and a boolean false
    ("quality", "=", 0.75, ["t1"]),
    ("quality", ">", 0.75, []),
    ("quality", ">=", 0.5, ["t2", "t1"]),
    ("quality", "<", 0.75, ["t2"]),
    ("quality", "<=", 0.75, ["t2", "t1"]),
    ("Quality", ">=", -9, []),
    ("tone", ">=", -9, []),  # categories have no mean
]
CATEGORIES: list[tuple[str, str, Any, list[str]]] = [
    ("tone", "any of", ["good", "fine"], ["t1"]),
    ("tone", "any of", ["bad", "good"], ["t2", "t1"]),
    ("tone", "any of", ["goo"], []),
    ("tone", "none of", ["bad"], ["t1"]),
    ("tone", "none of", ["goo"], ["t2", "t1"]),
    ("quality", "any of", ["good"], []),
    ("quality", "none of", ["good"], ["t2", "t1"]),
]


async def rated(langfuse: Langfuse) -> None:
    """Score both traces, one of them through an observation."""
    await langfuse.score(traceId="t1", name="quality", value=0.5)
    await langfuse.score(traceId="t1", observationId="llm", name="quality", value=1)
    await langfuse.score(traceId="t1", name="tone", value="good")
    await langfuse.score(traceId="t2", name="quality", value=1)
    await langfuse.score(traceId="t2", name="quality", value=0, dataType="BOOLEAN")
    await langfuse.score(traceId="t2", name="tone", value="bad")


@pytest.mark.parametrize(
    ("column", "type", "cases"),
    [
        ("scores_avg", "numberObject", AVERAGES),
        ("Scores (numeric)", "numberObject", AVERAGES),
        ("score_categories", "categoryOptions", CATEGORIES),
        ("Scores (categorical)", "categoryOptions", CATEGORIES),
    ],
)
async def test_filters_of_traces_by_their_scores(
    traced: Langfuse, column: str, type: str, cases: list[tuple[str, str, Any, list[str]]]
) -> None:
    """Means and categories by score name, in both of the names that Langfuse's interface has for them (§13.1)."""
    await rated(traced)
    for key, operator, value, found in cases:
        condition = {"type": type, "column": column, "key": key, "operator": operator, "value": value}
        assert await traced.ids("/traces", filter=json.dumps([condition])) == found, condition


async def test_conditions_on_scores_are_joined(traced: Langfuse) -> None:
    """Both must hold of a trace."""
    await rated(traced)
    both = [
        {"type": "numberObject", "column": "scores_avg", "key": "quality", "operator": ">=", "value": 0.5},
        {
            "type": "categoryOptions",
            "column": "score_categories",
            "key": "tone",
            "operator": "any of",
            "value": ["bad"],
        },
    ]
    assert await traced.ids("/traces", filter=json.dumps(both)) == ["t2"]


SCORELESS: list[tuple[dict[str, Any], str]] = [
    ({"type": "numberObject", "column": "scores_avg", "operator": ">", "value": 1}, "issues"),
    ({"type": "numberObject", "column": "scores_avg", "key": "a", "operator": ">", "value": "1"}, "issues"),
    ({"type": "numberObject", "column": "scores_avg", "key": "a", "operator": "any of", "value": ["1"]}, "issues"),
    ({"type": "categoryOptions", "column": "score_categories", "operator": "any of", "value": ["x"]}, "issues"),
    ({"type": "number", "column": "scores_avg", "operator": ">", "value": 1}, "InvalidRequestError"),
    (
        {"type": "numberObject", "column": "score_categories", "key": "a", "operator": ">", "value": 1},
        "InvalidRequestError",
    ),
    (
        {"type": "numberObject", "column": "scores", "key": "a", "operator": ">", "value": 1},
        "InvalidRequestError",
    ),
]


@pytest.mark.parametrize(("condition", "error"), SCORELESS, ids=str)
async def test_a_condition_on_scores_that_is_none(traced: Langfuse, condition: dict[str, Any], error: str) -> None:
    """Without a key, with another type or column: refused, and never a filter that matches nothing (§9.6)."""
    status, body = await traced.send("GET", f"/traces?filter={quote(json.dumps([condition]))}")
    assert status == 400
    assert isinstance(body["error"], list) if error == "issues" else body["error"] == error


async def test_a_trace_that_is_not_there(traced: Langfuse) -> None:
    """404 with its id in the message; one that only scores mention is not there either (§13.1)."""
    for id in ("none", "nobody"):
        status, body = await traced.send("GET", f"/traces/{id}")
        assert (status, body["error"]) == (404, "LangfuseNotFoundError")
        assert id in body["message"]


async def test_deleting_a_trace_deletes_its_scores(traced: Langfuse) -> None:
    """One: its observations, and scores on both; the others stay (§8, §13.1)."""
    status, body = await traced.send("DELETE", "/traces/t1")
    assert (status, body) == (200, {"message": "Trace deleted successfully"})
    assert await traced.ids() == ["orphan"]
    assert await traced.ids("/traces") == ["t2"]
    assert await traced.ids("/observations") == ["note"]
    assert (await traced.send("DELETE", "/traces/t1"))[0] == 200


async def test_deleting_many_traces(traced: Langfuse) -> None:
    """Many: by ids in the body, unknown ones among them."""
    status, _ = await traced.send("DELETE", "/traces", {"traceIds": ["t1", "t2", "none"]})
    assert status == 200
    assert await traced.ids("/traces") == []
    assert await traced.ids() == ["orphan"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"traceIds": []},
        {"traceIds": ["t"] * 1001},
        {"traceIds": "t"},
        {"traceIds": [""]},
        {"traceIds": ["t1"], "x": 1},
        [],
    ],
)
async def test_a_deletion_that_is_none(traced: Langfuse, body: Any) -> None:
    """1 to 1,000 ids, and nothing else in the body (§13.1)."""
    status, answer = await traced.send("DELETE", "/traces", body)
    assert status == 400
    assert answer["message"] == "Invalid request data"
    assert len(await traced.ids("/traces")) == 2


async def test_a_trace_by_post(langfuse: Langfuse) -> None:
    """As a trace-create event does; an id is made where none is given."""
    assert await langfuse.send("POST", "/traces", {"id": "t", "name": "n", "tags": ["x"]}) == (200, {"id": "t"})
    status, body = await langfuse.send("POST", "/traces", {})
    assert status == 200
    assert set(await langfuse.ids("/traces")) == {"t", body["id"]}
    status, body = await langfuse.send("POST", "/traces", {"id": 5})
    assert (status, paths(body)) == (400, [["id"]])


# ── Observations (§13.2, §13.3) ──────────────────────────────────────────────────────────────────────────

V1: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["note", "llm", "root"]),
    ({"name": "llm"}, ["llm"]),
    ({"type": "GENERATION"}, ["llm"]),
    ({"type": "SPAN"}, ["root"]),
    ({"traceId": "t1"}, ["llm", "root"]),
    ({"userId": "u2"}, ["note"]),
    ({"userId": "nobody"}, []),
    ({"level": "ERROR"}, ["llm"]),
    ({"level": "DEFAULT"}, ["note", "root"]),
    ({"parentObservationId": "root"}, ["llm"]),
    ({"environment": "prod"}, ["llm"]),
    ({"environment": "default"}, ["note", "root"]),
    ({"version": "v9"}, ["llm"]),
    ({"fromStartTime": T1}, ["note", "llm"]),
    ({"toStartTime": T1}, ["root"]),
]

CONDITIONS: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"type": "stringOptions", "column": "type", "operator": "any of", "value": ["GENERATION", "EVENT"]},
        ["note", "llm"],
    ),
    ({"type": "stringOptions", "column": "type", "operator": "none of", "value": ["SPAN"]}, ["note", "llm"]),
    ({"type": "string", "column": "level", "operator": "=", "value": "ERROR"}, ["llm"]),
    ({"type": "string", "column": "level", "operator": "starts with", "value": "DE"}, ["note", "root"]),
    ({"type": "string", "column": "statusMessage", "operator": "contains", "value": "rok"}, ["llm"]),
    ({"type": "number", "column": "latency", "operator": ">=", "value": 2.5}, ["root"]),
    ({"type": "number", "column": "inputTokens", "operator": "=", "value": 3}, ["llm"]),
    ({"type": "number", "column": "totalCost", "operator": ">", "value": 0.4}, ["llm"]),
    ({"type": "string", "column": "promptName", "operator": "=", "value": "p"}, ["llm"]),
    ({"type": "string", "column": "model", "operator": "=", "value": "m"}, ["llm"]),
    ({"type": "boolean", "column": "isRootObservation", "operator": "=", "value": True}, ["note", "root"]),
    ({"type": "boolean", "column": "isRootObservation", "operator": "<>", "value": True}, ["llm"]),
    ({"type": "datetime", "column": "startTime", "operator": ">", "value": T1}, ["note"]),
    ({"type": "null", "column": "parentObservationId", "operator": "is null", "value": ""}, ["note", "root"]),
]


@pytest.mark.parametrize("path", ["/observations", "/v2/observations"])
@pytest.mark.parametrize(("parameters", "found"), V1)
async def test_filters_of_observations(
    traced: Langfuse, path: str, parameters: dict[str, Any], found: list[str]
) -> None:
    """Each parameter, in both versions, the latest start first."""
    assert await traced.ids(path, **parameters) == found


@pytest.mark.parametrize("path", ["/observations", "/v2/observations"])
@pytest.mark.parametrize(("condition", "found"), CONDITIONS)
async def test_conditions_on_observations(
    traced: Langfuse, path: str, condition: dict[str, Any], found: list[str]
) -> None:
    """The `filter` JSON, with its columns (§9.6)."""
    assert await traced.ids(path, filter=json.dumps([condition])) == found


V2: list[tuple[dict[str, Any], list[str]]] = [
    ({"sessionId": "s1"}, ["llm", "root"]),
    ({"parentObservationId": ""}, ["note", "root"]),
    ({"isRootObservation": "true"}, ["note", "root"]),
    ({"isRootObservation": "false"}, ["llm"]),
    ({"limit": 0}, []),
]


@pytest.mark.parametrize(("parameters", "found"), V2)
async def test_filters_of_v2_observations(traced: Langfuse, parameters: dict[str, Any], found: list[str]) -> None:
    """What only v2 has; an empty parent asks for roots."""
    assert await traced.ids("/v2/observations", **parameters) == found


async def test_groups_of_v2_observations(traced: Langfuse) -> None:
    """Core always, with basic where nothing is asked for; input and output are texts (§13.2)."""
    core = {"id", "traceId", "startTime", "endTime", "projectId", "parentObservationId", "type"}
    basic = {
        *("name", "level", "statusMessage", "version", "environment"),
        *("bookmarked", "public", "userId", "sessionId", "isRootObservation"),
    }
    groups: dict[str, set[str]] = {
        "": basic,
        "core": set(),
        "basic": basic,
        "time": {"completionStartTime", "createdAt", "updatedAt"},
        "io": {"input", "output"},
        "metadata": {"metadata"},
        "model": {"model", "internalModelId", "modelParameters"},
        "usage": {"usageDetails", "costDetails", "totalCost", "usagePricingTierName"},
        "prompt": {"promptId", "promptName", "promptVersion"},
        "metrics": {"latency", "timeToFirstToken"},
        "trace_context": {"tags", "release", "traceName"},
    }
    for fields, more in groups.items():
        items = {item["id"]: item for item in (await traced.get("/v2/observations", fields=fields))["data"]}
        assert set(items["llm"]) == core | more, fields
        if fields == "io":
            assert items["llm"]["input"] == '{"q":1}'
        if fields == "trace_context":
            assert (items["llm"]["tags"], items["llm"]["traceName"]) == (["a", "b"], "chat")
    status, body = await traced.send("GET", "/v2/observations?fields=core,more")
    assert (status, paths(body)) == (400, [["fields"]])
    status, body = await traced.send("GET", "/v2/observations?parseIoAsJson=true")
    assert (status, paths(body)) == (400, [["parseIoAsJson"]])


async def test_a_walk_of_observations_shows_each_once(langfuse: Langfuse) -> None:
    """220 of one start, by cursor and by page (§3.5)."""
    for batch in range(2):
        ids = range(batch * 110, batch * 110 + 110)
        await langfuse.ingest(
            *(
                event("span-create", {"id": f"o{place}", "traceId": "t", "startTime": T0}, id=f"e{place}")
                for place in ids
            )
        )
    seen: list[str] = []
    parameters: dict[str, Any] = {"limit": 90}
    while True:
        page = await langfuse.get("/v2/observations", **parameters)
        seen += [item["id"] for item in page["data"]]
        if "cursor" not in page["meta"]:
            break
        parameters["cursor"] = page["meta"]["cursor"]
    assert len(seen) == len(set(seen)) == 220
    pages = [await langfuse.ids("/observations", limit=100, page=page) for page in (1, 2, 3)]
    assert {id for page in pages for id in page} == set(seen)
    assert len((await langfuse.get("/traces/t"))["observations"]) == 220


async def test_an_observation_that_is_not_there(traced: Langfuse) -> None:
    """404; one that only scores mention is not there either."""
    await traced.score(traceId="t1", observationId="ghost")
    for id in ("none", "ghost"):
        assert (await traced.send("GET", f"/observations/{id}"))[0] == 404


# ── Sessions, projects, health ───────────────────────────────────────────────────────────────────────────


async def test_sessions(traced: Langfuse) -> None:
    """A list, and one with its traces; no scores inside; a session that only scores name is none (§13.2)."""
    await traced.score(traceId=None, sessionId="scored")
    (session,) = (await traced.get("/sessions"))["data"]
    assert set(session) == {"id", "createdAt", "projectId", "environment"}
    whole = await traced.get("/sessions/s1")
    assert session.items() <= whole.items()
    (trace,) = whole["traces"]
    assert trace["id"] == "t1"
    assert {"scores", "observations"}.isdisjoint(trace)
    assert await traced.ids("/sessions", environment="prod") == ["s1"]
    assert await traced.ids("/sessions", environment="default") == []
    assert await traced.ids("/sessions", fromTimestamp="2027-01-01T00:00:00Z") == []
    assert (await traced.send("GET", "/sessions/scored"))[0] == 404


async def test_the_project_of_the_key(langfuse: Langfuse) -> None:
    """Python's model requires organization and metadata (§13.2)."""
    (project,) = (await langfuse.get("/projects"))["data"]
    assert set(project) == {"id", "name", "organization", "metadata"}
    assert set(project["organization"]) == {"id", "name"}
    assert project["metadata"] == {}


@pytest.mark.parametrize("path", ["/health", "/ready"])
async def test_health_needs_no_key(langfuse: Langfuse, path: str) -> None:
    """It is answered to anybody (§2)."""
    langfuse.principal = langfuse.speaker.allowed()
    body = await langfuse.get(path)
    assert body["status"] == "OK"
    assert body["version"]


async def test_another_project_sees_no_traces(traced: Langfuse) -> None:
    """Neither traces, observations nor sessions, and it deletes none."""
    other = Langfuse(traced.speaker, await traced.speaker.stranger())
    for path in ("/traces", "/observations", "/v2/observations", "/sessions"):
        assert await other.ids(path) == []
    for path in ("/traces/t1", "/observations/llm", "/sessions/s1"):
        assert (await other.send("GET", path))[0] == 404
    await other.send("DELETE", "/traces/t1")
    assert (await traced.send("GET", "/traces/t1"))[0] == 200


async def test_an_answer_that_would_be_too_large(traced: Langfuse, monkeypatch: pytest.MonkeyPatch) -> None:
    """422 with advice, rather than a part that looks like the whole (§3.4); fewer fields are answered."""
    monkeypatch.setattr(traces, "WHOLE_MAX", 1)
    monkeypatch.setattr(traces, "LISTED_MAX", 1)
    for path in ("/traces/t1", "/traces"):
        status, body = await traced.send("GET", path)
        assert (status, body["error"]) == (422, "PayloadTooLargeError")
        assert "fields" in body["message"]
    assert await traced.ids("/traces", fields="core") == ["t2", "t1"]
