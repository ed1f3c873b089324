"""Where the time goes: samples of the server under load, summed up by room.

py-spy looks at the process from outside, 400 times a second, while wrk writes at 16 connections. A sample counts for
the innermost of our rooms, or of the libraries below, that is on its stack.

Run: ``python -m benchmarks.profile ["workload"]``.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.load import press
from benchmarks.processes import house
from benchmarks.workloads import WORKLOADS, prepare

SECONDS = 8

PLACES = (
    ("engines/sql/transaction.py", "SQLite: the statements of verbs"),
    ("engines/sql/", "engine: verbs, keys, feed, group commit"),
    ("scorehouse/services/", "services: admission, recording"),
    ("scorehouse/domain/", "domain: values built and checked"),
    ("scorehouse/dialects/", "dialect: shapes read and written"),
    ("scorehouse/wire/", "wire: bodies decoded, replies encoded"),
    ("scorehouse/server/", "server: matching, heads, bodies, sending"),
    ("uvicorn/", "uvicorn: HTTP parsed and written"),
    ("asyncio/runners.py", "event loop: sockets, waiting for the disk and for requests"),
    ("asyncio/", "asyncio"),
    ("concurrent/futures/thread.py", "commit thread: fsync"),
)
IDLE = "(concurrent/futures/thread.py:81)"
"""A thread of a pool that waits for work; its samples say nothing."""


def main() -> None:
    """Profile one workload and print the shares."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else "native, one score"
    workload = next(item for item in WORKLOADS if item.name == wanted)
    with tempfile.TemporaryDirectory() as folder, house(Path(folder) / "house") as server:
        prepare(server)
        samples = Path(folder) / "samples"
        spy = ["py-spy", "record", "--duration", str(SECONDS - 2), "--rate", "400", "--format", "raw"]
        command = [*spy, "--output", str(samples), "--pid", str(server.process.pid)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            measured = press(workload.request(server), 16, SECONDS)
            process.wait()
        shares = sum_up(samples.read_text())
    print(f"{wanted}, 16 connections: {measured.rate:.0f} requests/s")
    for place, share in shares:
        print(f"  {share:6.1%}  {place}")


def sum_up(samples: str) -> list[tuple[str, float]]:
    """Return the share of each place, the greatest first."""
    counts: Counter[str] = Counter()
    for line in samples.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not frames[-1].endswith(IDLE):
            counts[_place(frames)] += int(count)
    total = sum(counts.values())
    return [(place, count / total) for place, count in counts.most_common()]


def _place(frames: list[str]) -> str:
    for frame in reversed(frames):
        for part, place in PLACES:
            if part in frame:
                return place
    return "other"


if __name__ == "__main__":
    main()
