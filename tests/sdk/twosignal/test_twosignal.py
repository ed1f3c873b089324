"""The published 2signal SDK against a real server process: what arrives, not only that nothing was raised.

The program is unchanged but for the SDK's own two variables. Its scores are read back through 2signal's export
and in the house's own language.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sdk.environments import python_of
from tests.server_process import Server

PROGRAM = Path(__file__).with_name("program.py")

pytestmark = pytest.mark.slow

Learned = Mapping[str, Any]


@pytest.fixture(scope="module")
def ran(server: Server) -> "subprocess.CompletedProcess[str]":
    """Run the program once; it reports to the server process of this module."""
    variables = {**os.environ, **server.env("2signal"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    command = [str(python_of("twosignal")), str(PROGRAM)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True, timeout=120)


@pytest.fixture(scope="module")
def learned(ran: "subprocess.CompletedProcess[str]") -> Learned:
    """Return what each scenario of the program learned."""
    result: Learned = json.loads(ran.stdout)
    return result


def exported(server: Server, trace: str) -> Any:
    """Export one trace."""
    answer = httpx.get(f"{server.url}/api/v1/export/traces/{trace}", headers=server.headers("2signal"))
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def spans_by_name(trace: Any) -> dict[str, Any]:
    """Return the spans of an export by their names, which are different."""
    found = {span["name"]: span for span in trace["spans"]}
    assert len(found) == len(trace["spans"])
    return found


def native(server: Server, path: str) -> Any:
    """Read something in the house's own language."""
    answer = httpx.get(f"{server.url}/v1/{path}", headers=server.headers())
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_sdk_has_nothing_to_complain_of(ran: "subprocess.CompletedProcess[str]") -> None:
    """It logs a warning for every batch that is refused or lost; there is none."""
    assert ran.stderr == ""


def test_nested_spans_arrive(server: Server, learned: Learned) -> None:
    """Trace and spans with all that the SDK was told, nested as they were."""
    ids = learned["nested_spans"]
    trace = exported(server, ids["outer"]["trace_id"])
    spans = spans_by_name(trace)
    agent, model = spans["agent"], spans["model"]
    assert (trace["name"], trace["metadata"], trace["status"]) == ("agent", {"team": "a"}, "OK")
    assert (agent["id"], agent["parentSpanId"], agent["type"]) == (ids["outer"]["span_id"], None, "AGENT")
    assert (model["id"], model["parentSpanId"], model["type"]) == (ids["inner"]["span_id"], agent["id"], "LLM")
    assert (agent["input"], agent["output"], agent["metadata"]) == ({"q": "hi"}, "done", {"team": "a"})
    assert model["input"] == [{"role": "user", "n": None, "x": None}]
    assert model["output"] == {"text": "hello 😀"}
    assert agent["durationMs"] >= model["durationMs"] >= 0
    assert trace["endTime"] == agent["endTime"]
    held = native(server, f"traces/{ids['outer']['trace_id']}")
    assert (held["session"], held["release"]) == ("chat-1", "shop-v1")


def test_scores_are_read_back(server: Server, learned: Learned) -> None:
    """What was posted is answered, exported, and says the same natively."""
    ids = learned["nested_spans"]
    trace = ids["outer"]["trace_id"]
    wanted = [
        (None, "accuracy", 0.92, "pass", "close"),
        (ids["outer"]["span_id"], "tone", 1, None, None),
        (ids["inner"]["span_id"], "hallucination-check", 0.0, None, None),
    ]
    assert [answer["status"] for answer in ids["scores"]] == [201] * 3
    members = ("spanId", "evaluatorName", "value", "label", "reasoning")
    assert [tuple(answer["body"][name] for name in members) for answer in ids["scores"]] == wanted
    export = exported(server, trace)["scores"]
    assert [tuple(score[name] for name in members) for score in export] == wanted
    assert [score["id"] for score in export] == [answer["body"]["id"] for answer in ids["scores"]]
    for score, (span, name, number, label, reasoning) in zip(export, wanted, strict=True):
        held = native(server, f"scores/{score['id']}")
        target = {"kind": "trace", "id": trace, "trace": None} if span is None else None
        assert held["target"] == (target or {"kind": "span", "id": span, "trace": trace})
        assert (held["name"], held["value"]["number"], held["comment"]) == (name, number, reasoning)
        assert held["value"]["labels"] == ([] if label is None else [label])


def test_observed_functions_arrive(server: Server, learned: Learned) -> None:
    """The child names its parent by the wrong id; the export has the right one."""
    ids = learned["observed"]
    assert ids["result"] == 42
    spans = spans_by_name(exported(server, ids["outer"]["trace_id"]))
    outer = next(span for name, span in spans.items() if name.endswith("outer"))
    inner = spans["inner"]
    assert (outer["parentSpanId"], inner["parentSpanId"]) == (None, outer["id"])
    assert inner["parentSpanId"] != ids["outer"]["span_id"]
    assert (outer["input"], outer["output"]) == ({"number": 20}, 42)
    assert (inner["input"], inner["output"], inner["type"]) == ({"number": 20}, 21, "TOOL")


