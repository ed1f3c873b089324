"""Requests that the tests of Tracia start from, as its SDKs send them (contract 2signal-tracia §2.3, §2.4)."""

from typing import Any

from scorehouse.dialects.tracia import DIALECT
from scorehouse.domain.refusals import Refusal
from scorehouse.domain.scores import Score
from scorehouse.domain.traces import Span
from scorehouse.services.find import find_span
from scorehouse.storage.queries import EVERYTHING, Order, ScoreField, ScoreQuery, Window
from scorehouse.wire.call import Reply
from tests.dialects.speaking import Speaker, read_reply

SPAN_ID = "sp_1234567890abcdef"

SPAN: dict[str, Any] = {
    "spanId": SPAN_ID,
    "model": "gpt-4o",
    "provider": "openai",
    "input": {"messages": []},
    "status": "SUCCESS",
    "latencyMs": 1,
    "inputTokens": 1,
    "outputTokens": 1,
    "totalTokens": 2,
}
"""What both SDKs always send."""

TRACE: dict[str, Any] = {name: value for name, value in SPAN.items() if name != "spanId"} | {
    "traceId": "tr_1234567890abcdef"
}
"""The same in the older family (§2.8)."""

EVALUATION: dict[str, Any] = {"evaluatorKey": "quality", "value": 1}


async def spoken(speaker: Speaker, method: str, path: str, body: Any = b"", **rest: Any) -> tuple[int, Any]:
    """Send one request to the dialect, and return status and JSON."""
    reply: Reply = await speaker.speak(DIALECT, method, path, body, **rest)
    return reply.status, read_reply(reply)


async def sent(speaker: Speaker, **members: Any) -> Any:
    """Record a span, the example with these members, and return the answer."""
    status, answer = await spoken(speaker, "POST", "/api/v1/spans", SPAN | members)
    assert status in {200, 201}, answer
    return answer


async def known(speaker: Speaker, id: str = SPAN_ID) -> Span:
    """Return a span as the core has it."""
    return await find_span(speaker.house, speaker.principal.project.number, id)


async def scores(speaker: Speaker) -> tuple[Score, ...]:
    """Return all scores, the oldest first."""
    order = Order(ScoreField.CREATED_AT, descending=False)
    query = ScoreQuery(speaker.principal.project.number, EVERYTHING, order, Window(1000))
    return (await speaker.house.store.scores(query)).items


def all_refusals(root: type[Refusal] = Refusal) -> set[type[Refusal]]:
    """Return every way to say no that the core has."""
    inner = (all_refusals(child) for child in root.__subclasses__())
    found = {root}.union(*inner)
    return {refusal for refusal in found if refusal.__module__.startswith("scorehouse.domain.")}
