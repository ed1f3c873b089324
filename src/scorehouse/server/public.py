"""What the server answers itself, without a key: index, health, readiness, metrics, documents.

At the root these paths win over any dialect's. PandaProbe has ``/`` and ``/health`` of its own, so the
answers here say all that its do (contract pandaprobe §1).
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import scorehouse
from scorehouse.domain.refusals import Unavailable
from scorehouse.server.telemetry import METRICS_MEDIA, Telemetry
from scorehouse.services.house import House
from scorehouse.wire.call import Head, Reply, json_reply
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.openapi import document
from scorehouse.wire.pages import read_page
from scorehouse.wire.times import shortest_offset

Answer = Callable[[Head], Awaitable[Reply]]

ALLOWED = ("GET", "HEAD")


class Public:
    """The server's own paths."""

    def __init__(self, house: House, dialects: Sequence[Dialect], telemetry: Telemetry) -> None:
        self._house = house
        self._dialects = tuple(dialects)
        self._telemetry = telemetry
        self._documents: dict[str, Reply] = {}
        self._page = read_page("scorehouse.server", "docs.html")
        self._answers: dict[str, Answer] = {
            "/": self._index,
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": self._metrics,
        }
        for dialect in self._dialects:
            self._answers[f"/{dialect.name}/openapi.json"] = partial(self._openapi, dialect)
            self._answers[f"/{dialect.name}/docs"] = self._docs

    def find(self, method: str, path: str) -> Answer | None:
        """Return what answers this path; None where the path is not the server's own."""
        answer = self._answers.get(path)
        if answer is None or method in ALLOWED:
            return answer
        # A browser's preflight needs no answer here: these pages are read by tools and people, not by scripts.
        return _wrong_method

    def paths(self) -> tuple[str, ...]:
        """List the server's own paths."""
        return tuple(self._answers)

    async def _index(self, head: Head) -> Reply:
        if "text/html" in head.headers.get("accept", ""):
            return read_page("scorehouse.server", "index.html")
        return json_reply(
            200,
            {
                "name": "Scorehouse",
                "version": scorehouse.__version__,
                "status": "healthy",
                "docs": "/native/docs",
                "dialects": [
                    {
                        "name": dialect.name,
                        "title": dialect.title,
                        "mount": f"/{dialect.name}",
                        "openapi": f"/{dialect.name}/openapi.json",
                        "docs": f"/{dialect.name}/docs",
                    }
                    for dialect in self._dialects
                ],
            },
        )

    async def _health(self, head: Head) -> Reply:
        """Say that the process lives; touches no disk, so that a slow one does not get it killed."""
        return json_reply(
            200,
            {
                "status": "healthy",
                "version": scorehouse.__version__,
                "environment": "production",
                "timestamp": shortest_offset(self._house.clock()),
            },
        )

    async def _ready(self, head: Head) -> Reply:
        """Say whether the store can read and write now."""
        try:
            await self._house.store.ready()
        except Unavailable as refusal:
            wait = (("retry-after", str(refusal.retry_after_s)),)
            return json_reply(503, {"status": "unavailable", "reason": refusal.message}, wait)
        return json_reply(200, {"status": "ready"})

    async def _metrics(self, head: Head) -> Reply:
        return Reply(200, self._telemetry.exposition(), METRICS_MEDIA)

    async def _openapi(self, dialect: Dialect, head: Head) -> Reply:
        if dialect.name not in self._documents:
            self._documents[dialect.name] = json_reply(200, document(dialect, scorehouse.__version__))
        return self._documents[dialect.name]

    async def _docs(self, head: Head) -> Reply:
        return self._page


async def _wrong_method(head: Head) -> Reply:
    allowed = ", ".join(ALLOWED)
    shape: dict[str, Any] = {"error": f"{head.method} is not allowed here; {allowed} is."}
    return json_reply(405, shape, (("allow", allowed),))
