"""The live stream through a socket: told at once, ended by either side, and no burden for who writes."""

import json
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.server_process import Server, StartServer

DRAFT = {"name": "accuracy", "value": 0.92, "target": {"kind": "session", "id": "first"}}


def record(server: Server) -> str:
    """Record a score and return its id."""
    made = httpx.post(f"{server.url}/v1/scores", json=DRAFT, headers=server.headers())
    assert made.status_code == 201, made.text
    id: str = made.json()["id"]
    return id


def data(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Yield what the events of a stream say."""
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def open_streams(server: Server) -> int:
    """Count the requests in progress but for the one that asks."""
    figures = httpx.get(f"{server.url}/metrics").text
    (line,) = [line for line in figures.splitlines() if line.startswith("scorehouse_requests_in_progress ")]
    return int(float(line.split()[1])) - 1


def test_a_score_is_told_as_soon_as_it_is_recorded(server: Server) -> None:
    """The writer wakes the stream: an idle one tells a score long before its heartbeat."""
    with httpx.stream("GET", f"{server.url}/v1/scores/stream", headers=server.headers(), timeout=10) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry: ")
        events = data(lines)
        started = time.perf_counter()
        for _ in range(5):
            id = record(server)
            assert next(events)["id"] == id
        assert time.perf_counter() - started < 5


def test_the_server_ends_its_streams_when_it_stops(start_server: StartServer) -> None:
    """An open stream does not hold up the end: it gets its last mark, and the process exits well before the grace."""
    server = start_server(shutdown_grace_s="25")
    id = record(server)
    with httpx.stream("GET", f"{server.url}/v1/scores/stream?after=0.0", headers=server.headers()) as stream:
        lines = stream.iter_lines()
        assert next(data(lines))["id"] == id
        started = time.perf_counter()
        assert server.stop() == 0
        assert ": end" in list(lines)
        assert time.perf_counter() - started < 10


def test_a_stream_whose_client_went_is_let_go(start_server: StartServer) -> None:
    """Well before the next heartbeat its place is free again."""
    server = start_server(streams_max="1", stream_heartbeat_s="3600")
    host, port = server.url.removeprefix("http://").split(":")
    request = (
        f"GET /v1/scores/stream HTTP/1.1\r\nHost: {host}\r\nAuthorization: {server.headers()['Authorization']}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        assert open_streams(server) == 1
        refused = httpx.get(f"{server.url}/v1/scores/stream", headers=server.headers())
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    for _ in range(100):
        if not open_streams(server):
            break
        time.sleep(0.05)
    assert open_streams(server) == 0


@pytest.mark.slow
def test_who_does_not_read_holds_up_nobody(server: Server) -> None:
    """While a listener takes nothing, scores are written and told to others as ever."""
    host, port = server.url.removeprefix("http://").split(":")
    key = server.headers()["Authorization"]
    with socket.create_connection((host, int(port)), timeout=10) as idle:
        idle.sendall(
            f"GET /v1/scores/stream?after=0.0 HTTP/1.1\r\nHost: {host}\r\nAuthorization: {key}\r\n\r\n".encode()
        )
        big = {**DRAFT, "comment": "x" * 500_000}
        with httpx.stream("GET", f"{server.url}/v1/scores/stream", headers=server.headers(), timeout=30) as stream:
            events = data(stream.iter_lines())
            for _ in range(30):
                made = httpx.post(f"{server.url}/v1/scores", json=big, headers=server.headers())
                assert next(events)["id"] == made.json()["id"]
