"""Faults of the disk and the clock, switched while the server runs, by a small library that is loaded into it."""

import struct
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).with_name("faults.c")
CONTROL = struct.Struct("<iiiiq")
"""As `struct control` in the library."""


class Faults:
    """What is wrong with a server's disk and clock; nothing at first.

    Attributes:
        log: of every change of a file, if it is recorded.
    """

    def __init__(self, folder: Path, *, records: bool = False) -> None:
        """Compile the library into a folder, in which the server's data has to stand as `data`."""
        self._library = folder / "faults.so"
        self._control = folder / "control"
        self._data = folder / "data"
        self.log = folder / "changes.log" if records else None
        command: list[str | Path] = ["cc", "-shared", "-fPIC", "-O2", "-o", self._library, SOURCE, "-ldl", "-lpthread"]
        subprocess.run(command, check=True)
        self.set()

    @property
    def variables(self) -> Mapping[str, str]:
        """What the server needs in its environment."""
        log = {} if self.log is None else {"SIEGE_LOG": str(self.log)}
        control = {"SIEGE_CONTROL": str(self._control), "SIEGE_FOLDER": str(self._data)}
        return {"LD_PRELOAD": str(self._library), **control, **log}

    def set(
        self, *, sync_delay_ms: int = 0, sync_errno: int = 0, write_errno: int = 0, clock_offset_s: int = 0
    ) -> None:
        """Say what is wrong from now on; what is not said is well."""
        said = CONTROL.pack(sync_delay_ms, sync_errno, write_errno, 0, clock_offset_s)
        with self._control.open("r+b" if self._control.exists() else "wb") as control:
            control.write(said)

    @contextmanager
    def fault(self, *, sync_delay_ms: int = 0, sync_errno: int = 0, write_errno: int = 0) -> Iterator[None]:
        """Let something be wrong for a while."""
        self.set(sync_delay_ms=sync_delay_ms, sync_errno=sync_errno, write_errno=write_errno)
        try:
            yield
        finally:
            self.set()
