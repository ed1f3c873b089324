"""Filters of score lists: every parameter of every version, and the `filter` JSON (contract langfuse §9.5, §9.6)."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from scorehouse.domain.changes import Actor
from scorehouse.domain.scores import Draft
from scorehouse.domain.targets import TraceTarget
from scorehouse.domain.values import Kind, Value
from scorehouse.services.record import record_score
from tests.dialects.langfuse.langfuse import Langfuse, event, paths

CONFIG = "config"
"""Stands for the id of the config that is made first."""

ITEMS: list[dict[str, Any]] = [
    {
        "id": "n1",
        "traceId": "t1",
        "name": "acc",
        "value": 0.25,
        "timestamp": "2026-01-01T00:00:00Z",
        "environment": "prod",
    },
    {
        "id": "n2",
        "traceId": "t1",
        "observationId": "o1",
        "name": "acc",
        "value": 0.75,
        "timestamp": "2026-01-02T00:00:00Z",
    },
    {
        "id": "n3",
        "traceId": "t2",
        "observationId": "o2",
        "name": "Acc",
        "value": 1,
        "timestamp": "2026-01-03T00:00:00Z",
        "environment": "dev",
    },
    {
        "id": "b1",
        "traceId": "t2",
        "name": "ok",
        "value": 1,
        "dataType": "BOOLEAN",
        "timestamp": "2026-01-04T00:00:00Z",
    },
    {
        "id": "b0",
        "sessionId": "s1",
        "name": "ok",
        "value": 0,
        "dataType": "BOOLEAN",
        "timestamp": "2026-01-05T00:00:00Z",
    },
    {
        "id": "c1",
        "datasetRunId": "r1",
        "name": "tone",
        "value": "good",
        "timestamp": "2026-01-06T00:00:00Z",
        "comment": "well said",
    },
    {
        "id": "x1",
        "traceId": "orphan",
        "name": "note",
        "value": "good",
        "dataType": "TEXT",
        "timestamp": "2026-01-07T00:00:00Z",
        "metadata": {"k": "v", "n": 5, "b": True},
    },
    {
        "id": "y1",
        "traceId": "t1",
        "name": "z",
        "value": "better",
        "dataType": "CORRECTION",
        "timestamp": "2026-01-08T00:00:00Z",
        "queueId": "q1",
    },
    {
        "id": "a1",
        "traceId": "t2",
        "name": "any",
        "value": 4,
        "configId": CONFIG,
        "source": "ANNOTATION",
        "timestamp": "2026-01-09T00:00:00Z",
    },
]


@pytest.fixture
async def scored(langfuse: Langfuse) -> Langfuse:
    """A house with traces of two users and scores that differ in everything that can be filtered by."""
    await langfuse.ingest(
        event("trace-create", {"id": "t1", "name": "chat", "userId": "u1", "tags": ["a", "b"], "environment": "prod"}),
        event("trace-create", {"id": "t2", "name": "batch", "userId": "u2", "tags": ["a"]}, id="2"),
    )
    config = await langfuse.config(name="stars")
    items = [{**item, "configId": config} if "configId" in item else item for item in ITEMS]
    status, body = await langfuse.send("POST", "/scores", items)
    assert status == 202, body
    return langfuse


ALL = {"n1", "n2", "n3", "b1", "b0", "c1", "x1", "y1", "a1"}
V1_ALL = ALL - {"b0", "c1", "y1"}

BOTH: list[tuple[dict[str, Any], set[str]]] = [
    # parameters that v1 and v2 share, with what v2 finds; v1 finds those of it that it shows
    ({"name": "acc"}, {"n1", "n2"}),
    ({"name": "ac"}, set()),
    ({"userId": "u1"}, {"n1", "n2", "y1"}),
    ({"userId": "nobody"}, set()),
    ({"traceTags": "a"}, {"n1", "n2", "n3", "b1", "y1", "a1"}),
    ({"traceTags": "a,b"}, {"n1", "n2", "y1"}),
    ({"traceTags": ["a", "b"]}, {"n1", "n2", "y1"}),
    ({"traceTags": "c"}, set()),
    ({"environment": "prod"}, {"n1"}),
    ({"environment": "prod,dev"}, {"n1", "n3"}),
    ({"environment": ["prod", "dev"]}, {"n1", "n3"}),
    ({"environment": "prod", "userId": "u1"}, {"n1"}),
    ({"environment": "default", "userId": "u1"}, set()),  # the trace is of prod (§9.5)
    ({"environment": "dev", "userId": "u2"}, set()),
    ({"source": "ANNOTATION"}, {"a1"}),
    ({"source": "EVAL"}, set()),
    ({"dataType": "BOOLEAN"}, {"b1", "b0"}),
    ({"dataType": "CORRECTION"}, {"y1"}),
    ({"queueId": "q1"}, {"y1"}),
    ({"scoreIds": "n1,n2,none"}, {"n1", "n2"}),
    ({"value": 0.75, "operator": "="}, {"n2"}),
    ({"value": 0.75, "operator": "!="}, {"n1", "n3", "b1", "b0", "a1"}),
    ({"value": 0.75, "operator": "<"}, {"n1", "b0"}),
    ({"value": 0.75, "operator": "<="}, {"n1", "n2", "b0"}),
    ({"value": 0.75, "operator": ">"}, {"n3", "b1", "a1"}),
    ({"value": 0.75, "operator": ">="}, {"n2", "n3", "b1", "a1"}),
    ({"value": 0, "operator": "="}, {"b0"}),
    ({"value": 0.75}, ALL),  # one without the other has no effect
    ({"operator": ">"}, ALL),
    ({"fromTimestamp": "2026-01-08T00:00:00Z"}, {"y1", "a1"}),
    ({"toTimestamp": "2026-01-02T00:00:00Z"}, {"n1"}),  # exclusive
    ({"fromTimestamp": "2026-01-02T01:00:00+01:00", "toTimestamp": "2026-01-03T00:00:00.001Z"}, {"n2", "n3"}),
    ({"fromTimestamp": "2026-01-02T00:00:00Z", "value": 0.5, "operator": "<"}, {"b0"}),  # no leak (#8630)
    ({"nonsense": "1"}, ALL),
    ({"name": "acc", "dataType": "NUMERIC", "userId": "u1", "value": 0.5, "operator": ">"}, {"n2"}),
]


@pytest.mark.parametrize(("parameters", "found"), BOTH)
async def test_simple_parameters(scored: Langfuse, parameters: dict[str, Any], found: set[str]) -> None:
    """v2 finds exactly these, v1 those of them that it can show; the totals say so."""
    for path, visible in (("/v2/scores", ALL), ("/scores", V1_ALL)):
        page = await scored.get(path, **parameters)
        assert {item["id"] for item in page["data"]} == found & visible
        assert page["meta"]["totalItems"] == len(found & visible)


V2_ONLY: list[tuple[dict[str, Any], set[str]]] = [
    ({"traceId": "t1"}, {"n1", "n2", "y1"}),
    ({"traceId": "orphan"}, {"x1"}),
    ({"observationId": "o1"}, {"n2"}),
    ({"observationId": "o1,o2"}, {"n2", "n3"}),
    ({"sessionId": "s1"}, {"b0"}),
    ({"datasetRunId": "r1"}, {"c1"}),
]


@pytest.mark.parametrize(("parameters", "found"), V2_ONLY)
async def test_targets_filter_in_v2_only(scored: Langfuse, parameters: dict[str, Any], found: set[str]) -> None:
    """v1 ignores the filters on targets silently, as Langfuse's does (§9.5)."""
    assert set(await scored.ids("/v2/scores", **parameters)) == found
    assert set(await scored.ids("/scores", **parameters)) == V1_ALL


