"""What the tests of Langfuse's published SDKs share: run a generation's program, and look at what arrived.

Each generation has its own program, because each has its own calls. What they do is the same, so what has to
have arrived is said once: `assert_traced`, `assert_scored`.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.sdk.environments import REPOSITORY, python_of
from tests.server_process import Server

TIMEOUT_S = 120

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a program learned, and what its SDK logged."""

    learned: Mapping[str, Any]
    log: str


def run_python(generation: str, server: Server) -> Ran:
    """Run the program of a generation of the Python SDK against a server."""
    program = REPOSITORY / "tests" / "sdk" / generation / "program.py"
    return run([str(python_of(generation)), str(program)], server)


def run(command: list[str], server: Server, folder: Path | None = None) -> Ran:
    """Run a program that is told where to report by the SDK's own variables."""
    variables = {**os.environ, **server.env("langfuse"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        command, env=variables, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr
    return Ran(json.loads(done.stdout.splitlines()[-1]), done.stderr)


def get(server: Server, path: str) -> Any:
    """Read something as a plain client of Langfuse's API."""
    answer = httpx.get(f"{server.url}/api/public{path}", headers=server.headers("langfuse"))
    assert answer.status_code == 200, answer.text
    return answer.json()


def scores_of(server: Server) -> dict[str, Item]:
    """Return every score by its id, as v2 shows them."""
    page = get(server, "/v2/scores?limit=100")
    assert page["meta"]["totalPages"] == 1
    return {score["id"]: score for score in page["data"]}


def assert_traced(server: Server, traced: Item, metadata: Item) -> None:
    """The acceptance check of contract langfuse §12.4: what children say of the trace is the trace's."""
    trace = get(server, f"/traces/{traced['trace']}")
    assert trace["name"] == "my-trace"
    assert (trace["userId"], trace["sessionId"], trace["tags"]) == ("u1", "s1", ["a", "b"])
    assert metadata.items() <= trace["metadata"].items()
    observations = {observation["name"]: observation for observation in trace["observations"]}
    assert set(observations) == {"root", "llm"}
    root, generation = observations["root"], observations["llm"]
    assert (generation["id"], root["id"]) == (traced["generation"], traced["root"])
    assert (generation["type"], generation["parentObservationId"]) == ("GENERATION", root["id"])
    assert (generation["model"], generation["output"]) == ("gpt-4o", "hello")
    assert generation["usage"]["input"] == 3
    assert generation["usage"]["output"] == 4
    assert root["input"] == {"q": "?"}
    assert [session["id"] for session in get(server, "/sessions")["data"]] == ["s1"]


NUMBER, CATEGORY, BOOLEAN = "NUMERIC", "CATEGORICAL", "BOOLEAN"


def assert_scored(server: Server, learned: Item, expected: Mapping[str, tuple[str, str, Any, Any]]) -> None:
    """The scores by name have the target, data type, number and text that were sent.

    `expected`: name → which of the ids in ``traced`` (or ``trace``) is the target, data type, value, stringValue.
    """
    by_name = {score["name"]: score for score in scores_of(server).values()}
    traced = learned["traced"]
    for name, (target, data_type, value, text) in expected.items():
        score = by_name[name]
        assert score["traceId"] == traced["trace"], name
        assert score["observationId"] == (None if target == "trace" else traced[target]), name
        assert (score["dataType"], score.get("value"), score["stringValue"]) == (data_type, value, text), name


def assert_written_by_id(server: Server, learned: Item, *, corrections: bool = True) -> None:
    """Scores with ids of their own: config, time, session, run; the second write won; the bad one is not there."""
    scores = scores_of(server)
    own = scores["own-1"]
    assert (own["name"], own["value"], own["configId"]) == ("rating", 4, learned["config"])
    assert (scores["own-2"]["sessionId"], scores["own-2"]["stringValue"]) == ("s1", "calm")
    run_score = scores["own-3"]
    assert (run_score["datasetRunId"], run_score["dataType"], run_score["stringValue"]) == ("run-1", "TEXT", "so so")
    assert "value" not in run_score
    if corrections:
        assert (scores["own-4"]["dataType"], scores["own-4"]["stringValue"]) == ("CORRECTION", "better")
    assert scores["good-1"]["value"] == 0.25
    assert "bad-1" not in scores


def assert_configured(learned: Item) -> None:
    """The config was read as it was created, listed, changed and archived; the score was there and is gone."""
    managed, config = learned["managed"], learned["config"]
    read, changed = managed["read"], managed["changed"]
    assert (read["id"], read["minValue"], read["maxValue"], read["description"]) == (config, 0, 5, "stars")
    assert not read["isArchived"]
    assert managed["listed"] == [config]
    assert changed["isArchived"]
    assert changed["description"] == "one to five"
    assert (managed["before"], managed["after"]) == (["good-3"], [])


def assert_not_implemented(learned: Item, *names: str) -> None:
    """What is not served was answered so, in a shape that the client could read."""
    for name in names:
        told = learned["unsupported"][name]
        assert told["status"] == 501, name
        assert told["body"]["error"] == "NotImplementedError", name
