"""Pages as the vendors themselves answer them, replayed: their shapes and oddities by the contracts, their limits."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from scorehouse.cli.fetching import fetch
from scorehouse.cli.import_parts import Vendor
from scorehouse.dialects import registered
from scorehouse.domain.registry import Config, Evaluator
from scorehouse.domain.scores import Draft, Origin, Status
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, TraceTarget
from scorehouse.domain.traces import Health, SpanKind, SpanSketch, TraceSketch
from scorehouse.domain.values import Kind
from scorehouse.services.offers import Offer, Thing
from scorehouse.settings import BadSetting
from scorehouse.wire.sources import Ask

AT = "2026-05-12T08:00:00.123Z"
LOG = "5f2c0d6e7a9b4c1d8e3f0a1b2c3d4e5f"
TRACE = "0af76519-16cd-43dd-8448-eb211c80319c"


@dataclass(frozen=True)
class Recorded:
    """A vendor's answers by path with query, and what has to come of them: attributes of things, in order."""

    pages: Mapping[str, Any]
    things: tuple[tuple[type[Thing] | None, Mapping[str, Any]], ...]


def langfuse_page(number: int, total: int, *data: Any) -> Any:
    """Write a page (contract langfuse §3.5)."""
    return {"data": data, "meta": {"page": number, "limit": 100, "totalItems": total, "totalPages": 1}}


LANGFUSE_SCORE: Mapping[str, Any] = {
    "id": "s",
    "projectId": "p",
    "name": "tone",
    "environment": "default",
    "traceId": None,
    "sessionId": None,
    "datasetRunId": None,
    "observationId": None,
    "dataType": "NUMERIC",
    "value": 0.9,
    "stringValue": None,
    "source": "API",
    "authorUserId": None,
    "comment": None,
    "metadata": {},
    "configId": None,
    "queueId": None,
    "executionTraceId": None,
    "timestamp": AT,
    "createdAt": AT,
    "updatedAt": AT,
    "trace": None,
}
"""A score with every member that v2 shows (contract langfuse §9.1, §9.2)."""

LANGFUSE = Recorded(
    {
        "/api/public/score-configs?limit=100&page=1": langfuse_page(
            1,
            1,
            {
                "id": "c",
                "projectId": "p",
                "name": "tone",
                "dataType": "BOOLEAN",
                "isArchived": True,
                "minValue": None,
                "maxValue": None,
                "categories": [{"label": "True", "value": 1}, {"label": "False", "value": 0}],
                "description": None,
                "createdAt": AT,
                "updatedAt": AT,
            },
        ),
        "/api/public/traces?fields=core,io&limit=100&page=1": langfuse_page(
            1,
            1,
            {
                "id": "t",
                "externalId": None,
                "timestamp": AT,
                "name": None,
                "userId": "u",
                "sessionId": None,
                "metadata": {},
                "release": None,
                "version": None,
                "projectId": "p",
                "environment": "default",
                "public": False,
                "bookmarked": True,
                "tags": [],
                "input": "in",
                "output": None,
                "createdAt": AT,
                "updatedAt": AT,
                "htmlPath": "/project/p/traces/t",
                "latency": -1,
                "totalCost": -1,
                "observations": [],
                "scores": [],
            },
        ),
        "/api/public/observations?limit=100&page=1": langfuse_page(
            1,
            1,
            {
                "id": "o",
                "traceId": "t",
                "type": "GENERATION",
                "name": "n",
                "startTime": AT,
                "endTime": None,
                "completionStartTime": None,
                "level": "WARNING",
                "statusMessage": None,
                "parentObservationId": None,
                "environment": "default",
                "model": "m",
                "modelParameters": {},
                "input": None,
                "output": None,
                "metadata": {},
                "usage": {"input": 0, "output": 0, "total": 0, "unit": "TOKENS"},
                "usageDetails": {},
                "costDetails": {},
                "promptName": "p",
                "promptVersion": 2,
            },
        ),
        "/api/public/v2/scores?fields=score&limit=100&page=1": langfuse_page(
            1,
            2,
            {**LANGFUSE_SCORE, "traceId": "t", "observationId": "o", "executionTraceId": "x"},
            {**LANGFUSE_SCORE, "id": "s-2", "datasetRunId": "r", "traceId": "t"},
        )
        | {"meta": {"page": 1, "limit": 100, "totalItems": 5, "totalPages": 2}},
        "/api/public/v2/scores?fields=score&limit=100&page=2": langfuse_page(
            2,
            5,
            {**LANGFUSE_SCORE, "id": "s-3", "sessionId": "c", "dataType": "BOOLEAN", "value": 1, "stringValue": "True"},
            {**LANGFUSE_SCORE, "id": "s-4", "traceId": "t", "dataType": "CORRECTION", "value": 0, "stringValue": "so"},
            {**LANGFUSE_SCORE, "id": "s-5"},
        )
        | {"meta": {"page": 2, "limit": 100, "totalItems": 5, "totalPages": 2}},
    },
    (
        (Config, {"id": "c", "archived": True}),
        (TraceSketch, {"id": "t", "user": "u", "environment": None, "residue": {"langfuse": {"bookmarked": True}}}),
        (
            SpanSketch,
            {"id": "o", "trace": "t", "kind": SpanKind.LLM, "usage": None, "cost_usd": None, "ended_at": None},
        ),
        (
            Draft,
            {"target": SpanTarget("o", "t"), "environment": None, "residue": {"langfuse": {"executionTraceId": "x"}}},
        ),
        (Draft, {"target": RunTarget("r")}),
        (Draft, {"target": SessionTarget("c")}),
        (Draft, {"target": TraceTarget("t")}),
        (None, {}),  # names nothing that was scored
    ),
)

