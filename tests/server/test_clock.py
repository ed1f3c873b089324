"""Time and ids."""

from uuid import RFC_4122, UUID

from scorehouse.domain.instants import Instant
from scorehouse.server.clock import steady_clock, uuid7_mint


def test_the_clock_never_runs_back() -> None:
    """When the system's clock is set back, ours stands until time has caught up; it cuts to microseconds."""
    told = iter([5_000_999, 3_000_000, 5_001_000, 9_000_000])
    clock = steady_clock(lambda: next(told))
    assert [clock() for _ in range(4)] == [5_000, 5_000, 5_001, 9_000]


def test_ids_are_uuids_of_version_7() -> None:
    """32 lower-case hex digits, with version, variant and the milliseconds where RFC 9562 wants them."""
    at = 1_700_000_000_123_456
    id = uuid7_mint(lambda: Instant(at))()
    read = UUID(id)
    assert (len(id), id) == (32, read.hex)
    assert (read.version, read.variant) == (7, RFC_4122)
    assert read.int >> 80 == at // 1000


def test_ids_sort_by_the_time_of_minting() -> None:
    """Each id is greater than the one before, within a microsecond, over its end, and when time stands."""
    ticks = iter([Instant(t) for t in (999, 999, 999, 1000, 1000, 1_001, 2_500, 2_500, 2_499)] * 1)
    mint = uuid7_mint(lambda: next(ticks))
    ids = [mint() for _ in range(9)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_two_mints_differ() -> None:
    """Processes that mint at the same microsecond do not mint the same ids."""
    mints = [uuid7_mint(lambda: Instant(1_000_000)) for _ in range(50)]
    assert len({mint() for mint in mints}) == 50
