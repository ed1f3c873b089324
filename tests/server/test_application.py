"""The way of a request through the server, without sockets: order of checks, limits, and whose words refuse."""

import asyncio
import gzip
from typing import Any, NamedTuple

import pytest
from anyio import Event, create_task_group

from scorehouse.domain.access import Permission, Principal
from scorehouse.domain.refusals import NotFound, Throttled, Unavailable
from scorehouse.server.application import Application
from scorehouse.server.intake import SMALL_BYTES, Claim, Room
from scorehouse.services.house import House
from scorehouse.settings import Settings
from scorehouse.wire.call import Call, Head, Reply
from scorehouse.wire.route import BATCH, Limits
from tests.server.tiny import READER, SCORER, SECRET, Client, Tiny, echo, route, stream

GZIPPED = Limits(body_bytes_max=1000, encodings=("gzip",))


def raising(error: Exception) -> Any:
    """Make a handler that raises."""

    async def handler(_: Call) -> Reply:
        raise error

    return handler


async def streamed(_: Call) -> Reply:
    """Answer in parts."""
    return Reply(200, stream(b"one,", b"two"), media="text/csv")


async def shut_door(head: Head, principal: Principal, _: House) -> Principal:
    """Refuse whoever has a key but no project header."""
    if "x-project" not in head.headers:
        raise NotFound("project", "none")
    return principal


ROUTES = (
    route("GET", "/things"),
    route("POST", "/things", permission=Permission.WRITE),
    route("POST", "/scores", permission=Permission.WRITE_SCORES),
    route("GET", "/things/{id}"),
    route("POST", "/packed", permission=Permission.WRITE, limits=GZIPPED),
    route("POST", "/late", permission=Permission.WRITE, unsupported=True),
    route("GET", "/open", permission=None),
    route("GET", "/stream", streamed),
    route("GET", "/broken", raising(ZeroDivisionError("a secret detail"))),
    route("GET", "/busy", raising(Throttled(9))),
    route("GET", "/full", raising(Unavailable("The queue is full.", 3))),
)


@pytest.fixture
def client() -> Client:
    """One dialect with every kind of route."""
    return Client([Tiny("native", routes=ROUTES, territory=("/things",)).build()])


class Refused(NamedTuple):
    """A request that the server itself refuses."""

    method: str
    target: str
    request: dict[str, Any]
    status: int
    refusal: str


REFUSALS = [
    Refused("GET", "/things", {"key": None}, 401, "Unidentified"),
    Refused("GET", "/things", {"key": "nonsense"}, 401, "Unidentified"),
    Refused("GET", "/things", {"key": "00" * 32}, 401, "Unidentified"),
    Refused("GET", "/things", {"key": "native_" + "é" * 32}, 401, "Unidentified"),
    Refused("GET", "/nothing", {}, 404, "UnknownPath"),
    Refused("GET", "/nothing", {"key": None}, 404, "UnknownPath"),
    Refused("GET", "/things/", {"key": None}, 401, "Unidentified"),
    Refused("DELETE", "/things", {"key": None}, 405, "WrongMethod"),
    Refused("HEAD", "/things", {}, 405, "WrongMethod"),
    Refused("OPTIONS", "/things", {}, 405, "WrongMethod"),
    Refused("BREW", "/things", {}, 405, "WrongMethod"),
    Refused("POST", "/things", {"key": READER, "body": b"x" * 2_000_000}, 403, "Forbidden"),
    Refused("POST", "/things", {"key": SCORER, "body": b"{}"}, 403, "Forbidden"),
    Refused("POST", "/things", {"body": b"{}", "content_type": "text/plain"}, 415, "UnsupportedMedia"),
    Refused("POST", "/things", {"body": b"{}", "content_encoding": "gzip"}, 415, "UnsupportedMedia"),
    Refused("POST", "/things", {"body": b"", "content_length": "99999999"}, 413, "TooLarge"),
    Refused("POST", "/things", {"body": b"x" * 1_048_577}, 413, "TooLarge"),
    Refused("POST", "/things", {"body": [b"x" * 1_048_576, b"x"]}, 413, "TooLarge"),
    Refused("POST", "/late", {"body": b"{}"}, 501, "Unsupported"),
    Refused("POST", "/late", {"body": b"{}", "key": None}, 401, "Unidentified"),
    Refused("GET", "/broken", {}, 500, "Broken"),
    Refused("GET", "/things/%zz", {}, 400, "Unreadable"),
    Refused("GET", "/things/%e9", {}, 400, "Unreadable"),
    Refused("GET", "/things/a%00b", {}, 400, "Unreadable"),
    Refused("GET", "/things/%", {}, 400, "Unreadable"),
    Refused("GET", "/things/\xe9", {}, 400, "Unreadable"),
    Refused("GET", "/things/" + "x" * 20_000, {}, 413, "TooLarge"),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: f"{case.method} {case.target[:20]} {case.refusal}")