async def test_a_config_filters(scored: Langfuse) -> None:
    """By the config's id, in all versions."""
    config = (await scored.read("a1"))["configId"]
    for path in ("/scores", "/v2/scores", "/v3/scores"):
        assert await scored.ids(path, configId=config) == ["a1"]
        assert await scored.ids(path, configId="other") == []


WRONG: list[tuple[str, str, list[Any]]] = [
    ("/scores", "source=api", ["source"]),
    ("/scores", "dataType=JSON", ["dataType"]),
    ("/v2/scores", "operator=op", ["operator"]),
    ("/v2/scores", "value=myvalue&operator=%3D", ["value"]),
    ("/v2/scores", "value=nan&operator=%3D", ["value"]),
    ("/v2/scores", "value=inf&operator=%3D", ["value"]),
    ("/v2/scores", "fromTimestamp=2026-01-01", ["fromTimestamp"]),
    ("/v2/scores", "fromTimestamp=2026-01-01T00:00:00", ["fromTimestamp"]),
    ("/v2/scores", "toTimestamp=tomorrow", ["toTimestamp"]),
    ("/v2/scores", "toTimestamp=2026-02-30T00:00:00Z", ["toTimestamp"]),
    ("/v2/scores", "fields=trace", ["fields"]),
    ("/v2/scores", "fields=nonsense", ["fields"]),
    ("/v2/scores", "fields=score&userId=u1", ["fields"]),
    ("/v2/scores", "fields=score&traceTags=a", ["fields"]),
    ("/v3/scores", "page=1", []),
    ("/v3/scores", "filter=[]", []),
    ("/v3/scores", "userId=u1", ["userId"]),
    ("/v3/scores", "traceTags=a", ["traceTags"]),
    ("/v3/scores", "observationId=o1", ["observationId"]),
    ("/v3/scores", "fields=core,everything", ["fields"]),
    ("/v3/scores", "value=1", ["dataType"]),
    ("/v3/scores", "value=1&dataType=NUMERIC,BOOLEAN", ["dataType"]),
    ("/v3/scores", "value=x&dataType=TEXT", ["dataType"]),
    ("/v3/scores", "value=x&dataType=NUMERIC", ["value"]),
    ("/v3/scores", "value=Infinity&dataType=NUMERIC", ["value"]),
    ("/v3/scores", "value=True&dataType=BOOLEAN", ["value"]),
    ("/v3/scores", "valueMin=1", ["dataType"]),
    ("/v3/scores", "valueMax=1&dataType=BOOLEAN", ["dataType"]),
    ("/v3/scores", "valueMin=Infinity&dataType=NUMERIC", ["valueMin"]),
    ("/v3/scores", "valueMax=x&dataType=NUMERIC", ["valueMax"]),
    ("/v3/scores", "dataType=JSON", ["dataType"]),
    ("/v3/scores", "source=me", ["source"]),
    ("/v3/scores", "toTimestamp=tomorrow", ["toTimestamp"]),
    ("/v3/scores", "traceId=t&sessionId=s", ["traceId", "sessionId", "experimentId"]),
    ("/v3/scores", "traceId=t&experimentId=s", ["traceId", "sessionId", "experimentId"]),
]


