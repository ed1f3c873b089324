"""Our refusals as ``{"error": {"code", "message"}}`` (contract 2signal-tracia §1.8).

``VALIDATION_ERROR`` and ``RATE_LIMIT_EXCEEDED`` are documented, the other codes are named after their statuses.
Answers of enveloped endpoints are refused in the same shape, the only one that the documentation shows.
`refuse` is total: a refusal that the table does not name is written as its nearest named ancestor.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from scorehouse.dialects.twosignal.shapes import ErrorBody, ErrorShape
from scorehouse.domain.refusals import (
    Broken,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Throttled,
    TooLarge,
    Unavailable,
    Unidentified,
    UnknownPath,
    Unreadable,
    Unsupported,
    UnsupportedMedia,
    WrongMethod,
)
from scorehouse.wire.call import Head, Reply, json_reply


class Said(NamedTuple):
    """How a refusal is said: its HTTP status and its code."""

    status: int
    code: str


SAID: Mapping[type[Refusal], Said] = {
    Unreadable: Said(400, "VALIDATION_ERROR"),
    Invalid: Said(400, "VALIDATION_ERROR"),
    Unidentified: Said(401, "UNAUTHORIZED"),
    Forbidden: Said(403, "FORBIDDEN"),
    UnknownPath: Said(404, "NOT_FOUND"),
    NotFound: Said(404, "NOT_FOUND"),
    WrongMethod: Said(405, "METHOD_NOT_ALLOWED"),
    Conflict: Said(409, "CONFLICT"),
    TooLarge: Said(413, "PAYLOAD_TOO_LARGE"),
    UnsupportedMedia: Said(415, "UNSUPPORTED_MEDIA_TYPE"),
    Throttled: Said(429, "RATE_LIMIT_EXCEEDED"),
    Broken: Said(500, "INTERNAL_ERROR"),
    Refusal: Said(500, "INTERNAL_ERROR"),
    Unsupported: Said(501, "NOT_IMPLEMENTED"),
    Unavailable: Said(503, "SERVICE_UNAVAILABLE"),
}

HEADERS: Mapping[type[Refusal], Callable[[Any], tuple[str, str]]] = {
    Unidentified: lambda _: ("www-authenticate", "Bearer"),
    WrongMethod: lambda refusal: ("allow", ", ".join(refusal.allowed)),
    Throttled: lambda refusal: ("retry-after", str(refusal.retry_after_s)),
    Unavailable: lambda refusal: ("retry-after", str(refusal.retry_after_s)),
}


def refuse(refusal: Refusal, head: Head) -> Reply:
    """Write any refusal with the status, code and headers that belong to it."""
    said = next(SAID[ancestor] for ancestor in type(refusal).__mro__ if ancestor in SAID)
    headers = [write(refusal) for kind, write in HEADERS.items() if isinstance(refusal, kind)]
    return json_reply(said.status, ErrorShape(ErrorBody(said.code, refusal.message)), headers)
