"""Traces, spans and sessions: taken in by OTLP, listed, read, deleted."""

import json
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from scorehouse.dialects.native import DIALECT
from scorehouse.wire.route import OTLP
from tests.dialects.native.native import faults, problem, read, record, send
from tests.dialects.speaking import Speaker, read_reply

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
CHILD = "00f067aa0ba902b7"
NEW_YEAR_NANOSECONDS = 1_767_225_600_000_000_000


def exported(id: str, name: str, **members: Any) -> dict[str, Any]:
    """Write one span in OTLP's JSON: it starts with 2026 and takes 250 ms."""
    return {
        "traceId": TRACE,
        "spanId": id,
        "name": name,
        "startTimeUnixNano": str(NEW_YEAR_NANOSECONDS),
        "endTimeUnixNano": str(NEW_YEAR_NANOSECONDS + 250_000_000),
        **members,
    }


def export(*spans: dict[str, Any]) -> dict[str, Any]:
    """Write an OTLP export of spans."""
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


SPANS = (exported(SPAN, "answer"), exported(CHILD, "search", parentSpanId=SPAN))


async def take_in(speaker: Speaker) -> None:
    """Export SPANS."""
    assert (await send(speaker, "POST", "/v1/traces", export(*SPANS))).status == 200


async def test_a_json_export_is_taken_in(speaker: Speaker) -> None:
    """Spans and their trace can be read as soon as the export is answered."""
    reply = await send(speaker, "POST", "/v1/traces", export(*SPANS))
    assert (reply.status, read_reply(reply)) == (200, {"partialSuccess": {}})

    trace = await read(speaker, f"/v1/traces/{TRACE}")
    assert (trace["id"], trace["known"], trace["rollup"]["span_count"]) == (TRACE, True, 2)
    assert trace["rollup"]["ended_at"] == "2026-01-01T00:00:00.250000Z"

    span = await read(speaker, f"/v1/spans/{CHILD}")
    assert (span["name"], span["trace"], span["parent"]) == ("search", TRACE, SPAN)
    assert span["started_at"] == "2026-01-01T00:00:00.000000Z"


async def test_a_protobuf_export_is_taken_in(speaker: Speaker) -> None:
    """Protobuf is answered in protobuf."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = bytes.fromhex(TRACE), bytes.fromhex(SPAN), "answer"
    media = {"Content-Type": "application/x-protobuf"}
    reply = await send(speaker, "POST", "/v1/traces", request.SerializeToString(), headers=media)
    assert (reply.status, reply.media) == (200, "application/x-protobuf")
    assert isinstance(reply.body, bytes)
    answer = ExportTraceServiceResponse.FromString(reply.body)
    assert answer.partial_success.rejected_spans == 0
    assert (await read(speaker, f"/v1/spans/{SPAN}"))["name"] == "answer"


async def test_a_bad_span_is_refused_by_itself(speaker: Speaker) -> None:
    """The good ones are taken in, and the exporter is told how many were not."""
    reply = await send(speaker, "POST", "/v1/traces", export(SPANS[0], exported("", "nameless")))
    answer = read_reply(reply)["partialSuccess"]
    assert (reply.status, answer["rejectedSpans"]) == (200, 1)
    assert (await read(speaker, "/v1/spans?total=true"))["total"] == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null"])
async def test_what_is_no_export_is_refused(speaker: Speaker, body: bytes) -> None:
    """Nonsense is the sender's fault."""
    assert (await send(speaker, "POST", "/v1/traces", body)).status in {400, 422}


def test_the_route_takes_what_exporters_send() -> None:
    """Protobuf and JSON, plain or gzip."""
    (route,) = [route for route in DIALECT.routes if (route.method, route.path) == ("POST", "/v1/traces")]
    assert route.limits is OTLP


async def test_traces_and_spans_are_listed(speaker: Speaker) -> None:
    """Fields of each filter its list; a trace's spans are a list of their own."""
    await take_in(speaker)
    assert [trace["id"] for trace in (await read(speaker, "/v1/traces?known=true"))["items"]] == [TRACE]
    assert (await read(speaker, "/v1/traces?known=false"))["items"] == []
    spans = await read(speaker, "/v1/spans?order=name&latency_ms.gte=250&total=true")
    assert ([span["name"] for span in spans["items"]], spans["total"]) == (["answer", "search"], 2)
    assert (await read(speaker, "/v1/spans?latency_ms.gt=250"))["items"] == []
    inside = await read(speaker, f"/v1/traces/{TRACE}/spans?parent={SPAN}")
    assert [span["id"] for span in inside["items"]] == [CHILD]
    assert faults(await send(speaker, "GET", "/v1/traces?number=1")) == [("number", "unknown")]


