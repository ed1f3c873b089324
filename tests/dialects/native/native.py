"""Short words for the tests of the native dialect."""

from typing import Any

from scorehouse.dialects.native import DIALECT
from scorehouse.wire.call import Reply
from tests.dialects.speaking import Speaker, read_reply

SESSION = {"kind": "session", "id": "chat-1"}
"""A target that needs not be known beforehand."""

ACCURACY: dict[str, Any] = {"name": "accuracy", "value": 0.5, "target": SESSION}


async def send(speaker: Speaker, method: str, path: str, body: Any = b"", **options: Any) -> Reply:
    """Send one request in the native dialect."""
    return await speaker.speak(DIALECT, method, path, body, **options)


async def read(speaker: Speaker, path: str, **options: Any) -> Any:
    """Read something that is there."""
    reply = await send(speaker, "GET", path, **options)
    assert reply.status == 200, reply.body
    return read_reply(reply)


async def record(speaker: Speaker, **changes: Any) -> Any:
    """Record a score, by default ACCURACY, and return it."""
    reply = await send(speaker, "POST", "/v1/scores", {**ACCURACY, **changes})
    assert reply.status == 201, reply.body
    return read_reply(reply)


async def names(speaker: Speaker, query: str) -> list[str]:
    """List the names of the scores that a query finds, in its order."""
    return [score["name"] for score in (await read(speaker, f"/v1/scores?{query}"))["items"]]


def problem(reply: Reply, status: int) -> Any:
    """Return the problem that an answer tells, which has this status."""
    document = read_reply(reply)
    assert reply.status == status, document
    assert reply.media == "application/problem+json"
    return document


def faults(reply: Reply) -> list[tuple[str, str]]:
    """Return place and code of every fault of a refusal."""
    errors = problem(reply, 422)["errors"]
    return [(error.get("pointer", error.get("parameter", error.get("header"))), error["code"]) for error in errors]
