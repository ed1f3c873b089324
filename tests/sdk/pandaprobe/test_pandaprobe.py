"""The published PandaProbe SDK for Python against a real server process: what arrives, with not one request too many.

The program is unchanged but for the SDK's own three variables. What arrived is read back through PandaProbe's
paths and in the house's own language.
"""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sdk.environments import python_of
from tests.server_process import Server

PROGRAM = Path(__file__).with_name("program.py")

pytestmark = pytest.mark.slow

Learned = Mapping[str, Any]

USER = {"messages": [{"role": "user", "content": "hello"}]}
ASSISTANT = {"messages": [{"role": "assistant", "content": "world"}]}


@pytest.fixture(scope="module")
def ran(server: Server) -> "subprocess.CompletedProcess[str]":
    """Run the program once; it reports to the server process of this module."""
    variables = {**os.environ, **server.env("pandaprobe"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    command = [str(python_of("pandaprobe")), str(PROGRAM)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True, timeout=120)


@pytest.fixture(scope="module")
def learned(ran: "subprocess.CompletedProcess[str]") -> Learned:
    """Return what each scenario of the program learned."""
    result: Learned = json.loads(ran.stdout)
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


def log_of(ran: "subprocess.CompletedProcess[str]", scenario: str) -> list[str]:
    """Return what was logged during a scenario."""
    parts = re.split(r"^(\w+)\n", ran.stderr, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[scenario].splitlines()


def test_the_first_score_after_a_trace_succeeds_at_once(
    ran: "subprocess.CompletedProcess[str]", server: Server, learned: Learned
) -> None:
    """Not one retry: the SDK has nothing to log, and the server has answered nothing with 5xx or 429.

    With their own server the first score after a trace is a 500, which the SDK repeats (contract pandaprobe §6.4).
    """
    assert learned
    assert ran.stderr.startswith("sent_later\n"), "something was logged while tracing and scoring"
    for scenario in ("sent_later", "read_back", "in_another_project"):
        assert log_of(ran, scenario) == []
    counted = requests(server)
    assert counted["POST /traces"] == {"2xx": 3}
    # Three of the trace, one in the other project, one sent twice, one after the two that were refused.
    assert counted["POST /evaluations/trace-scores"] == {"2xx": 7, "4xx": 2}
    assert counted["POST /traces/{trace_id}/spans"] == {"2xx": 1}
    assert counted["PATCH /traces/{trace_id}"] == {"2xx": 1}
    assert counted["PATCH /traces/{trace_id}/spans/{span_id}"] == {"2xx": 1}


def requests(server: Server) -> dict[str, dict[str, int]]:
    """Count what the server answered in this dialect: method and route → class of status → how often."""
    text = httpx.get(f"{server.url}/metrics").text
    counted: dict[str, dict[str, int]] = {}
    for labels, number in re.findall(r"^scorehouse_requests_total\{(.*)\} (\S+)$", text, re.MULTILINE):
        of = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        if of["dialect"] == "pandaprobe":
            counted.setdefault(f"{of['method']} {of['route']}", {})[of["status"]] = int(float(number))
    return counted


def test_a_trace_arrives_with_all_that_was_told(server: Server, learned: Learned) -> None:
    """Nested spans, messages, tokens, cost, session, user, tags, metadata."""
    trace = read(server, f"/traces/{learned['traced_and_scored']['trace']}")
    assert (trace["name"], trace["status"], trace["session_id"]) == ("agent", "COMPLETED", "chat-1")
    assert (trace["input"], trace["output"], trace["tags"]) == (USER, ASSISTANT, ["a", "b"])
    spans = {span["name"]: span for span in trace["spans"]}
    plan, model = spans["plan"], spans["model"]
    assert (plan["kind"], plan["parent_span_id"], plan["output"]) == ("CHAIN", None, {"steps": 1})
    assert (model["kind"], model["parent_span_id"], model["model"]) == ("LLM", plan["span_id"], "gpt-x")
    assert model["token_usage"] == {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    assert (model["cost"], model["model_parameters"]) == ({"total": 0.25, "input": 0.1}, {"temperature": 0.5})
    assert model["time_to_first_token_ms"] >= 0
    assert (trace["total_tokens"], trace["total_cost"]) == (15, 0.25)


def test_scores_of_every_data_type_arrive(server: Server, learned: Learned) -> None:
    """As texts, verbatim, programmatic, with reason and metadata; and as values in the house's own language."""
    id = learned["traced_and_scored"]["trace"]
    scores = scores_of(server, id)
    expected = {
        "accuracy": ("NUMERIC", "0.92"),
        "thumbs_up": ("BOOLEAN", "true"),
        "verdict": ("CATEGORICAL", "PASS"),
    }
    assert {name: (scores[name]["data_type"], scores[name]["value"]) for name in expected} == expected
    assert {score["source"] for score in scores.values()} == {"PROGRAMMATIC"}
    assert (scores["accuracy"]["reason"], scores["accuracy"]["metadata"]) == ("close", {"judge": {"v": 1}})
    native = httpx.get(f"{server.url}/v1/scores?name=accuracy&trace={id}", headers=server.headers()).json()["items"]
    assert [item["value"]["number"] for item in native] == [0.92]


def test_a_failure_is_an_error(server: Server, learned: Learned) -> None:
    """The span that raised, and its trace."""
    trace = read(server, f"/traces/{learned['failed']['trace']}")
    (span,) = trace["spans"]
    assert (trace["status"], span["status"], span["kind"]) == ("ERROR", "ERROR", "TOOL")
    assert "division" in span["error"]


def test_spans_and_changes_sent_later_arrive(server: Server, learned: Learned) -> None:
    """Added to the trace, changed, and the trace changed: null clears, metadata merges."""
    trace = read(server, f"/traces/{learned['traced_and_scored']['trace']}")
    (late,) = [span for span in trace["spans"] if span["span_id"] == learned["sent_later"]["span"]]
    assert (late["name"], late["status"], late["output"]) == ("late", "OK", "x")
    assert (trace["user_id"], trace["metadata"]) == (None, {"team": "x", "later": True})


def test_the_asynchronous_client_reads(learned: Learned) -> None:
    """Trace, pages, status filter, metrics, and a 404 as its own error."""
    found = learned["read_back"]
    assert (found["name"], found["status"]) == ("agent", "COMPLETED")
    assert (found["output"], found["tags"]) == (ASSISTANT, ["a", "b"])
    assert found["spans"] == [["late", "OTHER", "OK"], ["model", "LLM", "OK"], ["plan", "CHAIN", "OK"]]
    assert (found["total"], found["failures"], found["every"]) == (1, [True], ["agent", "broken"])
    assert len(found["metrics"]) == 8
    assert found["metrics"] == sorted(found["metrics"])
    assert found["unknown"] == [404, True]


def test_a_project_is_made_by_its_name(server: Server, learned: Learned) -> None:
    """What was traced and scored in it is there, and not in the key's own project."""
    id = learned["in_another_project"]["trace"]
    named = {"X-Project-Name": "made by name"}
    assert read(server, f"/traces/{id}", **named)["name"] == "inner"
    assert read(server, "/evaluations/trace-scores", **named)["total"] == 1
    assert httpx.get(f"{server.url}/traces/{id}", headers=server.headers("pandaprobe")).status_code == 404


def test_a_score_whose_answer_was_lost_is_there_once(
    ran: "subprocess.CompletedProcess[str]", server: Server, learned: Learned
) -> None:
    """The SDK sends it again under the same X-Request-ID (contract pandaprobe §6.10)."""
    assert learned["answered_late"] == {"attempts": 2, "ids": 1}
    assert len(log_of(ran, "answered_late")) == 1
    assert "lost" in scores_of(server, learned["traced_and_scored"]["trace"])


def test_what_is_refused_is_logged_and_not_repeated(
    ran: "subprocess.CompletedProcess[str]", server: Server, learned: Learned
) -> None:
    """One line a refusal, with its fault; the score after them arrives."""
    wrong, unknown = log_of(ran, "refused")
    assert "422 (not retrying)" in wrong
    assert "NUMERIC" in wrong
    assert "404" in unknown
    assert learned["refused"] == {"raised": "ValidationError"}
    scores = scores_of(server, learned["traced_and_scored"]["trace"])
    assert {"after", "wrong"} & scores.keys() == {"after"}
