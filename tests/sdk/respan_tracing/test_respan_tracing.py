"""`respan-tracing` 2.24.0 against a real server process: its spans are logs, which can be scored at once."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sdk.environments import python_of
from tests.server_process import Server, environment

PROGRAM = Path(__file__).with_name("program.py")
PROGRAM_SECONDS_MAX = 120

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told(server: Server) -> dict[str, str]:
    """The ids that the program's spans have."""
    command = [str(python_of("respan_tracing")), str(PROGRAM)]
    command += [server.env("respan")["RESPAN_BASE_URL"], server.env("respan")["RESPAN_API_KEY"]]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, check=False, timeout=PROGRAM_SECONDS_MAX
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return answer


def ask(server: Server, method: str, path: str, body: Any = None) -> httpx.Response:
    """Send one request as a plain HTTP client does."""
    return httpx.request(method, server.url + path, json=body, headers=server.headers("respan"), trust_env=False)


def test_an_exported_span_is_a_log(server: Server, told: dict[str, str]) -> None:
    """What the program said of its task is said of the log: input, output, labels, parent."""
    log = ask(server, "GET", f"/api/request-logs/{told['task']}/").json()
    assert log["span_unique_id"] == log["unique_id"] == told["task"]
    assert (log["trace_unique_id"], log["span_parent_id"]) == (told["trace"], told["workflow"])
    assert log["log_type"] == "task"
    assert log["output"] == "why: 42"
    assert (log["customer_identifier"], log["thread_identifier"]) == ("user-1", "thread-1")
    assert log["trace_group_identifier"] == "group-1"
    assert log["metadata"]["plan"] == "pro"
    assert log["span_workflow_name"] == "ask"


def test_it_can_be_scored_and_is_found(server: Server, told: dict[str, str]) -> None:
    """A score goes on the span's id at once, and the log is found by it."""
    scored = ask(server, "POST", f"/api/logs/{told['task']}/scores/", {"evaluator_slug": "q", "numerical_value": 0.5})
    assert (scored.status_code, scored.json()["log_id"]) == (201, told["task"])
    filters = {
        "scores__q": {"operator": "gte", "value": 0.5},
        "metadata__plan": {"operator": "", "value": "pro"},
        "thread_identifier": {"operator": "", "value": ["thread-1"]},
    }
    found = ask(server, "POST", "/api/request-logs/list/", {"filters": filters, "operator": "AND"}).json()
    assert [row["unique_id"] for row in found["results"]] == [told["task"]]


def test_the_trace_is_a_tree(server: Server, told: dict[str, str]) -> None:
    """The workflow is the trace's root, the task its child."""
    trace = ask(server, "GET", f"/api/traces/{told['trace']}/").json()
    (root,) = trace["span_tree"]
    assert (trace["root_span_unique_id"], root["span_unique_id"]) == (told["workflow"], told["workflow"])
    assert [child["span_unique_id"] for child in root["children"]] == [told["task"]]
