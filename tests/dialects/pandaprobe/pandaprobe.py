"""Short words for the tests of the PandaProbe dialect."""

from collections.abc import Mapping
from typing import Any

from scorehouse.dialects.pandaprobe import DIALECT
from scorehouse.domain.access import Principal
from scorehouse.wire.call import Reply
from tests.dialects.speaking import Speaker, read_reply

TRACE = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
OTHER = "11111111-2222-4333-8444-555555555555"
SPAN = "22222222-2222-4333-8444-555555555555"
UNKNOWN = "3c90c3cc-0d44-4b50-8888-8dd25736052a"

KEY: Mapping[str, str] = {"X-API-Key": "sk_pp_0", "X-Project-Name": "default", "Content-Type": "application/json"}
BEARER: Mapping[str, str] = {"Authorization": "Bearer 0", "Content-Type": "application/json"}

SCORE: dict[str, Any] = {"trace_id": TRACE, "name": "accuracy", "value": "0.92"}
SESSION_SCORE: dict[str, Any] = {"session_id": "s-1", "name": "tone", "value": "1"}
A_TRACE: dict[str, Any] = {"trace_id": TRACE, "name": "answer", "started_at": "2026-01-01T00:00:00Z"}
A_SPAN: dict[str, Any] = {"span_id": SPAN, "name": "call", "started_at": "2026-01-01T00:00:00Z"}

ORGANIZATION = "00000000-0000-8000-9000-000000000001"
PROJECTS = f"/organizations/{ORGANIZATION}/projects"
KEYS = f"/organizations/{ORGANIZATION}/api-keys"

SCORES = "/evaluations/trace-scores"
SESSION_SCORES = "/evaluations/session-scores"


async def send(
    speaker: Speaker,
    method: str,
    path: str,
    body: Any = b"",
    *,
    headers: Mapping[str, str] = KEY,
    principal: Principal | None = None,
) -> Reply:
    """Send one request, by default with a key and the project's own name."""
    return await speaker.speak(DIALECT, method, path, body, headers=headers, principal=principal)


async def say(speaker: Speaker, method: str, path: str, body: Any = b"", status: int = 200, **options: Any) -> Any:
    """Send a request that is answered with this status, and return the answer's JSON."""
    reply = await send(speaker, method, path, body, **options)
    assert reply.status == status, (method, path, reply.body)
    return read_reply(reply)


async def trace(speaker: Speaker, **members: Any) -> str:
    """Send a trace, by default A_TRACE, and return its id."""
    return str((await say(speaker, "POST", "/traces", {**A_TRACE, **members}, 202))["trace_id"])


async def score(speaker: Speaker, **members: Any) -> Any:
    """Record a score of a trace, by default SCORE."""
    return await say(speaker, "POST", SCORES, {**SCORE, **members}, 201)


async def session_score(speaker: Speaker, **members: Any) -> Any:
    """Record a score of a session, by default SESSION_SCORE."""
    return await say(speaker, "POST", SESSION_SCORES, {**SESSION_SCORE, **members}, 201)


async def listed(speaker: Speaker, path: str, member: str) -> list[Any]:
    """List something, and return one member of each item, in order."""
    return [item[member] for item in (await say(speaker, "GET", path))["items"]]


def fields(answer: Any) -> list[str]:
    """Return where the faults of a refusal are."""
    assert answer["detail"] == "Validation error", answer
    assert all(error["message"] for error in answer["errors"])
    return [error["field"] for error in answer["errors"]]
