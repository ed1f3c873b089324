"""The key in the Authorization header, and the lines that people paste."""

import shlex

import pytest

from scorehouse.dialects.native.auth import SPELLING, paste, read_credential
from scorehouse.domain.refusals import Unidentified
from scorehouse.wire.dialect import Opened

SECRET = "0123456789abcdef" * 4


@pytest.mark.parametrize("header", [f"Bearer sh_{SECRET}", f"bearer sh_{SECRET}", f"  Bearer   sh_{SECRET} "])
def test_a_bearer_token_is_the_credential(header: str) -> None:
    """The scheme is read in any case (RFC 9110 §11.1), blanks around the token mean nothing."""
    assert read_credential({"authorization": header}).secret == f"sh_{SECRET}"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "missing"),
        ({"x-api-key": SECRET}, "missing"),
        ({"authorization": ""}, "malformed"),
        ({"authorization": "Bearer"}, "malformed"),
        ({"authorization": "Basic abc"}, "malformed"),
        ({"authorization": "Bearer two words"}, "malformed"),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str], reason: str) -> None:
    """Nothing shown and nonsense shown are told apart."""
    with pytest.raises(Unidentified) as refused:
        read_credential(headers)
    assert refused.value.reason == reason


def test_a_key_is_spelled_and_read_back() -> None:
    """What is printed is what is understood."""
    assert SPELLING.spell(SECRET) == f"sh_{SECRET}"
    assert SPELLING.bare(f"sh_{SECRET}") == SECRET
    assert SPELLING.bare(SECRET) is None


def test_what_is_pasted_opens_the_house() -> None:
    """The variables, the header and the curl command carry the same key and address."""
    lines = paste(Opened("http://127.0.0.1:4480", SECRET, "key-1", "default"))
    key = f"sh_{SECRET}"
    assert lines.env == {"SCOREHOUSE_URL": "http://127.0.0.1:4480", "SCOREHOUSE_API_KEY": key}
    assert read_credential({"authorization": lines.headers["Authorization"]}).secret == key
    words = shlex.split(lines.curl)
    assert "http://127.0.0.1:4480/v1/scores" in words
    assert f"Authorization: Bearer {key}" in words