RESPAN_SCORE: Mapping[str, Any] = {
    "id": "s",
    "created_at": "2026-05-12T08:00:00.123456Z",
    "type": "llm",
    "environment": "test",
    "numerical_value": 4.5,
    "string_value": None,
    "boolean_value": None,
    "categorical_value": [],
    "json_value": None,
    "is_passed": False,
    "cost": 0.0,
    "evaluator_id": None,
    "evaluator_slug": "helpfulness",
    "evaluator_name": None,
    "scorer": "owner@example.com",
    "log_id": LOG,
    "prompt_id": None,
    "prompt_version_number": None,
    "dataset_id": None,
    "automation_id": None,
    "status": "completed",
    "error_message": "",
    "explanation": None,
}
"""The sample of contract respan §4.6."""


def respan_page(*results: Any, more: str | None = None) -> Any:
    """Write a page, whose count is that of its rows (contract respan §7.1)."""
    return {"count": len(results), "next": more, "previous": None, "current_filters": {}, "results": results}


RESPAN = Recorded(
    {
        "/api/evaluators/?page_size=100&page=1": respan_page(
            {
                "id": "e0000000-0000-4000-8000-000000000001",
                "version_id": "v",
                "version": 3,
                "name": "Helpful?",
                "evaluator_slug": "",
                "type": "llm",
                "score_value_type": "boolean",
                "eval_class": "",
                "description": "",
                "score_config": {},
                "passing_conditions": {},
                "llm_config": None,
                "code_config": None,
                "configurations": {"llm_engine": "m"},
                "categorical_choices": [],
                "starred": False,
                "tags": [],
                "created_at": AT,
                "updated_at": AT,
                "created_by": {"first_name": "A", "last_name": "", "email": "a@example.com"},
                "organization": 7,
            },
        ),
        "/api/request-logs/list/?start_time=1970-01-01T00:00:00Z&page_size=100&page=1": respan_page(
            {
                "id": LOG,
                "full_unique_id": LOG,
                "unique_id": LOG[:7],
                "trace_unique_id": "t",
                "span_name": "n",
                "log_type": "tool",
                "timestamp": AT,
                "start_time": AT,
                "prompt_tokens": 3,
                "completion_tokens": 4,
                "total_request_tokens": 7,
                "cost": 0.01,
                "status": "error",
                "error_message": "boom",
                "status_code": 500,
                "scores": {},
            },
        ),
        "/api/scores/?page_size=100&page=1": respan_page(RESPAN_SCORE, more="https://api.respan.ai/api/scores/?page=2"),
        # A page past the end is empty, and not a 404 (contract respan §7.2).
        "/api/scores/?page_size=100&page=2": respan_page(),
    },
    (
        (Evaluator, {"key": "e0000000-0000-4000-8000-000000000001", "version": 3, "description": None}),
        (
            SpanSketch,
            {"id": LOG, "trace": "t", "alias": None, "kind": SpanKind.TOOL, "health": Health.ERROR, "cost_usd": 0.01},
        ),
        (Draft, {"name": "helpfulness", "target": SpanTarget(LOG), "cost_usd": None, "environment": "test"}),
    ),
)