def test_the_current_span_can_be_scored(server: Server, learned: Learned) -> None:
    """Under the decorator the SDK tells an event's id for the span's; the score lands on the span."""
    ids = learned["observed"]
    spans = spans_by_name(exported(server, ids["outer"]["trace_id"]))
    outer = next(span["id"] for name, span in spans.items() if name.endswith("outer"))
    assert [answer["status"] for answer in ids["scores"]] == [201, 201]
    assert [answer["body"]["spanId"] for answer in ids["scores"]] == [
        ids[name]["span_id"] for name in ("inner", "outer")
    ]
    held = [native(server, f"scores/{answer['body']['id']}")["target"]["id"] for answer in ids["scores"]]
    assert held == [spans["inner"]["id"], outer]


def test_a_coroutine_arrives(server: Server, learned: Learned) -> None:
    """Sent by nothing but the shutdown."""
    (span,) = exported(server, learned["observed_coroutine"]["later"]["trace_id"])["spans"]
    assert (span["name"], span["output"]) == ("later", "ok")


def test_later_spans_of_a_thread_arrive(server: Server, learned: Learned) -> None:
    """All of them name the first one's trace, in requests that do not bring it."""
    trace = exported(server, learned["leaking"]["trace_id"])
    assert trace["name"] == "first"
    assert {span["name"] for span in trace["spans"]} == {"first", *(f"later-{number}" for number in range(130))}


def test_failures_arrive(server: Server, learned: Learned) -> None:
    """A function that raises and a span that is left by an exception are ERROR, with the reason."""
    ids = learned["failing"]
    observed = exported(server, ids["observed"]["trace_id"])
    assert observed["status"] == "ERROR"
    assert [(span["status"], span["errorMessage"]) for span in observed["spans"]] == [("ERROR", "boom")]
    assert ids["again"] == {}
    failed = spans_by_name(exported(server, ids["span"]["trace_id"]))["fails too"]
    assert (failed["status"], failed["errorMessage"]) == ("ERROR", "'missing'")
    listed = httpx.get(f"{server.url}/api/v1/traces?status=ERROR", headers=server.headers("2signal")).json()
    assert {trace["id"] for trace in listed["data"]["traces"]} == {
        ids["observed"]["trace_id"],
        ids["span"]["trace_id"],
    }


def test_events_one_by_one_make_the_same_trace(server: Server, learned: Learned) -> None:
    """A child that comes before its parent finds it later."""
    spans = spans_by_name(exported(server, learned["one_by_one"]["trace_id"]))
    parents = {name: span["parentSpanId"] for name, span in spans.items()}
    assert parents == {"a": None, "b": spans["a"]["id"], "c": spans["b"]["id"]}


def test_threads_do_not_lose_anything(server: Server, learned: Learned) -> None:
    """Sixteen threads, small batches and a background flush: every trace has both of its spans."""
    traces = learned["at_once"]["traces"]
    assert len(set(traces)) == 16
    names = {
        trace["name"]: {span["name"] for span in trace["spans"]} for trace in (exported(server, t) for t in traces)
    }
    assert names == {f"worker-{number}": {f"worker-{number}", "step"} for number in range(16)}


def test_a_model_call_arrives(server: Server, learned: Learned) -> None:
    """Tokens, cost and parameters; a parent that is never sent is shown as it was told; zero tokens is not a total."""
    ids = learned["model_call"]
    trace = exported(server, ids["trace_id"])
    call = spans_by_name(trace)["chat"]
    assert call["id"] == ids["call"]
    assert (call["model"], call["modelParameters"], call["cost"]) == ("gpt-4o", {"temperature": 0.2}, 0.0034)
    assert (call["promptTokens"], call["completionTokens"], call["totalTokens"]) == (10, 5, 15)
    assert call["parentSpanId"] == "run-id-never-sent"
    assert (trace["totalTokens"], trace["totalCost"]) == (15, "0.0034")


def test_what_is_not_served_does_not_break_programs(learned: Learned) -> None:
    """The SDK takes a 501 for "no answer"."""
    assert learned["beyond_scores"] == {"validate": None, "route_model": None}


def test_all_is_in_the_bulk_export(server: Server, learned: Learned) -> None:
    """Every trace that any scenario learned of, once, and as the single export shows it."""
    answer = httpx.get(f"{server.url}/api/v1/export/traces", headers=server.headers("2signal"))
    assert answer.status_code == 200
    everything = answer.json()["data"]
    ids = [trace["id"] for trace in everything]
    assert len(set(ids)) == len(ids)
    assert {learned["leaking"]["trace_id"], *learned["at_once"]["traces"]} <= set(ids)
    leaked = next(trace for trace in everything if trace["id"] == learned["leaking"]["trace_id"])
    assert leaked == exported(server, leaked["id"])


