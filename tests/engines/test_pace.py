"""When appending groups wait for more: where a commit is slower than serving who is in it, or others write as well."""

import pytest

from scorehouse.engines.sql.pace_postgresql import SMOOTHING, Pace

GROUPS = 10 * SMOOTHING
"""Enough that averages have settled."""


@pytest.mark.parametrize(
    ("rows", "commit_ms", "work_ms", "others", "waits"),
    [
        pytest.param(8, 1.0, 1.1, False, False, id="a half is served for longer than the other is committed"),
        pytest.param(8, 1.5, 1.0, False, False, id="all would be served for longer than they are committed"),
        pytest.param(8, 3.0, 1.0, False, True, id="a commit takes longer than serving all"),
        pytest.param(1, 3.0, 0.1, False, False, id="one caller at a time"),
        pytest.param(4, 0.5, 1.0, True, False, id="other nodes write, which is gathered for"),
    ],
)
def test_waits(rows: int, commit_ms: float, work_ms: float, others: bool, waits: bool) -> None:
    """Groups that do not wait yet, all alike."""
    pace = Pace()
    for _ in range(GROUPS):
        pace.note(rows, commit_ms / 1000, work_ms / 1000, others=others)
        if pace.waits:
            break
    assert pace.waits == waits


def test_waiting_ends_when_commits_become_quick() -> None:
    """What waits holds all callers, and goes on while their commit takes longer than serving them, no more."""
    pace = Pace()
    for commit_ms, waits in ((6.0, True), (2.2, True), (1.8, False), (2.2, False), (6.0, True)):
        for _ in range(GROUPS):
            pace.note(16, commit_ms / 1000, 0.002, others=False)
        assert pace.waits == waits, commit_ms


@pytest.mark.parametrize(("commit_ms", "gathers_ms"), [(0.2, 1.0), (2.0, 2.0), (5_000.0, 10.0)])
def test_groups_gather_while_others_write(commit_ms: float, gathers_ms: float) -> None:
    """For as long as a commit takes, never longer than is bearable; and not any more once nobody else writes."""
    pace = Pace()
    for _ in range(GROUPS):
        pace.note(8, commit_ms / 1000, 0.001, others=True)
    assert pace.gathers_s == pytest.approx(gathers_ms / 1000, rel=0.01)
    pace.note(8, commit_ms / 1000, 0.001, others=False)
    assert pace.gathers_s == 0
