"""POST /api/public/ingestion: every event type, each judged by itself (contract langfuse §11)."""

from typing import Any

import pytest

from tests.dialects.langfuse.langfuse import SCORE, Langfuse, event

T0, T1, T2 = "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:01.000Z", "2026-01-01T00:00:02.500Z"

TYPES = [
    ("span-create", "SPAN"),
    ("generation-create", "GENERATION"),
    ("event-create", "EVENT"),
    ("agent-create", "AGENT"),
    ("tool-create", "TOOL"),
    ("chain-create", "CHAIN"),
    ("retriever-create", "RETRIEVER"),
    ("evaluator-create", "EVALUATOR"),
    ("embedding-create", "EMBEDDING"),
    ("guardrail-create", "GUARDRAIL"),
]


@pytest.mark.parametrize(("type", "shown"), TYPES)
async def test_every_type_of_observation(langfuse: Langfuse, type: str, shown: str) -> None:
    """Each is created by its event and read back as its type; its trace exists from then on (§11.1)."""
    answer = await langfuse.ingest(event(type, {"id": "o", "traceId": "t", "name": "n", "startTime": T1}))
    assert answer == {"successes": [{"id": "event-1", "status": 201}], "errors": []}
    observation = await langfuse.get("/observations/o")
    assert (observation["type"], observation["traceId"], observation["startTime"]) == (shown, "t", T1)
    assert [item["id"] for item in (await langfuse.get("/traces/t"))["observations"]] == ["o"]


@pytest.mark.parametrize("word", [shown for _, shown in TYPES])
async def test_the_old_observation_events(langfuse: Langfuse, word: str) -> None:
    """`observation-create` names the type in its body, `observation-update` need not."""
    await langfuse.ingest(
        event("observation-create", {"id": "o", "traceId": "t", "type": word}),
        event("observation-update", {"id": "o", "traceId": "t", "output": "x"}, id="2", timestamp=T1),
    )
    observation = await langfuse.get("/observations/o")
    assert (observation["type"], observation["output"]) == (word, "x")


OBSERVATION: dict[str, Any] = {
    "id": "o",
    "traceId": "t",
    "name": "call",
    "startTime": T0,
    "completionStartTime": T1,
    "endTime": T2,
    "parentObservationId": "p",
    "input": {"messages": [{"role": "user"}]},
    "output": "hello",
    "metadata": {"n": 1, "t": "1"},
    "level": "WARNING",
    "statusMessage": "careful",
    "version": "v1",
    "environment": "prod",
    "model": "gpt-4o",
    "modelParameters": {"temperature": 0.5},
    "usageDetails": {"input": 3, "output": 4, "input_cached_tokens": 1},
    "costDetails": {"input": 0.25, "output": 0.5},
    "promptName": "greeting",
    "promptVersion": 3,
}


async def test_everything_that_a_generation_says(langfuse: Langfuse) -> None:
    """All members of the body come back where v1 shows them (§11.4, §13.3)."""
    await langfuse.ingest(event("generation-create", OBSERVATION))
    shown = await langfuse.get("/observations/o")
    same = {name: OBSERVATION[name] for name in OBSERVATION if name != "promptVersion"}
    assert same.items() <= shown.items()
    assert shown["promptVersion"] == 3
    assert shown["usage"] == {"input": 3, "output": 4, "total": 7, "unit": "TOKENS"}
    assert (shown["calculatedTotalCost"], shown["latency"], shown["timeToFirstToken"]) == (0.75, 2.5, 1.0)


USAGES: list[tuple[dict[str, Any], dict[str, int]]] = [
    ({"usage": {"input": 1, "output": 2, "total": 3, "unit": "TOKENS"}}, {"input": 1, "output": 2, "total": 3}),
    ({"usage": {"promptTokens": 1, "completionTokens": 2, "totalTokens": 3}}, {"input": 1, "output": 2, "total": 3}),
    ({"usage": {"prompt_tokens": 1, "completion_tokens": 2}}, {"input": 1, "output": 2}),
    ({"usageDetails": {"prompt_tokens": 1, "total_tokens": 5}}, {"input": 1, "total": 5}),
    ({"usageDetails": {"input": 1, "audio": 2}}, {"input": 1, "audio": 2}),
    (
        {"usageDetails": {"prompt_tokens": 4, "prompt_tokens_details": {"cached_tokens": 1}}},
        {"input": 4, "input_cached_tokens": 1},
    ),
    ({"usage": {"input": 1}, "usageDetails": {"input": 2}}, {"input": 2}),
    ({"usage": {"input": "many", "output": -1, "total": True}}, {}),
    ({"usage": None, "usageDetails": None}, {}),
]


@pytest.mark.parametrize(("said", "shown"), USAGES, ids=str)
async def test_usage_in_its_shapes(langfuse: Langfuse, said: dict[str, Any], shown: dict[str, int]) -> None:
    """OpenAI-like, the older one and details are one; what is no count is left out (§11.4)."""
    await langfuse.ingest(event("generation-create", {"id": "o", "traceId": "t", **said}))
    assert (await langfuse.get("/observations/o"))["usageDetails"] == shown


