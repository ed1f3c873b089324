"""The table of results says what was kept, and no more."""

from siege.results import table

KEPT = {
    "held": True,
    "figures": ["7 kills"],
    "broken": [],
    "scale": 1,
    "seconds": 9,
    "day": "2026-01-01",
    "commit": "abc",
    "machine": "a machine",
}


def test_the_table_tells_held_from_broken_and_from_never_run() -> None:
    """A siege that held, one that did not, at a part of its size, and one that was not run, each say so."""
    broken = {**KEPT, "held": False, "broken": ["it lost one"], "scale": 0.5}
    written = table({"a": "First.", "b": "Second.", "c": "Third."}, {"a": KEPT, "b": broken})
    first, second, third = written.split("### ")[1:]
    assert "Held, 2026-01-01, 9 s, commit abc; a machine." in first
    assert "- 7 kills" in first
    assert "**Did not hold** at 0.5 of the full size" in second
    assert "- **not held:** it lost one" in second
    assert "Not run at full size yet." in third
