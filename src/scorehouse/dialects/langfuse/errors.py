"""Our refusals in Langfuse's statuses and bodies (contract langfuse §3.3, §3.4).

One table says the status and the class name of every refusal. Three paths have manners of their own: ingestion
names the class of authentication failures too and lists issues under ``errors``, OTLP answers ``{"error": text}``,
and the projects' method error is a message alone. `refuse` is total.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from scorehouse.dialects.langfuse.parameters import Issue
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
)
from scorehouse.wire.call import Head, Reply, json_reply
from scorehouse.wire.otlp import is_protobuf

API = "/api/public"
INGESTION = f"{API}/ingestion"
OTLP_TRACES = f"{API}/otel/v1/traces"
PROJECTS = f"{API}/projects"

Body = dict[str, Any]


class BadRequest(Invalid):
    """Well formed, and yet impossible: written as one sentence under ``InvalidRequestError``."""


class Dropped(Invalid):
    """What Langfuse acknowledges and its worker then drops (contract langfuse §6)."""


class Kind(NamedTuple):
    """How a refusal is said: status, class name (None: a message alone), a text in place of the refusal's own."""

    status: int
    error: str | None
    message: str | None = None


INVALID_DATA = "Invalid request data"

KINDS: Mapping[type[Refusal], Kind] = {
    Unreadable: Kind(400, "InvalidRequestError"),
    BadRequest: Kind(400, "InvalidRequestError"),
    Invalid: Kind(400, "InvalidRequestError", INVALID_DATA),
    UnsupportedMedia: Kind(400, "InvalidRequestError"),
    Unidentified: Kind(401, None),
    Forbidden: Kind(403, None),
    UnknownPath: Kind(404, "LangfuseNotFoundError"),
    NotFound: Kind(404, "LangfuseNotFoundError"),
    WrongMethod: Kind(405, "MethodNotAllowedError", "Method not allowed"),
    Conflict: Kind(409, "LangfuseConflictError"),
    TooLarge: Kind(413, "PayloadTooLargeError"),
    Throttled: Kind(429, "RateLimitError"),
    Broken: Kind(500, "InternalServerError", "Internal Server Error"),
    Refusal: Kind(500, "InternalServerError", "Internal Server Error"),
    Unsupported: Kind(501, "NotImplementedError"),
    Unavailable: Kind(503, None, "Service Unavailable"),
}

SENT = frozenset({"request body", "path"})
"""What can be too large in what was sent; anything else is an answer that would be too large: 422."""

UNIDENTIFIED: Mapping[str, str] = {
    "missing": "No authorization header",
    "malformed": "Invalid authorization header",
    "unknown": "Invalid credentials. Confirm that you've configured the correct host.",
    "expired": "Invalid credentials. The key has expired.",
}
INVALID_PUBLIC_KEY = "Invalid public key"

MEMBERS: Mapping[str | int, str] = {
    "trace": "traceId",
    "span": "observationId",
    "session": "sessionId",
    "run": "datasetRunId",
    "config": "configId",
    "queue": "queueId",
    "user": "userId",
    "parent": "parentObservationId",
    "error": "statusMessage",
    "model_parameters": "modelParameters",
}
"""The core's name of a member → Langfuse's."""

TYPES = {"a string": "string", "a number": "number", "an integer": "number", "a boolean": "boolean"}
TYPES |= {"an object": "object", "an array": "array"}

CODES: Mapping[str, str] = {
    "missing": "invalid_type",
    "wrong_type": "invalid_type",
    "not_a_choice": "invalid_value",
    "unknown": "custom",
    "too_long": "too_big",
    "too_short": "too_small",
    "empty": "too_small",
    "too_big": "too_big",
    "too_small": "too_small",
    "invalid_type": "invalid_type",
    "invalid_format": "invalid_format",
    "unrecognized_keys": "unrecognized_keys",
    "invalid_union": "invalid_union",
    "not_finite": "invalid_type",
    "not_a_time": "invalid_format",
}
"""Our codes → theirs; any other is ``custom``."""


