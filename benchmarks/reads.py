"""Reads over a large store, timed inside the server: from the first byte seen to the answer sent.

The time is the server's own histogram (``/metrics``), so that the client's share does not count.
"""

import re
import time
from dataclasses import dataclass

import httpx

from benchmarks.generator import HALF_A_YEAR_MICROSECONDS, NEWEST_MICROSECONDS

REPEATS = 200

_WEEK_MICROSECONDS = 7 * 86400 * 1_000_000
# Routes have braces of their own, so the labels end at the last one of the line.
_SUM = re.compile(r"^scorehouse_request_seconds_sum\{(.*)\} (\S+)$", re.MULTILINE)
_COUNT = re.compile(r"^scorehouse_request_seconds_count\{(.*)\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Read:
    """One kind of read: what it is called, where, and the goal in milliseconds."""

    name: str
    path: str
    goal_ms: float


def _instant(microseconds: int) -> str:
    seconds = time.gmtime(microseconds / 1e6)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", seconds)


_MIDDLE = NEWEST_MICROSECONDS - HALF_A_YEAR_MICROSECONDS // 2
_FROM, _TO = _instant(_MIDDLE), _instant(_MIDDLE + _WEEK_MICROSECONDS)

READS = (
    Read("a score by id", "/v1/scores/{id}", 1),
    Read("50 of one name", "/v1/scores?limit=50&name=generated-7", 10),
    Read(
        "50 of one name in one week, over 0.9",
        f"/v1/scores?limit=50&name=generated-7&number.gte=0.9&timestamp.gte={_FROM}&timestamp.lt={_TO}",
        10,
    ),
    Read("50 of a trace", "/v1/scores?limit=50&trace={trace}", 10),
    Read("50 newest", "/v1/scores?limit=50", 10),
    Read(
        "the same week's exact total",
        f"/v1/scores?limit=1&total=true&name=generated-7&number.gte=0.9&timestamp.gte={_FROM}&timestamp.lt={_TO}",
        20,
    ),
)


def measure_reads(client: httpx.Client) -> None:
    """Time every read, spread over the store, and print the means."""
    for read in READS:
        before = _total(client)
        for repeat in range(REPEATS):
            # A stride that is prime to the number of scores visits old and new ones alike.
            position = repeat * 48_611 % 1_000_000
            path = read.path.format(
                id=f"{0x5C0E000000000000 + position:032x}", trace=f"{0x7ACE000000000000 + position // 20:032x}"
            )
            answer = client.get(path)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code} {answer.text}")
        after = _total(client)
        mean_ms = (after[0] - before[0]) / (after[1] - before[1]) * 1000
        print(f"  {read.name:40}{mean_ms:8.2f} ms inside the server (goal {read.goal_ms:g})", flush=True)


def _total(client: httpx.Client) -> tuple[float, float]:
    """Return (seconds, requests) of all routes of the native dialect so far."""
    text = client.get("/metrics").text
    native = [
        [float(value) for labels, value in pattern.findall(text) if 'dialect="native"' in labels]
        for pattern in (_SUM, _COUNT)
    ]
    return sum(native[0]), sum(native[1])
