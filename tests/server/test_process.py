"""A real process: it starts, serves over a socket, refuses what it must, and ends in order."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from shutil import which

import httpx
import pytest

from scorehouse.dialects import registered
from tests.server_process import Server, StartServer, environment


def raw(server: Server, request: bytes) -> bytes:
    """Send bytes as they are, and return what comes until the connection closes."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def test_it_serves_every_dialect(server: Server) -> None:
    """The key that it was brought opens one project, in every edition's spelling."""
    assert httpx.get(f"{server.url}/ready").status_code == 200
    listed = httpx.get(f"{server.url}/").json()["dialects"]
    assert {dialect["name"] for dialect in listed} <= set(server.keys)
    for edition in (edition for dialect in registered() for edition in dialect.editions):
        token = edition.spelling.spell(server.secret)
        answer = httpx.get(f"{server.url}/v1/scores", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, edition.name
    assert httpx.get(f"{server.url}/v1/scores").status_code == 401


def test_a_score_is_written_and_read(server: Server) -> None:
    """One score through the socket and back."""
    draft = {"name": "accuracy", "value": 0.92, "target": {"kind": "session", "id": "first"}}
    made = httpx.post(f"{server.url}/v1/scores", json=draft, headers=server.headers())
    assert made.status_code == 201, made.text
    read = httpx.get(f"{server.url}/v1/scores/{made.json()['id']}", headers=server.headers())
    assert (read.status_code, read.json()["name"]) == (200, "accuracy")


@pytest.mark.skipif(which("curl") is None, reason="curl is no part of what the tests need")
def test_the_curl_to_paste_works(server: Server) -> None:
    """What people are told to paste answers with success."""
    for edition, paste in server.keys.items():
        command = paste["curl"].replace("curl ", "curl -sS -o /dev/null -w '%{http_code}' ", 1)
        ended = subprocess.run(
            ["/bin/sh", "-c", command], capture_output=True, text=True, timeout=30, env=environment(), check=False
        )
        assert ended.stdout[:1] == "2", (edition, ended)


RUBBISH = [
    b"GET /v1/\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /v1/scores/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"NONSENSE\r\n\r\n",
    b"POST /v1/scores HTTP/1.1\r\nHost: x\r\nContent-Length: nope\r\n\r\n",
    b"POST /v1/scores HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET http://other/v1/scores HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n",
    b"GET /v1/scores HTTP/1.1\r\nConnection: close\r\n\r\n",
]


@pytest.mark.parametrize("request_", RUBBISH)
def test_rubbish_is_no_failure_of_ours(server: Server, request_: bytes) -> None:
    """Whatever bytes come, the answer is not a 5xx, and the server lives."""
    answer = raw(server, request_)
    assert answer.startswith(b"HTTP/1.1 ")
    assert not answer.startswith(b"HTTP/1.1 5")
    assert httpx.get(f"{server.url}/health").status_code == 200


def test_an_endless_head_is_cut(server: Server) -> None:
    """A head that does not end is not collected for ever."""
    host, port = server.url.removeprefix("http://").split(":")
    sent = 0
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nx: ")
        try:
            while sent < 50_000_000:
                sent += connection.send(b"x" * 10_000)
        except OSError:
            pass
    assert sent < 50_000_000


def test_a_large_body_is_refused_before_it_is_sent(server: Server) -> None:
    """A client that asks first (Expect) is told without sending; the connection can go on."""
    headers = {**server.headers(), "Content-Type": "application/json"}
    with httpx.Client(base_url=server.url, headers=headers) as client:
        refused = client.post("/v1/scores", content=b"x" * 30_000_000)
        assert refused.status_code == 413
        assert client.get("/v1/scores").status_code == 200


def test_many_requests_share_a_connection(server: Server) -> None:
    """Pipelined requests are answered in order."""
    one = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = raw(server, one * 20 + last)
    assert answer.count(b"HTTP/1.1 200") == 21
    assert answer.rstrip().endswith(b'{"status":"ready"}')


def test_a_head_without_a_body_is_sent(server: Server) -> None:
    """HEAD gets the head alone, at once, on a connection that goes on."""
    with httpx.Client(base_url=server.url) as client:
        for _ in range(3):
            answer = client.head("/health")
            assert (answer.status_code, answer.content) == (200, b"")
            assert int(answer.headers["content-length"]) > 0
        assert client.get("/health").json()["status"] == "healthy"
    last = raw(server, b"HEAD /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert last.startswith(b"HTTP/1.1 200 OK\r\n")
    assert last.endswith(b"\r\n\r\n")


def test_a_body_that_is_asked_for_is_sent(server: Server) -> None:
    """A client that waits to be told to go on (Expect) is told, and then answered."""
    body = b'{"name": "n", "value": 1, "target": {"kind": "session", "id": "s"}}'
    head = (
        f"POST /v1/scores HTTP/1.1\r\nHost: x\r\nAuthorization: {server.headers()['Authorization']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 201")


def test_it_ends_in_order(start_server: StartServer) -> None:
    """SIGTERM while a request is on its way: the request is answered, the process ends with 0, the score is there."""
    server = start_server()
    host, port = server.url.removeprefix("http://").split(":")
    body = b'{"name": "last", "value": 1, "target": {"kind": "session", "id": "s"}}'
    head = (
        f"POST /v1/scores HTTP/1.1\r\nHost: x\r\nAuthorization: {server.headers()['Authorization']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode() + body[:10])
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((host, int(port)), timeout=10)
        connection.sendall(body[10:])
        assert connection.recv(65_536).startswith(b"HTTP/1.1 201")
    assert server.stop() == 0
    again = start_server(data=server.data)
    listed = httpx.get(f"{again.url}/v1/scores", headers=again.headers()).json()
    assert "last" in json.dumps(listed)


def test_a_stuck_request_does_not_hold_the_end_for_ever(start_server: StartServer) -> None:
    """After its grace the server ends although a body never came."""
    server = start_server(shutdown_grace_s="1")
    host, port = server.url.removeprefix("http://").split(":")
    key = server.headers()["Authorization"]
    head = f"POST /v1/scores HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: 9\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode())
        time.sleep(0.3)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 10


def test_logs_are_structured_and_keep_secrets(start_server: StartServer) -> None:
    """Each line is JSON; a request's line has its id, path and status, and nothing has the key."""
    server = start_server(log_format="json", log_requests="true")
    headers = {**server.headers(), "X-Request-ID": "find-me"}
    httpx.get(f"{server.url}/v1/scores?name=private", headers=headers)
    httpx.get(f"{server.url}/v1/scores", headers={"Authorization": f"Bearer x{server.secret}"})
    assert server.stop() == 0
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    (line,) = (line for line in lines if line.get("request_id") == "find-me")
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "GET", "/v1/scores", 200)
    assert server.secret not in server.log.read_text()
    assert "private" not in server.log.read_text()


def test_a_revoked_key_stops(start_server: StartServer) -> None:
    """The command line revokes beside a running server, which stops taking the key within about a second."""
    server = start_server()
    assert httpx.get(f"{server.url}/v1/scores", headers=server.headers()).status_code == 200
    command = [sys.executable, "-m", "scorehouse.cli", "keys", "revoke", "--data", str(server.data), server.key_id]
    subprocess.run(command, check=True, env=environment(), timeout=30, capture_output=True)
    deadline = time.monotonic() + 5
    while httpx.get(f"{server.url}/v1/scores", headers=server.headers()).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_it_answers_many_at_once(server: Server) -> None:
    """Sixteen clients at once get every answer."""
    failed: list[object] = []

    def ask() -> None:
        with httpx.Client(base_url=server.url, headers=server.headers()) as client:
            for number in range(20):
                draft = {"name": "load", "value": number / 20, "target": {"kind": "session", "id": "s"}}
                answer = client.post("/v1/scores", json=draft)
                if answer.status_code != 201:
                    failed.append(answer.text)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_the_port_is_in_use(server: Server, tmp_path: Path) -> None:
    """A port that is taken is one line, not a traceback, and nothing is made on disk."""
    port = server.url.rpartition(":")[2]
    command = [sys.executable, "-m", "scorehouse.cli", "serve", "--port", port, "--data", str(tmp_path / "new")]
    ended = subprocess.run(command, env=environment(), timeout=30, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == f"scorehouse: Cannot listen on 127.0.0.1, port {port}: {os.strerror(98).lower()}.\n"
    assert not (tmp_path / "new").exists()
