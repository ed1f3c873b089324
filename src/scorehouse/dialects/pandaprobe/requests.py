"""Bodies, query strings and path parameters, each fault at its vendor's location (contract pandaprobe §1.4)."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from scorehouse.dialects.pandaprobe.shapes import UUID_PATTERN
from scorehouse.domain.identity import hyphenated
from scorehouse.domain.refusals import Fault, Invalid, Unreadable
from scorehouse.storage.verbs import Idempotency
from scorehouse.wire import bodies
from scorehouse.wire.call import Call

ShapeT = TypeVar("ShapeT")
FirstT = TypeVar("FirstT")
SecondT = TypeVar("SecondT")

REQUEST_ID = "x-request-id"

_UUID = re.compile(UUID_PATTERN)


def read_body(call: Call, shape: type[ShapeT]) -> ShapeT:
    """Read a JSON body.

    Raises:
        Unreadable: not UTF-8 or nested too deep, without an offset; not JSON, with one (contract pandaprobe §1).
        Invalid: of another shape; or not said to be JSON; or empty.
    """
    if "content-type" not in call.head.headers and call.body:
        raise Invalid(Fault((), "wrong_type", "must be a JSON object, sent as application/json"))
    if not call.body:
        raise Invalid(Fault((), "missing", "is required"))
    try:
        return bodies.decode(call.body, shape)
    except Unreadable as refusal:
        raise _readable_as_text(call.body, refusal) from refusal
    except Invalid as refusal:
        if refusal.faults[0].code == "too_deep" and not refusal.faults[0].path:
            raise Unreadable("The body is nested too deep.") from refusal
        raise


def read_query(call: Call, shape: type[ShapeT], repeated: frozenset[str] = frozenset()) -> ShapeT:
    """Read the query string; of a repeated parameter the last counts (contract pandaprobe §1).

    Raises:
        Unreadable: it is not UTF-8.
        Invalid: a parameter has a wrong value, at ``query -> name``.
    """
    try:
        return bodies.read_query(call.head.query, shape, repeated)
    except Invalid as refusal:
        raise refusal.under("query") from refusal


def path_uuid(call: Call, name: str) -> str:
    """Return a path parameter that is a UUID, in its usual spelling. Raises Invalid at ``path -> name``."""
    given = call.parameters[name]
    if not _UUID.search(given):
        raise Invalid(Fault(("path", name), "malformed", "must be a valid UUID"))
    return hyphenated(given)


def both(first: Callable[[], FirstT], second: Callable[[], SecondT]) -> tuple[FirstT, SecondT]:
    """Read two parts of a request; the faults of both are refused in one answer."""
    faults: list[Fault] = []
    results: list[Any] = []
    for read in (first, second):
        try:
            results.append(read())
        except Invalid as refusal:
            faults.extend(refusal.faults)
    if faults:
        raise Invalid(*faults)
    return results[0], results[1]


def read_idempotency(call: Call) -> Idempotency | None:
    """Return what makes this request recognizable: their SDKs keep ``X-Request-ID`` over retries (§6.10).

    The digest of what is asked is part of the token: programs also put one request id on many different calls, and
    those are different scores.
    """
    id = call.head.headers.get(REQUEST_ID)
    if not id or id != call.head.request_id:  # The server replaces an id that cannot be logged.
        return None
    asked = f"{call.head.method} {call.head.path}\n".encode("utf-8", "surrogatepass")
    digest = sha256(asked + call.body).digest()
    return Idempotency(f"{call.dialect}:{id}:{digest.hex()}", digest)


def _readable_as_text(body: bytes, refusal: Unreadable) -> Unreadable:
    """Tell JSON that breaks at some byte from bytes that are no text at all."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return Unreadable("The body is not UTF-8.")
    return Unreadable(refusal.message, len(body) if refusal.offset is None else refusal.offset)
