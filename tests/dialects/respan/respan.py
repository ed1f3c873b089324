"""What the tests of the Respan dialect share: speaking it, and things to score."""

from collections.abc import Mapping
from typing import Any

from scorehouse.dialects.respan import DIALECT
from scorehouse.domain.access import Principal
from scorehouse.wire.call import Reply
from tests.dialects.speaking import Speaker, read_reply

LOG = "5f2c0d6e7a9b4c1d8e3f0a1b2c3d4e5f"
SCORES = f"/api/logs/{LOG}/scores/"


async def send(speaker: Speaker, method: str, path: str, body: Any = b"", principal: Principal | None = None) -> Reply:
    """Send one request."""
    return await speaker.speak(DIALECT, method, path, body, principal=principal)


async def ask(
    speaker: Speaker, method: str, path: str, body: Any = b"", *, status: int = 200, principal: Principal | None = None
) -> Any:
    """Send one request that has to be answered with this status, and return the answer's JSON."""
    reply = await send(speaker, method, path, body, principal)
    assert reply.status == status, (method, path, body, reply.status, reply.body)
    return read_reply(reply)


async def make_log(speaker: Speaker, id: str = LOG, **members: Any) -> str:
    """Create a log and return its id."""
    body = {"unique_id": id, "model": "gpt-4o", "input": "Why?", "output": "Because.", **members}
    made: dict[str, Any] = await ask(speaker, "POST", "/api/request-logs/", body, status=201)
    return str(made["unique_id"])


async def make_evaluator(speaker: Speaker, **members: Any) -> dict[str, Any]:
    """Create an evaluator and return it."""
    body = {"name": "Helpfulness", "type": "human", "score_value_type": "numerical", **members}
    made: dict[str, Any] = await ask(speaker, "POST", "/api/evaluators/", body, status=201)
    return made


async def score(speaker: Speaker, status: int = 201, log: str = LOG, **members: Any) -> dict[str, Any]:
    """Score a log on the log-scoped route and return the score."""
    body = {"evaluator_slug": "helpfulness", **members}
    made: dict[str, Any] = await ask(speaker, "POST", f"/api/logs/{log}/scores/", body, status=status)
    return made


def given_values(score: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a score has."""
    names = ("numerical_value", "string_value", "boolean_value", "categorical_value", "json_value")
    return {name: score[name] for name in names if score[name] not in (None, [])}
