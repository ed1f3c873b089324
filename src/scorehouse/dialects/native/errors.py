"""Our refusals as RFC 9457 problem details.

One table says the status and the type of every refusal, one which of its data are shown, one which
headers go along. `refuse` is total: a refusal that the tables do not name is written as the nearest
ancestor that they do name, a bare `Refusal` as a defect of ours.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from scorehouse.dialects.native.answers import Problem, ProblemError
from scorehouse.dialects.native.idempotency import IDEMPOTENCY_KEY
from scorehouse.domain.refusals import (
    Broken,
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
from scorehouse.wire.call import Head, Reply

MEDIA = "application/problem+json"

HEADER_NAMES = frozenset({IDEMPOTENCY_KEY})
"""Headers that can be at fault; a fault whose path begins with one is a header's."""

BODILESS_METHODS = frozenset({"GET", "HEAD", "DELETE"})
"""Methods whose faults are in the query string, for they have no body."""


class Kind(NamedTuple):
    """How a refusal is said: its HTTP status, the last segment of its type URI, its title, its data shown."""

    status: int
    slug: str
    title: str
    shown: tuple[str, ...] = ()


KINDS: Mapping[type[Refusal], Kind] = {
    Unreadable: Kind(400, "unreadable", "The request cannot be read", ("offset",)),
    Unidentified: Kind(401, "unidentified", "Who asks is not known", ("reason",)),
    Forbidden: Kind(403, "forbidden", "This key may not do this", ("needed",)),
    UnknownPath: Kind(404, "unknown-path", "There is no such path"),
    NotFound: Kind(404, "not-found", "There is no such thing", ("kind", "id")),
    WrongMethod: Kind(405, "wrong-method", "The path does not take this method", ("allowed",)),
    Conflict: Kind(409, "conflict", "It contradicts what is stored", ("kind", "id")),
    TooLarge: Kind(413, "too-large", "Over a limit", ("what", "limit", "unit")),
    UnsupportedMedia: Kind(415, "unsupported-media", "The content type is not taken here", ("accepted",)),
    Invalid: Kind(422, "invalid", "The request breaks rules"),
    Throttled: Kind(429, "throttled", "Too many requests", ("retry_after_s",)),
    Broken: Kind(500, "broken", "A defect of the server"),
    Refusal: Kind(500, "broken", "A defect of the server"),
    Unsupported: Kind(501, "unsupported", "Not served here", ("what",)),
    Unavailable: Kind(503, "unavailable", "Not possible now; come back later", ("retry_after_s",)),
}

HEADERS: Mapping[type[Refusal], Callable[[Any], tuple[str, str]]] = {
    Unidentified: lambda refusal: ("www-authenticate", f'Bearer realm="scorehouse"{_bearer_error(refusal)}'),
    WrongMethod: lambda refusal: ("allow", ", ".join(refusal.allowed)),
    Throttled: lambda refusal: ("retry-after", str(refusal.retry_after_s)),
    Unavailable: lambda refusal: ("retry-after", str(refusal.retry_after_s)),
}

_encode = msgspec.json.Encoder().encode


def refuse(refusal: Refusal, head: Head) -> Reply:
    """Write any refusal as a problem document with the status and headers that belong to it."""
    problem = write_problem(refusal, head)
    headers = [write(refusal) for kind, write in HEADERS.items() if isinstance(refusal, kind)]
    return Reply(problem.status, _encode(problem), MEDIA, headers)


def write_problem(refusal: Refusal, head: Head) -> Problem:
    """Write any refusal as a problem: the document itself, also an item of a batch."""
    kind = next(KINDS[ancestor] for ancestor in type(refusal).__mro__ if ancestor in KINDS)
    faults = refusal.faults if isinstance(refusal, Invalid) else ()
    return Problem(
        type=f"/problems/{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=refusal.message,
        request_id=head.request_id or None,
        errors=[_write_fault(fault, head) for fault in faults] or None,
        **{name: getattr(refusal, name) for name in kind.shown},
    )


def pointer(path: Path) -> str:
    """Write a path as a JSON pointer (RFC 6901): ``/scores/3/value``; the whole is the empty text."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _write_fault(fault: Fault, head: Head) -> ProblemError:
    """Say where: a JSON pointer into the body, a parameter of the query string, or a header."""
    error = ProblemError(code=fault.code, message=fault.message, allowed=list(fault.allowed) or None)
    if fault.path and fault.path[0] in HEADER_NAMES:
        error.header = str(fault.path[0])
    elif head.method in BODILESS_METHODS:
        error.parameter = ".".join(str(part) for part in fault.path)
    else:
        error.pointer = pointer(fault.path)
    return error


def _bearer_error(refusal: Unidentified) -> str:
    """Say what is wrong with the token, where one was sent (RFC 6750 §3.1)."""
    return "" if refusal.reason == "missing" else ', error="invalid_token"'
