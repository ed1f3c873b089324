"""Someone who speaks Langfuse to a house of the tests, and what they say most."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from scorehouse.dialects.langfuse import DIALECT
from scorehouse.domain import frozen
from scorehouse.domain.access import Permission, Principal
from scorehouse.wire.call import Reply
from scorehouse.wire.dialect import Dialect
from tests.dialects.speaking import Speaker, read_reply

API = "/api/public"

SCORE: dict[str, Any] = {"traceId": "trace-1", "name": "accuracy", "value": 0.5}
"""The least that is a score."""

SWITCHED = DIALECT.switched({"langfuse_acknowledge_drops"})


@dataclass
class Langfuse:
    """A client of Langfuse's API, without a socket.

    Attributes:
        speaker: in whose house.
        principal: who speaks, None for the speaker.
        dialect: as it is switched.
    """

    speaker: Speaker
    principal: Principal | None = None
    dialect: Dialect = DIALECT

    async def send(
        self, method: str, path: str, body: Any = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Send a request; answers status and body."""
        reply = await self.reply(method, path, body, headers)
        return reply.status, read_reply(reply)

    async def reply(self, method: str, path: str, body: Any = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """Send a request; answers the whole reply."""
        return await self.speaker.speak(
            self.dialect, method, API + path, body, headers=headers, principal=self.principal
        )

    async def get(self, path: str, **parameters: Any) -> Any:
        """Read something that is there."""
        query = f"?{urlencode(parameters, doseq=True)}" if parameters else ""
        status, body = await self.send("GET", path + query)
        assert status == 200, body
        return body

    async def score(self, **members: Any) -> str:
        """Write a score; answers its id."""
        status, body = await self.send("POST", "/scores", {**SCORE, **members})
        assert status == 200, body
        return str(body["id"])

    async def ids(self, path: str = "/v2/scores", **parameters: Any) -> list[str]:
        """Return the ids of a list."""
        return [item["id"] for item in (await self.get(path, **parameters))["data"]]

    async def config(self, **members: Any) -> str:
        """Create a config; answers its id."""
        status, body = await self.send("POST", "/score-configs", {"name": "config", "dataType": "NUMERIC", **members})
        assert status == 200, body
        return str(body["id"])

    async def read(self, id: str) -> Any:
        """Read a score by id, as v2."""
        return await self.get(f"/v2/scores/{quote(id, safe='')}")

    async def ingest(self, *events: Any) -> Any:
        """Send a batch of events; answers what became of them."""
        status, body = await self.send("POST", "/ingestion", {"batch": list(events)})
        assert status == 207, body
        return body

    def browserstack(self) -> "Langfuse":
        """Return the same client with a key spelled for BrowserStack."""
        principal = frozen.replace(self.principal or self.speaker.principal, spelling="browserstack")
        return replace(self, principal=principal)

    def scores_only(self) -> "Langfuse":
        """Return the same client with a public key alone."""
        return replace(self, principal=self.speaker.allowed(Permission.WRITE_SCORES))


def event(type: str, body: Any, *, id: str = "event-1", timestamp: str = "2026-01-01T00:00:00.000Z") -> dict[str, Any]:
    """Make an ingestion event."""
    return {"id": id, "timestamp": timestamp, "type": type, "body": body}


def paths(body: Any) -> list[list[Any]]:
    """Return the paths of the issues in a refusal."""
    assert body["message"] == "Invalid request data", body
    return [issue["path"] for issue in body["error"]]
