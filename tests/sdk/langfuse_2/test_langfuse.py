"""Langfuse's Python SDK of generation 2 against a real server process: all by ingestion, read from v1."""

import pytest

from tests.sdk.langfuse_programs import (
    BOOLEAN,
    CATEGORY,
    NUMBER,
    Ran,
    assert_not_implemented,
    assert_scored,
    get,
    run_python,
    scores_of,
)
from tests.server_process import Server

pytestmark = pytest.mark.slow

BY_CALL = {
    "span-number": ("root", NUMBER, 0.9, None),
    "trace-category": ("trace", CATEGORY, 0, "good"),
    "generation-boolean": ("generation", BOOLEAN, 1, "True"),
    "trace-number": ("trace", NUMBER, 2, None),
}


@pytest.fixture(scope="module")
def ran(server: Server) -> Ran:
    """Run the program once."""
    return run_python("langfuse_2", server)


def test_the_key_is_checked(ran: Ran) -> None:
    """auth_check() is true (contract langfuse §20, 1)."""
    assert ran.learned["auth"] is True


def test_what_was_traced_is_there(ran: Ran, server: Server) -> None:
    """Events create and update: a trace told in two parts, a span, a generation in it, an event with a level."""
    traced = ran.learned["traced"]
    trace = get(server, f"/traces/{traced['trace']}")
    assert (trace["name"], trace["userId"], trace["sessionId"]) == ("my-trace", "u1", "s1")
    assert (trace["tags"], trace["metadata"], trace["output"]) == (["a", "b"], {"tm": 1}, "all done")
    observations = {observation["name"]: observation for observation in trace["observations"]}
    assert {name: item["type"] for name, item in observations.items()} == {
        "root": "SPAN",
        "llm": "GENERATION",
        "noticed": "EVENT",
    }
    assert observations["noticed"]["level"] == "WARNING"
    generation = observations["llm"]
    assert (generation["parentObservationId"], generation["output"]) == (traced["root"], "hello")
    assert (generation["usage"]["input"], generation["usage"]["output"]) == (3, 4)
    assert observations["root"]["endTime"] is not None


def test_every_way_to_score_arrives(ran: Ran, server: Server) -> None:
    """Scoring by the observation, the trace and the client."""
    assert_scored(server, ran.learned, BY_CALL)


def test_a_refused_score_is_logged_and_its_neighbours_stay(ran: Ran, server: Server) -> None:
    """The second write of an id wins, the config's name too; what broke the config is logged and not there."""
    assert "API errors occurred: Bad request" in ran.log
    scores = scores_of(server)
    own = scores["own-1"]
    assert (own["name"], own["value"], own["configId"]) == ("rating", 4, ran.learned["config"])
    assert scores["good-1"]["value"] == 0.25
    assert "bad-1" not in scores


def test_the_client_reads_what_it_wrote(ran: Ran) -> None:
    """Its own models accept v1 pages, a score by id, traces, sessions, observations and configs."""
    read, traced = ran.learned["read"], ran.learned["traced"]
    items = [item for page in read["pages"] for item in page]
    assert len({item["id"] for item in items}) == len(items) == 7
    assert {item["trace"]["userId"] for item in items} == {"u1"}
    assert (read["by_id"]["value"], read["bounded"]) == (4, ["good-1"])
    assert len(read["of_user"]) == 7
    assert (read["trace"]["id"], len(read["trace"]["observations"])) == (traced["trace"], 3)
    assert [trace["id"] for trace in read["traces"]] == [traced["trace"]]
    assert [session["id"] for session in read["sessions"]] == ["s1"]
    assert [trace["id"] for trace in read["session"]["traces"]] == [traced["trace"]]
    assert read["observation"]["model"] == "gpt-4o"
    assert len(read["observations"]) == 3
    assert (read["config"]["name"], read["configs"]) == ("rating", [ran.learned["config"]])
    assert read["health"]["status"] == "OK"
    assert read["after"] == []


def test_what_is_not_served_is_told(ran: Ran) -> None:
    """Daily metrics and datasets raise with our answer in hand; a prompt falls back."""
    assert_not_implemented(ran.learned, "metrics", "dataset")
    assert ran.learned["unsupported"]["prompt"] == "fall back"
