"""Connections: how many there may be, and how long each may keep the server waiting.

uvicorn closes a connection that was idle after an answer, and nothing else: one that never asks, whose head never
ends, whose body goes on after the answer, or that never takes its answer, it keeps for ever. Here every connection is
looked at once a second, and whatever it is waited for has an end. Where there is no room for another one, the one that
has been quiet for longest makes room, those first that never asked; where none is quiet, the new one is refused.
"""

import asyncio
import resource
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from scorehouse.server.sending import WHOLE, HeaderPair
from scorehouse.settings import Bounds

HEAD_BYTES_MAX = 65_536
"""Request line and headers; the longest path that is served has a quarter of that. Also what may come between two
parts of a body, and after it: chunk extensions and trailers."""

STALLED_S = 60.0
"""How long a client may take nothing of its answer: longer than any network's hiccup."""

LOOKS_EVERY_S = 1.0

WHOLE_BYTES_MAX = 65_536
"""Bodies up to this size are joined to their heads; to copy larger ones would cost more than it gives."""

FILES_KEPT = 100
"""File descriptors that are not for connections: the database, its log, the listener, standard error."""


def _last_words(status: str, text: str, more: str = "") -> bytes:
    """Write an answer to a connection that is closed with it; nobody knows yet in whose words to say it."""
    head = f"HTTP/1.1 {status}\r\n{more}connection: close\r\ncontent-type: text/plain; charset=utf-8\r\n"
    return f"{head}content-length: {len(text)}\r\n\r\n{text}".encode("ascii")


_NO_ROOM = _last_words("503 Service Unavailable", "Too many connections are open.", "retry-after: 1\r\n")
_TOO_SLOW = _last_words("408 Request Timeout", "The request did not come in time.")

_log = structlog.get_logger("scorehouse.server")


