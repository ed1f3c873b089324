"""Logs and traces: created by every alias, visible and scoreable at once, listed, changed, summed up, exported."""

from base64 import b64encode
from typing import Any

import msgspec
import pytest

from scorehouse.dialects.native import DIALECT as NATIVE
from scorehouse.dialects.respan import DIALECT
from tests.dialects.respan.respan import LOG, ask, make_evaluator, make_log, score, send
from tests.dialects.speaking import Speaker, read_reply

MESSAGES = [{"role": "user", "content": "Hi"}]

TOLD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"log_type": "chat", "status": "success", "status_code": 200, "environment": "prod", "scores": {}}),
    (
        {"input": None, "output": None, "prompt_messages": MESSAGES, "completion_message": {"a": 1}},
        {"input": MESSAGES, "output": {"a": 1}},
    ),
    ({"input": None, "messages": MESSAGES}, {"input": MESSAGES}),
    ({"generation_time": 1.5, "ttft": 0.25}, {"latency": 1.5, "time_to_first_token": 0.25}),
    (
        {"usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 9, "details": {"a": 1}}},
        {"prompt_tokens": 3, "completion_tokens": 4, "total_request_tokens": 9},
    ),
    ({"prompt_tokens": 1, "completion_tokens": 2}, {"prompt_tokens": 1, "total_request_tokens": 3}),
    ({"status_code": 500}, {"status": "error", "status_code": 500}),
    ({"error_message": "boom"}, {"status": "error", "error_message": "boom", "status_code": 500}),
    ({"status": "success", "error_message": "warned"}, {"status": "success", "error_message": "warned"}),
    (
        {"timestamp": "2026-01-01T00:00:10+01:00", "start_time": "2025-12-31T23:00:08Z"},
        {"timestamp": "2025-12-31T23:00:10.000000Z", "start_time": "2025-12-31T23:00:08.000000Z", "latency": 2.0},
    ),
    ({"timestamp": 1767225600.5}, {"timestamp": "2026-01-01T00:00:00.500000Z"}),
    (
        {"customer_params": {"customer_identifier": "c", "email": "e"}},
        {"customer_identifier": "c", "customer_email": "e"},
    ),
    ({"thread_identifier": "t"}, {"thread_identifier": "t", "session_identifier": "t"}),
    ({"respan_params": {"metadata": {"a": 1}, "model": "no"}}, {"metadata": {"a": 1}, "model": "gpt-4o"}),
    ({"keywordsai_params": {"custom_identifier": "c"}}, {"custom_identifier": "c"}),
    ({"span_unique_id": "s", "trace_unique_id": "t"}, {"span_unique_id": "s", "trace_unique_id": "t", "id": LOG}),
    ({"environment": "test", "stream": True, "cost": 0.5}, {"environment": "test", "stream": True, "cost": 0.5}),
    ({"encoding_format": "float", "respan_api_controls": {"block": True}}, {"model": "gpt-4o"}),
]


@pytest.mark.parametrize(("said", "shown"), TOLD, ids=str)
async def test_a_log_is_read_back_at_once(speaker: Speaker, said: dict[str, Any], shown: dict[str, Any]) -> None:
    """What was said is in the log, by itself and in the list, under the names of today."""
    await make_log(speaker, **said)
    log = await ask(speaker, "GET", f"/api/request-logs/{LOG}/")
    assert {name: log[name] for name in shown} == shown
    listed = await ask(speaker, "POST", "/api/request-logs/list/?start_time=2020-01-01", {})
    assert listed["results"] == [log]


TOLD_ONCE: dict[str, Any] = {
    "timestamp": "2026-01-01T00:00:10Z",
    "start_time": "2026-01-01T00:00:08Z",
    "log_type": "tool",
    "environment": "test",
    "status": "error",
    "metadata": {"a": 1},
}

