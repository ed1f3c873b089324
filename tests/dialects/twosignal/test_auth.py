"""The key in the Authorization header, and the lines that people paste (contract 2signal-tracia §1.1)."""

import shlex

import pytest

from scorehouse.dialects.twosignal.auth import SPELLING, paste, read_credential
from scorehouse.domain.refusals import Unidentified
from scorehouse.wire.dialect import Opened

SECRET = "0123456789abcdef" * 4


@pytest.mark.parametrize("header", [f"Bearer ts_{SECRET}", f"bearer ts_{SECRET}", f"  Bearer   ts_{SECRET} "])
def test_a_bearer_token_is_the_credential(header: str) -> None:
    """The scheme is read in any case, blanks around the token mean nothing."""
    assert read_credential({"authorization": header}).secret == f"ts_{SECRET}"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "missing"),
        ({"x-api-key": SECRET}, "missing"),
        ({"authorization": ""}, "missing"),
        ({"authorization": "Bearer "}, "missing"),  # the SDK without a key
        ({"authorization": "Basic abc"}, "malformed"),
        ({"authorization": SECRET}, "malformed"),
        ({"authorization": "Bearer two words"}, "malformed"),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str], reason: str) -> None:
    """Nothing shown and nonsense shown are told apart."""
    with pytest.raises(Unidentified) as refused:
        read_credential(headers)
    assert refused.value.reason == reason


@pytest.mark.parametrize("prefix", ["ts_", "2s_live_", "2s_"])
def test_every_documented_spelling_is_read(prefix: str) -> None:
    """``ts_`` is printed; the spellings of other pages of the documentation are understood."""
    assert SPELLING.bare(prefix + SECRET) == SECRET
    assert SPELLING.spell(SECRET) == f"ts_{SECRET}"
    assert SPELLING.bare(SECRET) is None


def test_what_is_pasted_opens_the_house() -> None:
    """The SDK's variables, the header and the curl command carry the same key and address."""
    lines = paste(Opened("http://127.0.0.1:4480", SECRET, "key-1", "default"))
    key = f"ts_{SECRET}"
    assert lines.base_url == "http://127.0.0.1:4480"
    assert lines.env == {"TWOSIGNAL_BASE_URL": "http://127.0.0.1:4480", "TWOSIGNAL_API_KEY": key}
    assert lines.headers == {"Authorization": f"Bearer {key}"}
    words = shlex.split(lines.curl)
    assert "http://127.0.0.1:4480/api/v1/scores" in words
    assert f"Authorization: Bearer {key}" in words
