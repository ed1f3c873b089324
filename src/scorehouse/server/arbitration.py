"""Which dialect a request on a shared path is meant for.

2signal and Tracia both have ``/api/v1/traces``. What decides, in this order (contract 2signal-tracia §3.2):
the mount, the spelling of the key, what a dialect claims from the head, what it claims from the body, the
order of registration. The mount has decided before this module is asked: under ``/<name>/`` no path is shared.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from scorehouse.domain.refusals import Refusal
from scorehouse.server.keyring import Keyring
from scorehouse.server.mounts import Seat
from scorehouse.wire.call import Head
from scorehouse.wire.dialect import Dialect

OneT = TypeVar("OneT")


def seat_by_head(seats: Sequence[Seat], head: Head, keyring: Keyring) -> Seat | None:
    """Choose among seats by all that is known before the body; None if that does not decide."""
    return _by_head(seats, [seat.dialect for seat in seats], head, keyring)


def seat_by_body(seats: Sequence[Seat], head: Head, body: bytes) -> Seat:
    """Choose among seats, the head not having decided, by the body; or else the first."""
    return next((seat for seat in seats if _claims(seat.dialect, head, body)), seats[0])


def owner_by_head(owners: Sequence[Dialect], head: Head, keyring: Keyring) -> Dialect:
    """Choose who refuses a request that no route takes; or else the first."""
    return _by_head(owners, owners, head, keyring) or owners[0]


def _by_head(choices: Sequence[OneT], dialects: Sequence[Dialect], head: Head, keyring: Keyring) -> OneT | None:
    spelled = _spelled_by(dialects, head, keyring)
    for choice, dialect in zip(choices, dialects, strict=True):
        if dialect.name == spelled:
            return choice
    pairs = zip(choices, dialects, strict=True)
    return next((choice for choice, dialect in pairs if _claims(dialect, head, b"")), None)


def _claims(dialect: Dialect, head: Head, body: bytes) -> bool:
    """Ask a dialect; one that cannot read the request does not claim it."""
    try:
        return dialect.claims(head, body)
    except Refusal:
        return False


def _spelled_by(dialects: Iterable[Dialect], head: Head, keyring: Keyring) -> str | None:
    """Return the dialect in whose spelling a key was shown, read in the way of any of these dialects."""
    for dialect in dialects:
        try:
            token = dialect.credential(head.headers).secret
            if token is not None:
                return keyring.read(token).dialect
        except Refusal:
            continue
    return None
