"""The table of ratios, what its numbers mean, and whether the goals are met."""

import platform
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from os import cpu_count
from pathlib import Path

OURS, FLOOR = "Scorehouse", "floor"
WHO = (OURS, FLOOR, "Phoenix", "MLflow")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: was measured.
        unit: of the values.
        values: by contender; medians over the rounds.
        lower_is_better: for sizes and times.
    """

    what: str
    unit: str
    values: Mapping[str, float]
    lower_is_better: bool = False

    def ratio(self, who: str) -> float | None:
        """Return how many times better Scorehouse is; None where either has no value."""
        ours, theirs = self.values.get(OURS), self.values.get(who)
        if not ours or not theirs:
            return None
        return theirs / ours if self.lower_is_better else ours / theirs


def table(rows: Sequence[Row]) -> str:
    """Write the table in Markdown: values, and in brackets how many times better Scorehouse is."""
    lines = [f"| | unit | {' | '.join(WHO)} |", "|---|---|" + "---|" * len(WHO)]
    lines += [f"| {row.what} | {row.unit} | {' | '.join(_cell(row, who) for who in WHO)} |" for row in rows]
    return "\n".join(lines)


def goals(rows: Sequence[Row]) -> str:
    """Write, goal by goal, what was reached."""
    by_name = {row.what: row for row in rows}
    write, batch = by_name["write, 16 connections"], by_name["batch of 100, 16 connections"]
    memory, start = by_name["memory after it"], by_name["from start to ready"]
    smaller = min(value for who, value in memory.values.items() if who != OURS)
    reached = [
        ("single writes at 16 connections, times Phoenix's synchronous call", write.ratio("Phoenix"), 30),
        ("single writes at 16 connections, times MLflow's", write.ratio("MLflow"), 30),
        ("batches of 100, times Phoenix's", batch.ratio("Phoenix"), 10),
        ("memory after it, of the smaller peer's: one part in", smaller / memory.values[OURS], 3),
        ("start in under two seconds: two seconds are so many starts", 2 / start.values[OURS], 1),
    ]
    return "\n".join(
        f"- {what}: {value:.1f} (goal {goal}): {'reached' if value >= goal else 'MISSED'}"
        for what, value, goal in reached
        if value is not None
    )


def write_report(path: Path, rows: Sequence[Row], notes: Mapping[str, Sequence[str]], seconds: int) -> None:
    """Write docs/benchmarks.md."""
    remarks = "\n".join(f"- {who}: {note}." for who, several in notes.items() for note in several)
    path.write_text(
        _REPORT.format(
            date=datetime.now(UTC).strftime("%Y-%m-%d"),
            commit=_commit(),
            machine=f"{platform.machine()}, {cpu_count()} cores, {platform.system()} {platform.release()}",
            python=platform.python_version(),
            sqlite=sqlite3.sqlite_version,
            ours=version("scorehouse"),
            phoenix=_locked("phoenix", "arize-phoenix"),
            mlflow=_locked("mlflow", "mlflow"),
            seconds=seconds,
            table=table(rows),
            goals=goals(rows),
            remarks=remarks,
        )
    )


def _commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _locked(folder: str, package: str) -> str:
    lock = Path(__file__).with_name(folder) / "requirements.txt"
    lines = (line.partition("==") for line in lock.read_text().splitlines())
    return next(pinned.split()[0] for name, _, pinned in lines if name == package)


def _cell(row: Row, who: str) -> str:
    value = row.values.get(who)
    if value is None:
        return "-"
    ratio = "" if who == OURS else row.ratio(who)
    shown = f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    return f"{shown} ({ratio:.2f} x)" if ratio else shown


_REPORT = """# Beside its peers

`make bench-peers` wrote this page: Scorehouse, Arize Phoenix and MLflow, each started on loopback with SQLite as its
own documentation starts it, nothing tuned, and a bare floor that does one synced insert and nothing else. They take
turns at the same work; each value is the median of three rounds of {seconds} s, made with wrk. In brackets: how many
times better Scorehouse is (more a second, or less of what is better small). Every single measurement stands in
`benchmarks/peers/results.json`.

{date}, commit {commit}; {machine}; Python {python}; SQLite {sqlite}.
Scorehouse {ours}, Phoenix {phoenix}, MLflow {mlflow}.
wrk ran on the same machine, which is shared: trust the ratios, not the figures.

{table}

## Against the goals

{goals}

## What the numbers mean

- **write**: one score a request, on one trace. Scorehouse checks the key and the trace, writes history and feed, and
  answers when the score is synced to disk. The floor answers then too, and checks nothing.
- **Phoenix** is asked with `sync=true` for "write", and in its default way for "write, default": it then answers before
  anything is stored. What counts is what was stored in the end, over the time until the last of it was there. Its
  SQLite runs with `PRAGMA synchronous = OFF`, so **no answer of Phoenix was acknowledged-durable**: a power cut loses
  what it had answered.
- **MLflow** answers when its commit is synced, as SQLite does unless told otherwise: acknowledged-durable. It has no
  call for several scores at once.
- **batch of 100**: scores a second at 16 connections; Phoenix with `sync=true`.
- **scores of a trace**: 50 of one trace. **filtered list**: a page of 50 of one name.
- **memory**: of all processes of each, what they share counted once, before and after all of the work.
- **disk**: all that its folder holds, over the scores stored.
- **from start to ready**: until the first good answer of its health check.
{remarks}
"""
