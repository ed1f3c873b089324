"""ISO 8601 is read in its many spellings and written in one spelling a vendor."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorehouse.domain.instants import EARLIEST, LATEST, Instant
from scorehouse.domain.refusals import Invalid
from scorehouse.wire.times import microseconds_z, milliseconds_z, moment, parse_time, shortest_offset

NOON = datetime(2026, 4, 3, 12, 0, 0, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Count microseconds since 1970, by whole numbers."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "after_noon_us"),
    [
        ("2026-04-03T12:00:00Z", 0),
        ("2026-04-03t12:00:00z", 0),
        ("2026-04-03 12:00:00+00:00", 0),
        ("2026-04-03T12:00:00", 0),
        ("2026-04-03T12:00", 0),
        ("2026-04-03T12:00Z", 0),
        ("2026-04-03T12:00:00 Z", 0),
        (" 2026-04-03T12:00:00Z\n", 0),
        ("2026-04-03T14:30:00+02:30", 0),
        ("2026-04-03T14:30:00+0230", 0),
        ("2026-04-03T14:00:00+02", 0),
        ("2026-04-03T04:00:00-08:00", 0),
        ("2026-04-04T11:59:00+23:59", 0),
        ("2026-04-03T12:00:00-00:00", 0),
        ("2026-04-03T12:00:00.1Z", 100_000),
        ("2026-04-03T12:00:00,123Z", 123_000),
        ("2026-04-03T12:00:00.123456Z", 123_456),
        ("2026-04-03T12:00:00.1234567Z", 123_456),
        ("2026-04-03T12:00:00.999999999Z", 999_999),
        ("2026-04-03T12:00:00.000000001", 0),
        ("2026-04-03", -43_200_000_000),
    ],
)
def test_spellings(text: str, after_noon_us: int) -> None:
    """A zone, an offset or none, with a fraction of up to nine digits, is one moment."""
    assert parse_time(text) == micros(NOON) + after_noon_us


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026",
        "2026-04",
        "20260403",
        "2026-4-3",
        "26-04-03",
        "2026-04-03T",
        "2026-04-03T12",
        "2026-04-03TZ",
        "2026-04-03Z",
        "2026-04-03T12:0:0Z",
        "2026-04-03T12:00:00.Z",
        "2026-04-03T12:00.5Z",
        "2026-04-03T12:00:00.1234567890Z",
        "2026-04-03T12:00:00+2",
        "2026-04-03T12:00:00+02:0",
        "2026-04-03T12:00:00+24:00",
        "2026-04-03T12:00:00-99:00",
        "2026-04-03T12:00:00+10:60",
        "2026-04-03T12:00:00+10:99",
        "2026-04-03T12:00:00ZZ",
        "2026-04-03T12:00:00Z Z",
        "2026-04-03T24:00:00Z",
        "2026-04-03T12:60:00Z",
        "2026-04-03T12:00:60Z",
        "2016-12-31T23:59:60Z",
        "2026-02-29",
        "2100-02-29T00:00:00Z",
        "2026-13-01",
        "2026-00-10",
        "2026-01-00",
        "0000-01-01",
        "10000-01-01",
        "+2026-01-01",
        "-2026-01-01",
        "٢٠٢٦-04-03",
        "1775217600",
        "2026-04-03T12:00:00Z\0",
    ],
)
def test_refused(text: str) -> None:
    """What is no moment, a leap second included, is refused where it was given."""
    with pytest.raises(Invalid) as refused:
        parse_time(text, "filter", 2)
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(("filter", 2), "not_a_time")]


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
def test_beyond_all_years(text: str) -> None:
    """An offset cannot lead out of the years that can be written."""
    with pytest.raises(Invalid) as refused:
        parse_time(text, "at")
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(("at",), "out_of_range")]


def test_the_first_and_the_last() -> None:
    """The bounds of an instant are the first and last moment that can be read, and they can be written."""
    assert parse_time("0001-01-01T00:00:00Z") == EARLIEST
    assert parse_time("9999-12-31T23:59:59.999999999Z") == LATEST
    assert milliseconds_z(EARLIEST) == "0001-01-01T00:00:00.000Z"
    assert microseconds_z(LATEST) == "9999-12-31T23:59:59.999999Z"


def test_stricter_vendors() -> None:
    """A vendor that wants a zone, or more than a date, gets it."""
    for text in ("2026-04-03T12:00:00", "2026-04-03"):
        with pytest.raises(Invalid):
            parse_time(text, zone_required=True)
    with pytest.raises(Invalid):
        parse_time("2026-04-03", date_allowed=False)
    assert parse_time("2026-04-03T12:00", date_allowed=False) == micros(NOON)
    assert parse_time("2026-04-03T12:00Z", zone_required=True) == micros(NOON)


MOMENTS = st.integers(EARLIEST, LATEST).map(Instant)


@given(MOMENTS)
def test_round_trips(at: Instant) -> None:
    """What is written is read as the same moment, to the digits that were written."""
    assert parse_time(microseconds_z(at)) == at
    assert parse_time(shortest_offset(at)) == at
    assert parse_time(milliseconds_z(at)) == at // 1000 * 1000
    assert micros(moment(at)) == at


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.integers(-1439, 1439))  # noqa: DTZ001 - given a zone in the next line
def test_offsets(at: datetime, minutes: int) -> None:
    """A moment in any zone is the moment that Python means by it."""
    zoned = at.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_time(zoned.isoformat()) == micros(zoned)


@pytest.mark.parametrize(
    ("microseconds", "millis", "exact", "shortest"),
    [
        (0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00+00:00"),
        (1_999, "1970-01-01T00:00:00.001Z", "1970-01-01T00:00:00.001999Z", "1970-01-01T00:00:00.001999+00:00"),
        (-1, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999+00:00"),
    ],
)
def test_writing(microseconds: int, millis: str, exact: str, shortest: str) -> None:
    """Each vendor's spelling, finer digits cut off."""
    at = Instant(microseconds)
    assert (milliseconds_z(at), microseconds_z(at), shortest_offset(at)) == (millis, exact, shortest)