async def test_a_score_finds_its_span_and_trace(speaker: Speaker) -> None:
    """A span is scored by its id alone; the score knows the trace, and the trace counts it."""
    await take_in(speaker)
    score = await record(speaker, target={"kind": "span", "id": CHILD})
    assert score["target"] == {"kind": "span", "id": CHILD, "trace": TRACE}
    assert (await read(speaker, f"/v1/traces/{TRACE}"))["rollup"]["score_count"] == 1
    assert [found["id"] for found in (await read(speaker, f"/v1/scores?trace={TRACE}"))["items"]] == [score["id"]]


async def test_traces_are_found_by_their_scores(speaker: Speaker) -> None:
    """By the mean and by the labels of a name, as query and as tree."""
    await take_in(speaker)
    await record(speaker, target={"kind": "span", "id": CHILD}, name="tone", value=0.5)
    await record(speaker, target={"kind": "trace", "id": TRACE}, name="tone", value=1)
    await record(
        speaker, target={"kind": "trace", "id": TRACE}, name="mood", value={"kind": "categorical", "labels": ["good"]}
    )
    for query, found in (
        ("score_average.tone=0.75", [TRACE]),
        ("score_average.tone.gt=0.75", []),
        ("score_average.mood.is_null=true", [TRACE]),
        ("score_labels.mood=good", [TRACE]),
        ("score_labels.mood.starts_with=goo", [TRACE]),
        ("score_labels.mood.has_any=bad", []),
        ("score_labels.tone.is_null=false", []),
    ):
        assert [trace["id"] for trace in (await read(speaker, f"/v1/traces?{query}"))["items"]] == found, query


async def test_a_trace_that_only_a_score_mentions(speaker: Speaker) -> None:
    """It is read and listed as not known, so that what a score names is never a dead end."""
    await record(speaker, target={"kind": "trace", "id": "t-1", "must_exist": False})
    trace = await read(speaker, "/v1/traces/t-1")
    assert (trace["known"], trace["name"], trace["rollup"]["score_count"]) == (False, None, 1)


async def test_a_deleted_trace_takes_its_spans_and_scores_along(speaker: Speaker) -> None:
    """Nothing of it can be read afterwards."""
    await take_in(speaker)
    score = await record(speaker, target={"kind": "span", "id": CHILD})
    assert (await send(speaker, "DELETE", f"/v1/traces/{TRACE}")).status == 204
    for path in (f"/v1/traces/{TRACE}", f"/v1/traces/{TRACE}/spans", f"/v1/spans/{CHILD}", f"/v1/scores/{score['id']}"):
        problem(await send(speaker, "GET", path), 404)
    problem(await send(speaker, "DELETE", f"/v1/traces/{TRACE}"), 404)


async def test_another_project_sees_no_trace(speaker: Speaker) -> None:
    """Traces and spans stay in their project."""
    await take_in(speaker)
    stranger = await speaker.stranger()
    for path in (f"/v1/traces/{TRACE}", f"/v1/spans/{SPAN}"):
        problem(await send(speaker, "GET", path, principal=stranger), 404)
    problem(await send(speaker, "DELETE", f"/v1/traces/{TRACE}", principal=stranger), 404)
    assert (await read(speaker, "/v1/spans?total=true"))["total"] == 2


async def test_a_span_is_looked_for_in_a_trace(speaker: Speaker) -> None:
    """Spans of one id in two traces are told apart by their trace."""
    other = "f" * 32
    await send(speaker, "POST", "/v1/traces", export(SPANS[0], {**exported(SPAN, "other"), "traceId": other}))
    assert (await read(speaker, f"/v1/spans/{SPAN}?trace={TRACE}"))["name"] == "answer"
    assert (await read(speaker, f"/v1/spans/{SPAN}?trace={other}"))["name"] == "other"
    problem(await send(speaker, "GET", f"/v1/spans/{SPAN}?trace=none"), 404)
    assert faults(await send(speaker, "GET", f"/v1/spans/{SPAN}?colour=red")) == [("colour", "unknown")]


async def test_sessions_are_listed(speaker: Speaker) -> None:
    """Traces that name a session are counted under it."""
    session = {"key": "session.id", "value": {"stringValue": "chat-1"}}
    body = json.dumps(export(exported(SPAN, "answer", attributes=[session]))).encode()
    assert (await send(speaker, "POST", "/v1/traces", body)).status == 200
    page = await read(speaker, "/v1/sessions?total=true")
    assert [(found["id"], found["trace_count"]) for found in page["items"]] == [("chat-1", 1)]
    assert page["total"] == 1
