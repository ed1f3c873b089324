"""Langfuse's JavaScript SDK of generation 5 against a real server process: OTLP in JSON, scores as events."""

import shutil

import pytest

from tests.sdk.environments import node_folder_of
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
    run,
    scores_of,
)
from tests.server_process import Server

NODE = shutil.which("node")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        NODE is None or shutil.which("npm") is None,
        reason="node and npm are not installed here: the JavaScript SDK of Langfuse was NOT tested",
    ),
]

BY_CALL = {
    "span-number": ("generation", NUMBER, 0.9, None),
    "trace-category": ("trace", CATEGORY, 0, "good"),
    "generation-boolean": ("generation", BOOLEAN, 1, "True"),
    "trace-number": ("trace", NUMBER, 2, None),
}


@pytest.fixture(scope="module")
def ran(server: Server) -> Ran:
    """Run the program once."""
    folder = node_folder_of("langfuse_js")
    return run([str(NODE), str(folder / "program.mjs")], server, folder)


def test_the_key_is_checked(ran: Ran, server: Server) -> None:
    """The project of the key is listed with its organization."""
    (project,) = ran.learned["projects"]
    assert project["name"] == server.project
    assert set(project["organization"]) == {"id", "name"}


def test_what_was_traced_is_there(ran: Ran, server: Server) -> None:
    """Nested observations, and user, session, tags, metadata and name that only a child carried."""
    assert_traced(server, ran.learned["traced"], {"tm": "1"})


def test_every_way_to_score_arrives(ran: Ran, server: Server) -> None:
    """Scoring the active observation and trace, an observation and its trace; comment and metadata go along."""
    assert_scored(server, ran.learned, BY_CALL)
    by_name = {score["name"]: score for score in scores_of(server).values()}
    assert by_name["span-number"]["comment"] == "fine"
    assert by_name["span-number"]["metadata"] == {"n": 1, "t": "1"}


def test_scores_with_ids_of_their_own(ran: Ran, server: Server) -> None:
    """A config's name wins, a session and a run can be scored, and a second write changes in place."""
    assert_written_by_id(server, ran.learned)


def test_a_refused_score_is_logged_and_its_neighbours_stay(ran: Ran, server: Server) -> None:
    """The client logs what was refused and why; an object raises with the issue, an array names it in its answer."""
    assert "Error ingesting scores" in ran.log
    assert "must not be above 5" in ran.log
    scored = ran.learned["scored"]
    assert (scored["refused"]["status"], scored["refused"]["body"]["message"]) == (400, "Invalid request data")
    assert (scored["array"]["accepted"], scored["array"]["rejected"]) == (1, 1)
    assert scored["array"]["errors"][0]["message"].startswith("empty: ")
    assert scored["object"] == "good-3"
    assert {"bad-1", "bad-2", "bad-3"}.isdisjoint(scores_of(server))
    assert scores_of(server)["good-2"]["value"] == 0.75


def test_the_client_reads_its_scores(ran: Ran) -> None:
    """Walks of v2 and v3 show each score once and agree; by id and by value."""
    read = ran.learned["read"]
    items = [item for page in read["pages"] for item in page]
    ids = [item["id"] for item in items]
    assert len(set(ids)) == len(ids) == 11
    assert read["meta"] == {"page": 1, "limit": 4, "totalItems": 11, "totalPages": 3}
    assert [item["id"] for item in read["v3"]] == ids
    subjects = {item["id"]: item["subject"]["kind"] for item in read["v3"]}
    assert (subjects["own-2"], subjects["own-3"], subjects["own-4"]) == ("session", "experiment", "trace")
    assert (read["byId"]["sessionId"], read["bounded"]) == ("s1", ["good-2"])


def test_the_client_reads_what_it_traced(ran: Ran) -> None:
    """A whole trace, the list, a session and observations."""
    read, traced = ran.learned["read"], ran.learned["traced"]
    assert {score["name"] for score in read["trace"]["scores"]} >= {"span-number", "trace-category"}
    assert [trace["id"] for trace in read["traces"]] == [traced["trace"]]
    assert [trace["id"] for trace in read["session"]["traces"]] == [traced["trace"]]
    assert {item["name"]: item["output"] for item in read["observations"]} == {"root": "done", "llm": "hello"}
    assert read["health"]["status"] == "OK"


def test_configs_and_deletion(ran: Ran) -> None:
    """A config is created, read, listed, changed and archived; a score is deleted, twice."""
    assert_configured(ran.learned)


def test_what_is_not_served_is_told(ran: Ran) -> None:
    """Metrics, queues and datasets reject with our answer in hand."""
    assert_not_implemented(ran.learned, "metrics", "queues", "dataset")
