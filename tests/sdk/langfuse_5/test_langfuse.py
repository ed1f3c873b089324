"""Langfuse's Python SDK of generation 5 against a real server process: scores as arrays, read from v3."""

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
    return run_python("langfuse_5", server)


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
    """A config's name wins, the time stays, a session and a run can be scored, and a second write changes in place."""
    assert_written_by_id(server, ran.learned)
    assert scores_of(server)["own-1"]["timestamp"] == "2026-03-01T12:00:00.000Z"


def test_a_refused_score_is_logged_and_its_neighbours_stay(ran: Ran, server: Server) -> None:
    """The client logs what was refused and carries on; the answer of the REST call names it."""
    assert "too-high" in ran.log
    partly = ran.learned["scored"]["partly"]
    assert (partly["accepted"], partly["rejected"]) == (1, 1)
    assert partly["errors"][0]["message"].startswith("too-high: ")
    assert ran.learned["scored"]["whole"] == {"message": "Accepted"}
    assert {"bad-1", "bad-2"}.isdisjoint(scores_of(server))
    assert scores_of(server)["good-2"]["value"] == 0.75


def test_the_client_reads_its_scores(ran: Ran) -> None:
    """A walk of pages shows each score once, with values of their types and subjects; filters filter."""
    read = ran.learned["read"]
    items = [item for page in read["pages"] for item in page]
    assert len({item["id"] for item in items}) == len(items) == 11
    by_id = {item["id"]: item for item in items}
    trace = ran.learned["traced"]["trace"]
    assert by_id["own-2"]["subject"] == {"kind": "session", "id": "s1"}
    assert by_id["own-3"]["subject"] == {"kind": "experiment", "id": "run-1"}
    assert by_id["own-4"]["value"] == "better"
    (boolean,) = (item for item in items if item["name"] == "generation-boolean")
    assert boolean["value"] is True
    assert boolean["subject"] == {
        "kind": "observation",
        "id": ran.learned["traced"]["generation"],
        "traceId": trace,
    }
    assert read["bounded"] == ["good-2"]
    assert set(read["of_trace"]) == {
        *("n", "neighbour", "output", "rating"),
        *("span-number", "trace-category", "generation-boolean", "trace-number"),
    }


def test_the_client_reads_its_observations(ran: Ran) -> None:
    """v2 observations carry what their trace says; input and output are texts."""
    observations = {item["name"]: item for item in ran.learned["read"]["observations"]}
    generation, root = observations["llm"], observations["root"]
    assert (generation["type"], generation["totalCost"]) == ("GENERATION", 0.5)
    assert generation["usageDetails"] == {"input": 3, "output": 4}
    assert (root["isRootObservation"], generation["isRootObservation"]) == (True, False)
    assert root["input"] == '{"q":"?"}'
    for item in observations.values():
        assert (item["traceName"], item["userId"], item["sessionId"], item["tags"]) == (
            "my-trace",
            "u1",
            "s1",
            ["a", "b"],
        )


def test_configs_and_deletion(ran: Ran) -> None:
    """A config is created, read, listed, changed and archived; a score is deleted, twice."""
    assert_configured(ran.learned)


def test_what_is_not_served_is_told(ran: Ran) -> None:
    """Metrics, queues and datasets raise with our answer in hand; a prompt falls back."""
    assert_not_implemented(ran.learned, "metrics", "queues", "dataset")
    assert ran.learned["unsupported"]["prompt"] == "fall back"
