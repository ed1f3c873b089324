"""The dialect as a value: keys, lines to paste, shared paths, losses."""

import pytest

from scorehouse.dialects.tracia import DIALECT
from scorehouse.dialects.tracia.auth import read_credential
from scorehouse.domain.refusals import Refusal, Unidentified, Unreadable
from scorehouse.storage.queries import Order, ScoreField, ScoreQuery, Window
from scorehouse.wire.call import Head
from scorehouse.wire.dialect import Opened
from scorehouse.wire.losses import Loss
from tests.dialects.speaking import Speaker
from tests.dialects.tracia.examples import EVALUATION, SPAN_ID, scores, sent, spoken

OPENED = Opened("http://127.0.0.1:4480", "ab" * 32, "k-1", "default")


@pytest.mark.parametrize(
    ("header", "secret"), [("Bearer tr_abc", "tr_abc"), ("bearer  test_key ", "test_key"), ("Bearer ts_x", "ts_x")]
)
def test_a_bearer_token_is_read(header: str, secret: str) -> None:
    """The prefix is not looked at here."""
    assert read_credential({"authorization": header}).secret == secret


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "missing"),
        ({"x-api-key": "tr_abc"}, "missing"),
        ({"authorization": ""}, "malformed"),
        ({"authorization": "Bearer"}, "malformed"),
        ({"authorization": "Bearer "}, "malformed"),
        ({"authorization": "Bearer a b"}, "malformed"),
        ({"authorization": "Basic dHI6YQ=="}, "malformed"),
    ],
)
def test_nothing_usable_is_refused(headers: dict[str, str], reason: str) -> None:
    """No header and a strange one are told apart."""
    with pytest.raises(Unidentified) as raised:
        read_credential(headers)
    assert raised.value.reason == reason


def test_the_lines_to_paste() -> None:
    """The key has Tracia's prefix; the base URL is what the SDK appends /api/v1 to (contract §2.1)."""
    (edition,) = DIALECT.editions
    paste = edition.paste(OPENED)
    key = "tr_" + "ab" * 32
    assert edition.name == DIALECT.name == "tracia"
    assert paste.base_url == "http://127.0.0.1:4480"
    assert paste.env == {"TRACIA_BASE_URL": paste.base_url, "TRACIA_API_KEY": key}
    assert read_credential({"authorization": paste.headers["Authorization"]}).secret == key
    assert "/api/v1/spans/sp_1234567890abcdef/evaluations" in paste.curl


TRACE = b'{"traceId": "tr_1", "model": "gpt-4o", "input": {}}'
BATCH = b'{"batch": []}'

CLAIMS: list[tuple[str, Head, bytes, bool]] = [
    ("Node", Head("POST", "/api/v1/traces", headers={"user-agent": "tracia-sdk/0.2.7"}), b"", True),
    ("Python", Head("GET", "/api/v1/traces", headers={"user-agent": "tracia-sdk-python/0.2.2"}), b"", True),
    ("another agent", Head("POST", "/api/v1/traces", headers={"user-agent": "python-httpx/0.28"}), BATCH, False),
    ("a trace", Head("POST", "/api/v1/traces"), TRACE, True),
    ("a batch", Head("POST", "/api/v1/traces"), BATCH, False),
    ("both", Head("POST", "/api/v1/traces"), b'{"traceId": "t", "model": "m", "batch": []}', False),
    ("no model", Head("POST", "/api/v1/traces"), b'{"traceId": "t"}', False),
    ("nothing yet", Head("POST", "/api/v1/traces"), b"", False),
    ("our parameter", Head("GET", "/api/v1/traces", "limit=5&userId=u"), b"", True),
    ("their parameter", Head("GET", "/api/v1/traces", "name=a&userId=u"), b"", False),
    ("a shared parameter", Head("GET", "/api/v1/traces", "status=ERROR&tags=a"), b"", False),
    ("another method", Head("DELETE", "/api/v1/traces", "userId=u"), b"", False),
]


@pytest.mark.parametrize(("head", "body", "ours"), [case[1:] for case in CLAIMS], ids=[case[0] for case in CLAIMS])
def test_claims(head: Head, body: bytes, ours: bool) -> None:
    """Agent, body and query tell Tracia's requests from 2signal's (contract §3.2)."""
    assert DIALECT.claims(head, body) is ours


@pytest.mark.parametrize(("query", "body"), [("", b"{"), ("userId=%ff", b""), ("", b"[]")])
def test_what_cannot_be_read_is_not_claimed(query: str, body: bytes) -> None:
    """The server takes a refusal here for a no."""
    method = "POST" if body else "GET"
    with pytest.raises(Refusal) as raised:
        DIALECT.claims(Head(method, "/api/v1/traces", query), body)
    assert not raised.value.retryable
    assert isinstance(raised.value, Unreadable) or body == b"[]"


async def test_what_is_written_here_is_speakable(speaker: Speaker) -> None:
    """Every score that this dialect can record passes its own filter."""
    await sent(speaker)
    await spoken(speaker, "POST", f"/api/v1/spans/{SPAN_ID}/evaluations", EVALUATION)
    number = speaker.principal.project.number
    query = ScoreQuery(number, DIALECT.speakable, Order(ScoreField.CREATED_AT), Window(10))
    assert (await speaker.house.store.scores(query)).items == await scores(speaker)


def test_what_an_evaluation_says_is_not_lost() -> None:
    """Its span of any id, its number of any size, its evaluator, its note and its time; all else is declared lost."""
    kept = {Loss.TARGET_SPAN, Loss.NUMERIC, Loss.NUMBER_OUTSIDE_UNIT, Loss.EVALUATOR, Loss.COMMENT, Loss.CREATED_AT}
    kept |= {Loss.FREE_ID}  # Clients choose ids such as sp_1234567890abcdef (contract §2.4).
    assert set(Loss) - DIALECT.losses == kept
