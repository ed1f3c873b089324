"""Langfuse's Python SDK of generation 4 against a real server process: scores as events, read from v2."""

import pytest

from tests.sdk.langfuse_programs import (
    BOOLEAN,
    CATEGORY,
    NUMBER,
    Ran,
    assert_configured,
    assert_not_implemented,
    assert_scored,
    assert_traced,
    assert_written_by_id,
    run_python,
    scores_of,
)
from tests.server_process import Server

pytestmark = pytest.mark.slow

BY_CALL = {
    "span-number": ("generation", NUMBER, 0.9, None),
    "trace-category": ("trace", CATEGORY, 0, "good"),
    "generation-boolean": ("generation", BOOLEAN, 1, "True"),
    "trace-number": ("trace", NUMBER, 2, None),
}


@pytest.fixture(scope="module")
def ran(server: Server) -> Ran:
    """Run the program once."""
    return run_python("langfuse_4", server)


def test_the_key_is_checked(ran: Ran) -> None:
    """auth_check() is true (contract langfuse §20, 1)."""
    assert ran.learned["auth"] is True


def test_what_was_traced_is_there(ran: Ran, server: Server) -> None:
    """Nested observations, and user, session, tags, metadata and name that only a child carried."""
    assert_traced(server, ran.learned["traced"], {"tm": "1"})


def test_every_way_to_score_arrives(ran: Ran, server: Server) -> None:
    """Scoring the current span, the current trace, an observation and its trace; comment and metadata go along."""
    assert_scored(server, ran.learned, BY_CALL)
    by_name = {score["name"]: score for score in scores_of(server).values()}
    assert by_name["span-number"]["comment"] == "fine"
    assert by_name["span-number"]["metadata"] == {"n": 1, "t": "1"}


def test_scores_with_ids_of_their_own(ran: Ran, server: Server) -> None:
    """A config's name wins, a session and a run can be scored, and a second write changes in place."""
    assert_written_by_id(server, ran.learned, corrections=True)
    assert scores_of(server)["own-1"]["timestamp"] == "2026-03-01T12:00:00.000Z"


def test_a_refused_score_is_logged_and_its_neighbours_stay(ran: Ran, server: Server) -> None:
    """The client logs that an event was refused and carries on; the REST call raises with the issue in hand."""
    assert "API errors occurred: Bad request" in ran.log
    refused = ran.learned["scored"]["refused"]
    assert refused["status"] == 400
    assert refused["body"]["message"] == "Invalid request data"
    assert [issue["path"] for issue in refused["body"]["error"]] == [["value"]]
    assert ran.learned["scored"]["object"] == "good-3"
    assert "bad-2" not in scores_of(server)


def test_the_client_reads_its_scores(ran: Ran) -> None:
    """A walk of pages shows each score once; by id, filters on value and user, and v3 agree."""
    read = ran.learned["read"]
    items = [item for page in read["pages"] for item in page]
    assert len({item["id"] for item in items}) == len(items) == 10
    assert read["meta"] == {"page": 1, "limit": 4, "totalItems": 10, "totalPages": 3}
    by_id = {item["id"]: item for item in items}
    assert by_id["own-2"]["trace"] is None
    assert by_id["good-1"]["trace"] == {"userId": "u1", "tags": ["a", "b"], "environment": "default", "sessionId": "s1"}
    assert by_id["good-3"]["environment"] == "staging"
    assert (read["by_id"]["id"], read["by_id"]["sessionId"]) == ("own-2", "s1")
    assert read["bounded"] == ["good-1"]
    assert {"own-2", "own-3"}.isdisjoint(read["of_user"])
    assert {"neighbour", "rating", "span-number"} <= set(read["of_user"])


def test_the_client_reads_what_it_traced(ran: Ran) -> None:
    """Its own models accept a whole trace, the lists, a session and observations of both versions."""
    read, traced = ran.learned["read"], ran.learned["traced"]
    assert read["trace"]["id"] == traced["trace"]
    assert {score["name"] for score in read["trace"]["scores"]} >= {"span-number", "trace-category"}
    assert [trace["id"] for trace in read["traces"]] == [traced["trace"]]
    assert set(read["traces"][0]["observations"]) == {traced["root"], traced["generation"]}
    assert [trace["id"] for trace in read["session"]["traces"]] == [traced["trace"]]
    assert {item["name"] for item in read["observations"]} == {"root", "llm"}
    assert {item["name"] for item in read["observations_v1"]} == {"root", "llm"}
    assert read["observation"]["id"] == traced["generation"]


def test_configs_and_deletion(ran: Ran) -> None:
    """A config is created, read, listed, changed and archived; a score is deleted, twice."""
    assert_configured(ran.learned)


def test_what_is_not_served_is_told(ran: Ran) -> None:
    """Metrics of both versions, queues and datasets raise with our answer in hand; a prompt falls back."""
    assert_not_implemented(ran.learned, "metrics", "older metrics", "queues", "dataset")
    assert ran.learned["unsupported"]["prompt"] == "fall back"
