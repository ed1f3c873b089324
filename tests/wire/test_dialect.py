"""Keys are spelled and read back in every vendor's way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorehouse.wire.dialect import KeySpelling

PLAIN = KeySpelling(("ts_",))
TWO = KeySpelling(("sk-lf-", "sk-bs-"))
DOTTED = KeySpelling(("",), dot_after=8)
PREFIXED_AND_DOTTED = KeySpelling(("rsp_", ""), dot_after=8)
SECRETS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=20, max_size=64)


@given(st.sampled_from([PLAIN, TWO, DOTTED, PREFIXED_AND_DOTTED]), SECRETS)
def test_round_trip(spelling: KeySpelling, secret: str) -> None:
    """A key spelled a vendor's way gives back its bare secret."""
    key = spelling.spell(secret)
    assert key.startswith(spelling.prefixes[0])
    assert spelling.bare(key) == secret


@pytest.mark.parametrize(
    ("spelling", "token", "secret"),
    [
        (PLAIN, "ts_abc", "abc"),
        (PLAIN, "ts_", None),
        (PLAIN, "", None),
        (PLAIN, "abc", None),
        (PLAIN, "TS_abc", None),
        (TWO, "sk-bs-abc", "abc"),
        (TWO, "sk-lf-", None),
        (DOTTED, "12345678.90ab", "1234567890ab"),
        (DOTTED, "1234567890ab", None),
        (DOTTED, "1234567.890ab", None),
        (DOTTED, "", None),
        (PREFIXED_AND_DOTTED, "rsp_12345678.90", "1234567890"),
        (PREFIXED_AND_DOTTED, "12345678.90", "1234567890"),
    ],
)
def test_reading(spelling: KeySpelling, token: str, secret: str | None) -> None:
    """What is spelled otherwise is not a key of this vendor; nothing after a prefix is no key at all."""
    assert spelling.bare(token) == secret
