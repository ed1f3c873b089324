"""What is written through each dialect, as that vendor's clients write it, and what has to be there before.

A dialect that is not registered is left out and named.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from benchmarks.load import FRESH, Request
from tests.server_process import Server

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


@dataclass(frozen=True)
class Workload:
    """One kind of write.

    Attributes:
        name: for the table.
        edition: whose key and headers it uses.
        scores: that one request writes.
        request: server → what to send.
        goal: the least ratio to the floor at 16 connections, None where the goal is another.
    """

    name: str
    edition: str
    scores: int
    request: Callable[[Server], Request]
    goal: float | None = None


def prepare(server: Server) -> None:
    """Send the trace and span that the scores are about."""
    span = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "answer",
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000001000000000",
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    httpx.post(f"{server.url}/v1/traces", json=body, headers=server.headers("native")).raise_for_status()


def _json(edition: str, path: str, body: object) -> Callable[[Server], Request]:
    def request(server: Server) -> Request:
        headers = {**server.headers(edition), "Content-Type": "application/json"}
        return Request(f"{server.url}{path}", json.dumps(body), headers)

    return request


_NATIVE = {
    "name": "accuracy",
    "value": 0.92,
    "target": {"kind": "trace", "id": TRACE},
    "comment": "close to the source",
}
_TWOSIGNAL = {"traceId": TRACE, "evaluatorName": "accuracy", "value": 0.92, "label": "pass", "reasoning": "close"}
_TRACIA = {"evaluatorKey": "quality", "value": 1, "note": "close to the source"}
_LANGFUSE = {"traceId": TRACE, "name": "accuracy", "value": 0.92, "comment": "close to the source"}
_RESPAN = {"evaluator_slug": "accuracy", "numerical_value": 4.5}
_PANDAPROBE = {"trace_id": TRACE, "name": "accuracy", "value": "0.92", "source": "PROGRAMMATIC", "reason": "close"}


def _item() -> dict[str, object]:
    return {**_LANGFUSE, "id": FRESH}


def _event(position: int) -> dict[str, object]:
    body = {**_LANGFUSE, "id": FRESH}
    return {"id": f"event-{position}", "timestamp": "2026-01-01T00:00:00Z", "type": "score-create", "body": body}


def bare_request(floor_url: str) -> Request:
    """Return what the floor takes: a score as 2signal's clients send it."""
    return Request(floor_url, json.dumps(_TWOSIGNAL), {"Content-Type": "application/json"})


WORKLOADS = (
    Workload("2signal, one score", "2signal", 1, _json("2signal", "/api/v1/scores", _TWOSIGNAL), 0.5),
    Workload("native, one score", "native", 1, _json("native", "/v1/scores", _NATIVE), 0.5),
    Workload("native, 100 scores", "native", 100, _json("native", "/v1/scores/batch", {"scores": [_NATIVE] * 100})),
    Workload("tracia, one score", "tracia", 1, _json("tracia", f"/api/v1/spans/{SPAN}/evaluations", _TRACIA)),
    Workload("langfuse, one score", "langfuse", 1, _json("langfuse", "/api/public/scores", _LANGFUSE)),
    Workload("langfuse, 15 scores", "langfuse", 15, _json("langfuse", "/api/public/scores", [_item()] * 15)),
    Workload(
        "langfuse, 100 events",
        "langfuse",
        100,
        _json("langfuse", "/api/public/ingestion", {"batch": [_event(position) for position in range(100)]}),
    ),
    Workload("respan, one score", "respan", 1, _json("respan", f"/api/logs/{SPAN}/scores/", _RESPAN), 0.4),
    Workload(
        "pandaprobe, one score",
        "pandaprobe",
        1,
        _json("pandaprobe", "/evaluations/trace-scores", _PANDAPROBE),
        0.4,
    ),
)
