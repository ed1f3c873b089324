"""`respan-api` 0.1.26, which has exactly the thirteen operations, against a real server process, sync and async."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.environments import python_of
from tests.server_process import Server, StartServer, environment, start

PROGRAM = Path(__file__).with_name("program.py")
PROGRAM_SECONDS_MAX = 120

pytestmark = pytest.mark.slow

Told = dict[str, Any]


@pytest.fixture(scope="module", params=["sync", "async"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What one of the two clients tells of everything that it did, on a server of its own."""
    folder = tmp_path_factory.mktemp(f"respan-{request.param}")
    server = start(folder / "data", folder / "log")
    try:
        return run(server, request.param)
    finally:
        server.stop()


def run(server: Server, manner: str) -> Told:
    """Run the program with one of the two clients."""
    authorization = server.headers("respan")["Authorization"]
    command = [str(python_of("respan")), "-W", "error", str(PROGRAM), server.url, authorization, manner]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, check=False, timeout=PROGRAM_SECONDS_MAX
    )
    assert done.returncode == 0, done.stderr
    answer: Told = json.loads(done.stdout)
    return answer


VALUES = ("numerical_value", "string_value", "boolean_value", "categorical_value", "json_value")


def values(told: Told, name: str) -> dict[str, Any]:
    """Return the values of a score that the client parsed, those that it has."""
    result = told[name]["result"]
    return {member: result[member] for member in VALUES if result[member] not in (None, [])}


def test_every_operation_gives_the_clients_own_type(told: Told) -> None:
    """Each of the thirteen parses into the type that the client declares for it; deletions give nothing."""
    types = {
        "create_score": "CreateScoreResponse",
        "list_scores": "ListScoresResponse",
        "retrieve_score": "RetrieveScoreResponse",
        "update_score": "UpdateScoreResponse",
        "delete_score": "NoneType",
        "create_span_score": "CreateSpanScoreResponse",
        "list_span_scores": "ListSpanScoresResponse",
        "retrieve_span_score": "RetrieveSpanScoreResponse",
        "update_span_score": "UpdateSpanScoreResponse",
        "delete_span_score": "NoneType",
        "filter_scores": "FilterScoresResponse",
        "replace_score": "ReplaceScoreResponse",
        "replace_span_score": "ReplaceSpanScoreResponse",
    }
    assert {name: told[name].get("type", told[name]) for name in types} == types


def test_values_are_kept_cleared_and_replaced(told: Told) -> None:
    """A second POST adds, PATCH clears what is null and keeps what is absent, PUT replaces."""
    several = {"numerical_value": 4.5, "categorical_value": ["good", "short"]}
    assert values(told, "create_span_score") == {"numerical_value": 4.5}
    assert values(told, "create_span_score again") == several | {"json_value": '{"rating": 5}'}
    assert told["create_span_score again"]["result"]["id"] == told["create_span_score"]["result"]["id"]
    assert values(told, "retrieve_span_score") == values(told, "create_span_score again")
    assert values(told, "update_span_score") == several | {"boolean_value": True}
    assert values(told, "replace_span_score") == {"string_value": "warm"}
    assert told["replace_span_score"]["result"]["evaluator_slug"] == "tone"
    assert values(told, "update_score") == {"numerical_value": 1.0, "string_value": "x"}
    assert values(told, "replace_score") == {"numerical_value": 2.0}


def test_general_scores_are_whole(told: Told) -> None:
    """Scorer and the vendor's own members come back, and with them what was scored."""
    made = told["create_score"]["result"]
    assert (made["scorer"], made["prompt_version_number"]) == ("ann@example.com", 2)
    inputs = told["retrieve_score"]["result"]["inputs"]
    assert (inputs["input"], inputs["output"]) == ("a", "b")
    assert "inputs" not in told["retrieve_span_score"]["result"]


def test_lists_and_filters(told: Told) -> None:
    """A page counts its own rows and names the next; a filter keeps what it should."""
    page = told["list_scores"]["result"]
    assert (page["count"], len(page["results"]), page["previous"]) == (1, 1, None)
    assert "page=2" in page["next"]
    assert told["list_span_scores"]["result"]["count"] == 1
    found = told["filter_scores"]["result"]["results"]
    assert [row["id"] for row in found] == [told["create_score"]["result"]["id"]]


@pytest.mark.parametrize(
    ("name", "raised", "status"),
    [
        ("gone", "NotFoundError", 404),
        ("no log", "NotFoundError", 404),
        ("no evaluator", "BadRequestError", 400),
        ("bad filter", "BadRequestError", 400),
        ("bad key", "UnauthorizedError", 401),
        ("read-only", "ForbiddenError", 403),
        ("run", "ApiError", 501),
    ],
)
def test_refusals_are_the_clients_own_exceptions(told: Told, name: str, raised: str, status: int) -> None:
    """A refusal is raised as the client's class for it, with the body parsed."""
    assert (told[name]["raised"], told[name]["status"]) == (raised, status)
    assert isinstance(told[name]["body"], dict)


def test_bodies_of_refusals(told: Told) -> None:
    """The bodies are the vendor's, word for word where it publishes them."""
    assert told["no evaluator"]["body"] == {"error": "Either evaluator_id or evaluator_slug must be provided"}
    assert told["gone"]["body"] == {"detail": "Not found."}
    assert "colour" in told["bad filter"]["body"]["detail"]
    assert told["bad key"]["body"]["detail"].startswith("Your API key is invalid or expired")


def test_the_pager_of_logs_ends(told: Told) -> None:
    """The client asks for page after page until one is empty, and sees each log once, the newest first."""
    assert told["paged"] == [f"span-{number}" for number in reversed(range(5))]


def test_an_evaluator_judges(told: Told) -> None:
    """What passes is judged on every write; logs and summaries show the evaluator's scores."""
    assert told["create_evaluator"]["type"] == "CreateEvaluatorResponse"
    evaluator = told["create_evaluator"]["result"]["id"]
    assert (told["passed"]["result"]["is_passed"], told["failed"]["result"]["is_passed"]) == (True, False)
    assert told["failed"]["result"]["evaluator_name"] == "Quality"
    assert told["retrieve_span"]["result"]["scores"][evaluator]["score_value"] == 2.0
    assert told["summary"]["result"]["scores"][evaluator]["avg_score"] == 2.0
    assert told["summary"]["result"]["total_requests"] == 1


def test_versions_are_committed(told: Told) -> None:
    """Committing answers the next draft; the list has both, the newest first; a deletion gives nothing."""
    assert (told["commit"]["type"], told["commit"]["result"]["version"]) == ("CreateEvaluatorVersionResponse", 1)
    rows = told["versions"]["result"]["results"]
    assert [(row["version"], row["is_read_only"]) for row in rows] == [(1, False), (0, True)]
    assert told["create_evaluator"]["result"]["id"] in {row["id"] for row in told["evaluators"]["result"]["results"]}
    assert told["delete_evaluator"]["type"] == "NoneType"


def test_an_unknown_filter_may_be_dropped(start_server: StartServer) -> None:
    """With its switch on the server drops an unknown filter, as the vendor once did, and the client gets a page."""
    server = start_server(respan_lenient_filters="true")
    assert run(server, "sync")["bad filter"]["type"] == "FilterScoresResponse"
