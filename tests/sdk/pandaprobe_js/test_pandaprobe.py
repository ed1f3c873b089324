"""The published PandaProbe SDK for JavaScript against a real server process."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.sdk.environments import node_folder_of
from tests.server_process import Server

NODE = shutil.which("node")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        NODE is None or shutil.which("npm") is None,
        reason="node and npm are not installed here: the JavaScript SDK of PandaProbe was NOT tested",
    ),
]

Learned = Mapping[str, Any]

USER = {"messages": [{"role": "user", "content": "hello"}]}
ASSISTANT = {"messages": [{"role": "assistant", "content": "world"}]}


@pytest.fixture(scope="module")
def ran(server: Server) -> "subprocess.CompletedProcess[str]":
    """Run the program once; it reports to the server process of this module."""
    folder = node_folder_of("pandaprobe_js")
    variables = {**os.environ, **server.env("pandaprobe"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    command = [str(NODE), str(folder / "program.mjs")]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True, timeout=120)


@pytest.fixture(scope="module")
def learned(ran: "subprocess.CompletedProcess[str]") -> Learned:
    """Return what each scenario of the program learned."""
    result: Learned = json.loads(ran.stdout.splitlines()[-1])
    return result


def read(server: Server, path: str, **headers: str) -> Any:
    """Read something through PandaProbe's paths."""
    answer = httpx.get(f"{server.url}{path}", headers={**server.headers("pandaprobe"), **headers})
    assert answer.status_code == 200, answer.text
    return answer.json()


def scores_of(server: Server, trace: str) -> dict[str, Any]:
    """Read the scores of a trace by name; each name is there once."""
    items = read(server, f"/evaluations/trace-scores?trace_id={trace}")["items"]
    found = {item["name"]: item for item in items}
    assert len(found) == len(items)
    return found


def test_the_first_score_after_a_trace_succeeds_at_once(
    ran: "subprocess.CompletedProcess[str]", server: Server, learned: Learned
) -> None:
    """Not one retry: nothing is logged before the first refusal, and every request was answered once."""
    assert learned
    assert ran.stderr.startswith("refused\n"), ran.stderr
    text = httpx.get(f"{server.url}/metrics").text
    rows = re.findall(r"^scorehouse_requests_total\{(.*)\} (\S+)$", text, re.MULTILINE)
    counted = {
        (of["method"], of["route"], of["status"]): int(float(number))
        for labels, number in rows
        if (of := dict(re.findall(r'(\w+)="([^"]*)"', labels)))["dialect"] == "pandaprobe" and of["method"] == "POST"
    }
    # Three of the trace, one after the refused one, one sent twice, one in the other project.
    assert counted == {
        ("POST", "/traces", "2xx"): 2,
        ("POST", "/evaluations/trace-scores", "2xx"): 7,
        ("POST", "/evaluations/trace-scores", "4xx"): 1,
    }


def test_a_trace_arrives_with_all_that_was_told(server: Server, learned: Learned) -> None:
    """Nested spans, messages, tokens, cost, session, user, tags, metadata."""
    trace = read(server, f"/traces/{learned['tracedAndScored']['trace']}")
    assert (trace["name"], trace["status"], trace["session_id"]) == ("agent", "COMPLETED", "chat-js")
    assert (trace["user_id"], trace["tags"], trace["metadata"]) == ("ada", ["a", "b"], {"team": "x"})
    assert (trace["input"], trace["output"]) == (USER, ASSISTANT)
    spans = {span["name"]: span for span in trace["spans"]}
    assert (spans["plan"]["kind"], spans["plan"]["parent_span_id"]) == ("CHAIN", None)
    assert (spans["model"]["kind"], spans["model"]["parent_span_id"]) == ("LLM", spans["plan"]["span_id"])
    assert (spans["model"]["model"], spans["model"]["output"]) == ("gpt-x", ASSISTANT)
    assert (trace["total_tokens"], trace["total_cost"]) == (15, 0.25)


def test_scores_of_every_data_type_arrive(server: Server, learned: Learned) -> None:
    """As texts, verbatim, programmatic, with reason and metadata."""
    scores = scores_of(server, learned["tracedAndScored"]["trace"])
    expected = {
        "accuracy": ("NUMERIC", "0.92"),
        "thumbs_up": ("BOOLEAN", "true"),
        "verdict": ("CATEGORICAL", "PASS"),
    }
    assert {name: (scores[name]["data_type"], scores[name]["value"]) for name in expected} == expected
    assert {score["source"] for score in scores.values()} == {"PROGRAMMATIC"}
    assert (scores["accuracy"]["reason"], scores["accuracy"]["metadata"]) == ("close", {"judge": {"v": 1}})


def test_a_number_is_refused_and_the_next_score_arrives(
    ran: "subprocess.CompletedProcess[str]", server: Server, learned: Learned
) -> None:
    """It goes out as a JSON number, which no value is (contract pandaprobe §14.2); the SDK logs the 422."""
    assert "422" in ran.stderr
    scores = scores_of(server, learned["tracedAndScored"]["trace"])
    assert {"after", "wrong"} & scores.keys() == {"after"}


def test_a_score_whose_answer_was_lost_is_there_once(server: Server, learned: Learned) -> None:
    """The SDK sends it again under the same X-Request-ID (contract pandaprobe §6.10)."""
    assert learned["answeredLate"] == {"attempts": 2, "ids": 1}
    assert "lost" in scores_of(server, learned["tracedAndScored"]["trace"])


def test_a_project_is_made_by_its_name(server: Server, learned: Learned) -> None:
    """What was traced and scored in it is there, and not in the key's own project."""
    id = learned["inAnotherProject"]["trace"]
    named = {"X-Project-Name": "made by javascript"}
    assert read(server, f"/traces/{id}", **named)["name"] == "inner"
    assert read(server, "/evaluations/trace-scores", **named)["total"] == 1
    assert httpx.get(f"{server.url}/traces/{id}", headers=server.headers("pandaprobe")).status_code == 404