@pytest.mark.parametrize(("path", "query", "where"), WRONG)
async def test_a_parameter_that_is_wrong(scored: Langfuse, path: str, query: str, where: list[Any]) -> None:
    """400 with an issue at the parameter (§9.5)."""
    status, body = await scored.send("GET", f"{path}?{query}")
    assert status == 400
    assert where in paths(body)


V3: list[tuple[dict[str, Any], set[str]]] = [
    ({}, ALL),
    ({"name": "acc,ok"}, {"n1", "n2", "b1", "b0"}),
    ({"id": "n1,c1"}, {"n1", "c1"}),
    ({"source": "annotation"}, {"a1"}),
    ({"source": "API,ANNOTATION"}, ALL),
    ({"dataType": "boolean,Text"}, {"b1", "b0", "x1"}),
    ({"environment": "prod,dev"}, {"n1", "n3"}),
    ({"queueId": "q1,q2"}, {"y1"}),
    ({"authorUserId": "me"}, set()),
    ({"traceId": "t1,t2"}, {"n1", "n2", "n3", "b1", "y1", "a1"}),
    ({"traceId": "t1,t2", "observationId": "o1"}, {"n2"}),
    ({"sessionId": "s1,s2"}, {"b0"}),
    ({"experimentId": "r1"}, {"c1"}),
    ({"dataType": "NUMERIC", "value": "0.25,1"}, {"n1", "n3"}),
    ({"dataType": "BOOLEAN", "value": "true"}, {"b1"}),
    ({"dataType": "BOOLEAN", "value": "true,false"}, {"b1", "b0"}),
    ({"dataType": "CATEGORICAL", "value": "good,bad"}, {"c1"}),
    ({"dataType": "NUMERIC", "valueMin": 0.75}, {"n2", "n3", "a1"}),
    ({"dataType": "NUMERIC", "valueMax": 0.75}, {"n1", "n2"}),
    ({"dataType": "NUMERIC", "valueMin": 0, "valueMax": 1}, {"n1", "n2", "n3"}),
    ({"dataType": "NUMERIC", "valueMin": "", "valueMax": 0}, set()),
    ({"fromTimestamp": "2026-01-09"}, {"a1"}),
    ({"toTimestamp": "2026-01-02T00:00:00"}, {"n1"}),
    ({"userId": "", "traceTags": ""}, ALL),
]


