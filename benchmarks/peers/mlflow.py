"""MLflow, as its documentation starts it: `mlflow server` with SQLite as backend store.

A score there is an assessment of a trace. It has no call for several of them. Its SQLite is left as SQLite comes, which
syncs every commit.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.load import Request
from benchmarks.peers.contenders import HOST, Standing, count_rows, running
from benchmarks.processes import free_port

TRACE, READ_TRACE = "tr-0af7651916cd43dd8448eb211c80319c", "tr-1bf7651916cd43dd8448eb211c80319d"
EXPERIMENT = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}
SENT = {"Content-Type": "application/json"}


@contextmanager
def mlflow(python: Path, folder: Path) -> Iterator[Standing]:
    """Start MLflow on a folder."""
    port = free_port()
    file = folder / "mlflow.db"
    command = [str(python.with_name("mlflow")), "server", "--host", HOST, "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{file}", "--default-artifact-root", str(folder / "artifacts")]
    url = f"http://{HOST}:{port}"
    # Its command line starts `python` for its workers, found by PATH.
    variables = {"PATH": f"{python.parent}:/usr/bin:/bin", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with running(command, folder, f"{url}/health", variables) as (process, ready_s):
        api = f"{url}/api/3.0/mlflow/traces"
        _prepare(api)
        search = {"locations": [EXPERIMENT], "filter": "feedback.accuracy = '0.92'", "max_results": 50}
        yield Standing(
            process=process,
            folder=folder,
            ready_s=ready_s,
            writes={"assessment": Request(f"{api}/{TRACE}/assessments", _assessment(TRACE), SENT)},
            trace=Request(f"{api}/{READ_TRACE}", "", {}, "GET"),
            page=Request(f"{api}/search", json.dumps(search), SENT),
            stored=lambda: count_rows(file, "assessments"),
            notes=["its list is of traces that have such a score, each with all of its scores"],
        )


def _assessment(trace: str) -> str:
    return json.dumps(
        {
            "assessment": {
                "assessment_name": "accuracy",
                "trace_id": trace,
                "source": {"source_type": "CODE", "source_id": "bench"},
                "create_time": "2026-01-01T00:00:00Z",
                "last_update_time": "2026-01-01T00:00:00Z",
                "feedback": {"value": 0.92},
                "rationale": "close to the source",
                "valid": True,
            }
        }
    )


def _prepare(api: str) -> None:
    """Make both traces, and score the second one 50 times."""
    for trace in (TRACE, READ_TRACE):
        told = {
            "trace_id": trace,
            "trace_location": EXPERIMENT,
            "request_time": "2026-01-01T00:00:00Z",
            "state": "OK",
        }
        httpx.post(api, json={"trace": {"trace_info": told}}, timeout=60).raise_for_status()
    for _ in range(50):
        body = _assessment(READ_TRACE)
        httpx.post(f"{api}/{READ_TRACE}/assessments", content=body, headers=SENT, timeout=60).raise_for_status()