def refuse(refusal: Refusal, head: Head) -> Reply:
    """Write any refusal as Langfuse would."""
    status = status_of(refusal)
    path = head.path.rstrip("/")
    if path == OTLP_TRACES and status == 400:
        return json_reply(400, {"error": _export_error(refusal, head)})
    body = write_refusal(refusal, head)
    if path == INGESTION and isinstance(refusal, Unidentified):
        body["error"] = "UnauthorizedError"
    if path == INGESTION and isinstance(refusal, Invalid):
        body["errors"] = body.pop("error")
    if path == PROJECTS and isinstance(refusal, WrongMethod):
        del body["error"]
    return json_reply(status, body, _headers(refusal))


def status_of(refusal: Refusal) -> int:
    """Return the status of a refusal, also of an item in a batch."""
    if isinstance(refusal, TooLarge) and refusal.what not in SENT:
        return 422
    return _kind(refusal).status


def write_refusal(refusal: Refusal, head: Head) -> Body:
    """Write the body of a refusal in the manner of most paths."""
    kind = _kind(refusal)
    body: Body = {"message": kind.message or _message(refusal, head)}
    if isinstance(refusal, Invalid) and not isinstance(refusal, BadRequest):
        body["error"] = [write_issue(fault) for fault in refusal.faults]
    elif kind.error is not None:
        body["error"] = kind.error
    return body


def write_issue(fault: Fault) -> Body:
    """Write a fault as an issue of their validator."""
    path = [*fault.path]
    if path:
        path[-1] = MEMBERS.get(path[-1], path[-1])
    issue: Body = {"code": CODES.get(fault.code, "custom"), "path": path, "message": fault.message}
    if isinstance(fault, Issue):
        return issue | dict(fault.more)
    if fault.code == "not_a_choice":
        return issue | {"values": list(fault.allowed)}
    if issue["code"] == "invalid_type":
        received = "undefined" if fault.code == "missing" else fault.given or "unknown"
        return issue | {"expected": _expected(fault.message), "received": received}
    return issue


def reasons(refusal: Refusal) -> str:
    """Say in one line what is wrong with an item of a batch."""
    if not isinstance(refusal, Invalid):
        return refusal.message
    issues = [write_issue(fault) for fault in refusal.faults]
    return "; ".join(": ".join(filter(None, (".".join(map(str, i["path"])), i["message"]))) for i in issues)


def _kind(refusal: Refusal) -> Kind:
    return next(KINDS[ancestor] for ancestor in type(refusal).__mro__ if ancestor in KINDS)


def _message(refusal: Refusal, head: Head) -> str:
    if isinstance(refusal, Unidentified):
        is_public = head.headers.get("authorization", "")[:7].lower() == "bearer "
        return INVALID_PUBLIC_KEY if is_public and refusal.reason == "unknown" else UNIDENTIFIED[refusal.reason]
    if isinstance(refusal, Forbidden):
        return f"Access denied: this key lacks the permission '{refusal.needed}'."
    return refusal.message


def _export_error(refusal: Refusal, head: Head) -> str:
    """Say what is wrong with an export (contract langfuse §12.1)."""
    if isinstance(refusal, UnsupportedMedia):
        return "Invalid content type"
    if isinstance(refusal, BadRequest):
        return "; ".join(fault.message for fault in refusal.faults)
    encoding = "protobuf" if is_protobuf(head) else "JSON"
    return f"Failed to parse OTel {encoding} trace: {refusal.message}"


def _headers(refusal: Refusal) -> list[tuple[str, str]]:
    if isinstance(refusal, WrongMethod):
        return [("allow", ", ".join(refusal.allowed))]
    if isinstance(refusal, Throttled):
        seconds = str(refusal.retry_after_s)
        return [("retry-after", seconds), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", seconds)]
    if isinstance(refusal, Unavailable):
        return [("retry-after", str(refusal.retry_after_s))]
    return []


def _expected(message: str) -> str:
    """Tell the type that a sentence such as ``must be a string or null`` asks for."""
    return next((theirs for ours, theirs in TYPES.items() if ours in message), "nonoptional")
