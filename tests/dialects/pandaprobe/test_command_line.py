"""What their command line sends (§14.4), from logging in on: it is a program of its own that no package index has.

Its requests are those of its source, version 0.2.0: the same headers, paths, parameters and bodies.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.dialects.pandaprobe.pandaprobe import A_SPAN, A_TRACE, SCORES, SESSION_SCORE, SESSION_SCORES, TRACE
from tests.dialects.pandaprobe.test_logins import CHALLENGE, CLI, CODES, EXCHANGE, VERIFIER
from tests.server_process import Server

NODE = shutil.which("node")

ASKED = {
    "cli_version": "0.2.0",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "label": "laptop",
    "port": "50123",
    "state": "st&te",
}
"""What stands in the address that it opens."""


@pytest.fixture(scope="module")
def stranger(server: Server) -> Iterator[httpx.Client]:
    """The command line before it has a key."""
    with httpx.Client(base_url=server.url, headers=CLI) as opened:
        yield opened


@pytest.fixture(scope="module")
def administrator(server: Server) -> Iterator[httpx.Client]:
    """Whoever allows the login, in a browser."""
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.secret}"}) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(stranger: httpx.Client, administrator: httpx.Client) -> Iterator[httpx.Client]:
    """The command line once it is logged in, by the calls of the page."""
    (organization,) = administrator.get("/organizations").json()
    projects = administrator.get(f"/organizations/{organization['id']}/projects").json()
    body = {"org_id": organization["id"], "project_id": projects[-1]["id"], "label": "laptop"}
    issued = administrator.post(CODES, json={**body, "code_challenge": CHALLENGE})
    assert issued.status_code == 201, issued.text
    got = stranger.post(EXCHANGE, json={"code": issued.json()["code"], "code_verifier": VERIFIER})
    assert got.status_code == 200, got.text
    kept = got.json()
    keys = {"X-API-Key": kept["api_key"], "X-Project-Name": kept["project_name"]}
    with httpx.Client(base_url=stranger.base_url, headers={**CLI, **keys}) as opened:
        yield opened


def asked(client: httpx.Client, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
    """Send one request, under an id of its own, as every call of it is."""
    return client.request(method, path, json=body, params=query, headers={"X-Request-ID": str(uuid4())})


PAGES: list[tuple[str, dict[str, Any]]] = [
    ("/traces", {"limit": 20, "offset": 0, "sort_by": "latency", "sort_order": "asc", "tags": ["a", "b"]}),
    ("/traces", {"started_after": "2026-01-01", "started_before": "2036-01-01T00:00:00Z", "status": "COMPLETED"}),
    ("/sessions", {"limit": 20, "offset": 0, "has_error": "false", "query": "s", "sort_by": "recent"}),
    (SCORES, {"limit": 20, "offset": 0, "name": "n", "source": "PROGRAMMATIC", "date_from": "2026-01-01"}),
    (SCORES, {"trace_id": TRACE, "data_type": "NUMERIC", "environment": "prod", "status": "FAILED"}),
    (SESSION_SCORES, {"limit": 20, "offset": 0, "session_id": "s", "date_to": "2026-01-01T00:00:00+00:00"}),
]


@pytest.mark.parametrize(("path", "query"), PAGES, ids=range(len(PAGES)))
def test_it_lists(client: httpx.Client, path: str, query: dict[str, Any]) -> None:
    """A page each."""
    answer = asked(client, "GET", path, **query)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["items", "total", "limit", "offset"]


def test_it_reads_what_it_has_scored(client: httpx.Client) -> None:
    """`traces get`, `sessions get`, `evals scores submit` and `get`, `evals metrics list`."""
    body = {**A_TRACE, "session_id": "s 1", "spans": [A_SPAN]}
    assert asked(client, "POST", "/traces", body).status_code == 202
    assert [span["span_id"] for span in asked(client, "GET", f"/traces/{TRACE}").json()["spans"]] == [A_SPAN["span_id"]]
    assert asked(client, "GET", "/sessions/s%201", limit=200, offset=0).json()["trace_count"] == 1
    sent = {"trace_id": TRACE, "name": "n", "value": "0.5", "data_type": "NUMERIC", "source": "PROGRAMMATIC"}
    made = asked(client, "POST", SCORES, {**sent, "reason": "r", "metadata": {"k": [1]}})
    assert made.status_code == 201, made.text
    again = asked(client, "POST", SCORES, sent)
    assert again.json()["id"] != made.json()["id"]
    assert asked(client, "GET", f"{SCORES}/{TRACE}").json() == [again.json()]
    assert asked(client, "POST", SESSION_SCORES, {**SESSION_SCORE, "session_id": "s 1"}).status_code == 201
    assert len(asked(client, "GET", f"{SESSION_SCORES}/s%201").json()) == 1
    for kind, names in (("trace", 8), ("session", 2)):
        assert len(asked(client, "GET", f"/evaluations/{kind}-metrics").json()) == names


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/traces/0b570b57-0b57-4b57-8b57-0b570b570b57", 404),
        ("GET", "/traces/none", 422),
        ("GET", "/evaluations/trace-runs", 501),
        ("POST", "/evaluations/session-runs/batch", 501),
        ("GET", "/evaluations/monitors", 501),
    ],
)
def test_it_is_told_what_is_wrong(client: httpx.Client, method: str, path: str, status: int) -> None:
    """It prints a `detail` that is a text, and its exit code follows the status."""
    answer = asked(client, method, path)
    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)


def test_its_key_manages_nothing(client: httpx.Client, administrator: httpx.Client) -> None:
    """It is listed under the name of its machine, and revoked there."""
    bearer = {"Authorization": f"Bearer {client.headers['X-API-Key']}"}
    (organization,) = administrator.get("/organizations").json()
    path = f"/organizations/{organization['id']}/api-keys"
    assert client.get(path, headers=bearer).status_code == 403
    key = next(key for key in administrator.get(path).json() if key["name"].startswith("pandaprobe-cli — laptop — "))
    assert administrator.delete(f"{path}/{key['id']}").status_code == 204


def shown(server: Server, key: str, **changes: str) -> Any:
    """Open the page as the command line does, type a key, submit twice, and return what happened."""
    program = Path(__file__).with_name("page.mjs")
    address = f"{server.url}/cli-login?{urlencode({**ASKED, **changes})}"
    ran = subprocess.run(
        [str(NODE), str(program), address, key], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(ran.stdout)


@pytest.mark.slow
@pytest.mark.skipif(NODE is None, reason="node is not installed here: the script of the log-in page was NOT tested")
def test_the_page_hands_a_code_to_the_command_line(server: Server, stranger: httpx.Client) -> None:
    """On its own machine, with its state; refused, it is told so; a bad key stays on the page."""
    told = shown(server, f" sk_pp_{server.secret} ")
    assert (told["label"], told["status"], told["hidden"]) == ("laptop", "", False)
    allowed, refused = [urlsplit(address) for address in told["went"]]
    for address in (allowed, refused):
        assert (address.scheme, address.netloc, address.path) == ("http", "127.0.0.1:50123", "/callback")
    query = parse_qs(allowed.query)
    assert query["state"] == ["st&te"]
    assert parse_qs(refused.query)["error"] == ["access_denied"]
    got = stranger.post(EXCHANGE, json={"code": query["code"][0], "code_verifier": VERIFIER})
    assert got.json()["project_name"] == server.project
    wrong = shown(server, "sk_pp_" + "0" * 64)
    assert wrong["status"]
    assert [parse_qs(urlsplit(address).query).get("code") for address in wrong["went"]] == [None]
    assert shown(server, server.secret, port="99999999")["hidden"] is True
