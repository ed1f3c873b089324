"""What the vendor's MCP server and its example scripts send by plain HTTP, against a real server process."""

from typing import Any

import httpx
import pytest

from tests.server_process import Server

pytestmark = pytest.mark.slow


def ask(server: Server, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """Send one request, follow no redirect, and return the answer's JSON."""
    answer = httpx.request(
        method,
        server.url + path,
        json=body,
        headers=server.headers("respan") if headers is None else headers,
        trust_env=False,
        follow_redirects=False,
    )
    assert answer.is_success, answer.text
    return answer.json()


def test_the_mcp_servers_calls(server: Server) -> None:
    """It makes a score by evaluator id, lists scores with paging in the query and scalars in filters."""
    log = ask(server, "POST", "/api/request-logs/", {"model": "m", "input": "a", "output": "b"})["unique_id"]
    body = {"name": "Q", "type": "human", "score_value_type": "text"}
    evaluator = ask(server, "POST", "/api/evaluators/", body)["id"]
    ids = set()
    for field, value in (("numerical_value", 1), ("boolean_value", True), ("string_value", "x")):
        made = ask(server, "POST", "/api/scores/", {"log_id": log, "evaluator_id": evaluator, field: value})
        assert made[field] == value
        ids.add(made["id"])
    assert len(ids) == 1
    query = "page=1&page_size=20&start_time=2020-01-01T00:00:00Z&end_time=2999-01-01T00:00:00Z&environment=prod"
    for filters in ({}, {"filters": {"evaluator_id": {"operator": "", "value": evaluator}}}):
        page = ask(server, "POST", f"/api/scores/list/?{query}&sort_by=-created_at", filters)
        assert {row["id"] for row in page["results"]} == ids
    listed = ask(server, "POST", "/api/request-logs/list/?sort_by=-timestamp", {"operator": "AND"})
    assert listed["results"][0]["scores"][evaluator]["string_value"] == "x"


@pytest.mark.parametrize("mount", ["", "/respan"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_slashes_mounts_and_schemes(server: Server, mount: str, slash: str) -> None:
    """Without and with slash, at the vendor's paths and under the mount, by either scheme: never a redirect."""
    key = server.env("respan")["RESPAN_API_KEY"]
    for headers in ({"Authorization": f"Bearer {key}"}, {"Authorization": f"Api-Key {key}"}):
        log = ask(server, "POST", f"{mount}/api/request-logs/create{slash}", {"input": "a"}, headers)["id"]
        body = {"evaluator_slug": "q", "numerical_value": 1}
        made = ask(server, "POST", f"{mount}/api/logs/{log}/scores{slash}", body, headers)
        assert ask(server, "GET", f"{mount}/api/scores/{made['id']}{slash}", headers=headers)["id"] == made["id"]
        page = ask(server, "GET", f"{mount}/api/scores{slash}?page_size=1", headers=headers)
        assert page["count"] == 1
        if page["next"]:
            assert page["next"].startswith(f"{server.url}{mount}/api/scores{slash}?")


def test_a_key_of_another_spelling_opens_the_same_project(server: Server) -> None:
    """The house's own spelling is as good here."""
    assert ask(server, "GET", "/api/scores/", headers=server.headers("native"))["count"] >= 0
