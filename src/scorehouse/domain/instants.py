"""Points in time: whole microseconds since 1970-01-01T00:00:00 UTC, as a plain integer.

An integer compares, stores and indexes alike in every engine and carries no time zone to forget.
Dialects translate from and to their vendors' notations (``scorehouse.wire.times``).
"""

from typing import NewType

from scorehouse.domain.refusals import Fault, Invalid

Instant = NewType("Instant", int)

EARLIEST = Instant(-62_135_596_800_000_000)
"""0001-01-01T00:00:00Z, the first moment that ISO 8601 with four-digit years can say."""

LATEST = Instant(253_402_300_799_999_999)
"""9999-12-31T23:59:59.999999Z, the last one."""

MICROSECONDS_PER_SECOND = 1_000_000


def instant(microseconds: int, path: tuple[str | int, ...] = ()) -> Instant:
    """Check that `microseconds` can be written as a date, and say so in the type.

    Raises:
        Invalid: it lies before the year 1 or after the year 9999.
    """
    if not EARLIEST <= microseconds <= LATEST:
        raise Invalid(Fault(path, "out_of_range", "must lie between the years 1 and 9999"))
    return Instant(microseconds)
