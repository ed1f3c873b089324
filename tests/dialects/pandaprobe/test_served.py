"""What only a server process adds: keys, media types, encodings, redirects, request ids, rate limits (§1, §2)."""

import gzip
from typing import Any

import httpx
import pytest

from tests.dialects.pandaprobe.pandaprobe import A_TRACE, SCORE, SCORES, TRACE
from tests.server_process import Server, StartServer


def send(server: Server, method: str, path: str, **options: Any) -> httpx.Response:
    """Send one request with the server's key."""
    headers = {**server.headers("pandaprobe"), **options.pop("headers", {})}
    return httpx.request(method, server.url + path, headers=headers, **options)


def test_the_lines_to_paste_work(server: Server) -> None:
    """The headers that the server prints open the project of the key."""
    assert send(server, "POST", "/traces", json=A_TRACE).status_code == 202
    assert send(server, "POST", SCORES, json=SCORE).status_code == 201
    mounted = httpx.get(f"{server.url}/pandaprobe{SCORES}/{TRACE}", headers=server.headers("pandaprobe"))
    assert [score["value"] for score in mounted.json()] == ["0.92"]


def test_the_secret_is_a_bearer_too(server: Server) -> None:
    """With the project's id; in any vendor's spelling."""
    (project,) = [
        project
        for organization in httpx.get(f"{server.url}/organizations", headers=bearer(server)).json()
        for project in httpx.get(
            f"{server.url}/organizations/{organization['id']}/projects", headers=bearer(server)
        ).json()
        if project["name"] == server.project
    ]
    inside = {**bearer(server), "X-Project-ID": project["id"]}
    assert httpx.get(f"{server.url}/traces", headers=inside).status_code == 200


def bearer(server: Server) -> dict[str, str]:
    """Return the secret as a bearer token."""
    return {"Authorization": f"Bearer {server.secret}"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "sk_pp_" + "0" * 64, "X-Project-Name": "default"},
        {"X-API-Key": "nonsense"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic bm9ib2R5Og=="},
    ],
)
def test_who_is_not_known_is_refused(server: Server, headers: dict[str, str]) -> None:
    """401 with a detail and no challenge, before the project is looked at (§1.4, §2.2)."""
    answer = httpx.get(f"{server.url}{SCORES}", headers=headers)
    assert (answer.status_code, list(answer.json())) == (401, ["detail"])
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize(
    ("media", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("application/vnd.api+json", 201),
        ("text/plain", 422),
        ("application/x-www-form-urlencoded", 422),
        (None, 422),
    ],
)
def test_a_body_has_to_be_json(server: Server, media: str | None, status: int) -> None:
    """Anything else is no object: one fault, of the whole (§1)."""
    send(server, "POST", "/traces", json=A_TRACE)
    body = httpx.Request("POST", "http://x", json=SCORE).content
    headers = {} if media is None else {"Content-Type": media}
    answer = send(server, "POST", SCORES, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert [error["field"] for error in answer.json()["errors"]] == [""]


def test_compressed_bodies_are_400(server: Server) -> None:
    """With the header and without (§1)."""
    body = gzip.compress(b"{}")
    for headers in ({"Content-Encoding": "gzip"}, {}):
        sent = {"Content-Type": "application/json", **headers}
        answer = send(server, "POST", SCORES, content=body, headers=sent)
        assert (answer.status_code, list(answer.json())) == (400, ["detail"])


def test_a_trailing_slash_redirects(server: Server) -> None:
    """307 to the path without it, query and mount kept (§1)."""
    for path in (SCORES, f"/traces/{TRACE}", f"/pandaprobe{SCORES}"):
        answer = send(server, "GET", f"{path}/?limit=1")
        assert answer.status_code == 307
        assert answer.headers["location"].endswith(f"{path}?limit=1")


def test_the_request_id_comes_back(server: Server) -> None:
    """The caller's own, or a new one (§1)."""
    answer = send(server, "GET", SCORES, headers={"X-Request-ID": "mine"})
    assert answer.headers["x-request-id"] == "mine"
    assert send(server, "GET", SCORES).headers["x-request-id"]


def test_health_is_public(server: Server) -> None:
    """With the members that theirs has (§1)."""
    answer = httpx.get(f"{server.url}/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "healthy"
    assert {"status", "version", "environment", "timestamp"} <= answer.json().keys()


def test_what_needs_no_key_there_is_501_without_one(server: Server) -> None:
    """A public path that is not served here (§2)."""
    answer = httpx.post(f"{server.url}/webhooks/stripe", json={})
    assert (answer.status_code, list(answer.json())) == (501, ["detail"])


def test_who_asks_too_fast_is_told_when_to_come_back(start_server: StartServer) -> None:
    """429 under another key, with Retry-After, which their SDKs obey (§1.4, §1.5)."""
    server = start_server(rate_limit="1")
    answers = [send(server, "GET", SCORES) for _ in range(3)]
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert refused.status_code == 429
    assert list(refused.json()) == ["error"]
    assert int(refused.headers["retry-after"]) >= 1
