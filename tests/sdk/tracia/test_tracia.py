"""Tracia's published Python SDK against a real server process, and the older family as Node's SDK sent it."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sdk.environments import python_of
from tests.server_process import Server, StartServer

PROGRAM = Path(__file__).with_name("program.py")
PROGRAM_SECONDS_MAX = 120
SPAN_ID = "sp_1234567890abcdef"

pytestmark = pytest.mark.slow

Run = Callable[[str], Any]


@pytest.fixture
def own(start_server: StartServer) -> Server:
    """A server process of the test's own."""
    return start_server()


@pytest.fixture
def run(own: Server) -> Run:
    """Run scenarios of the program against the test's own server."""

    def run_one(scenario: str) -> Any:
        environment = {**os.environ, **own.env("tracia"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        command = [str(python_of("tracia")), "-W", "error", str(PROGRAM), scenario]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=PROGRAM_SECONDS_MAX
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run_one


def ask(server: Server, method: str, path: str, edition: str = "native", **rest: Any) -> httpx.Response:
    """Send one request with an edition's own headers."""
    headers = server.headers(edition) | rest.pop("headers", {})
    return httpx.request(method, server.url + path, headers=headers, trust_env=False, **rest)


def native(server: Server, path: str) -> Any:
    """Read through the house's own API."""
    answer = ask(server, "GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


# ── The SDK ──────────────────────────────────────────────────────────────────────────────────────────────


def test_spans_and_evaluations(own: Server, run: Run) -> None:
    """What the SDK sends comes back through it, and its scores are read through the house's own API."""
    seen = run("spans")
    assert seen["created"] == {
        "id": seen["read"]["id"],
        "spanId": SPAN_ID,
        "traceId": "tr_1234567890abcdef",
    }
    assert (
        seen["read"].items()
        >= {
            "spanId": SPAN_ID,
            "traceId": "tr_1234567890abcdef",
            "provider": "openai",
            "input": {"messages": [{"role": "user", "content": "Grüß Gott"}]},
            "variables": {"name": "Ada"},
            "output": "Servus.",
            "tags": ["prod"],
            "userId": "user_1",
            "sessionId": "session_1",
            "totalTokens": 2,
        }.items()
    )
    answered = [(each["value"], each["note"]) for each in seen["evaluations"]]
    assert answered == [(1.0, "ok"), (0.0, None), (1.0, "")]
    assert {(each["evaluatorKey"], each["evaluatorName"], each["source"]) for each in seen["evaluations"]} == {
        ("quality", "Quality", "api")
    }
    assert seen["odd_read"] == "a/b c"

    (quality,) = native(own, "/v1/evaluators")["items"]
    for each, (number, note) in zip(seen["evaluations"], answered, strict=True):
        score = native(own, f"/v1/scores/{each['id']}")
        assert score["name"] == "quality"
        assert score["target"] == {"kind": "span", "id": SPAN_ID, "trace": "tr_1234567890abcdef"}
        assert (score["value"]["kind"], score["value"]["number"]) == ("numeric", number)
        assert score["comment"] == note
        assert (score["source"]["origin"], score["source"]["evaluator"]) == ("api", quality["id"])
    assert native(own, "/v1/scores?total=true")["total"] == 4


def test_an_evaluator_of_ones_own(own: Server, run: Run) -> None:
    """Registered through the house's own API, it takes what it says, also values that are no thumbs."""
    evaluator = {"key": "accuracy", "name": "Accuracy", "kind": "numeric", "minimum": 0, "maximum": 10}
    assert ask(own, "POST", "/v1/evaluators", json=evaluator).status_code == 201
    seen = run("custom")
    assert [(each["evaluatorName"], each["value"]) for each in seen] == [
        ("Accuracy", 8.0),
        ("Accuracy", 8.5),
        ("Accuracy", 0.1),
    ]
    assert sorted(score["value"]["number"] for score in native(own, "/v1/scores")["items"]) == [0.1, 8.0, 8.5]


def test_the_sdk_goes_through_all_pages(run: Run) -> None:
    """Its own cursor and hasMore lead through every page, each span once; its filters are understood."""
    seen = run("pages")
    newest_first = [f"sp_{number}" for number in reversed(range(8))]
    assert seen["pages"] == [newest_first[:3], newest_first[3:6], newest_first[6:]]
    assert seen["default"] == 8
    assert seen["filters"] == {
        "user": ["sp_5"],
        "session": ["sp_3"],
        "status": ["sp_3"],
        "tags": ["sp_7", "sp_5", "sp_3", "sp_1"],
        "aware": newest_first,
        "naive": [],
        "prompt": [],
    }


def test_errors_are_of_the_sdks_classes(own: Server, run: Run) -> None:
    """Code, message and status reach the program; nothing is stored of what was refused."""
    seen = run("errors")
    missing = {"code": "NOT_FOUND", "message": "Span not found: sp_nonexistent", "status": 404}
    key = {"code": "UNAUTHORIZED", "message": "The API key is not valid.", "status": 401}
    assert seen["key"] == seen["key_evaluating"] == key
    assert seen["get"] == seen["evaluate"] == missing
    wrong = {name: seen[name]["message"] for name in seen if seen[name]["status"] == 400}
    assert {seen[name]["code"] for name in wrong} == {"INVALID_REQUEST"}
    assert wrong["evaluator"] == "evaluatorKey: no evaluator 'helpfulness' is registered"
    assert wrong["value"] == "value: must not be above 1"
    assert wrong["limit"].startswith("limit: ")
    assert wrong["latency"].startswith("latencyMs: ")
    for name in ("prompts", "prompt", "run"):
        assert (seen[name]["code"], seen[name]["status"]) == ("UNKNOWN", 501)
        assert "prompts" in seen[name]["message"]
    assert native(own, "/v1/scores?total=true")["total"] == 0


def test_calls_of_a_model(own: Server, run: Run) -> None:
    """Each call leaves one span, created in the background with one request, in the trace that the SDK told."""
    seen = run("local")
    assert seen["background"] == [201, 201, 201, 201]
    assert seen["lost"] == []
    assert [span["traceId"] for span in seen["spans"]] == seen["traces"]
    whole, first, second, embedding = seen["spans"]
    assert whole["input"] == {"messages": [{"role": "user", "content": "Hi Ada"}]}
    assert (whole["output"], whole["totalTokens"], whole["userId"], whole["sessionId"]) == ("Hello!", 5, "u", "s")
    assert (first["parentSpanId"], second["parentSpanId"]) == (None, first["spanId"])
    assert first["traceId"] == second["traceId"]
    assert embedding["input"] == {"text": ["one"]}
    assert json.loads(embedding["output"]) == {"dimensions": 3, "count": 1}
    score = native(own, f"/v1/scores/{seen['evaluation']['id']}")
    assert score["target"] == {"kind": "span", "id": whole["spanId"], "trace": whole["traceId"]}
    kinds = {span["id"]: span["kind"] for span in native(own, "/v1/spans")["items"]}
    assert kinds == {each["spanId"]: "llm" for each in (whole, first, second)} | {embedding["spanId"]: "embedding"}


def test_a_failing_model(run: Run) -> None:
    """The program gets its own error, and the span says that it failed."""
    seen = run("failing")
    assert seen["raised"]["code"] == "PROVIDER_ERROR"
    assert (seen["span"]["status"], seen["span"]["error"], seen["span"]["output"]) == ("ERROR", "overloaded", None)


def test_a_lost_answer_costs_one_retry(run: Run) -> None:
    """The repetition is answered with success: no further retry, no error, no second span."""
    assert run("retried") == {"statuses": [201, 200], "lost": [], "spans": 1}


def test_evaluating_before_the_span_is_there(run: Run) -> None:
    """A clean 404 first, then success."""
    seen = run("impatient")
    assert seen["before"] == {"code": "NOT_FOUND", "message": f"Span not found: {SPAN_ID}", "status": 404}
    assert seen["after"]["value"] == 1.0


def test_the_asynchronous_methods(own: Server, run: Run) -> None:
    """They work as their twins do."""
    seen = run("waiting")
    span, trace = seen["run"]
    assert (seen["read"]["spanId"], seen["read"]["traceId"]) == (span, trace)
    assert seen["created"]["traceId"] == SPAN_ID
    assert (seen["evaluation"]["value"], seen["evaluation"]["note"]) == (0.0, "meh")
    assert seen["listed"] == [SPAN_ID, span]
    assert seen["missing"] == ["NOT_FOUND", "Span not found: sp_nonexistent", 404]
    assert native(own, f"/v1/scores/{seen['evaluation']['id']}")["comment"] == "meh"


# ── Without the SDK ──────────────────────────────────────────────────────────────────────────────────────

TRACE: dict[str, Any] = {
    "traceId": "tr_1234567890abcdef",
    "model": "gpt-4o",
    "provider": "openai",
    "input": {"messages": [{"role": "user", "content": "Hi"}]},
    "variables": None,
    "output": "Hello!",
    "status": "SUCCESS",
    "error": None,
    "latencyMs": 120,
    "inputTokens": 3,
    "outputTokens": 2,
    "totalTokens": 5,
    "toolCalls": [],
}
NODE = {"User-Agent": "tracia-sdk/0.2.7", "Content-Type": "application/json"}


@pytest.mark.parametrize("mount", ["", "/tracia"])
def test_the_older_family(own: Server, mount: str) -> None:
    """Node's SDK up to 0.2.7 creates, reads, lists and evaluates on the paths that it shares with 2signal."""

    def node(method: str, path: str, **rest: Any) -> httpx.Response:
        return ask(own, method, f"{mount}/api/v1{path}", "tracia", headers=NODE, **rest)

    id = TRACE["traceId"]
    created = node("POST", "/traces", json=TRACE)
    assert (created.status_code, created.json()) == (201, {"traceId": id, "cost": None})
    assert node("POST", "/traces", json=TRACE).status_code == 200
    read = node("GET", f"/traces/{id}").json()
    assert (read["traceId"], read["output"], read["latencyMs"]) == (id, "Hello!", 120)
    listed = node("GET", "/traces", params={"limit": 10}).json()
    assert [trace["traceId"] for trace in listed["traces"]] == [id]
    assert listed["nextCursor"] is None
    evaluated = node("POST", f"/traces/{id}/evaluations", json={"evaluatorKey": "quality", "value": 1, "note": None})
    assert evaluated.status_code == 201
    score = native(own, f"/v1/scores/{evaluated.json()['id']}")
    assert score["target"] == {"kind": "span", "id": id, "trace": id}
    missing = node("GET", "/traces/tr_0")
    assert missing.status_code == 404
    assert missing.json()["error"] == {"code": "NOT_FOUND", "message": "Trace not found: tr_0"}


def test_whose_a_shared_path_is(own: Server) -> None:
    """The key's spelling decides; where it is the house's own, the agent does, then body and query (contract §3.2)."""
    assert ask(own, "POST", "/api/v1/traces", "tracia", json=TRACE).json() == {
        "traceId": TRACE["traceId"],
        "cost": None,
    }
    assert "traces" in ask(own, "GET", "/api/v1/traces", "tracia").json()
    assert "traces" in ask(own, "GET", "/api/v1/traces?userId=u", "2signal", headers=NODE).json()["data"]
    assert "traces" in ask(own, "GET", "/api/v1/traces", headers=NODE).json()
    assert "traces" in ask(own, "GET", "/api/v1/traces?userId=u").json()
    assert ask(own, "POST", "/api/v1/traces", json=TRACE).status_code == 200


def test_refusals_of_the_server(own: Server) -> None:
    """What never reaches a handler is refused in the same form: keys, methods, media, sizes, paths."""
    span = f"/api/v1/spans/{SPAN_ID}"
    large = b'{"evaluatorKey": "' + b"q" * 1_100_000 + b'"}'
    asked: list[tuple[int, str, str, str, dict[str, Any]]] = [
        (401, "UNAUTHORIZED", "GET", span, {"headers": {"Authorization": "Bearer tr_wrong"}}),
        (401, "UNAUTHORIZED", "POST", span + "/evaluations", {"headers": {"Authorization": ""}}),
        (405, "INVALID_REQUEST", "DELETE", span, {}),
        (415, "INVALID_REQUEST", "POST", "/api/v1/spans", {"content": b"a", "headers": {"Content-Type": "text/plain"}}),
        (413, "INVALID_REQUEST", "POST", span + "/evaluations", {"content": large}),
        (404, "NOT_FOUND", "GET", span + "/nothing", {}),
        (404, "NOT_FOUND", "GET", "/api/v1/prompts/a/b", {}),
        (501, "NOT_IMPLEMENTED", "PUT", "/api/v1/prompts/welcome", {"content": b"garbage"}),
    ]
    for status, code, method, path, rest in asked:
        answer = ask(own, method, path, "tracia", **rest)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), (method, path)
        assert answer.json()["error"] == {name: answer.json()[name] for name in ("code", "message")}
