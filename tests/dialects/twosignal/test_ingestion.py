"""Batches of events: what the documentation shows and what the SDK really sends (contract 2signal-tracia §1.4)."""

from typing import Any

import msgspec
import pytest

from tests.dialects.speaking import Speaker, read_reply
from tests.dialects.twosignal.twosignal import (
    EVENT,
    LONG,
    SPAN,
    TRACE,
    exported,
    ingest,
    invalid,
    native,
    nothing_stored,
    refusal,
    score,
    send,
    span_event,
    trace_event,
)

BATCH = "/api/v1/traces"

TRACE_CASES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"name": ""}, {"name": ""}, {"name": ""}),
    ({"name": "Größe 😀\n"}, {"name": "Größe 😀\n"}, {"name": "Größe 😀\n"}),
    ({"metadata": {"a": {"b": [None, 1.5]}}}, {"metadata": {"a": {"b": [None, 1.5]}}}, {}),
    ({"metadata": None, "tags": None}, {"metadata": {}, "tags": []}, {}),
    ({"tags": ["b", "a", "b"]}, {"tags": ["b", "a"]}, {}),
    (
        {"startTime": "2026-04-03T10:05:00.123456Z"},
        {"startTime": "2026-04-03T10:05:00.123Z"},
        {"started_at": "2026-04-03T10:05:00.123456Z"},
    ),
    (
        {"startTime": "2026-04-03T10:05:00Z", "endTime": "2026-04-03T12:05:00.0019+02:00"},
        {"startTime": "2026-04-03T10:05:00.000Z", "endTime": "2026-04-03T10:05:00.001Z", "durationMs": 1},
        {"ended_at": "2026-04-03T10:05:00.001900Z"},
    ),
    ({"start_time": "2026-04-03T10:05:00"}, {"startTime": "2026-04-03T10:05:00.000Z"}, {}),
    ({"sessionId": "chat-1"}, {}, {"session": "chat-1"}),
    ({"session_id": "chat-2"}, {}, {"session": "chat-2"}),
    ({"deploymentId": "kalshiedge-v0.1.0"}, {}, {"release": "kalshiedge-v0.1.0"}),
    (
        {"parentTraceId": "p", "evaluators": ["accuracy"]},
        {},
        {"residue": {"2signal": {"parentTraceId": "p", "evaluators": ["accuracy"]}}},
    ),
    ({"unknown": 1}, {"metadata": {}}, {"residue": {}}),
]
"""Members of a trace's body → what the export says → what native says."""


@pytest.mark.parametrize(("sent", "shown", "held"), TRACE_CASES)
async def test_a_trace_is_read_and_written(
    speaker: Speaker, sent: dict[str, Any], shown: dict[str, Any], held: dict[str, Any]
) -> None:
    """What is sent of a trace stands in the export, or in native where 2signal has no word for it."""
    await ingest(speaker, trace_event(**sent))
    assert shown.items() <= (await exported(speaker)).items()
    assert held.items() <= (await native(speaker, "GET", f"/v1/traces/{TRACE}")).items()


