"""The report on the peers: what is better is told the right way round, and a goal can be missed."""

from benchmarks.peers.report import Row, goals, table


def rows(writes: float, memory: float) -> list[Row]:
    """Report on a house that writes so much a second in so much memory, beside two peers."""
    return [
        Row("write, 16 connections", "scores/s", {"Scorehouse": writes, "Phoenix": 100.0, "MLflow": 50.0}),
        Row("batch of 100, 16 connections", "scores/s", {"Scorehouse": 20_000.0, "Phoenix": 1_000.0}),
        Row("memory after it", "MB", {"Scorehouse": memory, "Phoenix": 400.0, "MLflow": 900.0}, lower_is_better=True),
        Row("from start to ready", "s", {"Scorehouse": 1.0, "Phoenix": 8.0, "MLflow": 4.0}, lower_is_better=True),
    ]


def test_ratios_say_how_many_times_better() -> None:
    """More a second is better, and less memory is; where one has no value there is no ratio."""
    write, batch, memory, _ = rows(3000, 100)
    assert write.ratio("Phoenix") == 30
    assert memory.ratio("Phoenix") == 4
    assert batch.ratio("MLflow") is None
    assert "| 400 (4.00 x) |" in table([memory])


def test_goals_are_judged() -> None:
    """All are reached by a fast and small house, and named as missed by a slow and large one."""
    assert "MISSED" not in goals(rows(3000, 100))
    missed = [line for line in goals(rows(2999, 134)).splitlines() if line.endswith("MISSED")]
    assert len(missed) == 2
    assert "Phoenix's synchronous call: 30.0" in missed[0]
    assert "memory" in missed[1]
