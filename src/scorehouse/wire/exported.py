"""What an OpenTelemetry exporter sent, in one neutral form, whatever the encoding.

Five APIs take OTLP/HTTP and each reads other attributes out of it; what they share ends here. The readers
(`otlp_json`, `otlp_protobuf`) build these types, a dialect's mapping or `semantics` turns them into sketches.

Everything in them can be stored: texts hold no NUL and no lone surrogate, values are plain JSON.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from typing import Any

from scorehouse.domain.documents import EMPTY
from scorehouse.domain.frozen import Frozen
from scorehouse.domain.identity import checked_id
from scorehouse.domain.instants import Instant, instant
from scorehouse.domain.refusals import Fault, Invalid, TooLarge

TRACE_ID_DIGITS = 32
SPAN_ID_DIGITS = 16

NANOSECONDS_END = 2**64
"""OTLP times are unsigned 64-bit counts."""

_HEX = re.compile(r"[0-9a-fA-F]*")


class Role(StrEnum):
    """OpenTelemetry's SpanKind: which side of a call the span is."""

    UNSPECIFIED = "unspecified"
    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class StatusCode(StrEnum):
    """OpenTelemetry's StatusCode."""

    UNSET = "unset"
    OK = "ok"
    ERROR = "error"


ROLES: Mapping[int, Role] = dict(enumerate(Role))
"""OTLP's number → role; the enumeration is open, another number means UNSPECIFIED."""

STATUSES: Mapping[int, StatusCode] = dict(enumerate(StatusCode))
"""OTLP's number → code, likewise; another number means UNSET."""

Attributes = Mapping[str, Any]
"""Attribute name → plain JSON value.

Lists of key and value are objects, bytes are base64 text, 64-bit integers are exact, a double that is
not finite is the text ``NaN``, ``Infinity`` or ``-Infinity`` (as in protobuf's own JSON), a value that
was not set is None. Of a repeated name the last counts.
"""


class ExportedEvent(Frozen, frozen=True, kw_only=True):
    """Something that happened during a span, such as an exception."""

    name: str
    at: Instant | None = None
    attributes: Attributes = EMPTY


class ExportedLink(Frozen, frozen=True, kw_only=True):
    """Another span that this one names. Its ids are as told, unchecked and possibly empty."""

    trace_id: str
    span_id: str
    attributes: Attributes = EMPTY


class Scope(Frozen, frozen=True, kw_only=True):
    """The instrumentation that made the span; empty texts where it did not say."""

    name: str = ""
    version: str = ""
    attributes: Attributes = EMPTY


class ExportedSpan(Frozen, frozen=True, kw_only=True):
    """One span as exported.

    Attributes:
        trace_id: 32 lower-case hex digits, not all zero; any text where the reader was told so.
        span_id: 16 of them, likewise.
        parent_id: like span_id; None for a root.
        name: empty where none was sent.
        started_at, ended_at: finer digits than microseconds are cut off; None where not sent or zero.
        message: of the status; empty where none was sent.
        resource: attributes of what ran (``service.name`` …).
    """

    trace_id: str
    span_id: str
    parent_id: str | None = None
    name: str = ""
    role: Role = Role.UNSPECIFIED
    started_at: Instant | None = None
    ended_at: Instant | None = None
    attributes: Attributes = EMPTY
    events: tuple[ExportedEvent, ...] = ()
    links: tuple[ExportedLink, ...] = ()
    status: StatusCode = StatusCode.UNSET
    message: str = ""
    resource: Attributes = EMPTY
    scope: Scope = Scope()


SPANS_MAX = 20_000
"""Spans, and groups of them, in one export: forty times what an exporter sends at once. A megabyte can hold a hundred
thousand empty ones, and each takes its time."""


def check_count(count: int) -> None:
    """Refuse with TooLarge an export of more than SPANS_MAX."""
    if count > SPANS_MAX:
        raise TooLarge("export", SPANS_MAX, "spans")


class Export(Frozen, frozen=True):
    """What one request exported.

    Attributes:
        spans: the good ones, in the order sent.
        faults: one for each span that is refused, and for each collection that is not a list; the path leads
            into the export (``resourceSpans 0 scopeSpans 0 spans 3 traceId``).
    """

    spans: tuple[ExportedSpan, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def span_count(self) -> int:
        """How many spans were sent, good and bad."""
        return len(self.spans) + len(self.faults)


class IdRule(Frozen, frozen=True):
    """What may be an id.

    Attributes:
        any_text: whether any text is taken as an id, as Langfuse does (contract langfuse §13.4); otherwise
            only what OpenTelemetry allows: 16 bytes for a trace, 8 for a span, in hex, not all zero.
    """

    any_text: bool = False

    def checked(self, text: str, digits: int, name: str) -> str:
        """Return the id, hex in lower case; raises Invalid with the fault at `name`."""
        if not text:
            raise Invalid(Fault((name,), "missing", "is required"))
        is_hex = len(text) == digits and _HEX.fullmatch(text) is not None
        if self.any_text:
            return text.lower() if is_hex else checked_id(text, name)
        if not is_hex or not text.strip("0"):
            raise Invalid(Fault((name,), "malformed", f"must be {digits} hex digits, not all zero"))
        return text.lower()

    def parent(self, text: str, name: str) -> str | None:
        """Return the parent's id; None for one that is empty or all zero, which both say: no parent."""
        return self.checked(text, SPAN_ID_DIGITS, name) if text.strip("0") else None


ONLY_PROPER_IDS = IdRule()


def plain_text(text: str, *path: str | int) -> str:
    """Return `text` if it can be stored; raises Invalid with the fault at `path`.

    Lone surrogates need no check: neither encoding can carry them.
    """
    if "\0" in text:
        raise Invalid(Fault(path, "bad_character", "must not contain NUL"))
    return text


def plain_double(number: float) -> float | str:
    """Return a finite number as it is, any other by its name in protobuf's JSON."""
    if isfinite(number):
        return number
    if number != number:  # noqa: PLR0124 - NaN is what differs from itself
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def moment_of(nanoseconds: int, *path: str | int) -> Instant | None:
    """Return a time from nanoseconds since 1970; None for zero, which says that there is none."""
    if not 0 <= nanoseconds < NANOSECONDS_END:
        raise Invalid(Fault(path, "out_of_range", "must be nanoseconds since 1970 that fit 64 bits"))
    return instant(nanoseconds // 1000, path) if nanoseconds else None