SPAN_CASES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"name": ""}, {"name": ""}, {}),
    ({"parentSpanId": "never-sent"}, {"parentSpanId": "never-sent"}, {"parent": "never-sent"}),
    ({"parent_span_id": "p"}, {"parentSpanId": "p"}, {}),
    ({"parentSpanId": "camel", "parent_span_id": "snake"}, {"parentSpanId": "camel"}, {}),
    ({"parentSpanId": None, "parent_span_id": "snake"}, {"parentSpanId": "snake"}, {}),
    (
        {"start_time": "2026-04-03T10:05:00Z", "end_time": "2026-04-03T10:05:01.5Z"},
        {"startTime": "2026-04-03T10:05:00.000Z", "endTime": "2026-04-03T10:05:01.500Z", "durationMs": 1500},
        {},
    ),
    ({"input": {"q": "hi", "n": None}, "output": [1, "two", None]}, {"input": {"q": "hi", "n": None}}, {}),
    ({"input": "text", "output": 0}, {"input": "text", "output": 0}, {}),
    ({"input": False, "output": ""}, {"input": False, "output": ""}, {}),
    ({"input": None}, {"input": None, "output": None}, {}),
    ({"model": "gpt-4o"}, {"model": "gpt-4o"}, {"model": "gpt-4o"}),
    ({"model_parameters": {"temperature": 0.2}}, {"modelParameters": {"temperature": 0.2}}, {}),
    (
        {"usage": {"promptTokens": 10, "completionTokens": 5, "totalTokens": 16, "cachedTokens": 2}},
        {"promptTokens": 10, "completionTokens": 5, "totalTokens": 16},
        {"usage": {"input": 10, "output": 5, "total": 16, "cached": 2}},
    ),
    (
        {"usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 0}},
        {"promptTokens": 10, "completionTokens": 5, "totalTokens": 15},
        {},
    ),
    ({"usage": {"totalTokens": 0}}, {"promptTokens": None, "totalTokens": 0}, {}),
    ({"usage": {}}, {"promptTokens": None, "completionTokens": None, "totalTokens": None}, {"usage": None}),
    ({"usage": None, "cost": None, "model": None}, {"totalTokens": None, "cost": None, "model": None}, {}),
    ({"cost": 0.0034}, {"cost": 0.0034}, {"cost_usd": 0.0034}),
    ({"status": "ERROR", "errorMessage": "boom"}, {"status": "ERROR", "errorMessage": "boom"}, {"health": "error"}),
    ({"status": "OK"}, {"status": "OK", "errorMessage": None}, {"health": "ok"}),
    ({"status": None}, {"status": "OK"}, {"health": None}),
    ({"error_message": "boom"}, {"errorMessage": "boom"}, {}),
    ({"metadata": {"a": {"b": 1}}}, {"metadata": {"a": {"b": 1}}}, {}),
]
"""Members of a span's body → what the export says → what native says."""


@pytest.mark.parametrize(("sent", "shown", "held"), SPAN_CASES)
async def test_a_span_is_read_and_written(
    speaker: Speaker, sent: dict[str, Any], shown: dict[str, Any], held: dict[str, Any]
) -> None:
    """What is sent of a span stands in the export, in either casing, and in native."""
    await ingest(speaker, span_event(**sent))
    (span,) = (await exported(speaker))["spans"]
    assert shown.items() <= span.items()
    assert held.items() <= (await native(speaker, "GET", f"/v1/spans/{SPAN}")).items()


TYPES = {
    "AGENT": "agent",
    "LLM": "llm",
    "TOOL": "tool",
    "RETRIEVAL": "retriever",
    "CHAIN": "chain",
    "CUSTOM": "span",
    "DELEGATION": "handoff",
    "VOICE": "voice",
    "HUMAN_HANDOFF": "handoff",
    "GUARDRAIL": "guardrail",
}


@pytest.mark.parametrize("type", TYPES)
async def test_every_type_survives(speaker: Speaker, type: str) -> None:
    """Each documented type and each of the SDK's is kept, and has a kind that other dialects know."""
    await ingest(speaker, span_event(type=type))
    assert (await exported(speaker))["spans"][0]["type"] == type
    assert (await native(speaker, "GET", f"/v1/spans/{SPAN}"))["kind"] == TYPES[type]


async def test_both_casings_of_a_whole_body(speaker: Speaker) -> None:
    """A body in snake_case, as the documentation writes it, is the same as in camelCase."""
    camel = {
        "parentSpanId": "p",
        "startTime": "2026-04-03T10:05:00.000Z",
        "endTime": "2026-04-03T10:05:01.000Z",
        "modelParameters": {"top_p": 1},
        "usage": {"promptTokens": 1, "completionTokens": 2, "totalTokens": 3},
        "errorMessage": "e",
    }
    snake = {
        "parent_span_id": "p",
        "start_time": "2026-04-03T10:05:00.000Z",
        "end_time": "2026-04-03T10:05:01.000Z",
        "model_parameters": {"top_p": 1},
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        "error_message": "e",
    }
    documented = span_event("snake", "evt-2", **snake)
    documented["body"]["trace_id"] = documented["body"].pop("traceId")
    await ingest(speaker, span_event("camel", "evt-1", **camel), documented)
    first, second = (await exported(speaker))["spans"]
    assert {first.pop("id"), second.pop("id")} == {"camel", "snake"}
    assert first == second
    assert first["modelParameters"] == {"top_p": 1}


