"""Time and ids, made here and handed down."""

import secrets
import time
from collections.abc import Callable
from random import Random

from scorehouse.domain.instants import Instant
from scorehouse.services.house import Clock, Mint

_VARIANT_RFC = 0b10 << 62


def steady_clock(nanoseconds: Callable[[], int] = time.time_ns) -> Clock:
    """Make a clock of whole microseconds that stands still, rather than run back, when the system's is set back."""
    latest = 0

    def now() -> Instant:
        nonlocal latest
        latest = max(latest, nanoseconds() // 1000)
        return Instant(latest)

    return now


def uuid7_mint(clock: Clock) -> Mint:
    """Make a mint of UUIDv7s as 32 hex digits, each greater than the one before.

    The 12 bits after the version hold the fraction of the millisecond (RFC 9562 §6.2, method 3); no two ids of a
    mint share a microsecond, and 62 random bits keep the ids of different processes apart.
    """
    bits = Random(secrets.randbits(256)).getrandbits  # noqa: S311 - ids have to be unique, not secret
    latest = 0

    def mint() -> str:
        nonlocal latest
        latest = max(latest + 1, clock())
        milliseconds, rest = divmod(latest, 1000)
        fraction = rest * 4096 // 1000
        return f"{milliseconds:012x}7{fraction:03x}{_VARIANT_RFC | bits(62):016x}"

    return mint
