"""Connections over a real socket: what keeps the server waiting is closed, what does not is left alone."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.server_process import Server, StartServer

GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST /v1/scores HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
"""Without a key: it is answered before its body has come."""

SOON_S = 10.0


@contextmanager
def connected(server: Server, sent: bytes = b"") -> Iterator[socket.socket]:
    """Open a connection and send something."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=SOON_S) as connection:
        connection.sendall(sent)
        yield connection


def rest_of(connection: socket.socket) -> bytes:
    """Return what comes until the server closes; a connection that stays open is a failure, after some time."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def sent_until_cut(connection: socket.socket, most: int) -> int:
    """Send until the server closes, or so many bytes were sent; returns how many."""
    sent = 0
    try:
        while sent < most:
            sent += connection.send(b"x" * 10_000)
    except ConnectionError:
        pass
    return sent


def answer_of(connection: socket.socket) -> bytes:
    """Return one whole answer; those to GET end with a brace."""
    answer = b""
    while not answer.endswith(b"}"):
        part = connection.recv(65_536)
        assert part, "closed within an answer"
        answer += part
    return answer


def goes_on(connection: socket.socket) -> bool:
    """Tell whether another request on it is answered."""
    connection.sendall(GET)
    return answer_of(connection).startswith(b"HTTP/1.1 200")


@pytest.fixture
def impatient(start_server: StartServer) -> Server:
    """A server that waits for half a second, and for two where a connection has shown good will."""
    return start_server(head_timeout_s="0.5", body_timeout_s="0.5", idle_timeout_s="2")


WAITED_FOR = {
    "the first byte": (b"", b"HTTP/1.1 408"),
    "the end of a head": (b"GET /health HTTP/1.1\r\nx:", b"HTTP/1.1 408"),
    "the end of a second head": (GET + GET[:-2], b"HTTP/1.1 408"),
    "the end of a body that was answered": (CHUNKED + b"1\r\nx\r\n", b"HTTP/1.1 401"),
    "another request": (GET, b"HTTP/1.1 200"),
    "another request, after an empty line": (GET + b"\r\n", b"HTTP/1.1 200"),
}


@pytest.mark.slow
def test_nothing_is_waited_for_for_ever(impatient: Server) -> None:
    """Silence before, in and after a request ends the connection, at whatever point it sets in."""
    with connected(impatient) as first:
        for what, (sent, answer) in WAITED_FOR.items():
            with connected(impatient, sent) as connection:
                assert answer in rest_of(connection), what
        assert rest_of(first).startswith(b"HTTP/1.1 408")


@pytest.mark.slow
def test_an_endless_trailer_is_cut(server: Server) -> None:
    """What comes after a body, or between its parts, is not collected, and not read for ever."""
    for endless in (b"0\r\nx: ", b"1;"):
        with connected(server, CHUNKED + endless) as connection:
            assert sent_until_cut(connection, 50_000_000) < 50_000_000


@pytest.mark.slow
def test_the_quietest_make_room(start_server: StartServer) -> None:
    """Beyond the limit a new connection is served; first go those that never asked, then those idle for longest."""
    server = start_server(connections_max="3")
    with connected(server) as silent, connected(server, GET) as older:
        assert answer_of(older)
        with connected(server, GET) as newer:
            assert answer_of(newer)
            _check_who_goes(server, silent, older, newer)


def _check_who_goes(server: Server, silent: socket.socket, older: socket.socket, newer: socket.socket) -> None:
    with connected(server, GET) as fourth:
        assert answer_of(fourth).startswith(b"HTTP/1.1 200")
        assert rest_of(silent) == b""
        with connected(server, GET) as fifth:
            assert answer_of(fifth).startswith(b"HTTP/1.1 200")
            assert rest_of(older) == b""
            assert goes_on(newer)


@pytest.mark.slow
def test_where_nobody_is_quiet_a_new_connection_is_refused(start_server: StartServer) -> None:
    """While every connection is in the middle of something, a new one is told when to come back; then it is served."""
    server = start_server(connections_max="2")
    begun = GET + GET[:-2]
    with connected(server, begun) as first, connected(server, begun) as second:
        assert answer_of(first)
        assert answer_of(second)
        with connected(server, GET) as third:
            refused = rest_of(third)
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1" in refused
        first.sendall(b"\r\n")
        assert answer_of(first).startswith(b"HTTP/1.1 200")
    with connected(server) as again:
        assert goes_on(again)