@pytest.mark.parametrize(("parameters", "found"), V3)
async def test_parameters_of_v3(scored: Langfuse, parameters: dict[str, Any], found: set[str]) -> None:
    """Lists are any-of, in any case where they are words; bounds are inclusive, and zero is a bound (§9.5)."""
    assert set(await scored.ids("/v3/scores", **parameters)) == found


# ── The `filter` JSON (§9.6) ─────────────────────────────────────────────────────────────────────────────


def condition(type: str, column: str, operator: str, value: Any, key: str | None = None) -> dict[str, Any]:
    """Write one condition."""
    written = {"type": type, "column": column, "operator": operator, "value": value}
    return written if key is None else {**written, "key": key}


CONDITIONS: list[tuple[dict[str, Any], set[str]]] = [
    (condition("datetime", "timestamp", ">", "2026-01-08T00:00:00Z"), {"a1"}),
    (condition("datetime", "timestamp", ">=", "2026-01-08T00:00:00Z"), {"y1", "a1"}),
    (condition("datetime", "timestamp", "<", "2026-01-02T00:00:00Z"), {"n1"}),
    (condition("datetime", "timestamp", "<=", "2026-01-02T00:00:00Z"), {"n1", "n2"}),
    (condition("string", "name", "=", "acc"), {"n1", "n2"}),
    (condition("string", "name", "contains", "cc"), {"n1", "n2", "n3"}),
    (condition("string", "name", "does not contain", "cc"), ALL - {"n1", "n2", "n3"}),
    (condition("string", "name", "starts with", "A"), {"n3"}),
    (condition("string", "name", "ends with", "te"), {"x1"}),
    (condition("string", "comment", "contains", "said"), {"c1"}),
    (condition("string", "comment", "does not contain", "said"), ALL - {"c1"}),
    (condition("null", "comment", "is null", ""), ALL - {"c1"}),
    (condition("null", "comment", "is not null", ""), {"c1"}),
    (condition("number", "value", "=", 0.25), {"n1"}),
    (condition("number", "value", ">", 0.75), {"n3", "b1", "a1"}),
    (condition("number", "value", ">=", 1), {"n3", "b1", "a1"}),
    (condition("number", "value", "<", 0.75), {"n1", "b0"}),
    (condition("number", "value", "<=", 0), {"b0"}),
    (condition("stringOptions", "name", "any of", ["acc", "ok"]), {"n1", "n2", "b1", "b0"}),
    (condition("stringOptions", "name", "none of", ["acc", "ok"]), ALL - {"n1", "n2", "b1", "b0"}),
    (condition("stringOptions", "id", "any of", ["n1", "zzz"]), {"n1"}),
    (condition("stringOptions", "source", "any of", ["ANNOTATION"]), {"a1"}),
    (condition("string", "source", "contains", "ANNO"), {"a1"}),
    (condition("stringOptions", "dataType", "none of", ["NUMERIC", "BOOLEAN"]), {"c1", "x1", "y1"}),
    (condition("string", "dataType", "=", "TEXT"), {"x1"}),
    (condition("stringOptions", "environment", "any of", ["default"]), ALL - {"n1", "n3"}),
    (condition("string", "environment", "=", "prod"), {"n1"}),
    (condition("string", "environment", "starts with", "de"), ALL - {"n1"}),
    (condition("boolean", "booleanValue", "=", True), {"b1"}),
    (condition("boolean", "booleanValue", "<>", True), ALL - {"b1"}),
    (condition("string", "traceId", "=", "t1"), {"n1", "n2", "y1"}),
    (condition("string", "observationId", "=", "o2"), {"n3"}),
    (condition("null", "observationId", "is not null", ""), {"n2", "n3"}),
    (condition("string", "sessionId", "=", "s1"), {"b0"}),
    (condition("string", "stringValue", "=", "good"), {"c1", "x1"}),
    (condition("stringOptions", "stringValue", "any of", ["True", "better"]), {"b1", "y1"}),
    (condition("stringOptions", "stringValue", "none of", ["good", "False"]), ALL - {"c1", "x1", "b0"}),
    (condition("null", "stringValue", "is null", ""), {"n1", "n2", "n3", "a1"}),
    (condition("null", "stringValue", "is not null", ""), {"b1", "b0", "c1", "x1", "y1"}),
    (condition("string", "stringValue", "contains", "oo"), {"c1", "x1"}),
    (condition("string", "stringValue", "contains", "Good"), set()),
    (condition("string", "stringValue", "contains", "e"), {"b1", "b0", "y1"}),
    (condition("string", "stringValue", "does not contain", "oo"), ALL - {"c1", "x1"}),  # a number has no text (§9.5)
    (condition("string", "stringValue", "does not contain", "True"), ALL - {"b1"}),
    (condition("string", "stringValue", "starts with", "go"), {"c1", "x1"}),
    (condition("string", "stringValue", "starts with", "Fa"), {"b0"}),
    (condition("string", "stringValue", "starts with", "oo"), set()),
    (condition("string", "stringValue", "ends with", "od"), {"c1", "x1"}),
    (condition("string", "stringValue", "ends with", "ter"), {"y1"}),
    (condition("string", "stringValue", "ends with", "rue"), {"b1"}),
    (condition("stringObject", "metadata", "=", "v", "k"), {"x1"}),
    (condition("stringObject", "metadata", "contains", "v", "other"), set()),
    (condition("numberObject", "metadata", ">", 4, "n"), {"x1"}),
    (condition("booleanObject", "metadata", "=", True, "b"), {"x1"}),
    (condition("categoryOptions", "metadata", "any of", ["v", "w"], "k"), {"x1"}),
    (condition("string", "traceName", "=", "chat"), {"n1", "n2", "y1"}),
    (condition("string", "userId", "=", "u2"), {"n3", "b1", "a1"}),
    (condition("arrayOptions", "trace_tags", "all of", ["a", "b"]), {"n1", "n2", "y1"}),
    (condition("arrayOptions", "trace_tags", "any of", ["b", "c"]), {"n1", "n2", "y1"}),
    (condition("arrayOptions", "trace_tags", "none of", ["b"]), ALL - {"n1", "n2", "y1"}),
    (condition("null", "authorUserId", "is null", ""), ALL),
]


