"""Reply → ASGI messages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from scorehouse.server.intake import ClientGone, Message, Receive
from scorehouse.wire.call import Reply

Send = Callable[[Message], Awaitable[None]]
HeaderPair = tuple[bytes, bytes]

WHOLE = "scorehouse.whole"
"""The extension of ASGI by which a connection takes a whole answer; see Whole."""

ALWAYS = (b"x-content-type-options", b"nosniff")
"""On every answer: what is sent as JSON is never run as something else."""

NO_STORE = (b"cache-control", b"no-store")
"""On every answer that does not say otherwise: what a key may read stays in no cache on the way."""

BODILESS = frozenset({204, 304})
"""Statuses whose answers have no body and no length (RFC 9110 §8.6)."""

STALLED_S = 60.0
"""How long a client may take nothing of a stream: longer than any network's hiccup."""


class Whole(Protocol):
    """Writes an answer at once: the system is called once instead of for head and body apart, which is what costs."""

    def __call__(self, status: int, headers: Sequence[HeaderPair], body: bytes) -> bool:
        """Write the answer, and what HTTP itself wants; False, and nothing is written, if `send` has to do it."""
        ...


_CONTROLS = dict.fromkeys((*range(32), 127), " ")


async def send_reply(
    reply: Reply,
    request_id: str,
    extra: Sequence[HeaderPair],
    receive: Receive,
    send: Send,
    *,
    whole: Whole | None = None,
) -> None:
    """Send a reply, its body at once or in parts; a stream ends early when the client goes away."""
    headers: list[HeaderPair] = [*_usual(reply.media), (b"x-request-id", request_id.encode("latin-1")), *extra]
    if reply.headers:
        headers += [(name.encode("latin-1"), _header_value(value)) for name, value in reply.headers]
    if not reply.headers or all(name != "cache-control" for name, _ in reply.headers):
        headers.append(NO_STORE)
    body = reply.body
    if isinstance(body, bytes):
        if reply.status not in BODILESS:
            headers.append((b"content-length", b"%d" % len(body)))
        if whole is not None and whole(reply.status, headers, body):
            return
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await _send_parts(body, receive, send)


async def _send_parts(parts: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Send a stream. It ends when the client goes away, also between two parts, and when it takes nothing any more."""
    gone = asyncio.ensure_future(_wait_until_gone(receive))
    try:
        while (part := await _next_part(parts, gone)) is not None:
            async with asyncio.timeout(STALLED_S):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        if not gone.done():
            await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        raise ClientGone from None
    finally:
        gone.cancel()
        close: Callable[[], Awaitable[Any]] | None = getattr(parts, "aclose", None)
        if close is not None:
            await close()


async def _next_part(parts: AsyncIterator[bytes], gone: asyncio.Future[None]) -> bytes | None:
    """Return the next part; None at the end, or when the client has gone."""
    coming = asyncio.ensure_future(_advance(parts))
    either: set[asyncio.Future[Any]] = {coming, gone}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return None if gone.done() else coming.result()
    finally:
        if not coming.done():
            coming.cancel()
            await asyncio.wait({coming})


async def _advance(parts: AsyncIterator[bytes]) -> bytes | None:
    return await anext(parts, None)


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@lru_cache(maxsize=256)
def _usual(media: str) -> tuple[HeaderPair, ...]:
    """Return the headers that every answer of this media type has."""
    return (ALWAYS, (b"content-type", _header_value(media))) if media else (ALWAYS,)


def _header_value(value: str) -> bytes:
    """Encode a header's value; a control character in it would end the header, or the answer."""
    plain = value if value.isprintable() else value.translate(_CONTROLS)
    return plain.encode("latin-1", "replace")
