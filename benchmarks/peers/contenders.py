"""Who is measured, and how each is asked to do the same work.

A contender is started on loopback with SQLite in a folder of its own, as its documentation starts it, with nothing
tuned. Each is given one trace with one span to score, and a second trace that gets as many scores as a page holds and
no more, to be read back.
"""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.load import Request

READY_TIMEOUT_S = 180.0
HOST = "127.0.0.1"


@dataclass
class Standing:
    """A contender that is up.

    Attributes:
        process: the one that was started; its children belong to it.
        folder: where it keeps what it stores.
        ready_s: from start to its first good answer.
        writes: what is written, by name: requests that store one score each.
        batch: a request that stores 100, None where the product has none.
        trace: a request for the scores of one trace, 50 of them.
        page: a request for a page of 50 scores of one name above a number.
        stored: counts the scores that are stored.
    """

    process: "subprocess.Popen[bytes]"
    folder: Path
    ready_s: float
    writes: Mapping[str, Request]
    trace: Request
    page: Request
    stored: Callable[[], int]
    batch: Request | None = None
    notes: list[str] = field(default_factory=list)

    def memory_megabytes(self) -> float:
        """Return the memory of all its processes, what they share counted once, in MB of 10^6 bytes."""
        return sum(_proportional_kilobytes(each) for each in _family(self.process.pid)) * 1024 / 1e6

    def disk_bytes(self) -> int:
        """Return what its folder holds."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


@contextmanager
def running(
    command: list[str], folder: Path, health: str, variables: Mapping[str, str]
) -> Iterator[tuple["subprocess.Popen[bytes]", float]]:
    """Start a server and yield it with the seconds until it answered; stop it and its children afterwards."""
    folder.mkdir(parents=True)
    environment = {**os.environ, **variables, "NO_PROXY": HOST, "no_proxy": HOST}
    began = time.perf_counter()
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_for(health, process, began + READY_TIMEOUT_S)
        yield process, time.perf_counter() - began
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def count_rows(file: Path, table: str) -> int:
    """Count the rows of a table as another process sees them: what is not committed does not count."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - one of our own names
    return count


def _wait_for(url: str, process: "subprocess.Popen[bytes]", deadline: float) -> None:
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server behind {url} ended with {process.returncode}")
        try:
            if httpx.get(url, timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{url} did not answer")


def _family(process_id: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [process_id]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def _proportional_kilobytes(process_id: int) -> int:
    for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise RuntimeError("the system tells no proportional set size")
