"""Keys: the pair, the public key alone, the lines to paste (contract langfuse §3.3, §20)."""

from base64 import b64decode, b64encode

import pytest

from scorehouse.dialects.langfuse import DIALECT
from scorehouse.dialects.langfuse.auth import read_credential
from scorehouse.domain.access import Credential
from scorehouse.domain.refusals import Unidentified
from scorehouse.server.keyring import Keyring
from scorehouse.wire.dialect import Edition, Opened
from tests.dialects.langfuse.langfuse import API, SCORE, Langfuse

SECRET = "0123456789abcdef" * 4
OPENED = Opened("http://127.0.0.1:4480", SECRET, "0011223344556677", "default")


def basic(text: str) -> str:
    """Write a Basic header."""
    return "Basic " + b64encode(text.encode()).decode()


GOOD = [
    (basic(f"pk-lf-1:sk-lf-{SECRET}"), Credential(secret=f"sk-lf-{SECRET}")),
    (basic(f"whatever:{SECRET}"), Credential(secret=SECRET)),
    (basic(f":{SECRET}"), Credential(secret=SECRET)),
    (basic("a:b:c"), Credential(secret="b:c")),
    (basic("pk:ключ"), Credential(secret="ключ")),
    ("basic " + b64encode(b"a:b").decode(), Credential(secret="b")),
    ("Bearer pk-lf-0011", Credential(public="0011", spelling="langfuse")),
    ("bearer pk-lf-bs-0011", Credential(public="0011", spelling="browserstack")),
    ("Bearer 0011", Credential(public="0011")),
]


@pytest.mark.parametrize(("header", "credential"), GOOD)
def test_a_credential_is_read(header: str, credential: Credential) -> None:
    """Of a pair the secret counts, whatever the public key; a public key alone says its edition."""
    assert read_credential({"authorization": header}) == credential


BAD = [
    ({}, "missing"),
    ({"authorization": ""}, "malformed"),
    ({"authorization": "Basic"}, "malformed"),
    ({"authorization": "Basic !!!"}, "malformed"),
    ({"authorization": "Basic " + b64encode(b"no colon").decode()}, "malformed"),
    ({"authorization": "Basic " + b64encode(b"pk:").decode()}, "malformed"),
    ({"authorization": "Basic " + b64encode(b"\xff\xfe:x").decode()}, "malformed"),
    ({"authorization": "Bearer "}, "malformed"),
    ({"authorization": "Digest abc"}, "malformed"),
]


@pytest.mark.parametrize(("headers", "reason"), BAD)
def test_a_header_that_cannot_be_read_is_refused(headers: dict[str, str], reason: str) -> None:
    """Missing is told from malformed, and nothing of it is a defect of ours."""
    with pytest.raises(Unidentified) as refused:
        read_credential(headers)
    assert refused.value.reason == reason


def test_both_editions_share_one_secret() -> None:
    """The longer prefix means BrowserStack, the shorter Langfuse; the secret behind them is the same."""
    keyring = Keyring((DIALECT,))
    langfuse, browserstack = (keyring.read(edition.spelling.spell(SECRET)) for edition in DIALECT.editions)
    assert (langfuse.edition, browserstack.edition) == ("langfuse", "browserstack")
    assert langfuse.secret == browserstack.secret == SECRET


@pytest.mark.parametrize("edition", DIALECT.editions, ids=lambda edition: edition.name)
def test_what_is_pasted_opens_the_door(edition: object) -> None:
    """The header to paste carries the edition's own spelling, and reads back as this secret."""
    assert edition in DIALECT.editions
    (found,) = (each for each in DIALECT.editions if each is edition)
    paste = found.paste(OPENED)
    credential = read_credential({"authorization": paste.headers["Authorization"]})
    assert Keyring((DIALECT,)).read(credential.secret or "").edition == found.name
    public = b64decode(paste.headers["Authorization"].partition(" ")[2]).decode().partition(":")[0]
    assert read_credential({"authorization": f"Bearer {public}"}) == Credential(public=OPENED.key, spelling=found.name)
    assert f"{OPENED.base_url}{API}/scores" in paste.curl


@pytest.mark.parametrize(("edition", "marker"), list(zip(DIALECT.editions, ("", "bs-"), strict=True)))
def test_the_variables_are_those_of_the_sdks(edition: Edition, marker: str) -> None:
    """SDKs read LANGFUSE_BASE_URL, older ones LANGFUSE_HOST or LANGFUSE_BASEURL (contract langfuse §17.3)."""
    assert edition.paste(OPENED).env == {
        "LANGFUSE_PUBLIC_KEY": f"pk-lf-{marker}{OPENED.key}",
        "LANGFUSE_SECRET_KEY": f"sk-lf-{marker}{SECRET}",
        "LANGFUSE_BASE_URL": OPENED.base_url,
        "LANGFUSE_HOST": OPENED.base_url,
        "LANGFUSE_BASEURL": OPENED.base_url,
    }


OTHERS = [
    (route.method, route.path)
    for route in DIALECT.routes
    if route.permission is not None
    and (route.method, route.path.removeprefix(API)) not in {("POST", "/scores"), ("POST", "/ingestion")}
]


@pytest.mark.parametrize(("method", "path"), OTHERS)
async def test_a_public_key_alone_opens_nothing_else(langfuse: Langfuse, method: str, path: str) -> None:
    """Every route but the two that write scores is 403 with a message alone (contract langfuse §3.3)."""
    status, body = await langfuse.scores_only().send(method, path.removeprefix(API), {})
    assert status == 403
    assert set(body) == {"message"}
    assert body["message"].startswith("Access denied")


async def test_a_public_key_alone_writes_scores(langfuse: Langfuse) -> None:
    """As one object, as an array, and as events; other events are 401 inside the answer (contract §11.1)."""
    public = langfuse.scores_only()
    assert (await public.send("POST", "/scores", SCORE))[0] == 200
    assert (await public.send("POST", "/scores", [SCORE]))[0] == 202
    answer = await public.ingest(
        {"id": "1", "timestamp": "2026-01-01T00:00:00Z", "type": "score-create", "body": {**SCORE, "id": "s"}},
        {"id": "2", "timestamp": "2026-01-01T00:00:00Z", "type": "trace-create", "body": {"id": "t"}},
        {"id": "3", "timestamp": "2026-01-01T00:00:00Z", "type": "sdk-log", "body": {}},
    )
    assert [success["id"] for success in answer["successes"]] == ["1", "3"]
    assert [(error["id"], error["status"]) for error in answer["errors"]] == [("2", 401)]
    assert (await langfuse.get("/traces"))["data"] == []
