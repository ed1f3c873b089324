"""Load without mercy: requests over many connections, at a rate that does not depend on the answers."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

TICK_S = 0.005


@dataclass
class Seen:
    """What came of a flood.

    Attributes:
        offered: requests that were due.
        statuses: how many answers of each status; 0 for connections that ended without one.
        bare: refusals without `Retry-After`.
        latencies_s: of answers of the 200s.
    """

    offered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    bare: int = 0
    latencies_s: list[float] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """How many were answered with success."""
        return len(self.latencies_s)

    @property
    def refused(self) -> int:
        """How many were refused for now."""
        return self.statuses[429] + self.statuses[503]

    def latency_s(self, part: float) -> float:
        """Return the latency that this part of the accepted requests stayed under."""
        ordered = sorted(self.latencies_s) or [0.0]
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


class Line(asyncio.Protocol):
    """One connection, with at most one request on it."""

    def __init__(self, seen: Seen, free: list["Line"]) -> None:
        self._seen = seen
        self._free = free
        self._answer = b""
        self._began = 0.0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be free."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by what it does alone.
        self._free.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note a request that will not be answered."""
        self._transport = None
        if self._began:
            self._seen.statuses[0] += 1

    def send(self, request: bytes) -> bool:
        """Send a request; False if the connection has ended."""
        if self._transport is None:
            return False
        self._began = self._loop.time()
        self._transport.write(request)
        return True

    def data_received(self, data: bytes) -> None:
        """Collect an answer, which has a length."""
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end:
            return
        lowered = head.lower()
        length = lowered.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if len(body) >= int(length or 0):
            self._note(int(head[9:12]), has_time=b"retry-after: " in lowered)

    def _note(self, status: int, *, has_time: bool) -> None:
        if not self._began:  # The server's last words to a connection that never asked.
            return
        self._seen.statuses[status] += 1
        if status < 300:
            self._seen.latencies_s.append(self._loop.time() - self._began)
        elif status in {429, 503} and not has_time:
            self._seen.bare += 1
        self._answer, self._began = b"", 0.0
        self._free.append(self)

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._began = 0.0
            self._transport.abort()


async def flood(url: str, requests: Sequence[bytes], connections: int, rate: float, seconds: float) -> Seen:
    """Offer requests, picked at random, at a rate (0: as fast as answers come) over so many connections.

    A request that is due while no connection is free is offered, and not sent.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 0
    loop, seen = asyncio.get_running_loop(), Seen()
    free: list[Line] = []
    chance = random.Random(1)  # noqa: S311 - picks requests, not secrets
    lines: list[Line] = []
    for _ in range(connections):
        _, line = await loop.create_connection(lambda: Line(seen, free), host, port)
        lines.append(line)
    began = loop.time()
    while (now := loop.time()) < began + seconds:
        due = int((now - began) * rate) - seen.offered if rate else len(free)
        seen.offered += due
        for _ in range(min(due, len(free))):
            line = free.pop()
            if not line.send(chance.choice(requests)):
                _, fresh = await loop.create_connection(lambda: Line(seen, free), host, port)
                lines.append(fresh)
        await asyncio.sleep(TICK_S if rate else 0)
    for line in lines:
        line.close()
    await asyncio.sleep(0.1)
    return seen
