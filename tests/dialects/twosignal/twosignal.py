"""Short words for the tests of the 2signal dialect."""

from typing import Any

from scorehouse.dialects.native import DIALECT as NATIVE
from scorehouse.dialects.twosignal import DIALECT
from scorehouse.wire.call import Reply
from tests.dialects.speaking import Speaker, read_reply, whole

TRACE = "trace-abc-123"
SPAN = "span-llm-456"
EVENT = "evt-002"

ACCURACY: dict[str, Any] = {"traceId": TRACE, "evaluatorName": "accuracy", "value": 0.92}

LONG = "x" * 1_048_577
"""One character more than a text may have."""


async def send(speaker: Speaker, method: str, path: str, body: Any = b"", **options: Any) -> Reply:
    """Send one request, and take its answer whole."""
    return await whole(await speaker.speak(DIALECT, method, path, body, **options))


async def read(speaker: Speaker, path: str, **options: Any) -> Any:
    """Read something enveloped that is there, and return what the envelope holds."""
    reply = await send(speaker, "GET", path, **options)
    assert reply.status == 200, reply.body
    answer = read_reply(reply)
    assert answer.keys() == {"data", "error"}
    assert answer["error"] is None
    return answer["data"]


async def native(speaker: Speaker, method: str, path: str, body: Any = b"") -> Any:
    """Ask the house in its own language, and return the answer."""
    reply = await speaker.speak(NATIVE, method, path, body)
    assert reply.status < 300, reply.body
    return read_reply(reply)


def trace_event(id: str = TRACE, event: str = "evt-001", **body: Any) -> dict[str, Any]:
    """Make a ``trace-create``; members of its body by their names on the wire."""
    return {"id": event, "type": "trace-create", "body": {"id": id, "name": "agent", **body}}


def span_event(id: str | None = SPAN, event: str = EVENT, **body: Any) -> dict[str, Any]:
    """Make a ``span-create``; without an id if it is None."""
    own = {} if id is None else {"id": id}
    return {
        "id": event,
        "type": "span-create",
        "body": {**own, "traceId": TRACE, "name": "step", "type": "LLM", **body},
    }


async def ingest(speaker: Speaker, *events: dict[str, Any]) -> None:
    """Take in events that are good."""
    reply = await send(speaker, "POST", "/api/v1/traces", {"batch": list(events)})
    assert reply.status == 201, reply.body
    assert read_reply(reply) == {"accepted": len(events)}


async def score(speaker: Speaker, **changes: Any) -> Any:
    """Record a score, by default ACCURACY, and return the answer."""
    reply = await send(speaker, "POST", "/api/v1/scores", {**ACCURACY, **changes})
    assert reply.status == 201, reply.body
    return read_reply(reply)


async def exported(speaker: Speaker, id: str = TRACE) -> Any:
    """Export one trace."""
    return await read(speaker, f"/api/v1/export/traces/{id}")


async def scores(speaker: Speaker, query: str = "") -> list[Any]:
    """List scores."""
    found: list[Any] = (await read(speaker, f"/api/v1/scores?{query}"))["scores"]
    return found


async def traces(speaker: Speaker, query: str = "") -> list[str]:
    """List ids of traces."""
    return [trace["id"] for trace in (await read(speaker, f"/api/v1/traces?{query}"))["traces"]]


def refusal(reply: Reply, status: int, code: str) -> str:
    """Return the message of a refusal, whose whole body is ``{"error": {"code", "message"}}``."""
    assert reply.status == status, reply.body
    assert reply.media == "application/json"
    document = read_reply(reply)
    assert document.keys() == {"error"}
    assert document["error"].keys() == {"code", "message"}
    assert document["error"]["code"] == code
    message: str = document["error"]["message"]
    assert message
    return message


def invalid(reply: Reply) -> str:
    """Return the message of a 400."""
    return refusal(reply, 400, "VALIDATION_ERROR")


async def nothing_stored(speaker: Speaker) -> bool:
    """Tell whether the house holds no score, trace or span."""
    totals = [
        (await native(speaker, "GET", f"/v1/{things}?total=true&limit=0"))["total"]
        for things in ("scores", "traces", "spans")
    ]
    return totals == [0, 0, 0]