async def test_an_update_adds(langfuse: Langfuse) -> None:
    """What an update does not say stays; metadata merges deeply; the start stays though its event is later."""
    await langfuse.ingest(event("span-create", {"id": "o", "traceId": "t", "name": "n", "metadata": {"a": {"x": 1}}}))
    await langfuse.ingest(
        event("span-update", {"id": "o", "endTime": T2, "metadata": {"a": {"y": 2}}, "level": "ERROR"}, timestamp=T1)
    )
    shown = await langfuse.get("/observations/o")
    assert (shown["name"], shown["startTime"], shown["endTime"], shown["level"]) == ("n", T0, T2, "ERROR")
    assert shown["metadata"] == {"a": {"x": 1, "y": 2}}


async def test_creations_come_before_updates(langfuse: Langfuse) -> None:
    """Within a batch by time, on ties creations first, whatever the order of sending (§7, §11)."""
    await langfuse.ingest(
        event("span-update", {"id": "o", "traceId": "t", "output": "second"}, id="1", timestamp=T1),
        event("span-create", {"id": "o", "traceId": "t", "output": "first"}, id="2", timestamp=T1),
        event("span-update", {"id": "o", "traceId": "t", "name": "late"}, id="3", timestamp=T2),
        event("span-update", {"id": "o", "traceId": "t", "name": "early"}, id="4", timestamp=T1),
    )
    shown = await langfuse.get("/observations/o")
    assert (shown["output"], shown["name"], shown["startTime"]) == ("second", "late", T1)


async def test_an_update_that_came_first(langfuse: Langfuse) -> None:
    """It makes the observation, and the creation that comes later fills it in."""
    await langfuse.ingest(event("generation-update", {"id": "o", "traceId": "t", "output": "x"}))
    assert (await langfuse.get("/observations/o"))["type"] == "GENERATION"
    await langfuse.ingest(event("generation-create", {"id": "o", "traceId": "t", "name": "n", "startTime": T0}))
    shown = await langfuse.get("/observations/o")
    assert (shown["name"], shown["output"], shown["startTime"]) == ("n", "x", T0)


TRACE: dict[str, Any] = {
    "id": "t",
    "timestamp": T1,
    "name": "chat",
    "externalId": "ext",
    "input": {"q": 1},
    "output": ["a"],
    "sessionId": "s",
    "userId": "u",
    "environment": "Prod",
    "metadata": {"n": 1, "t": "1"},
    "release": "r1",
    "version": "v1",
    "public": True,
    "tags": ["b", "a"],
}


async def test_everything_that_a_trace_says(langfuse: Langfuse) -> None:
    """All members come back, tags sorted, the environment normalised (§11.3)."""
    await langfuse.ingest(event("trace-create", TRACE))
    shown = await langfuse.get("/traces/t")
    assert {**TRACE, "tags": ["a", "b"], "environment": "prod"}.items() <= shown.items()
    assert shown["htmlPath"] == f"/project/{shown['projectId']}/traces/t"


AGAIN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"tags": ["c", "a"]}, {"tags": ["a", "b", "c"]}),
    ({"metadata": {"t": "2", "m": None}}, {"metadata": {"n": 1, "t": "2", "m": None}}),
    ({"name": "renamed", "userId": "u2"}, {"name": "renamed", "userId": "u2", "sessionId": "s"}),
    ({"name": None, "output": None}, {"name": "chat", "output": ["a"]}),
    ({"timestamp": T2}, {"timestamp": T1}),
    ({"environment": "other"}, {"environment": "prod"}),
    ({"public": False}, {"public": False}),
]


@pytest.mark.parametrize(("again", "shown"), AGAIN, ids=str)
async def test_a_trace_told_again(langfuse: Langfuse, again: dict[str, Any], shown: dict[str, Any]) -> None:
    """Tags unite, metadata merges, time and environment are the first's, else the last that is told wins (§11.3)."""
    await langfuse.ingest(event("trace-create", TRACE))
    await langfuse.ingest(event("trace-create", {"id": "t", **again}, timestamp=T2))
    assert shown.items() <= (await langfuse.get("/traces/t")).items()


async def test_a_score_event(langfuse: Langfuse) -> None:
    """Its time is the event's; EVAL and `executionTraceId` are taken here (§11.2)."""
    body = {**SCORE, "id": "s", "source": "EVAL", "executionTraceId": "exec", "timestamp": "2020-01-01T00:00:00Z"}
    assert (await langfuse.ingest(event("score-create", body, timestamp=T2)))["errors"] == []
    shown = await langfuse.read("s")
    assert (shown["timestamp"], shown["source"], shown["executionTraceId"]) == (T2, "EVAL", "exec")


