"""Which browsers' pages may call: none, unless the operator says so.

Keys travel in headers that a page sets itself, never in cookies, so no credentials mode is offered.
"""

from collections.abc import Sequence

from scorehouse.wire.call import Headers, Reply

METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
EXPOSED = b"retry-after, x-request-id"
PREFLIGHT_FRESH_FOR_S = 600

Pairs = tuple[tuple[bytes, bytes], ...]


class CrossOrigin:
    """The rule for one list of origins; ``*`` stands for every one."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._any = "*" in origins
        self._origins = frozenset(origins)

    def headers(self, headers: Headers) -> Pairs:
        """Return what an answer has to say for the page that asked to read it."""
        origin = headers.get("origin")
        if origin is None or not self._origins:
            return ()
        if self._any:
            return ((b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", EXPOSED))
        if origin not in self._origins:
            return ((b"vary", b"origin"),)
        return (
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", EXPOSED),
            (b"vary", b"origin"),
        )

    def preflight(self, method: str, headers: Headers) -> Reply | None:
        """Answer a browser that asks first; None if this is no such question, or not from such a page."""
        if method != "OPTIONS" or "access-control-request-method" not in headers:
            return None
        if not self._any and headers.get("origin") not in self._origins:
            return None
        allowed = (
            ("access-control-allow-methods", METHODS),
            ("access-control-allow-headers", headers.get("access-control-request-headers", "")),
            ("access-control-max-age", str(PREFLIGHT_FRESH_FOR_S)),
        )
        return Reply(204, media="", headers=allowed)
