"""Reads over a large store, timed inside the server: from the first byte seen to the answer sent.

The time is the server's own histogram (``/metrics``), so that the client's share does not count.
"""

import json
import re
import time
from dataclasses import dataclass

import httpx

from benchmarks.generator import HALF_A_YEAR_MICROSECONDS, NEWEST_MICROSECONDS
from tests.server_process import Server

REPEATS = 200

_WEEK_MICROSECONDS = 7 * 86400 * 1_000_000
# Routes have braces of their own, so the labels end at the last one of the line.
_SUM = re.compile(r"^scorehouse_request_seconds_sum\{(.*)\} (\S+)$", re.MULTILINE)
_COUNT = re.compile(r"^scorehouse_request_seconds_count\{(.*)\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Read:
    """One kind of read.

    Attributes:
        name: for the table.
        goal_ms: inside the server.
        path: with ``{id}`` of a score and ``{trace}`` where those vary.
        edition: whose headers it sends, and whose time it is.
        body: sent by POST; None for a GET.
    """

    name: str
    goal_ms: float
    path: str
    edition: str = "native"
    body: object = None


def _instant(microseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(microseconds / 1e6))


_MIDDLE = NEWEST_MICROSECONDS - HALF_A_YEAR_MICROSECONDS // 2
_FROM, _TO = _instant(_MIDDLE), _instant(_MIDDLE + _WEEK_MICROSECONDS)
_WEEK = f"timestamp.gte={_FROM}&timestamp.lt={_TO}"
_NESTED = {
    "filters": {
        "evaluator_slug": {"operator": "", "value": ["generated-7"]},
        "status": {"operator": "", "value": ["completed"]},
        "low": {
            "filter_params": {
                "numerical_value": {"operator": "lt", "value": [0.2], "connector": "OR"},
                "string_value": {"operator": "isnull", "value": [False]},
            },
        },
    }
}
"""Three conditions, one of them nested, that keep about one row in a hundred: a name of 20, and numbers under 0.2."""

READS = (
    Read("a score by id", 1, "/v1/scores/{id}"),
    Read("50 of one name", 10, "/v1/scores?limit=50&name=generated-7"),
    Read("50 of one name in one week, over 0.9", 10, f"/v1/scores?limit=50&name=generated-7&number.gte=0.9&{_WEEK}"),
    Read("50 of a trace", 10, "/v1/scores?limit=50&trace={trace}"),
    Read("50 newest", 10, "/v1/scores?limit=50"),
    Read(
        "langfuse v2: name, value, week, total",
        20,
        "/api/public/v2/scores?limit=50&name=generated-7&value=0.9&operator=%3E%3D"
        f"&fromTimestamp={_FROM}&toTimestamp={_TO}",
        "langfuse",
    ),
    Read("respan: three conditions, one nested", 50, "/api/scores/list/?page_size=50", "respan", _NESTED),
)


def measure_reads(server: Server) -> None:
    """Time every read, spread over the store, and print the means."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for read in READS:
            if read.edition not in server.keys:
                print(f"  {read.name:40}not registered, not measured")
                continue
            before = _total(client, read.edition)
            for repeat in range(REPEATS):
                _ask(client, read, server.headers(read.edition), repeat)
            after = _total(client, read.edition)
            mean_ms = (after[0] - before[0]) / (after[1] - before[1]) * 1000
            print(f"  {read.name:40}{mean_ms:8.2f} ms inside the server (goal {read.goal_ms:g})", flush=True)


def _ask(client: httpx.Client, read: Read, headers: dict[str, str], repeat: int) -> None:
    # A stride that is prime to the number of scores visits old and new ones alike.
    position = repeat * 48_611 % 1_000_000
    ids = {"id": f"{0x5C0E000000000000 + position:032x}", "trace": f"{0x7ACE000000000000 + position // 20:032x}"}
    path = read.path.format(**ids)
    content = None if read.body is None else json.dumps(read.body)
    sent = headers if content is None else {**headers, "Content-Type": "application/json"}
    answer = client.request("GET" if content is None else "POST", path, content=content, headers=sent)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code} {answer.text}")


def _total(client: httpx.Client, dialect: str) -> tuple[float, float]:
    """Return (seconds, requests) of all routes of a dialect so far."""
    text = client.get("/metrics").text
    seconds, requests = (
        sum(float(value) for labels, value in pattern.findall(text) if f'dialect="{dialect}"' in labels)
        for pattern in (_SUM, _COUNT)
    )
    return seconds, requests