@pytest.mark.parametrize(("given", "found"), CONDITIONS)
async def test_a_condition(scored: Langfuse, given: dict[str, Any], found: set[str]) -> None:
    """Each type with each of its operators, on each column (§9.6); v1 finds what it can show."""
    text = json.dumps([given])
    assert set(await scored.ids("/v2/scores", filter=text)) == found
    assert set(await scored.ids("/scores", filter=text)) == found & V1_ALL


async def test_only_the_text_that_readers_see_is_searched(scored: Langfuse) -> None:
    """Facets that another dialect put beside the value are not its stringValue, in filters as in answers."""
    house, principal = scored.speaker.house, scored.speaker.principal
    beside = Value(Kind.NUMERIC, number=3.0, boolean=True, labels=("good",), text="good")
    offered = Draft(target=TraceTarget("t1"), name="mixed", value=beside)
    await record_score(house, principal.project.number, Actor(principal.key, None, "native"), offered, must_exist=False)
    for operator, value in (("=", "good"), ("contains", "oo"), ("starts with", "Tru")):
        text = json.dumps(
            [condition("string", "name", "=", "mixed"), condition("string", "stringValue", operator, value)]
        )
        assert await scored.ids("/v2/scores", filter=text) == []
    text = json.dumps([condition("string", "name", "=", "mixed"), condition("null", "stringValue", "is null", "")])
    (shown,) = (await scored.get("/v2/scores", filter=text))["data"]
    assert shown["stringValue"] is None


