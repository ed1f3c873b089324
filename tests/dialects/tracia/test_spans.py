"""Spans that come again, in any order, and from other dialects."""

from typing import Any

import pytest

from scorehouse.dialects.tracia import DIALECT
from scorehouse.domain.traces import Health, SpanSketch, TraceSketch
from scorehouse.services.anchor import anchor
from scorehouse.services.find import find_trace
from scorehouse.wire.call import Call, Head
from tests.dialects.speaking import BEGINNING, Speaker, read_reply
from tests.dialects.tracia.examples import SPAN, SPAN_ID, known, sent, spoken

MANDATORY = (
    "id",
    "spanId",
    "model",
    "provider",
    "input",
    "status",
    "latencyMs",
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "createdAt",
)
"""What Python's validation wants (contract 2signal-tracia §2.5)."""


async def anchored(speaker: Speaker, *spans: SpanSketch) -> None:
    """Take in spans as another dialect does."""
    actor = Call(Head("POST", "/"), {}, b"", speaker.principal, speaker.house, "native").actor
    await anchor(speaker.house, speaker.principal.project.number, actor, (), spans)


async def test_the_answer_suits_both_sdks(speaker: Speaker) -> None:
    """Python insists on id, spanId and traceId, Node's types say spanId and cost."""
    status, answer = await spoken(speaker, "POST", "/api/v1/spans", SPAN)
    assert status == 201
    assert list(answer) == ["id", "spanId", "traceId", "cost"]
    assert (answer["spanId"], answer["traceId"], answer["cost"]) == (SPAN_ID, SPAN_ID, None)
    assert answer["id"] not in {SPAN_ID, ""}


async def test_a_repetition_answers_the_same_with_200(speaker: Speaker) -> None:
    """A retry of background creation is no conflict and changes nothing, whenever it comes."""
    status, first = await spoken(speaker, "POST", "/api/v1/spans", SPAN)
    before = await known(speaker)
    speaker.clock.advance(0.5)
    again, second = await spoken(speaker, "POST", "/api/v1/spans", SPAN)
    assert (status, again) == (201, 200)
    assert first == second
    assert await known(speaker) == before
    _, page = await spoken(speaker, "GET", "/api/v1/spans")
    assert len(page["spans"]) == 1


async def test_a_repetition_replaces_what_was_said(speaker: Speaker) -> None:
    """A second creation says all there is to say of the span, but does not move it to another trace."""
    await sent(speaker, status="ERROR", error="overloaded", tags=["a"], traceId="tr_a")
    await sent(speaker, output="done", tags=["b"], traceId="tr_b")
    span = await known(speaker)
    assert (span.health, span.error, span.output, span.tags, span.trace) == (Health.OK, None, "done", ("b",), "tr_a")


TRACES: list[tuple[str, dict[str, Any], str]] = [
    ("the one given", {"traceId": "tr_given", "parentSpanId": "sp_parent"}, "tr_given"),
    ("its parent's", {"parentSpanId": "sp_parent"}, "tr_parent"),
    ("its own", {}, SPAN_ID),
    ("its own, the parent not being known", {"parentSpanId": "sp_nobody"}, SPAN_ID),
]


@pytest.mark.parametrize(("given", "trace"), [case[1:] for case in TRACES], ids=[case[0] for case in TRACES])
async def test_the_trace_of_a_span(speaker: Speaker, given: dict[str, Any], trace: str) -> None:
    """Given, else the parent's, else the span's own id; answered as it is stored."""
    await sent(speaker, spanId="sp_parent", traceId="tr_parent")
    answer = await sent(speaker, **given)
    assert answer["traceId"] == trace == (await known(speaker)).trace


async def test_the_trace_learns_session_user_and_tags(speaker: Speaker) -> None:
    """The first span that has a session or user gives it to the trace; tags unite."""
    await sent(speaker, spanId="sp_1", traceId="tr_1", tags=["a"])
    await sent(speaker, spanId="sp_2", traceId="tr_1", sessionId="s", userId="u", tags=["b"])
    await sent(speaker, spanId="sp_3", traceId="tr_1", sessionId="other", userId="other")
    trace = await find_trace(speaker.house, speaker.principal.project.number, "tr_1")
    assert (trace.session, trace.user, trace.tags) == ("s", "u", ("a", "b"))
    assert trace.rollup.span_count == 3
    assert trace.rollup.tokens_total == 6


async def test_the_internal_id_never_changes(speaker: Speaker) -> None:
    """It is the same wherever a span is shown, differs between spans, and looks like a cuid."""
    first = (await sent(speaker))["id"]
    second = (await sent(speaker, spanId="sp_2"))["id"]
    assert first != second
    assert len(first) == 25
    assert first[0] == "c"
    assert first.isalnum()
    assert first.islower()
    _, span = await spoken(speaker, "GET", f"/api/v1/spans/{SPAN_ID}")
    _, page = await spoken(speaker, "GET", "/api/v1/spans")
    assert span["id"] == first
    assert [item["id"] for item in page["spans"]] == [second, first]


