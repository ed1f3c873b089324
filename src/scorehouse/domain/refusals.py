"""Every way to say no, with data and without HTTP.

::

    Refusal
    ├── of what was sent
    │   ├── Unreadable        the bytes are not what they claim to be (JSON, protobuf, gzip, UTF-8)
    │   ├── Invalid           readable, but wrong; one Fault a broken member
    │   ├── TooLarge          over a limit; says which and how much
    │   └── UnsupportedMedia  a content type or encoding that the route does not take
    ├── of who asks
    │   ├── Unidentified      no key, an unknown, revoked or expired one
    │   └── Forbidden         a good key that may not do this
    ├── of what it is about
    │   ├── UnknownPath       no such path in this dialect
    │   ├── WrongMethod       the path exists, this method does not
    │   ├── NotFound          the thing named is not in this project
    │   ├── Conflict          it contradicts what is stored
    │   └── Unsupported       known to the vendor, not spoken here
    └── of the house, worth asking again
        ├── Throttled         this key asks too fast
        ├── Unavailable       the house is full, closing, or its disk refuses
        └── Broken            a defect of ours

A dialect's refusal writer turns each of them into its vendor's status and body; it is total.
"""

from collections.abc import Sequence
from typing import ClassVar

from scorehouse.domain.frozen import Frozen

Path = tuple[str | int, ...]
"""Where a fault is: member names and list positions from the outermost in."""


class Fault(Frozen, frozen=True):
    """One thing that is wrong with what was sent.

    Attributes:
        path: where, from the outermost member in; empty when the whole is meant.
        code: what kind of wrong, a stable snake_case word (``missing``, ``wrong_type``, ``out_of_range`` …).
        message: what would be right, for people.
        given: the name of the JSON type that was sent, where the type is the fault.
        allowed: the closed set of right answers, where there is one.
    """

    path: Path
    code: str
    message: str
    given: str | None = None
    allowed: tuple[str, ...] = ()

    def under(self, *prefix: str | int) -> "Fault":
        """Return the same fault, seen from further out."""
        return Fault((*prefix, *self.path), self.code, self.message, self.given, self.allowed)


class Refusal(Exception):
    """A way of saying no. Raised anywhere below a dialect, written by the dialect.

    Attributes:
        message: one sentence for people; says what and why.
        retryable: whether the same request may succeed later, unchanged.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unreadable(Refusal):
    """The body or query cannot be parsed at all. `offset` is the byte where it breaks, where known."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


class Invalid(Refusal):
    """What was sent can be parsed but breaks rules: at least one Fault, in order of appearance."""

    def __init__(self, *faults: Fault) -> None:
        if not faults:
            raise ValueError("an Invalid names at least one fault")
        super().__init__("; ".join(describe(fault) for fault in faults))
        self.faults: tuple[Fault, ...] = faults

    def under(self, *prefix: str | int) -> "Invalid":
        """Return the same refusal, seen from further out."""
        return Invalid(*(fault.under(*prefix) for fault in self.faults))


class TooLarge(Refusal):
    """Over a limit: `what` (``request body``, ``batch`` …), its `limit` and the `unit` of that."""

    def __init__(self, what: str, limit: int, unit: str) -> None:
        super().__init__(f"The {what} is larger than {limit} {unit}.")
        self.what = what
        self.limit = limit
        self.unit = unit


class UnsupportedMedia(Refusal):
    """A content type or content encoding that the route does not take; `accepted` are those it does."""

    def __init__(self, given: str, accepted: Sequence[str]) -> None:
        super().__init__(f"{given or 'A missing content type'} is not accepted here; send {' or '.join(accepted)}.")
        self.given = given
        self.accepted = tuple(accepted)


class Unidentified(Refusal):
    """No key, or one that is unknown, revoked or expired; `reason` says which.

    One of ``missing``, ``malformed``, ``unknown``, ``expired``. A revoked key is ``unknown``.
    """

    REASONS: ClassVar[dict[str, str]] = {
        "missing": "No API key was sent.",
        "malformed": "The Authorization header cannot be read.",
        "unknown": "The API key is not valid.",
        "expired": "The API key has expired.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.REASONS[reason])
        self.reason = reason


class Forbidden(Refusal):
    """The key is good but lacks the permission `needed`."""

    def __init__(self, needed: str) -> None:
        super().__init__(f"This key lacks the permission '{needed}'.")
        self.needed = needed


class UnknownPath(Refusal):
    """No such path in this dialect."""

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"There is nothing at {method} {path}.")
        self.method = method
        self.path = path


class WrongMethod(Refusal):
    """The path exists; `method` does not. `allowed` are those that do."""

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"{method} is not allowed here; {', '.join(allowed)} is.")
        self.method = method
        self.allowed = tuple(allowed)


class NotFound(Refusal):
    """The thing of this `kind` (``trace``, ``score`` …) with this `id` is not in the project."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"{kind[:1].upper()}{kind[1:]} {id} does not exist.")
        self.kind = kind
        self.id = id


class Conflict(Refusal):
    """It contradicts what is stored: `kind` and `id` name what it collides with."""

    def __init__(self, message: str, kind: str, id: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.id = id


class Unsupported(Refusal):
    """The vendor's API has this, Scorehouse does not speak it; `what` names it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Scorehouse does not serve {what}.")
        self.what = what


class Throttled(Refusal):
    """This key asks too fast; come back after `retry_after_s` seconds."""

    retryable = True

    def __init__(self, retry_after_s: int = 1) -> None:
        super().__init__("Too many requests.")
        self.retry_after_s = retry_after_s


class Unavailable(Refusal):
    """The house is full, is closing, or its disk refuses: come back later.

    Nothing was stored, unless the message says that this is not known.
    """

    retryable = True

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Broken(Refusal):
    """A defect of ours; the log has the request id."""

    retryable = True

    def __init__(self) -> None:
        super().__init__("Something went wrong inside the server.")


def describe(fault: Fault) -> str:
    """Write a fault as ``scores.3.value: must be a number``."""
    where = ".".join(str(part) for part in fault.path)
    return f"{where}: {fault.message}" if where else fault.message