REFUSED: list[tuple[Any, int, str]] = [
    (event("score-create", SCORE), 400, "body.id"),
    (event("score-create", {**SCORE, "id": ""}), 400, "body.id"),
    (event("score-create", {**SCORE, "id": None}), 400, "body.id"),
    (event("score-create", {**SCORE, "id": "s", "value": True}), 400, "body.value"),
    (event("score-create", {**SCORE, "id": "s", "value": None}), 400, "body.value"),
    (event("score-create", {**SCORE, "id": "s", "traceId": None}), 400, "body."),
    (event("score-create", {**SCORE, "id": "s", "configId": "none"}), 400, "body.configId"),
    (event("score-create", {**SCORE, "id": "s", "name": 5}), 400, "body.name"),
    (event("trace-create", {"name": "n"}), 400, "body.id"),
    (event("trace-create", {"id": "t", "name": "n" * 1001}), 400, "body.name"),
    (event("trace-create", {"id": "t", "tags": "a"}), 400, "body.tags"),
    (event("trace-create", {"id": "t", "timestamp": "2026-01-01"}), 400, "body.timestamp"),
    (event("trace-create", {"id": "t\x00"}), 400, "body.id"),
    (event("trace-create", {"id": "t", "userId": "u" * 900}), 400, "body.userId"),
    (event("span-create", {"traceId": "t"}), 400, "body.id"),
    (event("span-create", {"id": "o", "startTime": "now"}), 400, "body.startTime"),
    (event("span-create", {"id": "o", "level": "LOUD"}), 400, "body.level"),
    (event("observation-create", {"id": "o"}), 400, "body.type"),
    (event("observation-create", {"id": "o", "type": "THOUGHT"}), 400, "body.type"),
    (event("nonsense", {}), 400, "type"),
    (event("dataset-run-item-create", {"id": "d"}), 400, "type"),
    (event("trace-create", {"id": "t"}, timestamp="2026-01-01T00:00:00"), 400, "timestamp"),
    (event("trace-create", {"id": "t"}, timestamp="soon"), 400, "timestamp"),
    (event("trace-create", [], id="bad"), 400, "body"),
    ({**event("trace-create", {"id": "t"}), "id": "a\rb"}, 400, "id"),
    ({**event("trace-create", {"id": "t"}), "id": "x" * 801}, 400, "id"),
    ({"id": "e", "timestamp": T0, "body": {"id": "t"}}, 400, "type"),
    ({"id": "e", "type": "trace-create", "body": {"id": "t"}}, 400, "timestamp"),
    ({}, 400, "id"),
    (5, 400, ""),
    (None, 400, ""),
    ([], 400, ""),
]


@pytest.mark.parametrize(("bad", "status", "reason"), REFUSED, ids=str)
async def test_one_bad_event_never_affects_the_others(langfuse: Langfuse, bad: Any, status: int, reason: str) -> None:
    """It is in `errors` with a status and a reason, its neighbours are stored (§6 #11)."""
    good = [event("trace-create", {"id": "good"}, id="g1"), event("score-create", {**SCORE, "id": "good"}, id="g2")]
    answer = await langfuse.ingest(good[0], bad, good[1])
    assert [success["id"] for success in answer["successes"]] == ["g1", "g2"]
    (error,) = answer["errors"]
    given = bad.get("id") if isinstance(bad, dict) else None
    assert (error["id"], error["status"]) == (given or "unknown", status)
    assert error["message"] == "Invalid request data"
    assert error["error"].startswith(reason)
    assert await langfuse.ids() == ["good"]
    assert await langfuse.ids("/traces") == ["good"]


@pytest.mark.parametrize("sent", [{}, {"batch": None}, {"batch": {}}, {"batch": "x"}, [], 5])
async def test_a_batch_that_is_none(langfuse: Langfuse, sent: Any) -> None:
    """400 with `errors`, the one place where the key is plural (§3.4, §11.1)."""
    status, body = await langfuse.send("POST", "/ingestion", sent)
    assert status == 400
    assert body["message"] == "Invalid request data"
    assert body["errors"][0]["code"] == "invalid_type"
    assert "error" not in body


async def test_a_batch_of_nothing_and_of_logs(langfuse: Langfuse) -> None:
    """Both lists are always there; a log is taken and not stored (§11.1)."""
    assert await langfuse.ingest() == {"successes": [], "errors": []}
    answer = await langfuse.ingest(event("sdk-log", {"log": "x"}))
    assert answer == {"successes": [{"id": "event-1", "status": 201}], "errors": []}


async def test_more_scores_than_one_transaction(langfuse: Langfuse) -> None:
    """A batch may hold thousands; each has its line in the answer."""
    events = [event("score-create", {**SCORE, "id": f"s{place}"}, id=f"e{place}") for place in range(1100)]
    answer = await langfuse.ingest(*events)
    assert len(answer["successes"]) == 1100
    assert (await langfuse.get("/v2/scores", limit=1))["meta"]["totalItems"] == 1100
