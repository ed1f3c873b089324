"""Cursors come back as they went out, and nothing else is one."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorehouse.domain.refusals import Invalid
from scorehouse.storage.queries import Cursor
from scorehouse.wire.cursors import read_cursor, write_cursor

INTEGERS = st.integers(-(2**63) + 1, 2**63 - 1)
TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))
VALUES = st.one_of(st.none(), INTEGERS, st.floats(allow_nan=False, allow_infinity=False), TEXTS)


@given(VALUES, INTEGERS)
def test_round_trip(value: str | float | None, key: int) -> None:
    """A cursor survives the way to the client and back with its exact value and type."""
    text = write_cursor(Cursor(value, key))
    assert text is not None
    assert text.isascii()
    assert not set(text) & set("+/= &%")
    result = read_cursor(text)
    assert result == Cursor(value, key)
    assert type(result.value) is type(value)


def test_the_last_page() -> None:
    """Where there is no next page there is no cursor."""
    assert write_cursor(None) is None


def packed(text: str) -> str:
    """Encode what a forger might."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "!!!!",
        "é",
        "\ud800",
        "W-5",
        packed("[1,2]") + "!",
        packed("[1,2]")[:3] + "\n" + packed("[1,2]")[3:],
        packed("[1]"),
        packed("[1,2,3]"),
        packed('{"value":1,"key":2}'),
        packed("[true,1]"),
        packed("[1,true]"),
        packed("[1,null]"),
        packed("[1,1.5]"),
        packed('[1,"1"]'),
        packed("[[1],1]"),
        packed("[1e400,1]"),
        packed("[NaN,1]"),
        packed(f"[1,{2**63}]"),
        packed(f"[{2**63},1]"),
        packed(f"[-{2**63},1]"),
        packed('["\\u0000",1]'),
        packed('["\\ud800",1]'),
        packed("[" * 10_000),
        packed("null"),
    ],
)
def test_forgeries(text: str) -> None:
    """Anything that we did not write is refused where it was given, and never reaches an engine."""
    with pytest.raises(Invalid) as refused:
        read_cursor(text, "cursor")
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(("cursor",), "bad_cursor")]