async def test_conditions_are_joined_and_override(scored: Langfuse) -> None:
    """All must hold; a condition on a column wins over the simple parameter of that column, and only that."""
    both = json.dumps([condition("string", "name", "=", "acc"), condition("number", "value", ">", 0.5)])
    assert await scored.ids("/v2/scores", filter=both) == ["n2"]
    name = json.dumps([condition("string", "name", "=", "acc")])
    assert set(await scored.ids("/v2/scores", filter=name, name="ok")) == {"n1", "n2"}
    assert set(await scored.ids("/v2/scores", filter=name, environment="prod")) == {"n1"}
    when = json.dumps([condition("datetime", "timestamp", "<", "2026-01-02T00:00:00Z")])
    assert await scored.ids("/v2/scores", filter=when, fromTimestamp="2026-01-05T00:00:00Z") == ["n1"]
    assert set(await scored.ids("/v2/scores", filter="[]")) == ALL


BROKEN: list[tuple[str, str]] = [
    ("not json", "InvalidRequestError"),
    ("[", "InvalidRequestError"),
    ("{}", "issues"),
    ("[5]", "issues"),
    ('[{"column": "name"}]', "issues"),
    (json.dumps([condition("words", "name", "=", "x")]), "issues"),
    (json.dumps([condition("string", "name", "like", "x")]), "issues"),
    (json.dumps([condition("number", "value", "!=", 1)]), "issues"),
    (json.dumps([condition("datetime", "timestamp", "=", "2026-01-01T00:00:00Z")]), "issues"),
    (json.dumps([condition("string", "name", "=", 5)]), "issues"),
    (json.dumps([condition("number", "value", ">", "1")]), "issues"),
    (json.dumps([condition("stringOptions", "name", "any of", "x")]), "issues"),
    (json.dumps([condition("datetime", "timestamp", ">", "soon")]), "issues"),
    (json.dumps([condition("stringObject", "metadata", "=", "v")]), "issues"),
    (json.dumps([condition("string", "nonsense", "=", "x")]), "InvalidRequestError"),
    (json.dumps([condition("number", "name", "=", 5)]), "InvalidRequestError"),
    (json.dumps([condition("string", "trace_tags", "=", "a")]), "InvalidRequestError"),
    (json.dumps([condition("string", "name", "=", "x")] * 51), "issues"),
    ("[" * 200 + "]" * 200, "issues"),
]


@pytest.mark.parametrize(("text", "error"), BROKEN, ids=lambda text: text[:60])
async def test_a_filter_that_is_none(scored: Langfuse, text: str, error: str) -> None:
    """Not JSON and unknown columns are one error, wrong structure the other (§9.6); neither finds anything."""
    status, body = await scored.send("GET", f"/v2/scores?filter={quote(text)}")
    assert status == 400
    assert isinstance(body["error"], list) if error == "issues" else body["error"] == error
