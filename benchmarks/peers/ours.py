"""Scorehouse, as its README starts it, through the native API; every answer is synced to disk."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.load import Request
from benchmarks.peers.contenders import HOST, Standing, count_rows, running
from benchmarks.processes import free_port
from tests.server_process import SECRET, environment

TRACE, READ_TRACE = "0af7651916cd43dd8448eb211c80319c", "1bf7651916cd43dd8448eb211c80319d"
SENT = {"Content-Type": "application/json", "Authorization": f"Bearer sh_{SECRET}"}


@contextmanager
def scorehouse(folder: Path) -> Iterator[Standing]:
    """Start Scorehouse on a folder."""
    port = free_port()
    command = [sys.executable, "-m", "scorehouse.cli", "serve", "--port", str(port), "--data", str(folder)]
    url = f"http://{HOST}:{port}"
    with running(command, folder, f"{url}/ready", environment(key=SECRET)) as (process, ready_s):
        _prepare(url)
        yield Standing(
            process=process,
            folder=folder,
            ready_s=ready_s,
            writes={"native": Request(f"{url}/v1/scores", json.dumps(_score(TRACE)), SENT)},
            batch=Request(f"{url}/v1/scores/batch", json.dumps({"scores": [_score(TRACE)] * 100}), SENT),
            trace=Request(f"{url}/v1/scores?trace={READ_TRACE}&limit=50", "", SENT, "GET"),
            page=Request(f"{url}/v1/scores?name=accuracy&number.gt=0.9&limit=50", "", SENT, "GET"),
            stored=lambda: count_rows(folder / "scorehouse.sqlite3", "score"),
        )


def _score(trace: str) -> dict[str, object]:
    target = {"kind": "trace", "id": trace}
    return {"name": "accuracy", "value": 0.92, "target": target, "comment": "close to the source"}


def _prepare(url: str) -> None:
    """Send both traces, and score the second one 50 times."""
    spans = [
        {
            "traceId": trace,
            "spanId": span,
            "name": "answer",
            "startTimeUnixNano": "1700000000000000000",
            "endTimeUnixNano": "1700000001000000000",
        }
        for trace, span in ((TRACE, "b7ad6b7169203331"), (READ_TRACE, "c7ad6b7169203332"))
    ]
    body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    httpx.post(f"{url}/v1/traces", json=body, headers=SENT).raise_for_status()
    many = {"scores": [_score(READ_TRACE)] * 50}
    httpx.post(f"{url}/v1/scores/batch", json=many, headers=SENT).raise_for_status()
