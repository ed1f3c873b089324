"""Arize Phoenix, as its documentation starts it: `phoenix serve` with SQLite in its working directory.

A score there is an annotation of a span. By default the call puts it into a queue and answers before it is stored;
with ``sync=true`` it answers when it is. An annotation of the same name, span and identifier replaces the one before,
so each gets an identifier of its own. Its SQLite runs with ``PRAGMA synchronous = OFF``: no answer waits for the disk.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.load import FRESH, Request
from benchmarks.peers.contenders import HOST, Standing, count_rows, running
from benchmarks.processes import free_port

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
READ_TRACE = "1bf7651916cd43dd8448eb211c80319d"
READ_SPAN = "c7ad6b7169203332"
SENT = {"Content-Type": "application/json"}


@contextmanager
def phoenix(python: Path, folder: Path) -> Iterator[Standing]:
    """Start Phoenix on a folder."""
    port, grpc_port = free_port(), free_port()
    variables = {
        "PHOENIX_HOST": HOST,
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(grpc_port),
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_SQL_DATABASE_URL": f"sqlite:///{folder}/phoenix.db",
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    url = f"http://{HOST}:{port}"
    command = [str(python.with_name("phoenix")), "serve"]
    with running(command, folder, f"{url}/healthz", variables) as (process, ready_s):
        _prepare(url)
        annotate = f"{url}/v1/span_annotations"
        listed = f"{url}/v1/projects/default/span_annotations"
        yield Standing(
            process=process,
            folder=folder,
            ready_s=ready_s,
            writes={
                "synchronous": Request(f"{annotate}?sync=true", _annotations(1), SENT),
                "default": Request(annotate, _annotations(1), SENT),
            },
            batch=Request(f"{annotate}?sync=true", _annotations(100), SENT),
            trace=Request(f"{listed}?span_ids={READ_SPAN}&limit=50", "", {}, "GET"),
            page=Request(f"{listed}?span_ids={SPAN}&include_annotation_names=accuracy&limit=50", "", {}, "GET"),
            stored=lambda: count_rows(folder / "phoenix.db", "span_annotations"),
            notes=["its list filters by span and name; it has no bound on the number"],
        )


def _annotations(count: int, span: str = SPAN) -> str:
    result = {"score": 0.92, "label": "pass", "explanation": "close to the source"}
    one = {"name": "accuracy", "annotator_kind": "CODE", "span_id": span, "result": result, "identifier": FRESH}
    return json.dumps({"data": [one] * count})


def _prepare(url: str) -> None:
    """Send both spans, wait until they are there, and score the second one 50 times."""
    spans = [_span(TRACE, SPAN), _span(READ_TRACE, READ_SPAN)]
    httpx.post(f"{url}/v1/projects/default/spans", json={"data": spans}, timeout=60).raise_for_status()
    for place in range(50):
        body = _annotations(1, READ_SPAN).replace(FRESH, f"read-{place}")
        while (status := _annotate(url, body)) == httpx.codes.NOT_FOUND:  # it takes spans in when it comes to it
            time.sleep(0.1)
        if status != httpx.codes.OK:
            raise RuntimeError(f"Phoenix answered {status} to an annotation")


def _annotate(url: str, body: str) -> int:
    return httpx.post(f"{url}/v1/span_annotations?sync=true", content=body, headers=SENT, timeout=60).status_code


def _span(trace: str, span: str) -> dict[str, object]:
    return {
        "name": "answer",
        "context": {"trace_id": trace, "span_id": span},
        "span_kind": "LLM",
        "start_time": "2026-01-01T00:00:00Z",
        "end_time": "2026-01-01T00:00:01Z",
        "status_code": "OK",
        "attributes": {},
    }