@pytest.mark.parametrize("mount", ["", "/native"])
async def test_refusals_are_written_by_the_dialect(client: Client, mount: str, case: Refused) -> None:
    """Every refusal of the server is put into the words of the path's owner, with its status, at both mounts."""
    answer = await client(case.method, mount + case.target, **case.request)
    assert (answer.status, answer.json["by"], answer.json["refusal"]) == (case.status, "native", case.refusal)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]


async def test_a_defect_tells_nothing_of_itself(client: Client) -> None:
    """What a handler's exception says stays inside."""
    assert b"secret detail" not in (await client("GET", "/broken")).body


async def test_a_broken_refusal_writer_still_answers() -> None:
    """If a dialect cannot even refuse, the caller gets a 500 all the same."""

    def refuse(*_: object) -> Reply:
        raise RuntimeError("no words")

    client = Client([Tiny("native", refuse=refuse).build()])
    assert (await client("GET", "/nothing")).status == 500


@pytest.mark.parametrize(("target", "seconds"), [("/busy", "9"), ("/full", "3")])
async def test_retry_after_is_there(client: Client, target: str, seconds: str) -> None:
    """Every 429 and 503 says when to come back, though the dialect's writer forgot."""
    assert (await client("GET", target)).headers["retry-after"] == seconds


async def test_wrong_method_says_which_are_right(client: Client) -> None:
    """A 405 lists the methods of the path."""
    assert (await client("PUT", "/things")).headers["allow"] == "GET, POST"


async def test_a_handler_gets_what_was_sent(client: Client) -> None:
    """Parameters decoded after splitting, body whole, path as sent without the mount, origin with it."""
    answer = await client("GET", "/native/things/a%2Fb%20%C3%A9?x=%20y", key="native_" + SECRET)
    assert answer.json == {
        "dialect": "native",
        "parameters": {"id": "a/b é"},
        "body": "",
        "key": "k-all",
        "spelling": "native",
        "path": "/things/a%2Fb%20%C3%A9",
        "query": "x=%20y",
        "origin": "http://house/native",
        "request_id": "0" * 31 + "1",
    }


async def test_public_url_is_the_origin() -> None:
    """Behind a proxy, links are made from the URL that the operator names."""
    settings = Settings.read({"SCOREHOUSE_PUBLIC_URL": "https://scores.example.org/"})
    client = Client([Tiny("native", routes=ROUTES).build()], settings)
    assert (await client("GET", "/native/things")).json["origin"] == "https://scores.example.org/native"


async def test_a_public_key_writes_scores_only(client: Client) -> None:
    """Who shows only the public id of a key may write scores and nothing else."""
    written = await client("POST", "/scores", b"{}", authorization="Public k-all")
    assert (written.status, written.json["key"], written.json["spelling"]) == (200, "k-all", "open")
    assert (await client("GET", "/things", authorization="Public k-all")).status == 403
    assert (await client("POST", "/scores", b"{}", authorization="Public k-read")).status == 403
    assert (await client("POST", "/scores", b"{}", authorization="Public nobody")).status == 401


async def test_an_open_route_needs_no_key(client: Client) -> None:
    """Where no permission is needed, no key is looked at, and no project is in reach."""
    answer = await client("GET", "/open", key="nonsense")
    assert (answer.status, answer.json["key"]) == (200, "")


async def test_the_dialects_own_door_comes_before_the_body() -> None:
    """`enter` may refuse after the key is found good and before the body is looked at."""
    client = Client([Tiny("native", routes=ROUTES, enter=shut_door).build()])
    request: dict[str, Any] = {"body": b"{}", "content_type": "text/plain"}
    assert (await client("POST", "/things", **request)).status == 404
    assert (await client("POST", "/things", **request, key=None)).status == 401
    assert (await client("POST", "/things", **request, x_project="p")).status == 415