async def test_a_span_without_an_id_has_its_events(speaker: Speaker) -> None:
    """As in the documentation's example; it can be scored by that id."""
    await ingest(speaker, span_event(None, "evt-9"))
    assert [span["id"] for span in (await exported(speaker))["spans"]] == ["evt-9"]
    assert (await score(speaker, spanId="evt-9"))["spanId"] == "evt-9"
    assert (await native(speaker, "GET", "/v1/spans/evt-9"))["alias"] is None


async def test_an_event_named_as_parent_is_its_span(speaker: Speaker) -> None:
    """What ``@observe`` does wrong is put right in the export, also where the parent comes later."""
    await ingest(speaker, span_event("child", "evt-1", parentSpanId="evt-2"))
    assert [span["parentSpanId"] for span in (await exported(speaker))["spans"]] == ["evt-2"]
    await ingest(speaker, span_event("parent", "evt-2"))
    parents = {span["id"]: span["parentSpanId"] for span in (await exported(speaker))["spans"]}
    assert parents == {"child": "parent", "parent": None}


async def test_spans_make_their_trace(speaker: Speaker) -> None:
    """A span whose trace nobody sent can be scored at once; the trace's own words come later and are added."""
    await ingest(speaker, span_event(startTime="2026-04-03T10:05:00Z", endTime="2026-04-03T10:05:02Z"))
    await score(speaker)
    await score(speaker, spanId=SPAN)
    assert {"name": None, "startTime": "2026-04-03T10:05:00.000Z", "durationMs": 2000}.items() <= (
        await exported(speaker)
    ).items()

    await ingest(speaker, trace_event(startTime="2026-04-03T10:04:59Z", sessionId="chat-1"))
    trace = await exported(speaker)
    assert {"name": "agent", "startTime": "2026-04-03T10:04:59.000Z", "durationMs": 3000}.items() <= trace.items()
    assert (len(trace["spans"]), len(trace["scores"])) == (1, 2)


async def test_a_trace_told_again_merges(speaker: Speaker) -> None:
    """The last one to say a member wins, what it does not say stays, tags unite and metadata merge."""
    first = trace_event(name="a", tags=["x"], metadata={"a": 1, "b": {"c": 1}}, sessionId="s")
    second = trace_event(event="evt-9", name="b", tags=["y", "x"], metadata={"b": {"d": 2}})
    await ingest(speaker, first, second)
    trace = await exported(speaker)
    assert (trace["name"], trace["tags"], trace["metadata"]) == ("b", ["x", "y"], {"a": 1, "b": {"c": 1, "d": 2}})
    assert (await native(speaker, "GET", f"/v1/traces/{TRACE}"))["session"] == "s"


async def test_a_span_told_again_is_replaced(speaker: Speaker) -> None:
    """Nothing of the former stays, but its scores do; both events count as accepted."""
    await ingest(speaker, span_event(model="gpt-4o", usage={"totalTokens": 5}, cost=1.0, status="ERROR"))
    recorded = await score(speaker, spanId=SPAN)
    await ingest(speaker, span_event(event="evt-9", input="again"))
    trace = await exported(speaker)
    (span,) = trace["spans"]
    assert (span["model"], span["cost"], span["status"], span["input"]) == (None, None, "OK", "again")
    assert (trace["totalTokens"], trace["totalCost"], trace["status"]) == (0, "0", "OK")
    assert [found["id"] for found in trace["scores"]] == [recorded["id"]]
    assert (await score(speaker, spanId="evt-9"))["spanId"] == "evt-9"


async def test_the_same_span_id_in_two_traces_is_two_spans(speaker: Speaker) -> None:
    """A span lies in its trace; each is scored by itself."""
    await ingest(speaker, span_event(), span_event(event="evt-9", traceId="other"))
    await score(speaker, traceId="other", spanId=SPAN)
    assert len((await exported(speaker, "other"))["scores"]) == 1
    assert (await exported(speaker))["scores"] == []


async def test_a_thousand_events(speaker: Speaker) -> None:
    """The largest batch is taken; one more is 413 and stores nothing."""
    events = [span_event(f"s-{number}", f"e-{number}") for number in range(1000)]
    reply = await send(speaker, "POST", BATCH, {"batch": [*events, trace_event()]})
    assert "1000 events" in refusal(reply, 413, "PAYLOAD_TOO_LARGE")
    assert await nothing_stored(speaker)
    await ingest(speaker, *events)
    assert len((await exported(speaker))["spans"]) == 1000


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────