FOREIGN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "that says nothing",
        {},
        {
            "model": "unknown",
            "provider": "unknown",
            "input": {},
            "output": None,
            "status": "SUCCESS",
            "latencyMs": 0,
            "inputTokens": 0,
            "outputTokens": 0,
            "totalTokens": 0,
            "tags": [],
            "variables": None,
            "cost": None,
        },
    ),
    ("that has no end", {"started_at": BEGINNING}, {"latencyMs": 0}),
    ("that ends before it starts", {"started_at": BEGINNING, "ended_at": BEGINNING - 5000}, {"latencyMs": 0}),
    ("with microseconds", {"started_at": BEGINNING, "ended_at": BEGINNING + 1_234_567}, {"latencyMs": 1234}),
    ("that failed", {"health": Health.ERROR, "error": "boom"}, {"status": "ERROR", "error": "boom"}),
    ("whose health is unset", {"health": Health.UNSET}, {"status": "SUCCESS"}),
    ("with a text", {"input": "hi", "output": "ho"}, {"input": {"text": "hi"}, "output": "ho"}),
    ("with texts", {"input": ["a", "b"]}, {"input": {"text": ["a", "b"]}}),
    ("with messages", {"input": [{"role": "user"}]}, {"input": {"messages": [{"role": "user"}]}}),
    ("with a number", {"input": 5, "output": 5}, {"input": {"value": 5}, "output": "5"}),
    ("with an object", {"input": {"q": 1}, "output": {"a": [1, "é"]}}, {"input": {"q": 1}, "output": '{"a":[1,"é"]}'}),
    ("with a cost", {"cost_usd": 0.25}, {"cost": 0.25}),
    ("without a total", {"usage": {"input": 3, "output": 4}}, {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}),
    ("with cached tokens only", {"usage": {"cached": 3}}, {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0}),
]


@pytest.mark.parametrize(("given", "shown"), [case[1:] for case in FOREIGN], ids=[case[0] for case in FOREIGN])
async def test_a_span_of_another_dialect(speaker: Speaker, given: dict[str, Any], shown: dict[str, Any]) -> None:
    """It has all that Python's validation wants, as the emptiest value where nothing is known."""
    await anchored(speaker, SpanSketch(id="00f067aa0ba902b7", trace="4bf92f3577b34da6a3ce929d0e0e4736", **given))
    status, answer = await spoken(speaker, "GET", "/api/v1/spans/00f067aa0ba902b7")
    assert status == 200
    assert [name for name in MANDATORY if answer[name] is None] == []
    assert {name: answer[name] for name in shown} == shown
    _, page = await spoken(speaker, "GET", "/api/v1/spans")
    assert page["spans"][0].items() <= answer.items()
    assert (await spoken(speaker, "GET", "/api/v1/traces/00f067aa0ba902b7"))[0] == 200


async def test_a_span_that_is_only_an_alias_is_another_span(speaker: Speaker) -> None:
    """A span of the id under which clients refer to another one is new, and does not touch that other."""
    await anchored(speaker, SpanSketch(id="other", alias=SPAN_ID, trace="tr_1", model="claude"))
    assert (await spoken(speaker, "POST", "/api/v1/spans", SPAN))[0] == 201
    assert (await known(speaker, "other")).model == "claude"


async def test_a_trace_is_no_span(speaker: Speaker) -> None:
    """A trace without a span of its id is not found, in either family, each in its own words."""
    actor = Call(Head("POST", "/"), {}, b"", speaker.principal, speaker.house, "native").actor
    number = speaker.principal.project.number
    await anchor(speaker.house, number, actor, (TraceSketch(id="tr_1", name="whole"),), ())
    _, answer = await spoken(speaker, "GET", "/api/v1/spans/tr_1")
    assert answer["message"] == "Span not found: tr_1"
    _, answer = await spoken(speaker, "GET", "/api/v1/traces/tr_1")
    assert answer["message"] == "Trace not found: tr_1"
    status, answer = await spoken(
        speaker, "POST", "/api/v1/traces/tr_1/evaluations", {"evaluatorKey": "quality", "value": 1}
    )
    assert (status, answer["message"]) == (404, "Trace not found: tr_1")


async def test_the_largest_input_is_kept(speaker: Speaker) -> None:
    """Images come as base64 inside messages: an input of megabytes is stored and shown as it is."""
    image = {"messages": [{"role": "user", "content": [{"type": "image", "data": "A" * 3_000_000}]}]}
    await sent(speaker, input=image)
    reply = await speaker.speak(DIALECT, "GET", f"/api/v1/spans/{SPAN_ID}")
    assert read_reply(reply)["input"] == image