AGAIN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"metadata": {"b": 2}}, {"metadata": {"a": 1, "b": 2}}),
    ({"timestamp": "2026-01-01T00:00:12Z"}, {"timestamp": "2026-01-01T00:00:12.000000Z", "latency": 4.0}),
    ({"start_time": "2026-01-01T00:00:09Z"}, {"start_time": "2026-01-01T00:00:09.000000Z", "latency": 1.0}),
    ({"log_type": "agent", "environment": "prod"}, {"log_type": "agent", "environment": "prod"}),
    ({"status_code": 200}, {"status": "success", "status_code": 200}),
]


@pytest.mark.parametrize(("said", "shown"), AGAIN, ids=str)
async def test_a_log_that_comes_again_adds_to_what_is_known(
    speaker: Speaker, said: dict[str, Any], shown: dict[str, Any]
) -> None:
    """What is supposed of a log that does not say it, its times and type among it, takes nothing back that was said."""
    await make_log(speaker, **TOLD_ONCE)
    before = await ask(speaker, "GET", f"/api/request-logs/{LOG}/")
    span = {"unique_id": LOG, "trace_unique_id": before["trace_unique_id"], "span_unique_id": LOG}
    for path, body in (("/api/request-logs/", {"unique_id": LOG}), ("/api/traces/ingest/", span)):
        await send(speaker, "POST", path, [{**body, **said}] if "ingest" in path else {**body, **said})
        assert await ask(speaker, "GET", f"/api/request-logs/{LOG}/") == before | shown, path


@pytest.mark.parametrize(
    "path", ["/api/request-logs", "/api/request-logs/create/", "/request-logs", "/request-logs/create"]
)
async def test_every_path_creates(speaker: Speaker, path: str) -> None:
    """With and without ``/api``, ``create`` and slash; the id is minted, and good to score at once."""
    made = await ask(speaker, "POST", path, {"input": "a"}, status=201)
    assert made["message"] == "log successful"
    assert made["id"] == made["unique_id"]
    await score(speaker, log=made["id"], numerical_value=1)


async def test_parameters_of_a_header(speaker: Speaker) -> None:
    """Members come in a header too, beneath the body's own parameters and the body; a bad header is refused."""
    inside = b64encode(
        msgspec.json.encode({"customer_identifier": "h", "custom_identifier": "h", "model": "h"})
    ).decode()
    body = {"unique_id": LOG, "model": "m", "respan_params": {"custom_identifier": "p"}}
    for name in ("X-Data-Respan-Params", "X-Data-Keywordsai-Params"):
        await speaker.speak(DIALECT, "POST", "/api/request-logs/", body, headers={name: inside})
        log = await ask(speaker, "GET", f"/api/request-logs/{LOG}")
        assert (log["customer_identifier"], log["custom_identifier"], log["model"]) == ("h", "p", "m")
    refused = await speaker.speak(DIALECT, "POST", "/api/request-logs/", body, headers={"X-Data-Respan-Params": "%"})
    assert refused.status == 400


async def test_logs_in_bulk(speaker: Speaker) -> None:
    """Each row is judged by itself; none accepted is 400, too many are 413."""
    rows = [{"unique_id": "a"}, {"unique_id": 5}, "x", {"unique_id": "b", "metadata": {"k": "\0"}}, {"unique_id": "c"}]
    answer = await ask(speaker, "POST", "/api/request-logs/bulk/", {"logs": rows}, status=201)
    assert (answer["success_count"], answer["error_count"]) == (2, 3)
    assert [error["index"] for error in answer["errors"]] == [1, 2, 3]
    assert (await ask(speaker, "POST", "/api/request-logs/list/", {}))["count"] == 2
    await ask(speaker, "POST", "/api/request-logs/bulk/", {"logs": [5]}, status=400)
    await ask(speaker, "POST", "/api/request-logs/bulk/", {"logs": [{}] * 501}, status=413)


