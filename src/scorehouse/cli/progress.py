"""How far a long command is: one line on a terminal, written over and over; nothing elsewhere."""

import sys
from time import perf_counter
from types import TracebackType
from typing import Self, TextIO

EVERY_S = 0.5
CLEAR = "\r\x1b[K"


class Progress:
    """Counts rows, and shows how many, how fast, and how long it will take yet.

    Attributes:
        rows: counted so far.
        total: how many there will be; None where nobody knows.
        shown: whether anybody looks: whether the stream is a terminal.
    """

    def __init__(self, done: str, stream: TextIO | None = None) -> None:
        self.rows = 0
        self.total: int | None = None
        self._stream = sys.stderr if stream is None else stream
        self.shown = self._stream.isatty()
        self._done = done
        self._started = self._last = perf_counter()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Take the line away."""
        if self.shown:
            self._stream.write(CLEAR)
            self._stream.flush()

    def add(self, rows: int) -> None:
        """Count rows, and show the line if it is time."""
        self.rows += rows
        now = perf_counter()
        if self.shown and now - self._last >= EVERY_S:
            self._last = now
            self._stream.write(CLEAR + line(self._done, self.rows, self.total, now - self._started))
            self._stream.flush()


def line(done: str, rows: int, total: int | None, seconds: float) -> str:
    """Write ``exported 1,200,000 of 10,000,000 rows, 120,000/s, 1:13 left``."""
    rate = rows / seconds if seconds > 0 else 0.0
    of = "" if total is None else f" of {total:,}"
    left = "" if total is None or not rate else f", {_clock((total - rows) / rate)} left"
    return f"{done} {rows:,}{of} rows, {rate:,.0f}/s{left}"


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
