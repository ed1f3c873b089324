"""A disk that refuses: writes are answered 503 in the dialect's words, nothing acknowledged is lost, and it goes on.

The disk is made full for the running server by the operating system's limit on file sizes; no privileges are needed.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.server_process import Server, StartServer

ROOM_BYTES = 300_000
"""Left when the disk 'fills up': some dozens of scores."""

SESSION = {"kind": "session", "id": "s"}


def file_limit(server: Server, soft: int) -> None:
    """Set how large a file the server may write."""
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """Let no file of the server grow much beyond the largest one it has."""
    largest = max(file.stat().st_size for file in server.data.iterdir())
    file_limit(server, largest + ROOM_BYTES)
    try:
        yield
    finally:
        file_limit(server, resource.RLIM_INFINITY)


def score(number: int) -> dict[str, object]:
    """Make a score that takes some room."""
    return {"name": "accuracy", "value": 0.5, "target": SESSION, "comment": f"{number} " + "x" * 2000}


@pytest.mark.slow
def test_a_full_disk_refuses_and_recovers(start_server: StartServer) -> None:
    """Writes get 503 with Retry-After in each dialect's shape; reads go on; with room again, writes go on."""
    server = start_server()
    kept: list[str] = []
    with httpx.Client(base_url=server.url, headers=server.headers(), timeout=30) as client:
        kept.append(client.post("/v1/scores", json=score(0)).raise_for_status().json()["id"])
        with full_disk(server):
            answers = [client.post("/v1/scores", json=score(number)) for number in range(1, 400)]
            kept += [answer.json()["id"] for answer in answers if answer.status_code == 201]
            refused = [answer for answer in answers if answer.status_code != 201]
            assert refused, "the disk did not fill up"
            assert {answer.status_code for answer in refused} == {503}
            assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
            assert refused[0].json()["type"].endswith("unavailable")
            batch = {"batch": [{"id": "e", "type": "trace-create", "body": {"id": "t", "name": "t" * 400_000}}]}
            theirs = client.post("/api/v1/traces", json=batch)
            assert theirs.status_code == 503
            assert set(theirs.json()["error"]) == {"code", "message"}
            assert client.get(f"/v1/scores/{kept[-1]}").status_code == 200
        assert client.post("/v1/scores", json=score(401)).status_code == 201
        found = client.get("/v1/scores", params={"limit": 1000, "total": "true"}).json()
    assert found["total"] == len(kept) + 1
    assert set(kept) < {item["id"] for item in found["items"]}
    server.stop()
    again = start_server(data=server.data)
    with httpx.Client(base_url=again.url, headers=again.headers()) as client:
        assert all(client.get(f"/v1/scores/{id}").status_code == 200 for id in kept)