async def test_a_log_is_changed(speaker: Speaker) -> None:
    """Pinned, rated, noted; metadata are laid over; null clears; unknown logs are 404."""
    await make_log(speaker, metadata={"a": 1, "b": {"x": 1}})
    path = f"/api/request-logs/{LOG}/"
    change = {"is_pinned": True, "positive_feedback": False, "note": "n", "metadata": {"b": {"y": 2}}, "model": "no"}
    changed = await ask(speaker, "PATCH", path, change)
    assert (changed["is_pinned"], changed["positive_feedback"], changed["note"]) == (True, False, "n")
    assert (changed["metadata"], changed["model"]) == ({"a": 1, "b": {"y": 2}}, "gpt-4o")
    cleared = await ask(speaker, "PATCH", path, {"note": None, "positive_feedback": None})
    assert (cleared["is_pinned"], cleared["positive_feedback"], cleared["note"]) == (True, None, None)
    assert await ask(speaker, "GET", path) == cleared
    await ask(speaker, "PATCH", "/api/request-logs/none/", {}, status=404)


async def test_scores_inside_a_log(speaker: Speaker) -> None:
    """By evaluator id or slug, the union of the published members; of several scorers the newest."""
    await make_log(speaker)
    evaluator = await make_evaluator(speaker, evaluator_slug="helpfulness", score_value_type="boolean")
    await score(speaker, boolean_value=False)
    body = {"log_id": LOG, "evaluator_slug": "helpfulness", "scorer": "ann", "boolean_value": True, "explanation": "e"}
    newest = await ask(speaker, "POST", "/api/scores/", body, status=201)
    lone = await score(speaker, evaluator_slug="tone", categorical_value=["a"])
    scores = (await ask(speaker, "GET", f"/api/request-logs/{LOG}/"))["scores"]
    assert set(scores) == {evaluator["id"], "tone"}
    assert scores[evaluator["id"]] == {
        "id": newest["id"],
        "evaluator_id": evaluator["id"],
        "evaluator_slug": "helpfulness",
        "evaluator_name": "Helpfulness",
        "score_value_type": "boolean",
        "score_value": 1.0,
        "numerical_value": None,
        "string_value": None,
        "boolean_value": True,
        "categorical_value": [],
        "json_value": None,
        "is_passed": True,
        "explanation": "e",
        "cost": 0.0,
    }
    assert (scores["tone"]["id"], scores["tone"]["score_value"]) == (lone["id"], None)


async def test_a_summary(speaker: Speaker) -> None:
    """Figures over the logs that pass; means of numbers, counts of truths, nothing of other values."""
    boolean = await make_evaluator(speaker, evaluator_slug="passes", score_value_type="boolean")
    for number in range(4):
        await make_log(
            speaker,
            f"l{number}",
            cost=0.5,
            latency=number,
            ttft=number / 2,
            tokens_per_second=8,
            prompt_tokens=number,
            status_code=500 * (number == 3),
        )
        await score(speaker, log=f"l{number}", numerical_value=number)
        await score(speaker, log=f"l{number}", evaluator_slug="passes", boolean_value=number == 0)
        await score(speaker, log=f"l{number}", evaluator_slug="comment", string_value="x")
    asked = {"filters": {"latency": {"operator": "gte", "value": [1]}}}
    summary = await ask(speaker, "POST", "/api/request-logs/summary/", asked)
    assert (summary["number_of_requests"], summary["total_requests"], summary["error_count"]) == (3, 3, 1)
    assert (summary["total_cost"], summary["average_cost"], summary["average_latency"]) == (1.5, 0.5, 2.0)
    assert (summary["total_tokens"], summary["total_prompt_tokens"]) == (6, 6)
    assert (summary["avg_latency"], summary["avg_ttft"], summary["avg_tps"]) == (2.0, 1.0, 8.0)
    assert set(summary["scores"]) == {boolean["id"], "helpfulness"}
    assert summary["scores"]["helpfulness"]["avg_score"] == 2.0
    counts = summary["scores"][boolean["id"]]
    assert (counts["true_count"], counts["false_count"], counts["avg_score"]) == (0, 3, None)
    assert (await ask(speaker, "GET", "/request-logs/summary"))["number_of_requests"] == 4
    nothing = await ask(speaker, "GET", "/request-logs/summary?unique_id=none")
    assert (nothing["number_of_requests"], nothing["avg_latency"], nothing["scores"]) == (0, 0.0, {})


