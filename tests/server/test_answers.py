"""Answers on their way out: joined, and written together, they are still the bytes that uvicorn would write."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from scorehouse.server import connections
from scorehouse.server.connections import Connection, Connections
from scorehouse.server.sending import WHOLE, send_reply
from scorehouse.settings import Bounds
from scorehouse.wire.call import Reply

GET = b"GET /one HTTP/1.1\r\nHost: x\r\n\r\n"
OTHER = b"GET /two HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
HEAD = b"HEAD /one HTTP/1.1\r\nHost: x\r\n\r\n"

REPLIES = {
    "text": Reply(200, b"yes", "text/plain", (("location", "/somewhere"),)),
    "no body": Reply(204, media=""),
    "empty body": Reply(201, b"", headers=(("cache-control", "private"),)),
    "large body": Reply(200, b"x" * 100_000),
}

TURNS = 10
"""More turns of the event loop than any of these answers takes."""


class Wire(asyncio.Transport):
    """A transport that keeps what is written; like a real one it takes nothing after its close."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in {"peername", "sockname"} else default

    def write(self, data: Any) -> None:
        assert not self.closed, "written after the end"
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    def resume_reading(self) -> None:
        """Nothing comes by itself."""


def connection_on(wire: Wire, shared: Connections, application: Any) -> Connection:
    """Return a connection that hands its requests to an application."""
    config = uvicorn.Config(application, http=shared.protocol, ws="none", lifespan="off", log_config=None)  # type: ignore[arg-type]  # as the server does
    config.load()
    connection = shared.protocol(config=config, server_state=ServerState(), app_state={})
    connection.connection_made(wire)
    return connection


async def exchanged(reply: Reply, received: Sequence[bytes]) -> Wire:
    """Return what is written on a connection whose every request gets a reply, with its path in a header."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send_reply(reply, scope["path"], (), receive, send, whole=scope["extensions"][WHOLE])

    wire = Wire()
    connection = connection_on(wire, Connections(Bounds()), application)
    for part in received:
        connection.data_received(part)
        for _ in range(TURNS):
            await asyncio.sleep(0)
    return wire


@pytest.mark.parametrize("request_", [GET, LAST, HEAD], ids=["stays", "closes", "head"])
@pytest.mark.parametrize("reply", REPLIES)
async def test_a_whole_answer_is_what_uvicorn_writes(
    reply: str, request_: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Joined by us or written by uvicorn in two parts, an answer has the same bytes, and ends the same connections."""
    joined = await exchanged(REPLIES[reply], [request_])
    monkeypatch.setattr(connections, "WHOLE_BYTES_MAX", -1)
    apart = await exchanged(REPLIES[reply], [request_])
    assert b"".join(joined.written) == b"".join(apart.written)
    assert joined.closed is apart.closed is (request_ == LAST)


async def test_an_answer_is_one_write() -> None:
    """Head and body of a plain answer go out by one call of the system; a large body is not copied for that."""
    assert len((await exchanged(REPLIES["text"], [GET])).written) == 1
    assert len((await exchanged(REPLIES["large body"], [GET])).written) == 2


async def test_answers_keep_the_order_of_their_requests() -> None:
    """Requests that come at once are answered in their order, also where the first answer is large."""
    for reply in REPLIES.values():
        written = b"".join((await exchanged(reply, [GET + OTHER + LAST])).written)
        assert written.index(b"/one") < written.index(b"/two") < written.index(b"/last")


async def test_an_answer_is_out_before_its_connection_ends() -> None:
    """What is no HTTP ends a connection, after the answers to what came before it."""
    wire = await exchanged(REPLIES["text"], [GET, b"no http at all\r\n\r\n"])
    whole = b"".join(wire.written)
    assert whole.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 400" in whole
    assert wire.closed


@pytest.mark.parametrize("end", [Connection.shutdown, Connection.eof_received])
async def test_an_answer_is_out_before_its_end(end: Callable[[Connection], None]) -> None:
    """Where the server shuts down, or the client sends no more, in the very turn of an answer, it is written."""
    shared, wire = Connections(Bounds()), Wire()
    connection = connection_on(wire, shared, None)
    shared.write_soon(wire, b"answer")
    end(connection)
    assert wire.written == [b"answer"]
    assert wire.closed is (end is Connection.shutdown)


async def test_a_client_that_has_gone_keeps_no_answer_from_others() -> None:
    """An answer to a connection that was closed in the same turn is let go, and the ones behind it are written."""
    shared, gone, there = Connections(Bounds()), Wire(), Wire()
    shared.write_soon(gone, b"nobody")
    shared.write_soon(there, b"answer")
    gone.close()
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert gone.written == []
    assert there.written == [b"answer"]
