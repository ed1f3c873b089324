"""Our refusals in the body that everybody can read (contract 2signal-tracia §2.9).

The documentation has ``{"code", "message"}``, both SDKs read ``{"error": {"code", "message"}}``; the answer is
both. Codes are the documented ones wherever one fits; others reach the SDKs' users as ``UNKNOWN``.
"""

from collections.abc import Mapping
from typing import NamedTuple

from scorehouse.dialects.tracia.shapes import ErrorBody, Problem
from scorehouse.domain.frozen import replace
from scorehouse.domain.refusals import (
    Broken,
    Conflict,
    Fault,
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
    describe,
)
from scorehouse.wire.call import Head, Reply, json_reply


class Kind(NamedTuple):
    """How a refusal is said."""

    status: int
    code: str


KINDS: Mapping[type[Refusal], Kind] = {
    Unreadable: Kind(400, "INVALID_REQUEST"),
    Invalid: Kind(400, "INVALID_REQUEST"),
    Unidentified: Kind(401, "UNAUTHORIZED"),
    Forbidden: Kind(403, "UNAUTHORIZED"),
    UnknownPath: Kind(404, "NOT_FOUND"),
    NotFound: Kind(404, "NOT_FOUND"),
    WrongMethod: Kind(405, "INVALID_REQUEST"),
    Conflict: Kind(409, "CONFLICT"),
    TooLarge: Kind(413, "INVALID_REQUEST"),
    UnsupportedMedia: Kind(415, "INVALID_REQUEST"),
    Throttled: Kind(429, "RATE_LIMITED"),
    Broken: Kind(500, "INTERNAL_ERROR"),
    Refusal: Kind(500, "INTERNAL_ERROR"),
    Unsupported: Kind(501, "NOT_IMPLEMENTED"),
    Unavailable: Kind(503, "UNAVAILABLE"),
}
"""A refusal that stands not here is said as its nearest ancestor that does; a bare `Refusal` is a defect of ours."""

MEMBERS: Mapping[str, str] = {
    "id": "spanId",
    "span": "spanId",
    "trace": "traceId",
    "parent": "parentSpanId",
    "user": "userId",
    "session": "sessionId",
    "comment": "note",
    "source": "evaluatorKey",
    "started_at": "latencyMs",
}
"""The core's word for a member → theirs, where a rule of the core is what was broken."""

OLDER_FAMILY = "/api/v1/traces"
OLDER_MEMBERS: Mapping[str, str] = {**MEMBERS, "id": "traceId", "span": "traceId"}


def refuse(refusal: Refusal, head: Head) -> Reply:
    """Write any refusal."""
    kind = next(KINDS[ancestor] for ancestor in type(refusal).__mro__ if ancestor in KINDS)
    message = _message(refusal, is_older=head.path.startswith(OLDER_FAMILY))
    headers = [("www-authenticate", 'Bearer realm="scorehouse"')] if kind.status == 401 else []
    return json_reply(kind.status, ErrorBody(Problem(kind.code, message), kind.code, message), headers)


def _message(refusal: Refusal, is_older: bool) -> str:
    if isinstance(refusal, NotFound):
        thing = "trace" if is_older and refusal.kind == "span" else refusal.kind
        return f"{thing.capitalize()} not found: {refusal.id}"
    if isinstance(refusal, Invalid):
        members = OLDER_MEMBERS if is_older else MEMBERS
        return "; ".join(describe(_renamed(fault, members)) for fault in refusal.faults)
    return refusal.message


def _renamed(fault: Fault, members: Mapping[str, str]) -> Fault:
    """Return a fault with its member in their words; what is broken inside ``source`` is the evaluator it names."""
    outermost, *inner = fault.path or ("",)
    name = members.get(str(outermost))
    if name is None:
        return fault
    return replace(fault, path=(name, *(() if outermost == "source" else inner)))
