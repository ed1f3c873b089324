"""The body of a request: its media type, its encoding, its limit, and the time that it may take.

The limit holds for what is sent and, once more, for what it decompresses to: a few kilobytes of gzip can
stand for gigabytes, so decompression stops at the limit instead of being measured afterwards.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from scorehouse.domain.refusals import TooLarge, Unavailable, Unreadable, UnsupportedMedia
from scorehouse.server.beginning import Begun
from scorehouse.wire.call import Headers
from scorehouse.wire.route import JSON_MEDIA, Limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

GZIP = 31
"""zlib's window size for a gzip header."""

INLINE_BYTES_MAX = 16_384
"""Compressed bodies up to this size are decompressed at once; larger ones on a thread, beside the event loop."""


SMALL_BYTES = 65_536
"""Bodies up to this size are not counted together: the number of requests in progress bounds them."""


class Room:
    """Memory for the large bodies of all requests at once; read, each takes several times as much."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.held = 0

    def take(self, size: int) -> None:
        """Hold so many bytes more; one body is always taken, however large it may be.

        Raises:
            Unavailable: there is no room.
        """
        if self.held and self.held + size > self._most:
            raise Unavailable("Too many large requests are in progress.")
        self.held += size


class Claim:
    """What one request holds of the room, until it is answered."""

    __slots__ = ("_room", "held")

    def __init__(self, room: Room) -> None:
        self._room = room
        self.held = 0

    def grow(self, size: int) -> None:
        """Hold so many bytes altogether, if they are many; raises Unavailable where there is no room."""
        if size > max(self.held, SMALL_BYTES):
            self._room.take(size - self.held)
            self.held = size

    def release(self) -> None:
        """Hold nothing any more."""
        self._room.held -= self.held
        self.held = 0


GZIP_MEMBERS_MAX = 100
"""Pieces of which one gzip body may consist: each costs a copy of all that follows, so a megabyte of empty ones would
take seconds. Writers that flush make a handful."""


class ClientGone(Exception):
    """The client closed the connection; nobody waits for an answer."""


async def read_body(receive: Receive, headers: Headers, limits: Limits, timeout_s: float, claim: Claim) -> bytes:
    """Read a request's body, whole and decompressed. The claim is to be released once it is not needed any more.

    Raises:
        UnsupportedMedia: a content type or encoding that the limits do not name.
        TooLarge: over the limit, as declared, as sent, or as decompressed.
        Unreadable: not what its encoding says, or not there in time.
        Unavailable: too much is being read already.
        ClientGone: the connection was closed before its end.
    """
    declared = headers.get("content-length")
    if (declared is None and "transfer-encoding" not in headers) or declared == "0":
        return b""
    _check_media(headers.get("content-type", ""), limits.media)
    encoding = _checked_encoding(headers["content-encoding"], limits.encodings) if "content-encoding" in headers else ""
    if declared is not None and declared.isdigit():
        size = int(declared[:20])
        if size > limits.body_bytes_max:
            raise _too_large(limits)
        claim.grow(size)  # All of it at once: bodies that each got a part of the room would all wait.
    begun = Begun(receive())
    if begun.results and not begun.results[0].get("more_body", False):
        body = await _receive_all(begun, receive, limits, claim)
    else:
        try:
            async with asyncio.timeout(timeout_s):
                body = await _receive_all(begun, receive, limits, claim)
        except TimeoutError:
            raise Unreadable(f"The body did not arrive within {timeout_s:g} seconds.") from None
    if not encoding:
        return body
    plain = _gunzip(body, limits) if len(body) <= INLINE_BYTES_MAX else await asyncio.to_thread(_gunzip, body, limits)
    claim.grow(len(plain))
    return plain


def loosest(limits: Iterable[Limits]) -> Limits:
    """Return limits that let pass whatever one of them does: for a body read before its route is known."""
    every = tuple(limits)
    return Limits(
        body_bytes_max=max(each.body_bytes_max for each in every),
        media=tuple(dict.fromkeys(media for each in every for media in each.media)),
        encodings=tuple(dict.fromkeys(encoding for each in every for encoding in each.encodings)),
    )


async def _receive_all(begun: Begun[Message], receive: Receive, limits: Limits, claim: Claim) -> bytes:
    parts: list[bytes] = []
    size = 0
    message = await begun
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limits.body_bytes_max:
            raise _too_large(limits)
        claim.grow(size)
        if not message.get("more_body", False):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)
        message = await receive()


def _check_media(given: str, accepted: tuple[str, ...]) -> None:
    if given in accepted:
        return
    media = given.partition(";")[0].strip().lower()
    if not media or media in accepted:
        return
    is_json = media.startswith("application/") and media.endswith("+json")
    if is_json and not set(JSON_MEDIA).isdisjoint(accepted):
        return
    raise UnsupportedMedia(given, accepted)


def _checked_encoding(given: str, accepted: tuple[str, ...]) -> str:
    """Return the encoding to undo, empty for none."""
    encoding = given.strip().lower()
    if encoding in {"", "identity"}:
        return ""
    if encoding not in accepted:
        raise UnsupportedMedia(given, (*accepted, "identity"))
    return encoding


def _gunzip(body: bytes, limits: Limits) -> bytes:
    """Decompress gzip, also of some members, never to more than one byte over the limit."""
    parts: list[bytes] = []
    room = limits.body_bytes_max + 1
    try:
        while body:
            if len(parts) == GZIP_MEMBERS_MAX:
                raise Unreadable(f"The body has more than {GZIP_MEMBERS_MAX} gzip members.")
            member = zlib.decompressobj(GZIP)
            part = member.decompress(body, room)
            parts.append(part)
            room -= len(part)
            if room <= 0:
                raise _too_large(limits)
            if not member.eof:
                raise Unreadable("The body ends before its gzip encoding does.")
            body = member.unused_data
    except zlib.error as error:
        raise Unreadable("The body is not valid gzip.") from error
    return b"".join(parts)


def _too_large(limits: Limits) -> TooLarge:
    return TooLarge("request body", limits.body_bytes_max, "bytes")