async def test_windows_and_pages_of_logs(speaker: Speaker) -> None:
    """The last hour unless told; a page past the end is empty; neighbours keep path and query; fields can be chosen."""
    await make_log(speaker, "old", timestamp="2025-12-31T22:59:59Z")
    for number in range(3):
        await make_log(
            speaker, f"l{number}", timestamp=f"2026-01-01T00:00:0{number}Z", cost=number, metadata={"n": 3 - number}
        )
    assert (await ask(speaker, "GET", "/api/request-logs/list/"))["count"] == 3
    window = "start_time=2025-12-31T22:00:00Z&end_time=2026-01-01T00:00:02Z"
    rows = (await ask(speaker, "GET", f"/api/request-logs/list/?{window}&sort_by=timestamp"))["results"]
    assert [row["id"] for row in rows] == ["old", "l0", "l1"]
    for order, expected in (
        ("-id", ["l2", "l1", "l0"]),
        ("-timestamp", ["l2", "l1", "l0"]),
        ("cost", ["l0", "l1", "l2"]),
        ("metadata__n", ["l2", "l1", "l0"]),
    ):
        rows = (await ask(speaker, "GET", f"/api/request-logs/list?sort_by={order}"))["results"]
        assert [row["id"] for row in rows] == expected, order
    page = await ask(speaker, "GET", "/request-logs/list?page=2&page_size=1&include_fields=model")
    assert page["results"] == [{"id": "l1", "unique_id": "l1", "model": "gpt-4o"}]
    assert page["next"] == "http://scorehouse.test/request-logs/list?page_size=1&include_fields=model&page=3"
    assert page["previous"] == "http://scorehouse.test/request-logs/list?page_size=1&include_fields=model&page=1"
    empty = await ask(speaker, "GET", "/api/request-logs/list/?page=99999999999999999999")
    assert (empty["count"], empty["next"]) == (0, None)
    await score(speaker, log="l1", numerical_value=5)
    await score(speaker, log="l0", numerical_value=4)
    rows = (await ask(speaker, "GET", "/api/request-logs/list?sort_by=-scores__helpfulness"))["results"]
    assert [row["id"] for row in rows] == ["l1", "l0", "l2"]


async def test_spans_of_other_dialects_are_logs(speaker: Speaker) -> None:
    """What came as plain OTLP through the house's own language is a log here, and can be scored."""
    attributes = [{"key": "gen_ai.request.model", "value": {"stringValue": "m"}}]
    span = {"traceId": "1" * 32, "spanId": "2" * 16, "name": "call", "attributes": attributes}
    export = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    assert (await speaker.speak(NATIVE, "POST", "/v1/traces", export)).status == 200
    log = await ask(speaker, "GET", f"/api/request-logs/{'2' * 16}")
    assert (log["log_type"], log["model"], log["span_name"], log["status"]) == ("chat", "m", "call", "success")
    await score(speaker, log="2" * 16, numerical_value=1)
    found = await ask(speaker, "POST", "/api/request-logs/list/", {"filters": {"log_type": {"value": "chat"}}})
    assert found["count"] == 1