PANDAPROBE_SCORE: Mapping[str, Any] = {
    "id": "5c0e0000-0000-4000-8000-000000000001",
    "trace_id": TRACE,
    "name": "tone",
    "value": None,
    "status": "FAILED",
    "source": "AUTOMATED",
    "created_at": "2026-01-01T00:00:00+00:00",
    "project_id": TRACE,
    "data_type": "NUMERIC",
    "eval_run_id": TRACE,
    "author_user_id": None,
    "reason": "the judge timed out",
    "environment": None,
    "config_id": None,
    "metadata": {},
    "updated_at": "2026-01-01T00:00:00.500000+00:00",
}
"""A score with every member (contract pandaprobe §5.1)."""

PANDAPROBE = Recorded(
    {
        "/traces?limit=200&offset=0": {"items": [{"trace_id": TRACE}], "total": 1, "limit": 200, "offset": 0},
        f"/traces/{TRACE}": {
            "trace_id": TRACE,
            "project_id": TRACE,
            "name": "n",
            "status": "RUNNING",
            "input": None,
            "output": None,
            "metadata": {},
            "started_at": "2025-12-31T22:00:01.500000+00:00",
            "ended_at": None,
            "session_id": None,
            "user_id": None,
            "tags": ["a", "a"],
            "environment": None,
            "release": None,
            "spans": [
                {
                    "span_id": LOG,
                    "trace_id": TRACE,
                    "parent_span_id": None,
                    "name": "s",
                    "kind": "OTHER",
                    "status": "UNSET",
                    "input": None,
                    "output": None,
                    "model": None,
                    "token_usage": {"prompt_tokens": 3, "completion_tokens": None},
                    "metadata": {},
                    "started_at": "2026-01-01T00:00:00+00:00",
                    "ended_at": None,
                    "completion_start_time": None,
                    "error": None,
                    "model_parameters": None,
                    "cost": {"total": 0.5, "input": 0.25},
                    "latency_ms": None,
                    "time_to_first_token_ms": None,
                },
                {"span_id": "nonsense"},
            ],
            "total_tokens": 3,
            "total_cost": 0.5,
        },
        "/evaluations/trace-scores?limit=200&offset=0": {
            "items": [PANDAPROBE_SCORE],
            "total": 1,
            "limit": 200,
            "offset": 0,
        },
        "/evaluations/session-scores?limit=200&offset=0": {
            "items": [
                {
                    **{name: PANDAPROBE_SCORE[name] for name in ("id", "name", "data_type", "source", "created_at")},
                    "session_id": "chat",
                    "status": "SUCCESS",
                    "value": "0.5",
                    "reason": "why",
                    "metadata": {},
                }
            ],
            "total": 2,
            "limit": 200,
            "offset": 0,
        },
        "/evaluations/session-scores?limit=200&offset=1": {"items": [], "total": 1, "limit": 200, "offset": 1},
    },
    (
        (TraceSketch, {"health": Health.UNSET, "residue": {"pandaprobe": {"status": "RUNNING"}}}),
        (SpanSketch, {"trace": TRACE, "usage": {"input": 3}, "cost_usd": 0.5}),
        (None, {}),
        (Draft, {"value": None, "comment": None}),
        (Draft, {"target": SessionTarget("chat"), "comment": "why"}),
    ),
)

TWOSIGNAL = Recorded(
    {
        "/api/v1/traces?limit=100": {
            "data": {"traces": [{"id": "t-1", "name": "n", "scoreCount": 0}], "nextCursor": "eyJpZCI6InQtMSJ9"},
            "error": None,
        },
        "/api/v1/traces?limit=100&cursor=eyJpZCI6InQtMSJ9": {"data": {"traces": [], "nextCursor": None}, "error": None},
        "/api/v1/export/traces/t-1": {
            "data": {
                "id": "t-1",
                "projectId": "p",
                "name": None,
                "startTime": AT,
                "endTime": None,
                "metadata": {},
                "tags": [],
                "totalCost": "0.0034",
                "totalTokens": 7,
                "status": "ERROR",
                "durationMs": None,
                "createdAt": AT,
                "spans": [
                    {
                        "id": "s-1",
                        "traceId": "t-1",
                        "parentSpanId": "never sent",
                        "projectId": "p",
                        "name": "call",
                        "type": "DELEGATION",
                        "startTime": AT,
                        "endTime": None,
                        "durationMs": None,
                        "input": None,
                        "output": None,
                        "model": None,
                        "modelParameters": None,
                        "promptTokens": 3,
                        "completionTokens": 4,
                        "totalTokens": 7,
                        "cost": 0.0034,
                        "status": "ERROR",
                        "errorMessage": "boom",
                        "metadata": {},
                        "createdAt": AT,
                    }
                ],
                "scores": [
                    {
                        "id": "c-1",
                        "traceId": "t-1",
                        "spanId": "s-1",
                        "projectId": "p",
                        "evaluatorName": "accuracy",
                        "value": 0.92,
                        "label": "pass",
                        "reasoning": None,
                        "createdAt": AT,
                    }
                ],
            },
            "error": None,
        },
    },
    (
        (TraceSketch, {"id": "t-1", "name": None}),
        (SpanSketch, {"alias": None, "parent": "never sent", "kind": SpanKind.HANDOFF, "health": Health.ERROR}),
        (Draft, {"target": SpanTarget("s-1", "t-1"), "name": "accuracy"}),
    ),
)

