"""The disk after a power cut: what was synced is there, and of the rest whatever was kept, in sectors."""

import random

from siege.replay import OPEN, SYNC, TRUNCATE, WRITE, Change, Disk

PATH = "/data/file"


def disk_after(*changes: tuple[int, int, bytes]) -> Disk:
    """Let changes happen, given as what, offset and data; each ends at its place, from 1 on."""
    disk = Disk()
    for place, (what, offset, data) in enumerate(changes, 1):
        disk.take(Change(what, PATH, offset, data, place))
    return disk


def contents(disk: Disk, keeps: float, times: int = 200) -> set[bytes | None]:
    """Return what the file may hold after a cut."""
    chance = random.Random(1)  # noqa: S311 - picks sectors, not secrets
    found = (disk.files[PATH].after_a_cut(chance, keeps) for _ in range(times))
    return {None if content is None else bytes(content) for content in found}


def test_what_was_synced_stays_and_the_rest_may_go() -> None:
    """A write before the sync is always there; one after it may be there or not."""
    disk = disk_after((OPEN, 0, b""), (WRITE, 0, b"aa"), (SYNC, 2, b""), (WRITE, 2, b"bb"))
    assert contents(disk, 0.0) == {b"aa"}
    assert contents(disk, 1.0) == {b"aabb"}
    assert contents(disk, 0.5) == {b"aa", b"aabb"}


def test_a_sync_covers_only_what_was_written_when_it_began() -> None:
    """What was written while the sync ran is not covered by it."""
    disk = disk_after((WRITE, 0, b"aa"), (WRITE, 2, b"bb"), (SYNC, 1, b""))
    assert contents(disk, 0.0) == {b"aa"}


def test_a_file_that_was_never_synced_may_not_be_there() -> None:
    """Neither its content nor itself is sure."""
    assert contents(disk_after((OPEN, 0, b""), (WRITE, 0, b"aa")), 0.5) == {None, b"", b"aa"}


def test_a_lying_disk_keeps_nothing_for_sure() -> None:
    """Where syncs have no effect, what was synced may go."""
    disk = Disk()
    disk.syncs = False
    for place, (what, offset, data) in enumerate([(WRITE, 0, b"aa"), (SYNC, 1, b"")], 1):
        disk.take(Change(what, PATH, offset, data, place))
    assert contents(disk, 0.0) == {None, b""}


def test_writes_tear_at_sectors_and_truncations_may_not_happen() -> None:
    """Half of a write of two sectors may be there; a truncation is as unsure as a write."""
    torn = contents(disk_after((SYNC, 0, b""), (WRITE, 0, b"a" * 512 + b"b" * 512)), 0.5)
    assert b"a" * 512 in torn
    assert bytes(512) + b"b" * 512 in torn
    cut = disk_after((WRITE, 0, b"aabb"), (SYNC, 1, b""), (TRUNCATE, 2, b""))
    assert contents(cut, 0.5) == {b"aabb", b"aa"}