GOOD_MEDIA = ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json", ""]


@pytest.mark.parametrize("media", GOOD_MEDIA)
async def test_every_spelling_of_json_is_json(client: Client, media: str) -> None:
    """Parameters, capitals and structured suffixes do not matter; nothing said means the first media type."""
    answer = await client("POST", "/things", b"{}", content_type=media)
    assert answer.json["body"] == "{}"


async def test_a_body_that_comes_in_parts_is_whole(client: Client) -> None:
    """Parts are joined in order."""
    assert (await client("POST", "/things", [b"ab", b"", b"cd"])).json["body"] == "abcd"


async def test_the_body_of_a_get_is_not_read(client: Client) -> None:
    """Some clients send a content type, or even a body, with GET; it means nothing."""
    answer = await client("GET", "/things", b"ignored", content_type="text/plain")
    assert (answer.status, answer.json["body"]) == (200, "")


def gzipped(content: bytes) -> bytes:
    """Compress without the time of day: cases are named after their bytes."""
    return gzip.compress(content, mtime=0)


GZIP_CASES = [
    (gzipped(b"x" * 1000), 200, None),
    (gzipped(b"ab") + gzipped(b"cd"), 200, None),
    (gzipped(b"x" * 1001), 413, "TooLarge"),
    (gzipped(b"x" * 3_000_000)[:900], 413, "TooLarge"),
    (gzipped(b"x" * 500)[:-4], 400, "Unreadable"),
    (b"not gzip", 400, "Unreadable"),
    (gzipped(b"ab") + b"rest", 400, "Unreadable"),
]


@pytest.mark.parametrize(("body", "status", "refusal"), GZIP_CASES)
async def test_gzip_is_undone_within_the_limit(client: Client, body: bytes, status: int, refusal: str | None) -> None:
    """Compressed bodies count by what they become; bombs, stumps and rubbish are refused."""
    answer = await client("POST", "/packed", body, content_encoding="gzip")
    assert (answer.status, answer.json.get("refusal")) == (status, refusal)
    if status == 200:
        assert answer.json["body"].encode() == gzip.decompress(body)


async def test_an_empty_body_is_no_media_at_all(client: Client) -> None:
    """A POST without a body is not refused for its content type."""
    assert (await client("POST", "/things", b"", content_type="text/plain", content_length="0")).status == 200