async def test_an_array_of_spans(speaker: Speaker) -> None:
    """Both shapes and both paths; good rows are taken, bad ones told; all bad is refused."""
    good = {"trace_unique_id": "t", "span_unique_id": "s", "span_name": "n"}
    for path, body in (
        ("/api/v1/traces/ingest", [good, {"span_unique_id": "x"}]),
        ("/api/traces/ingest/", {"data": [good]}),
    ):
        answer = await ask(speaker, "POST", path, body)
        assert (answer["ingested_spans"], answer["trace_ids"]) == (1, ["t"])
    for bad in ([{"span_unique_id": "x"}], {"data": 5}, {}, "x"):
        assert (await send(speaker, "POST", "/api/v1/traces/ingest", bad)).status == 400
    trace = await ask(speaker, "GET", "/api/traces/t/")
    assert (trace["name"], trace["span_count"], trace["root_span_unique_id"]) == ("n", 1, "s")


async def test_a_circle_of_spans_is_shown_once(speaker: Speaker) -> None:
    """Spans that are each other's parents, or their own, still all stand in the tree, each once."""
    spans = [
        {"trace_unique_id": "t", "span_unique_id": one, "span_parent_id": parent}
        for one, parent in (("a", "b"), ("b", "a"), ("c", "c"), ("d", "none"))
    ]
    await ask(speaker, "POST", "/api/v1/traces/ingest", spans)

    def ids(rows: list[dict[str, Any]]) -> list[str]:
        return [id for row in rows for id in (row["span_unique_id"], *ids(row["children"]))]

    assert sorted(ids((await ask(speaker, "GET", "/api/traces/t"))["span_tree"])) == ["a", "b", "c", "d"]


async def test_traces_are_listed(speaker: Speaker) -> None:
    """By their own fields and metadata, with figures over their spans, in the order of such figures too."""
    for id, plan, tokens in (("t1", "pro", 7), ("t2", "free", 3)):
        span = {"trace_unique_id": id, "span_unique_id": f"s-{id}", "span_name": id, "metadata": {"plan": plan}}
        told = {"model": "m", "prompt_tokens": tokens, "completion_tokens": 1, "latency": 1.5, "cost": 0.5}
        child = {"trace_unique_id": id, "span_unique_id": f"c-{id}", "span_parent_id": f"s-{id}", "log_type": "tool"}
        await ask(speaker, "POST", "/api/v1/traces/ingest", [child, {**span, **told}])
    asked = {"filters": {"metadata__plan": {"operator": "", "value": ["pro"]}}, "operator": "AND"}
    assert [row["id"] for row in (await ask(speaker, "POST", "/api/traces/list/", asked))["results"]] == ["t1"]
    rows = (await ask(speaker, "GET", "/api/traces/list/?sort_by=total_tokens"))["results"]
    assert [row["id"] for row in rows] == ["t2", "t1"]
    figures = {"span_count": 2, "llm_call_count": 1, "total_prompt_tokens": 3, "total_completion_tokens": 1}
    shown = figures | {
        "total_tokens": 4,
        "total_cost": 0.5,
        "duration": 1.5,
        "root_span_unique_id": "s-t2",
        "model": "m",
    }
    assert {name: rows[0][name] for name in shown} == shown
    whole = await ask(speaker, "GET", "/api/traces/t2/")
    assert {name: whole[name] for name in rows[0]} == rows[0]
    unsortable = await ask(speaker, "GET", "/api/traces/list/?sort_by=model", status=400)
    assert "model" in unsortable["detail"]


async def test_a_bad_span_of_an_export_is_counted(speaker: Speaker) -> None:
    """The others are taken; the answer says how many were refused, in JSON with both members always there."""
    spans = [{"traceId": "1" * 32, "spanId": "2" * 16}, {"traceId": "x", "spanId": "2" * 16}]
    export = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    answer = read_reply(await send(speaker, "POST", "/api/v2/traces", export))
    assert answer["partialSuccess"]["rejectedSpans"] == 1
    assert "traceId" in answer["partialSuccess"]["errorMessage"]
    assert (await ask(speaker, "GET", f"/api/request-logs/{'2' * 16}"))["trace_unique_id"] == "1" * 32