def test_under_its_own_prefix(server: Server, learned: Learned) -> None:
    """The same is served under ``/2signal``, for base URLs that say so."""
    trace = learned["nested_spans"]["outer"]["trace_id"]
    path = f"/api/v1/export/traces/{trace}"
    headers = server.headers("2signal")
    plain, prefixed = (httpx.get(server.url + prefix + path, headers=headers) for prefix in ("", "/2signal"))
    assert prefixed.status_code == 200
    assert prefixed.json() == plain.json()


REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    ("POST /api/v1/scores", {"headers": {}}, 401, "UNAUTHORIZED"),
    ("POST /api/v1/scores", {"headers": {"Authorization": "Bearer"}}, 401, "UNAUTHORIZED"),
    ("POST /api/v1/scores", {"headers": {"Authorization": "Bearer ts_" + "0" * 64}}, 401, "UNAUTHORIZED"),
    ("POST /api/v1/scores", {"headers": {"Authorization": "Basic x"}, "content": b"{"}, 401, "UNAUTHORIZED"),
    ("POST /api/v1/scores", {"content": b"{"}, 400, "VALIDATION_ERROR"),
    ("POST /api/v1/scores", {"json": {"traceId": "x", "evaluatorName": "a", "value": 2}}, 400, "VALIDATION_ERROR"),
    ("POST /api/v1/scores", {"json": {"traceId": "x", "evaluatorName": "a", "value": 1}}, 404, "NOT_FOUND"),
    ("POST /api/v1/scores", {"content": b"x" * 1_100_000}, 413, "PAYLOAD_TOO_LARGE"),
    ("POST /api/v1/scores", {"files": {"a": b"x"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("PUT /api/v1/scores", {}, 405, "METHOD_NOT_ALLOWED"),
    ("GET /api/v1/nothing", {}, 404, "NOT_FOUND"),
    ("POST /api/v1/traces", {"json": {"batch": []}}, 400, "VALIDATION_ERROR"),
    ("GET /api/v1/traces?limit=0", {}, 400, "VALIDATION_ERROR"),
    ("POST /api/v1/auth/login", {"headers": {}, "json": {"email": "a", "password": "b"}}, 501, "NOT_IMPLEMENTED"),
    ("GET /api/v1/ab-test", {"headers": {}}, 401, "UNAUTHORIZED"),
    ("GET /api/v1/ab-test", {}, 501, "NOT_IMPLEMENTED"),
]


@pytest.mark.parametrize(("request_line", "options", "status", "code"), REFUSED)
def test_refusals_over_the_wire(
    server: Server, request_line: str, options: dict[str, Any], status: int, code: str
) -> None:
    """What the server itself refuses is said in this dialect's words as well, who asks being checked first."""
    given = {"headers": server.headers("2signal"), **options}
    method, path = request_line.split()
    answer = httpx.request(method, server.url + path, **given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()) == {"error"}


def test_health_without_a_key(server: Server) -> None:
    """Who watches a server has no key."""
    answer = httpx.get(f"{server.url}/api/v1/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_too_many_requests(start_server: Any) -> None:
    """A key that asks too fast is told when to come again."""
    slow = start_server(rate_limit="1")
    answers = [httpx.get(f"{slow.url}/api/v1/scores", headers=slow.headers("2signal")) for _ in range(3)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert refused.headers["retry-after"] == "1"


SHARED: list[tuple[str, dict[str, Any], int, str]] = [
    (
        "POST",
        {"json": {"batch": [{"id": "e", "type": "trace-create", "body": {"id": "t", "name": "n"}}]}},
        201,
        "accepted",
    ),
    ("POST", {"json": {"batch": []}}, 400, "error"),
    ("GET", {"params": {"name": "nobody"}}, 200, "data"),
    ("GET", {}, 200, "data"),
    ("GET", {"params": {"promptSlug": "none"}}, 200, "traces"),
]


@pytest.mark.parametrize(("method", "options", "status", "member"), SHARED)
def test_the_path_that_tracia_shares(
    server: Server, method: str, options: dict[str, Any], status: int, member: str
) -> None:
    """With a key that is spelled for nobody, the request itself says whose words it is in (contract §3.2)."""
    headers = {"Authorization": f"Bearer {server.secret}"}
    answer = httpx.request(method, f"{server.url}/api/v1/traces", headers=headers, **options)
    assert answer.status_code == status
    assert member in answer.json()


def test_a_key_spelled_for_2signal_decides(server: Server) -> None:
    """Whatever else the request says, it is answered in 2signal's words."""
    url = f"{server.url}/api/v1/traces?promptSlug=none"
    assert set(httpx.get(url, headers=server.headers("2signal")).json()) == {"data", "error"}
