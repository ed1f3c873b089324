"""Points in time on the wire: ISO 8601 in many spellings in, one per vendor out."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant, instant
from scorehouse.domain.refusals import Fault, Invalid

WRITTEN_TIMES_MAX = 1024
"""Times whose writing is remembered: the scores of one request share theirs, and most have been recorded,
measured and changed at the same moment."""

NO_FRACTION = "000000"
"""Six digits of none."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_NAIVE = _EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60 * MICROSECONDS_PER_SECOND
_DAY = 24 * 60 * _MINUTE
_CLOCK = tuple(f"T{minute // 60:02}:{minute % 60:02}:" for minute in range(24 * 60))
_ISO = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](?P<clock>\d\d:\d\d(?::\d\d)?)"
    r"(?:(?<=:\d\d:\d\d)[.,](?P<fraction>\d{1,9}))?"  # of seconds, never of minutes
    r"\s*(?P<zone>Z|z|[+-]\d\d(?::?[0-5]\d)?)?)?",
    re.ASCII,
)


def parse_time(text: str, *path: str | int, zone_required: bool = False, date_allowed: bool = True) -> Instant:
    """Read ISO 8601: any fraction of up to nine digits, ``Z``, an offset, or no zone, which means UTC.

    Digits beyond microseconds are cut off.

    Raises:
        Invalid: with the fault at `path`; also for a missing zone or a bare date where the vendor refuses those.
    """
    if _is_usual(text):
        try:
            since = datetime.fromisoformat(text) - _EPOCH
            return instant((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds, path)
        except ValueError:
            pass  # What is wrong with it is said below.
    match = _ISO.fullmatch(text.strip())
    if match is None or (match["clock"] is None and not date_allowed) or (zone_required and match["zone"] is None):
        raise Invalid(Fault(path, "not_a_time", "must be an ISO 8601 date and time"))
    date, clock, fraction, zone = match.groups()
    try:
        whole = datetime.fromisoformat(f"{date}T{clock or '00:00:00'}")
        microseconds = (whole - _EPOCH_NAIVE) // _MICROSECOND + int((fraction or "0").ljust(6, "0")[:6])
        return instant(microseconds - _offset(zone), path)
    except ValueError as error:
        raise Invalid(Fault(path, "not_a_time", "must be a date and time that exist")) from error


def _is_usual(text: str) -> bool:
    """Tell ``2026-04-03T10:05:00.000000Z`` and its like with fewer digits, which most senders write, by its marks."""
    return (
        20 <= len(text) <= 27
        and text[-1] == "Z"
        and text[10] == "T"
        and text[4] == text[7] == "-"
        and text[13] == text[16] == ":"
        and (len(text) == 20 or (text[19] == "." and text[20:-1].isdigit()))
    )


def _offset(zone: str | None) -> int:
    """Return a zone's offset from UTC in microseconds; raises ValueError beyond a day."""
    if zone is None or zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    timezone(delta)
    return (delta if zone[0] == "+" else -delta) // _MICROSECOND


def moment(at: Instant) -> datetime:
    """Return an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=at)


@lru_cache(WRITTEN_TIMES_MAX)
def _written_day(day: int) -> str:
    return (_EPOCH_NAIVE + timedelta(days=day)).date().isoformat()


def written_z(at: Instant) -> str:
    """Write ``2026-04-03T10:05:00.000000Z``; nothing but the day is remembered."""
    day, place = divmod(at, _DAY)
    minute, place = divmod(place, _MINUTE)
    return f"{_written_day(day)}{_CLOCK[minute]}{place / MICROSECONDS_PER_SECOND:09.6f}Z"


@lru_cache(WRITTEN_TIMES_MAX)
def milliseconds_z(at: Instant) -> str:
    """Write ``2026-04-03T10:05:00.000Z``, as 2signal, Tracia and Langfuse do; finer digits are cut off."""
    return f"{written_z(at)[:-4]}Z"


@lru_cache(WRITTEN_TIMES_MAX)
def microseconds_z(at: Instant) -> str:
    """Write ``2026-04-03T10:05:00.000000Z``, as Respan and the native dialect do."""
    return written_z(at)


@lru_cache(WRITTEN_TIMES_MAX)
def shortest_offset(at: Instant) -> str:
    """Write ``2026-01-01T00:00:00+00:00``, six digits of fraction unless it is zero, as PandaProbe does."""
    text = written_z(at)
    return f"{text[:19] if text[20:26] == NO_FRACTION else text[:26]}+00:00"
