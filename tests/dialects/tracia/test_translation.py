"""Spans, read and written: one table of cases, each taken in, looked at in the core, and shown again."""

from typing import Any

import pytest

from scorehouse.domain.traces import Health, SpanKind
from tests.dialects.speaking import BEGINNING, Speaker
from tests.dialects.tracia.examples import SPAN, SPAN_ID, TRACE, known, sent, spoken

CHAT = {
    "input": {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Grüß Gott"}]},
            {"role": "tool", "content": "12 °C", "toolCallId": "call_1", "toolName": "weather"},
        ]
    },
    "variables": {"name": "Ada"},
    "output": "Servus.",
    "latencyMs": 1500,
    "inputTokens": 10,
    "outputTokens": 5,
    "totalTokens": 16,
    "tags": ["prod", "chat"],
    "userId": "user_1",
    "sessionId": "session_1",
    "temperature": 0.7,
    "topP": 0.9,
    "maxOutputTokens": 100,
    "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}],
    "toolCalls": [{"id": "call_1", "name": "weather", "arguments": {"city": "Wien"}}],
    "traceId": "tr_1234567890abcdef",
    "parentSpanId": "sp_0000000000000000",
}
EMBEDDING = {
    "model": "text-embedding-3-small",
    "input": {"text": ["one", "two", "three"]},
    "output": '{"dimensions": 3, "count": 1}',
    "spanKind": "EMBEDDING",
}
FAILED = {
    "provider": "anthropic",
    "status": "ERROR",
    "error": "LLM provider error: overloaded",
    "output": None,
    "inputTokens": 0,
    "outputTokens": 0,
    "totalTokens": 0,
}
NODE: dict[str, Any] = {"variables": None, "output": None, "error": None, "toolCalls": []}
"""Node sends null where Python sends nothing (§2.4)."""

CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        "the least",
        {},
        {
            "kind": SpanKind.LLM,
            "model": "gpt-4o",
            "health": Health.OK,
            "started_at": BEGINNING - 1000,
            "ended_at": BEGINNING,
            "usage": {"input": 1, "output": 1, "total": 2},
            "model_parameters": None,
            "residue": {"tracia": {"provider": "openai"}},
        },
        {"traceId": SPAN_ID},
    ),
    (
        "a chat",
        CHAT,
        {
            "trace": "tr_1234567890abcdef",
            "parent": "sp_0000000000000000",
            "started_at": BEGINNING - 1_500_000,
            "session": "session_1",
            "user": "user_1",
            "tags": ("prod", "chat"),
            "input": CHAT["input"],
            "output": "Servus.",
            "model_parameters": {"temperature": 0.7, "topP": 0.9, "maxOutputTokens": 100},
            "residue": {
                "tracia": {
                    "provider": "openai",
                    "variables": {"name": "Ada"},
                    "tools": CHAT["tools"],
                    "toolCalls": CHAT["toolCalls"],
                }
            },
        },
        {},
    ),
    (
        "an embedding",
        EMBEDDING,
        {"kind": SpanKind.EMBEDDING, "residue": {"tracia": {"provider": "openai", "spanKind": "EMBEDDING"}}},
        {"traceId": SPAN_ID},
    ),
    ("a root", {"spanKind": "ROOT"}, {"kind": SpanKind.SPAN}, {"traceId": SPAN_ID}),
    (
        "a failure",
        FAILED,
        {"health": Health.ERROR, "error": "LLM provider error: overloaded", "output": None},
        {"traceId": SPAN_ID},
    ),
    ("nulls", NODE, {"residue": {"tracia": {"provider": "openai", "toolCalls": []}}}, {"traceId": SPAN_ID}),
    (
        "nothing in texts",
        {"userId": "", "sessionId": "", "traceId": "", "parentSpanId": "", "output": "", "model": "", "provider": ""},
        {"user": None, "session": None, "parent": None, "trace": SPAN_ID, "output": "", "model": ""},
        {"userId": None, "sessionId": None, "traceId": SPAN_ID, "parentSpanId": None},
    ),
]

NULLABLE = ("traceId", "parentSpanId", "variables", "output", "error", "userId", "sessionId")
NOT_SHOWN = {"temperature", "topP", "maxOutputTokens", "tools", "toolCalls", "spanKind"}
ALWAYS = {"promptSlug": None, "promptVersion": None, "cost": None, "createdAt": "2026-01-01T00:00:00.000Z"}


@pytest.mark.parametrize(("given", "core", "shown"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_a_span_is_read_and_written(
    speaker: Speaker, given: dict[str, Any], core: dict[str, Any], shown: dict[str, Any]
) -> None:
    """What was sent stands in the core's fields, and comes back whole but for what the vendor does not show."""
    created = await sent(speaker, **given)
    span = await known(speaker)
    assert {name: getattr(span, name) for name in core} == core

    status, answer = await spoken(speaker, "GET", f"/api/v1/spans/{SPAN_ID}")
    assert status == 200
    assert answer.pop("id") == created["id"] != SPAN_ID
    told = {name: value for name, value in (SPAN | given).items() if name not in NOT_SHOWN}
    assert answer == dict.fromkeys(NULLABLE) | {"tags": []} | told | ALWAYS | shown


OLDER = [
    ("the least", {}),
    ("a chat", {k: v for k, v in CHAT.items() if k not in {"traceId", "parentSpanId"}}),
    ("a failure", FAILED),
    ("nulls", NODE),
]


@pytest.mark.parametrize("given", [case[1] for case in OLDER], ids=[case[0] for case in OLDER])
async def test_a_trace_of_the_older_family_is_a_span(speaker: Speaker, given: dict[str, Any]) -> None:
    """It is the same in the store as a span of that id without a parent, and each family reads the other's."""
    id = TRACE["traceId"]
    status, answer = await spoken(speaker, "POST", "/api/v1/traces", TRACE | given)
    assert (status, answer) == (201, {"traceId": id, "cost": None})
    span = await known(speaker, id)
    assert (span.id, span.trace, span.parent, span.kind) == (id, id, None, SpanKind.LLM)

    _, as_trace = await spoken(speaker, "GET", f"/api/v1/traces/{id}")
    told = {name: value for name, value in (TRACE | given).items() if name not in NOT_SHOWN}
    absent: dict[str, Any] = {name: None for name in NULLABLE if name != "parentSpanId"} | {"tags": []}
    assert as_trace == absent | told | ALWAYS | {"id": as_trace["id"]}
    _, as_span = await spoken(speaker, "GET", f"/api/v1/spans/{id}")
    assert as_span == as_trace | {"spanId": id, "parentSpanId": None}