WRONG_SPANS: list[tuple[dict[str, Any], str]] = [
    ({"id": ""}, "id"),
    ({"id": 7}, "id"),
    ({"id": "a\x00b"}, "id"),
    ({"traceId": None}, "traceId"),
    ({"traceId": ""}, "traceId"),
    ({"traceId": []}, "traceId"),
    ({"name": None}, "name"),
    ({"name": 7}, "name"),
    ({"name": "a\x00b"}, "name"),
    ({"type": "llm"}, "type"),
    ({"type": "EMBEDDING"}, "type"),
    ({"type": None}, "type"),
    ({"type": 1}, "type"),
    ({"parentSpanId": ""}, "parentSpanId"),
    ({"parentSpanId": 7}, "parentSpanId"),
    ({"startTime": "soon"}, "startTime"),
    ({"startTime": 1775210700}, "startTime"),
    ({"endTime": "2026-02-30T00:00:00Z"}, "endTime"),
    ({"endTime": "99999-01-01T00:00:00Z"}, "endTime"),
    ({"model": 4}, "model"),
    ({"model": "a\x00"}, "model"),
    ({"modelParameters": [1]}, "modelParameters"),
    ({"modelParameters": {"a": "\x00"}}, "modelParameters"),
    ({"usage": 5}, "usage"),
    ({"usage": {"promptTokens": 1.5}}, "usage.promptTokens"),
    ({"usage": {"promptTokens": "1"}}, "usage.promptTokens"),
    ({"usage": {"totalTokens": 2**64}}, "usage"),
    ({"usage": {"totalTokens": -1}}, "usage"),
    ({"cost": "1"}, "cost"),
    ({"cost": True}, "cost"),
    ({"status": "ok"}, "status"),
    ({"status": "UNSET"}, "status"),
    ({"errorMessage": {}}, "errorMessage"),
    ({"errorMessage": LONG}, "errorMessage"),
    ({"metadata": []}, "metadata"),
    ({"metadata": {"a\x00": 1}}, "metadata"),
    ({"input": {"a": "\x00"}}, "input"),
    ({"output": ["\x00"]}, "output"),
]

WRONG_TRACES: list[tuple[dict[str, Any], str]] = [
    ({"id": None}, "id"),
    ({"id": ""}, "id"),
    ({"name": None}, "name"),
    ({"tags": "a,b"}, "tags"),
    ({"tags": [1]}, "tags.0"),
    ({"tags": ["a", "b\x00"]}, "tags.1"),
    ({"tags": [f"t{number}" for number in range(1001)]}, "tags"),
    ({"metadata": "x"}, "metadata"),
    ({"startTime": ""}, "startTime"),
    ({"endTime": "2026-04-03T25:00:00Z"}, "endTime"),
    ({"sessionId": ""}, "sessionId"),
    ({"sessionId": 7}, "sessionId"),
    ({"sessionId": "x" * 801}, "sessionId"),
    ({"deploymentId": 7}, "deploymentId"),
    ({"deploymentId": "a\x00b"}, "deploymentId"),
    ({"parentTraceId": 7}, "parentTraceId"),
    ({"evaluators": "accuracy"}, "evaluators"),
    ({"evaluators": [None]}, "evaluators.0"),
]

WRONG_EVENTS: list[tuple[dict[str, Any], str]] = [
    ({"id": None}, "id"),
    ({"id": ""}, "id"),
    ({"id": "a\x00b"}, "id"),
    ({"type": "span-update"}, "type"),
    ({"type": None}, "type"),
    ({"body": None}, "body"),
    ({"body": []}, "body"),
    ({"timestamp": 5}, "timestamp"),
    ({"timestamp": "now"}, "timestamp"),
]

WRONG = [
    *(({**span_event(), "body": {**span_event()["body"], **body}}, f"body.{place}") for body, place in WRONG_SPANS),
    *(({**trace_event(), "body": {**trace_event()["body"], **body}}, f"body.{place}") for body, place in WRONG_TRACES),
    *(({**span_event(), **members}, place) for members, place in WRONG_EVENTS),
]
"""Events with one thing wrong, and where."""