VENDORS = {"langfuse": LANGFUSE, "respan": RESPAN, "pandaprobe": PANDAPROBE, "2signal": TWOSIGNAL}


@contextmanager
def replaying(pages: Mapping[str, Any]) -> Iterator[str]:
    """Serve pages; every first request for one is answered with 429 and a pause to make, every second one well."""
    asked: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = 404 if self.path not in pages else 200 if self.path in asked else 429
            asked.add(self.path)
            body = json.dumps(pages.get(self.path)).encode() if status == 200 else b"{}"
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "7")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("name", VENDORS)
async def test_pages_of_the_vendor_are_read(name: str) -> None:
    """Every page is asked for, again after the pause that it asked for, and read in its vendor's words."""
    recorded, pauses = VENDORS[name], []
    source = next(dialect.source for dialect in registered() if dialect.name == name)
    assert source is not None

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    offers: list[Offer] = []
    with replaying(recorded.pages) as url:
        async for part in Vendor(source, url, "key:secret", fetch=partial(fetch, sleep=sleep)).parts():
            offers += part.offers
    assert pauses == [7.0] * len(recorded.pages), "every page was asked for twice, as its vendor said"
    assert [type(offer.thing) if offer.thing else None for offer in offers] == [kind for kind, _ in recorded.things]
    for offer, (_, expected) in zip(offers, recorded.things, strict=True):
        assert {name: getattr(offer.thing, name) for name in expected} == dict(expected)
        assert (offer.refusal is None) is (offer.thing is not None)


async def test_what_is_gone_by_now_is_told_and_nothing_else_is_lost() -> None:
    """A trace that was deleted after it was listed is refused with what its vendor answers; the others come."""
    source = next(dialect.source for dialect in registered() if dialect.name == "pandaprobe")
    assert source is not None
    pages = {path: page for path, page in PANDAPROBE.pages.items() if path != f"/traces/{TRACE}"}
    offers: list[Offer] = []
    with replaying(pages) as url:
        async for part in Vendor(source, url, "key", fetch=partial(fetch, sleep=at_once)).parts():
            offers += part.offers
    assert [offer.row for offer in offers if offer.refusal] == [{"path": f"/traces/{TRACE}"}]
    assert "404" in str(offers[0].refusal)
    assert [type(offer.thing) for offer in offers[1:]] == [Draft, Draft]
    with replaying({}) as url, pytest.raises(BadSetting, match="404"):
        await anext(Vendor(source, url, "key", fetch=partial(fetch, sleep=at_once)).parts())


async def at_once(seconds: float) -> None:
    """Wait for nothing."""


def test_oddities_of_values_are_read() -> None:
    """What each vendor shows of a value, told apart: no measurement, a truth, a correction, a number in a text."""
    sources = {dialect.name: dialect.source for dialect in registered() if dialect.source is not None}
    (failed,) = read(sources["pandaprobe"], {"items": [PANDAPROBE_SCORE], "total": 1, "limit": 200, "offset": 0})
    assert (failed.outcome.status, failed.outcome.reason) == (Status.FAILED, "the judge timed out")
    assert (failed.source.origin, failed.source.run) == (Origin.EVALUATOR, TRACE)
    (truth,) = read(sources["respan"], respan_page({**RESPAN_SCORE, "numerical_value": None, "boolean_value": False}))
    assert truth.value is not None
    assert (truth.value.kind, truth.value.boolean, truth.value.number) == (Kind.BOOLEAN, False, 0.0)


def read(source: Any, page: Any) -> list[Any]:
    """Read a page of scores."""
    label = "/evaluations/trace-scores" if "items" in page else "scores"
    fetched = source.read(Ask("/x?page=1", label=label), json.dumps(page).encode())
    return [offer.thing for offer in fetched.offers]
