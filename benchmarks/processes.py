"""The processes that are measured: the house and the floor, each with a data folder of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server_process import Server, environment, start

LOOKS_EVERY_S = 0.05
"""How often the memory of what ends by itself is looked at: the most that it had is kept by the system until then."""


@contextmanager
def house(folder: Path, **settings: str) -> Iterator[Server]:
    """Start Scorehouse on a folder, and stop it afterwards."""
    server = start(folder, folder.parent / f"{folder.name}.log", **settings)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def floor(place: Path | str) -> Iterator[str]:
    """Start the floor on a folder, or on the URL of a database; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.floor", str(place), str(port)]
    process = subprocess.Popen(command, env=environment())
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def resident_megabytes(process_id: int) -> float:
    """Return the resident memory of a process, in MB of 10^6 bytes."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no such process")


def most_resident_megabytes(process_id: int) -> float:
    """Return the most resident memory that a process has had, in MB of 10^6 bytes; 0 once it has ended."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the floor did not start")
