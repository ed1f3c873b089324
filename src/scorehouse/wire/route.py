"""Route: one line of a dialect's table, of which matching, admission, documents and tests are made."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scorehouse.domain.access import Permission
from scorehouse.wire.call import Call, Reply

Handler = Callable[[Call], Awaitable[Reply]]
"""Serves an admitted call, or raises a Refusal that its dialect will write."""

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE

JSON_MEDIA = ("application/json",)
EVENT_STREAM = "text/event-stream"
"""Of an answer that does not end by itself."""

OTLP_MEDIA = ("application/json", "application/x-protobuf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one request.

    Attributes:
        body_bytes_max: of the body as sent and, where encodings are taken, once decompressed.
        media: content types that the route takes; ``application/json`` stands for ``application/*+json`` as well,
            and a request that names no content type is taken to send the first.
        encodings: content encodings beside ``identity``.
    """

    body_bytes_max: int = MEBIBYTE
    media: tuple[str, ...] = JSON_MEDIA
    encodings: tuple[str, ...] = ()


SMALL = Limits()
"""One object: 1 MiB, Langfuse's limit for a batch of scores (contract langfuse §3.5)."""

BATCH = Limits(body_bytes_max=20 * MEBIBYTE)
"""Many objects, or one large: Respan takes logs of 20 MB (contract respan §10.1)."""

OTLP = Limits(body_bytes_max=20 * MEBIBYTE, media=OTLP_MEDIA, encodings=("gzip",))
"""An OTLP export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method on one path.

    Attributes:
        method: upper case.
        path: the vendor's own, parameters as ``{name}``, each a whole segment; without trailing slash.
        handler: serves it.
        permission: what the key must be allowed; None only for what needs no key at all.
        summary: one line for people.
        body: wire shape of the request's body, None where there is none.
        query: wire shape (a struct) of the query string, None where it is not read.
        replies: status → wire shape of the answer (None: no body).
        limits: bounds of the request.
        answers: content type of its good answers.
        unsupported: True for what the vendor has and the house does not speak; it is refused after admission.
    """

    method: str
    path: str
    handler: Handler
    permission: Permission | None
    summary: str
    body: Any = None
    query: type | None = None
    replies: Mapping[int, Any] = field(default_factory=dict)
    limits: Limits = SMALL
    answers: str = "application/json"
    unsupported: bool = False
