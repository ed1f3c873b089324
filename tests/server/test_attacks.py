"""What an attacker tries on the way in: two readings of one request, small bodies that grow, pages in frames."""

import gzip
import socket
from time import perf_counter

import pytest

from scorehouse.server.intake import GZIP_MEMBERS_MAX
from scorehouse.wire.route import Limits
from tests.server.tiny import SECRET, Client, Tiny, route
from tests.server_process import Server

PACKED = Limits(body_bytes_max=20_000_000, encodings=("gzip",))


@pytest.fixture
def client() -> Client:
    """One dialect with a route that takes gzip."""
    routes = [route("POST", "/packed", limits=PACKED), route("GET", "/things"), route("GET", "/v1/{id}")]
    return Client([Tiny("native", routes=routes, territory=("/v1",)).build()])


# ── Small bodies that grow ───────────────────────────────────────────────────────────────────────────────


async def test_gzip_of_some_members_is_read(client: Client) -> None:
    """Writers that flush make several members (RFC 1952 §2.2)."""
    body = b"".join(gzip.compress(bytes([letter])) for letter in b"abc")
    assert (await client("POST", "/packed", body, content_encoding="gzip")).json["body"] == "abc"


async def test_gzip_of_endless_members_is_refused_at_once(client: Client) -> None:
    """A megabyte of empty members took seconds, twenty of them half an hour: each copied all that followed."""
    body = gzip.compress(b"") * 50_000
    began = perf_counter()
    answer = await client("POST", "/packed", body, content_encoding="gzip")
    assert (answer.status, answer.json["refusal"]) == (400, "Unreadable")
    assert perf_counter() - began < 1.0
    just = gzip.compress(b"a") * GZIP_MEMBERS_MAX
    assert (await client("POST", "/packed", just, content_encoding="gzip")).status == 200
    assert (await client("POST", "/packed", just + gzip.compress(b"a"), content_encoding="gzip")).status == 400


async def test_gzip_that_grows_stops_at_the_limit(client: Client) -> None:
    """Forty kilobytes that stand for forty megabytes are refused."""
    body = gzip.compress(bytes(40_000_000))
    assert len(body) < 50_000
    assert (await client("POST", "/packed", body, content_encoding="gzip")).status == 413


# ── Headers of answers ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/things", "/nowhere", "/health", "/metrics", "/native/openapi.json", "/native/docs"])
@pytest.mark.parametrize("key", [None, SECRET, "00" * 32])
async def test_every_answer_says_what_it_is_not(client: Client, path: str, key: str | None) -> None:
    """Nothing is run as what it is not, nothing is kept on the way, and nothing tells what serves it."""
    answer = await client("GET", path, key=key)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert {"server", "x-powered-by"}.isdisjoint(answer.headers)


@pytest.mark.parametrize("path", ["/native/docs", "/"])
async def test_pages_stand_in_no_frame_and_run_nothing_else(client: Client, path: str) -> None:
    """A page runs its own script only, fetches from here only, and is shown in no other page."""
    answer = await client("GET", path, accept="text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"


# ── Two readings of one request ──────────────────────────────────────────────────────────────────────────

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: house\r\n\r\n"

AMBIGUOUS = {
    "length and chunks": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(SMUGGLED)),
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED),
    "a list of lengths": b"Content-Length: 0, %d\r\n\r\n" % len(SMUGGLED),
    "a signed length": b"Content-Length: +0\r\n\r\n",
    "an odd coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded header": b"X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
    "a bare line feed": b"X-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an empty chunk size": b"Transfer-Encoding: chunked\r\n\r\n\r\n\r\n",
    "a negative chunk": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
}
"""Heads that two servers in a row may read differently (RFC 9112 §11.2), each with what a request may hide behind."""


def exchange(server: Server, sent: bytes) -> bytes:
    """Send bytes, and return all that is answered until the connection is closed or nothing more comes."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10.0) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answered = b""
        while part := connection.recv(65_536):
            answered += part
    return answered


@pytest.mark.slow
@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_can_be_read_in_two_ways_hides_no_request(server: Server, name: str) -> None:
    """A request with an ambiguous end is refused with its connection: what follows is never served as another one."""
    answered = exchange(server, b"POST /v1/scores HTTP/1.1\r\nHost: house\r\n" + AMBIGUOUS[name] + SMUGGLED)
    assert b"/smuggled" not in answered
    assert answered.count(b"HTTP/1.1 ") == 1, answered
    assert answered.startswith(b"HTTP/1.1 400"), answered


@pytest.mark.slow
def test_a_body_of_a_reading_method_is_no_request(server: Server) -> None:
    """What a GET carries is skipped by its length, not served."""
    head = b"GET /health HTTP/1.1\r\nHost: house\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED)
    answered = exchange(server, head + SMUGGLED)
    assert answered.count(b"HTTP/1.1 ") == 1
    assert b"server:" not in answered.lower()


@pytest.mark.parametrize(
    "path", ["/native/../langfuse/x", "/native/%2e%2e/v1/x", "//v1/x", "/native//v1/x", "/NATIVE/v1/x", "/v1/x/../x"]
)
async def test_a_path_is_what_it_says(client: Client, path: str) -> None:
    """No dots are followed, no slashes merged, no letters folded: what is checked in front of us is what is served."""
    assert (await client("GET", path)).status in {404, 405}