@pytest.mark.parametrize(("event", "member"), WRONG)
async def test_one_wrong_event_refuses_the_batch(speaker: Speaker, event: dict[str, Any], member: str) -> None:
    """The fault is named with its event, and the good events beside it are not stored either."""
    good = trace_event("good", "evt-0")
    reply = await send(speaker, "POST", BATCH, {"batch": [good, event, span_event("also-good", "evt-8")]})
    assert invalid(reply).startswith(f"batch.1.{member}")
    assert await nothing_stored(speaker)


async def test_every_fault_is_named(speaker: Speaker) -> None:
    """Whoever reads the log of a client that never repeats learns of all that was wrong."""
    events = [span_event(type="x"), trace_event(tags=[1]), trace_event(), span_event(cost="1", status="x")]
    message = invalid(await send(speaker, "POST", BATCH, {"batch": events}))
    places = [fault.partition(":")[0] for fault in message.split("; ")]
    assert places == ["batch.0.body.type", "batch.1.body.tags.0", "batch.3.body.cost", "batch.3.body.status"]


async def test_a_refusal_stays_small(speaker: Speaker) -> None:
    """A thousand faults are not all told."""
    message = invalid(await send(speaker, "POST", BATCH, {"batch": [span_event(type="x")] * 1000}))
    assert len(message.split("; ")) == 100


@pytest.mark.parametrize("document", [{}, {"batch": None}, {"batch": {}}, {"batch": "x"}, {"batch": []}, [], None, 7])
async def test_a_body_without_events_is_refused(speaker: Speaker, document: Any) -> None:
    """A batch is an object with at least one event in it."""
    invalid(await send(speaker, "POST", BATCH, msgspec.json.encode(document)))


@pytest.mark.parametrize("event", [None, 7, "x", [], {}, [{}]])
async def test_an_event_that_is_none_is_refused(speaker: Speaker, event: Any) -> None:
    """It is named by its place."""
    assert invalid(await send(speaker, "POST", BATCH, {"batch": [trace_event(), event]})).startswith("batch.1")
    assert await nothing_stored(speaker)


NUMBERS = ["1e308", "-0.0", "123456789012345678901234567890", "-9223372036854775809", "18446744073709551616", "1E400"]


@pytest.mark.parametrize("number", NUMBERS)
async def test_any_number_inside_a_document_is_kept_or_refused(speaker: Speaker, number: str) -> None:
    """What JSON can say and a double can hold is taken and written again; what nothing holds is 400."""
    event = msgspec.json.encode(span_event(input="NUMBER")).replace(b'"NUMBER"', number.encode())
    reply = await send(speaker, "POST", BATCH, b'{"batch": [' + event + b"]}")
    if float(number) == float("inf"):
        invalid(reply)
        assert await nothing_stored(speaker)
    else:
        assert read_reply(reply) == {"accepted": 1}
        assert (await exported(speaker))["spans"][0]["input"] == pytest.approx(float(number))


@pytest.mark.parametrize("levels", [60, 200, 10_000, 100_000])
async def test_depth_is_bounded(speaker: Speaker, levels: int) -> None:
    """Sixty levels are stored and exported, more than a hundred refused."""
    event = msgspec.json.encode(span_event(input="DEEP")).replace(b'"DEEP"', b"[" * levels + b"]" * levels)
    reply = await send(speaker, "POST", BATCH, b'{"batch": [' + event + b"]}")
    if levels > 100:
        invalid(reply)
        assert await nothing_stored(speaker)
        return
    assert reply.status == 201
    document, depth = (await exported(speaker))["spans"][0]["input"], 1
    while document:
        (document,), depth = document, depth + 1
    assert depth == levels


async def test_an_events_id_is_not_shared_between_projects(speaker: Speaker) -> None:
    """Another project finds neither the span nor its event."""
    await ingest(speaker, span_event())
    stranger = await speaker.stranger()
    body = {"traceId": TRACE, "spanId": EVENT, "evaluatorName": "a", "value": 1}
    refusal(await send(speaker, "POST", "/api/v1/scores", body, principal=stranger), 404, "NOT_FOUND")
