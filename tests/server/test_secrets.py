"""Where a key must never stand: in logs, errors, metrics, exports, the database, or in what is written for people.

A key is sent in every place where a client can put one, good and bad, through every route of every dialect; then
everything that the server wrote is searched for it.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import pytest

from scorehouse.dialects import registered
from scorehouse.domain.access import Credential
from scorehouse.domain.refusals import Unidentified
from scorehouse.server.keyring import Keyring, Unspelled
from scorehouse.services import admit
from scorehouse.services.admit import digest_of
from scorehouse.services.keys import NewKey
from scorehouse.settings import Settings
from scorehouse.wire.call import Head
from scorehouse.wire.dialect import Dialect, Opened
from scorehouse.wire.route import EVENT_STREAM, Route
from tests.server.tiny import SECRET, Client, Tiny, route
from tests.server_process import Server, StartServer

CANARY = "ca9a41" * 10 + "ca9a"
"""A key that opens nothing, 64 digits as a good one."""

EXPORTS = ("/v1/export", "/v1/export?format=csv", "/v1/changes", "/metrics", "/", "/native/openapi.json")
"""What is written for others, beside answers."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request with a key in some place of it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


def filled(route: Route) -> str:
    """Return a route's path with something in its parameters."""
    return "/".join("x-1" if part.startswith("{") else part for part in route.path.split("/"))


def everywhere(dialect: Dialect, secret: str) -> Iterator[Sent]:
    """Send a key through every route, in every header and every spelling."""
    spelled = [edition.spelling.spell(secret) for edition in dialect.editions]
    pair = b64encode(f"pk-lf-x:{spelled[0]}".encode()).decode()
    shown = [{"authorization": f"Bearer {token}", "x-api-key": token} for token in (*spelled, secret)]
    shown += [{"authorization": f"Basic {pair}"}, {"authorization": f"Api-Key {spelled[0]}"}]
    for each in dialect.routes:
        if each.answers == EVENT_STREAM:
            continue
        body = b"" if each.body is None else b'{"not": "what is wanted"'
        for headers in shown if not each.unsupported else shown[:1]:
            others = {"content-type": "application/json", "x-project-name": "default"}
            yield Sent(each.method, f"/{dialect.name}{filled(each)}", {**others, **headers}, body)


def needles(secret: str) -> tuple[str, ...]:
    """Return what to search for: the end of a key, which every spelling leaves whole, and how Basic writes it."""
    pairs = (b64encode(f"pk-lf-x:{dialect.editions[0].spelling.spell(secret)}".encode()) for dialect in registered())
    return (secret[8:], *(pair.decode() for pair in pairs))


def holds(text: str, secret: str) -> bool:
    """Tell whether a text holds a key in any form."""
    return any(needle in text for needle in needles(secret))


@pytest.mark.slow
def test_a_key_stands_nowhere(start_server: StartServer) -> None:
    """Keys in every header, bad ones in queries and bodies: no log, error, metric, export or file has them."""
    server = start_server(log_level="debug", log_requests="true")
    with httpx.Client(base_url=server.url, timeout=60.0) as client:
        for dialect in registered():
            for secret in (server.secret, CANARY):
                for sent in everywhere(dialect, secret):
                    answer = client.request(sent.method, sent.path, headers=sent.headers, content=sent.body)
                    told = answer.text + repr(answer.headers)
                    assert not holds(told, secret), (sent, answer.text)
        for path in (f"/v1/scores?key={CANARY}", f"/v1/scores?cursor={CANARY}", f"/nowhere?api_key={CANARY}"):
            client.get(path, headers=server.headers())
        client.post("/v1/scores", headers=server.headers(), json={"key": CANARY, "name": {"api_key": CANARY}})
        written = "".join(client.get(path, headers=server.headers()).text for path in EXPORTS)
    assert server.stop() == 0
    assert "request" in server.log.read_text(), "nothing was logged, so nothing was proven"
    for secret in (server.secret, CANARY):
        assert not holds(written, secret)
        assert not holds(server.log.read_text(), secret)
        assert [name for needle in needles(secret) for name in found_in_files(server, needle)] == []
    assert found_in_files(server, server.key_id) != [], "the search finds nothing at all"


def found_in_files(server: Server, text: str) -> list[str]:
    """Return the files of the data folder that hold a text."""
    files = [path for path in server.data.rglob("*") if path.is_file()]
    return [path.name for path in files if text.encode() in path.read_bytes()]


# ── What holds a secret does not show it ─────────────────────────────────────────────────────────────────

OPENED = Opened("http://house", CANARY, "id", "default")


@pytest.mark.parametrize(
    "holder",
    [
        Credential(CANARY),
        Unspelled(CANARY),
        OPENED,
        NewKey(None, CANARY),  # type: ignore[arg-type]  # only the secret matters here
        Head("GET", "/", headers={"authorization": f"Bearer {CANARY}"}),
        replace(Settings(), record=replace(Settings().record, key=CANARY, database_url=f"postgresql://u:{CANARY}@h/d")),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_what_holds_a_secret_does_not_show_it(holder: object) -> None:
    """Printed, logged or shown in a traceback, it has no secret in it."""
    assert CANARY not in repr(holder)
    assert CANARY not in str(holder)


@pytest.mark.parametrize("dialect", registered(), ids=lambda dialect: dialect.name)
def test_a_refusal_does_not_say_what_was_shown(dialect: Dialect) -> None:
    """Whatever a dialect cannot read as a key is not in what it raises or writes."""
    for headers in (
        {"authorization": f"Nonsense {CANARY}"},
        {"authorization": f"Bearer {CANARY}!"},
        {"x-api-key": f"{CANARY} {CANARY}"},
        {"authorization": f"Basic {CANARY}"},
    ):
        head = Head("GET", "/", headers=headers)
        with pytest.raises(Unidentified) as refused:
            Keyring(registered()).read(dialect.credential(headers).secret or "")
        reply = dialect.refuse(refused.value, head)
        assert isinstance(reply.body, bytes)
        assert CANARY not in reply.body.decode() + repr(reply.headers) + repr(refused.value)


# ── Kept as a digest, compared in constant time ──────────────────────────────────────────────────────────


def test_a_secret_is_kept_as_its_sha256() -> None:
    """A published vector: the digest of the empty text (FIPS 180-4)."""
    assert digest_of("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


async def test_digests_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of a key is compared by hmac.compare_digest, and what differs is not it."""
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr(admit, "compare_digest", compare)
    client = Client([Tiny("native", routes=[route("GET", "/things")], territory=("/things",)).build()])
    for _ in range(2):
        assert (await client("GET", "/things", key=SECRET)).status == 200
    assert compared == [(digest_of(SECRET), digest_of(SECRET))]
    assert json.loads((await client("GET", "/things", key="00" * 32)).body)["refusal"] == "Unidentified"
