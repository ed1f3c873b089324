"""Exports of a large store by the command line, beside nobody: rows a second, and the most memory that it took.

What is written goes nowhere, because ten million lines are six gigabytes; what it takes to make them counts.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import LOOKS_EVERY_S, most_resident_megabytes
from tests.server_process import environment

RESIDENT_MB_MAX = 200
"""Goal: whatever the size of the store."""


@dataclass(frozen=True)
class Format:
    """One format and its goal in rows a second."""

    name: str
    goal: int


FORMATS = (Format("parquet", 300_000), Format("jsonl", 100_000), Format("csv", 100_000))


def measure_exports(data: Path, scores: int) -> None:
    """Export all scores in every format, and print what that took."""
    for format in FORMATS:
        seconds, megabytes = _export(data, format.name)
        print(
            f"  export to {format.name:8}{scores / seconds:>10.0f} rows/s (goal {format.goal}); "
            f"resident at most {megabytes:.0f} MB (goal under {RESIDENT_MB_MAX})",
            flush=True,
        )


def _export(data: Path, format: str) -> tuple[float, float]:
    """Run one export; returns its seconds and the most memory that it had."""
    command = [sys.executable, "-m", "scorehouse.cli", "export", "--data", str(data), "--format", format]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    megabytes = 0.0
    while process.poll() is None:
        # The system's own figure for a child that has ended begins with the memory of the parent that forked it.
        megabytes = most_resident_megabytes(process.pid) or megabytes
        time.sleep(LOOKS_EVERY_S)
    seconds = time.perf_counter() - began
    said = process.stderr.read() if process.stderr is not None else ""
    if process.returncode != 0:
        raise SystemExit(f"the export to {format} failed: {said}")
    return seconds, megabytes