async def test_a_client_that_leaves_is_no_error(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """A connection that breaks inside the body gets no answer, and is not logged as a failure."""
    assert (await client("POST", "/things", b"half", gone=True)).status == 0
    assert not caplog.records


async def test_a_body_that_never_comes_is_refused() -> None:
    """A body has its time."""
    settings = Settings.read({"SCOREHOUSE_BODY_TIMEOUT_S": "0.01"})
    client = Client([Tiny("native", routes=ROUTES).build()], settings)

    async def receive() -> Any:
        await asyncio.sleep(60)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", b"Bearer " + SECRET.encode()), (b"content-length", b"5")]
    scope = {"type": "http", "method": "POST", "raw_path": b"/things", "query_string": b"", "scheme": "http"}
    await client.application({**scope, "headers": headers}, receive, send)
    assert sent[0]["status"] == 400


@pytest.mark.parametrize("given", ["abc-123", "with space~", "x" * 200])
async def test_a_request_id_is_kept(client: Client, given: str) -> None:
    """The caller's request id reaches the handler and comes back."""
    answer = await client("GET", "/things", x_request_id=given)
    assert (answer.headers["x-request-id"], answer.json["request_id"]) == (given, given)


@pytest.mark.parametrize("given", ["", "x" * 201, "é", "a\tb", "\x7f"])
async def test_an_unusable_request_id_is_replaced(client: Client, given: str) -> None:
    """What could not be logged or sent back is replaced by one of ours."""
    assert (await client("GET", "/things", x_request_id=given)).headers["x-request-id"] == "0" * 31 + "1"


async def test_streams_are_sent_in_parts(client: Client) -> None:
    """A streamed answer has its parts in order and no length."""
    answer = await client("GET", "/stream")
    assert (answer.body, answer.complete, answer.headers["content-type"]) == (b"one,two", True, "text/csv")
    assert "content-length" not in answer.headers


async def test_headers_cannot_be_split() -> None:
    """A line break in what a handler puts into a header ends neither the header nor the answer."""

    async def handler(_: Call) -> Reply:
        return Reply(200, b"", headers=(("x-name", "a\r\nx-evil: b ☃"),))

    client = Client([Tiny("native", routes=[route("GET", "/split", handler)]).build()])
    answer = await client("GET", "/split")
    assert answer.headers["x-name"] == "a  x-evil: b ?"
    assert "x-evil" not in answer.headers


async def test_a_key_that_asks_too_fast_waits() -> None:
    """A key has its rate, in bursts of as many; other keys are not concerned; time heals."""
    client = Client([Tiny("native", routes=ROUTES).build()], Settings.read({"SCOREHOUSE_RATE_LIMIT": "2"}))
    assert [(await client("GET", "/things")).status for _ in range(3)] == [200, 200, 429]
    assert (await client("GET", "/things", key=READER)).status == 200
    client.now_s += 0.5
    assert [(await client("GET", "/things")).status for _ in range(2)] == [200, 429]


async def test_too_many_at_once_are_refused() -> None:
    """Requests beyond the limit get 503 at once; health still answers; afterwards all is well."""
    may_end, has_begun = Event(), Event()

    async def slow(call: Call) -> Reply:
        has_begun.set()
        await may_end.wait()
        return await echo(call)

    settings = Settings.read({"SCOREHOUSE_REQUESTS_MAX": "1"})
    client = Client([Tiny("native", routes=[*ROUTES, route("GET", "/slow", slow)]).build()], settings)
    async with create_task_group() as tasks:
        tasks.start_soon(client, "GET", "/slow")
        await has_begun.wait()
        refused = await client("GET", "/things")
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert (await client("GET", "/health")).status == 200
        may_end.set()
    assert (await client("GET", "/things")).status == 200


def test_large_bodies_share_a_room() -> None:
    """Small bodies are not counted; large ones are until released; a single one always finds room."""
    room = Room(200_000)
    first, second, small = Claim(room), Claim(room), Claim(room)
    small.grow(SMALL_BYTES)
    first.grow(100_000)
    first.grow(150_000)
    assert room.held == 150_000
    with pytest.raises(Unavailable):
        second.grow(100_000)
    second.release()
    first.release()
    assert room.held == 0
    second.grow(1_000_000)
    assert room.held == 1_000_000


@pytest.mark.parametrize(("body", "declared"), [(b"1" * 900_000, {}), (b"1", {"content_length": "900000"})])
async def test_a_large_body_is_let_in_whole_or_not_at_all(body: bytes, declared: Any) -> None:
    """Beside one that is worked on another has no room, sent or only declared: 503, and afterwards it is taken."""
    may_end, has_begun = Event(), Event()

    async def slow(call: Call) -> Reply:
        has_begun.set()
        await may_end.wait()
        return await echo(call)

    settings = Settings.read({"SCOREHOUSE_BODIES_BYTES_MAX": "1048576"})
    client = Client([Tiny("native", routes=[route("POST", "/slow", slow, limits=BATCH)]).build()], settings)
    async with create_task_group() as tasks:
        tasks.start_soon(client, "POST", "/slow", b"1" * 900_000)
        await has_begun.wait()
        refused = await client("POST", "/slow", body, **declared)
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        may_end.set()
    assert (await client("POST", "/slow", b"1" * 900_000)).status == 200


async def test_refusals_for_now_are_counted_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A hundred answers of 503 are told in two lines, ten seconds apart; each is counted."""
    client = Client([Tiny("native", routes=ROUTES).build()])
    for _ in range(99):
        assert (await client("GET", "/full")).status == 503
    client.now_s += 10
    await client("GET", "/full")
    told = [line for line in capsys.readouterr().out.splitlines() if "refused for now" in line]
    assert [line.rpartition("count=")[2] for line in told] == ["1", "99"]


async def test_only_http_is_served(client: Client) -> None:
    """Lifespan and websockets are none of this application's business, and it says so as ASGI wants it."""
    application: Application = client.application
    with pytest.raises(NotImplementedError):
        await application({"type": "lifespan"}, None, None)  # type: ignore[arg-type]  # nothing is received or sent