class Connections:
    """Every connection of a server, and the bounds that they share.

    Attributes:
        most: connections that may be open.
        silent: those that never asked anything, the longest open first.
        idle: those that have been answered and ask nothing now, the longest idle first.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.most = min(bounds.connections_max, _files_max() - FILES_KEPT)
        if self.most < bounds.connections_max:
            _log.warning("the limit of open files leaves room for fewer connections", connections_max=self.most)
        self.silent: dict[Connection, None] = {}
        self.idle: dict[Connection, None] = {}
        self._bounds = bounds
        self._open: set[Connection] = set()
        self._answers: list[tuple[asyncio.Transport, bytes]] = []

    def __len__(self) -> int:
        return len(self._open)

    def protocol(self, *arguments: Any, **named: Any) -> "Connection":
        """Make the protocol of another connection; uvicorn calls this as if it were the class."""
        return Connection(self, *arguments, **named)

    def opened(self, connection: "Connection") -> bool:
        """Note a new connection; False if there is no room for it, nor any that could make room."""
        self._open.add(connection)
        if len(self._open) <= self.most:
            self.silent[connection] = None
            return True
        longest = next(iter(self.silent or self.idle), None)
        if longest is None:
            return False
        self.asks(longest)
        self.write()
        longest.transport.abort()
        self._open.discard(longest)
        self.silent[connection] = None
        return True

    def closed(self, connection: "Connection") -> None:
        """Forget a connection."""
        self._open.discard(connection)
        self.asks(connection)

    def asks(self, connection: "Connection") -> None:
        """Note that a connection is not quiet any more."""
        self.silent.pop(connection, None)
        self.idle.pop(connection, None)

    def write_soon(self, transport: asyncio.Transport, answer: bytes) -> None:
        """Write an answer together with all that are ready in this turn of the event loop.

        Whoever is answered wakes up, which on most systems costs the one who writes; between two answers of one turn
        the reader has no time to fall asleep again.
        """
        if not self._answers:
            asyncio.get_running_loop().call_soon(self.write)
        self._answers.append((transport, answer))

    def write(self) -> None:
        """Write what is to be written soon."""
        answers, self._answers = self._answers, []
        for transport, answer in answers:
            if not transport.is_closing():  # Who has gone meanwhile must not keep it from the others.
                transport.write(answer)

    async def look_after(self) -> None:
        """Close, for ever, what has kept the server waiting for too long."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            now = loop.time()
            for connection in tuple(self._open):
                connection.look(now, self._bounds)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, for a connection that is looked after."""

    def __init__(self, connections: Connections, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._connections = connections
        self._since = self.loop.time()
        self._in_head = False
        self._in_message = False
        self._overhead = 0
        """Bytes since the message, or the last part of its body, began."""
        self._unsent = 0
        self._moved = self._since
        """When the client last took some of what is unsent."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, or refuse to."""
        super().connection_made(transport)
        if not self._connections.opened(self):
            transport.write(_NO_ROOM)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._connections.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those that are no body are counted."""
        self._overhead += len(data)
        super().data_received(data)
        if self._overhead > HEAD_BYTES_MAX and self._in_message and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        """Note the first byte of a request."""
        super().on_message_begin()
        self._connections.asks(self)
        self._in_head = self._in_message = True
        self._overhead = 0
        self._since = self.loop.time()

    def on_headers_complete(self) -> None:
        """Note the end of a head."""
        self._in_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._overhead = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the last byte of a request."""
        self._in_message = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Note an answer, after which the connection may be quiet; uvicorn would set a timer for each of them."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        self._since = self.loop.time()
        if not self._in_message and not self.is_answering:
            self._connections.idle[self] = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Hand a request to the application, with the way to answer it at once."""
        cycle.scope["extensions"] = {WHOLE: partial(self._write_whole, cycle)}  # type: ignore[dict-item]  # ours, no dict
        super()._start_asgi_task(cycle, app)

    def _write_whole(
        self, cycle: RequestResponseCycle, status: int, headers: Sequence[HeaderPair], body: bytes
    ) -> bool:
        """Write an answer as uvicorn's cycle does by two messages, which get what is no plain answer; see Whole."""
        plain = len(body) <= WHOLE_BYTES_MAX and cycle.scope["method"] != "HEAD"
        if not plain or cycle.disconnected or cycle.flow.write_paused:
            return False
        parts = [STATUS_LINE[status]]
        for name, value in (*cycle.default_headers, *headers):
            parts += (name, b": ", value, b"\r\n")
        parts += (b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", body)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        self._connections.write_soon(cycle.transport, b"".join(parts))
        cycle.message_event.set()
        if not cycle.keep_alive:
            self._connections.write()
            cycle.transport.close()
        cycle.on_response()
        return True

    def eof_received(self) -> None:
        """End with what was answered: a client that sends no more may still listen."""
        self._connections.write()
        super().eof_received()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, after whatever was answered before."""
        self._connections.write()
        super().send_400_response(msg)

    def shutdown(self) -> None:
        """End as soon as what is being answered is."""
        self._connections.write()
        super().shutdown()

    @property
    def is_answering(self) -> bool:
        """Tell whether a request is being served: its body's time, and its own, are the application's business."""
        return self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]  # None at first

    def look(self, now: float, bounds: Bounds) -> None:
        """Close the connection if it has kept the server waiting for too long."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent < self._unsent:
            self._moved = now
        self._unsent = unsent
        if now - self._moved > STALLED_S:
            self.transport.abort()
        elif self.is_answering or unsent or self.transport.is_closing():
            return
        elif self._in_head or self.cycle is None:
            self._close_after(bounds.head_timeout_s, now, _TOO_SLOW)
        else:
            self._close_after(bounds.body_timeout_s if self._in_message else bounds.idle_timeout_s, now)

    def _close_after(self, allowed_s: float, now: float, saying: bytes = b"") -> None:
        if now - self._since > allowed_s:
            self.transport.write(saying)
            self.transport.close()


def _files_max() -> int:
    """Return how many files the process may open, once it may open as many as the system lets it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = 1_048_576
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
