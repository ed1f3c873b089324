"""Our refusals as their statuses and bodies (contract pandaprobe §1.4). Total: what no row names is a 500.

Where their server answers 500 (an unknown trace, texts too long, NUL, offsets), ours refuses with 404 or 422.
"""

from collections.abc import Callable, Mapping
from typing import Any

from scorehouse.dialects.pandaprobe.answers import FieldError, ValidationError
from scorehouse.dialects.pandaprobe.shapes import NO_CONTROL, NO_NUL, NO_SEPARATOR, TIME_PATTERN, UUID_PATTERN
from scorehouse.domain.identity import hyphenated
from scorehouse.domain.refusals import (
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Path,
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

RULE = "rule"
"""The code of a fault that is no fault of shape: it is answered by ``detail`` alone (contract pandaprobe §1.4)."""

IDENTITY = "identity"
"""What `UnsupportedMedia` accepts where an encoding was refused; a media type is never called so."""

STATUSES: Mapping[type[Refusal], int] = {
    Unreadable: 400,
    Unidentified: 401,
    Forbidden: 403,
    UnknownPath: 404,
    NotFound: 404,
    WrongMethod: 405,
    Conflict: 409,
    TooLarge: 413,
    UnsupportedMedia: 400,
    Unsupported: 501,
    Unavailable: 503,
}

DETAILS: Mapping[type[Refusal], Callable[[Any], str]] = {
    UnknownPath: lambda refusal: "Not Found",
    WrongMethod: lambda refusal: "Method Not Allowed",
    NotFound: lambda refusal: f"{refusal.kind[:1].upper()}{refusal.kind[1:]} {hyphenated(refusal.id)} not found.",
}
"""Refusals that have words of their own; the others say theirs."""

PLAIN_WORDS: Mapping[str, str] = {
    UUID_PATTERN: "must be a valid UUID",
    TIME_PATTERN: "must be an ISO 8601 date and time, or Unix seconds or milliseconds",
    NO_NUL: "must not contain NUL",
    NO_SEPARATOR: "must not contain NUL or U+001F",
    NO_CONTROL: "must not contain control characters",
}
"""Regular expressions that a text did not match, in words."""


def refuse(refusal: Refusal, head: Head) -> Reply:
    """Write any refusal."""
    special = next((SPECIAL[kind] for kind in type(refusal).__mro__ if kind in SPECIAL), None)
    reply = special(refusal) if special is not None else None
    return _refuse_plainly(refusal) if reply is None else reply


def _refuse_plainly(refusal: Refusal) -> Reply:
    """Write a refusal as its ``detail``; one that no row names as the crash that it is."""
    status = next((STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES), None)
    if status is None:
        return _BROKEN
    say = next((DETAILS[kind] for kind in type(refusal).__mro__ if kind in DETAILS), None)
    return json_reply(status, {"detail": refusal.message if say is None else say(refusal)}, _headers(refusal))


def _refuse_unreadable(refusal: Unreadable) -> Reply | None:
    """Write JSON that breaks at some byte as a fault of that byte (contract pandaprobe §1)."""
    if refusal.offset is None:
        return None
    return _refuse_shape((Fault((refusal.offset,), "malformed", refusal.message),))


def _refuse_media(refusal: UnsupportedMedia) -> Reply | None:
    """Write a media type as a body that is no object; an encoding is bytes that cannot be read (§1)."""
    if IDENTITY in refusal.accepted:
        return None
    return _refuse_shape((Fault((), "wrong_type", "must be a JSON object, sent as application/json"),))


def _refuse_throttled(refusal: Throttled) -> Reply:
    """Write the one body with another key (§1.4), and the header that their own server forgets (§1.5)."""
    waiting = (("retry-after", str(refusal.retry_after_s)),)
    return json_reply(429, {"error": f"Rate limit exceeded: {refusal.message}"}, waiting)


def broken_rule(message: str, *path: str | int) -> Invalid:
    """Return the refusal of a rule that is checked after the shape."""
    return Invalid(Fault(path, RULE, message))


_BROKEN = Reply(500, b"Internal Server Error", "text/plain; charset=utf-8")


def _headers(refusal: Refusal) -> tuple[tuple[str, str], ...]:
    return (("retry-after", str(refusal.retry_after_s)),) if isinstance(refusal, Unavailable) else ()


def _refuse_invalid(refusal: Invalid) -> Reply:
    faults = refusal.faults
    if faults[0].code == RULE:
        return json_reply(422, {"detail": "; ".join(fault.message for fault in faults)})
    return _refuse_shape(faults)


def _refuse_shape(faults: tuple[Fault, ...]) -> Reply:
    errors = [FieldError(field=location(fault.path), message=_message(fault)) for fault in faults]
    return json_reply(422, ValidationError(detail="Validation error", errors=errors))


def location(path: Path) -> str:
    """Write a path as ``filters -> status``; the whole is the empty text (contract pandaprobe §1.4)."""
    return " -> ".join(str(part) for part in path)


def _message(fault: Fault) -> str:
    for pattern, words in PLAIN_WORDS.items():
        if repr(pattern)[1:-1] in fault.message:
            return words
    return fault.message


SPECIAL: Mapping[type[Refusal], Callable[[Any], Reply | None]] = {
    Invalid: _refuse_invalid,
    Unreadable: _refuse_unreadable,
    UnsupportedMedia: _refuse_media,
    Throttled: _refuse_throttled,
}
"""Refusals with bodies of their own; None leaves it to the plain one."""
