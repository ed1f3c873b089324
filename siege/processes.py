"""The servers that are besieged, and what the operating system says of them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.server_process import Server, start

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def besieged(folder: Path, variables: Mapping[str, str] | None = None, **settings: str) -> Iterator[Server]:
    """Start a server with its data in a folder, and stop it afterwards."""
    server = start(folder / "data", folder / "log", variables, **settings)
    try:
        yield server
    finally:
        server.stop()


def resident_megabytes(process_id: int) -> float:
    """Return the resident memory of a process, in MB of 10^6 bytes."""
    return _status(process_id, "VmRSS:") * 1024 / 1e6


def peak_megabytes(process_id: int) -> float:
    """Return the most memory that a process ever had resident, in MB of 10^6 bytes."""
    return _status(process_id, "VmHWM:") * 1024 / 1e6


def open_files(process_id: int) -> int:
    """Return how many file descriptors a process has."""
    return len(os.listdir(f"/proc/{process_id}/fd"))  # noqa: PTH208 - names only, and quickly, of thousands


def processor_seconds(process_id: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{process_id}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def _status(process_id: int, name: str) -> int:
    for line in Path(f"/proc/{process_id}/status").read_text("ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise RuntimeError(f"no {name} of process {process_id}")
