"""Any vendor's spelling → the bare secret."""

import pytest

from scorehouse.domain.refusals import Unidentified
from scorehouse.server.keyring import Keyring, Unspelled
from scorehouse.server.keys import brought_secret
from scorehouse.settings import BadSetting
from scorehouse.wire.dialect import Dialect, Edition, KeySpelling
from tests.server.tiny import Tiny, paste_of

SECRET = "0123456789abcdef" * 4


def dotted() -> Dialect:
    """A dialect whose keys have a dot after eight digits and no prefix."""
    spelling = KeySpelling(("",), dot_after=8)
    plain = Tiny("dotted").build()
    edition = Edition("dotted", "Dotted", spelling, paste_of(spelling))
    fields = {name: getattr(plain, name) for name in plain.__slots__}
    return Dialect(**{**fields, "editions": (edition,)})


KEYRING = Keyring([Tiny("left", prefixes=("ts_", "2s_")).build(), Tiny("l", editions={"b": "sk-b-"}).build(), dotted()])

SPELLINGS = [
    (SECRET, Unspelled(SECRET)),
    (f"ts_{SECRET}", Unspelled(SECRET, "left", "left")),
    (f"2s_{SECRET}", Unspelled(SECRET, "left", "left")),
    (f"l_{SECRET}", Unspelled(SECRET, "l", "l")),
    (f"sk-b-{SECRET}", Unspelled(SECRET, "b", "l")),
    (f"{SECRET[:8]}.{SECRET[8:]}", Unspelled(SECRET, "dotted", "dotted")),
    ("A" * 32, Unspelled("A" * 32)),
    ("ts_" + "Z9" * 64, Unspelled("Z9" * 64, "left", "left")),
]


@pytest.mark.parametrize(("token", "read"), SPELLINGS)
def test_every_spelling_is_read(token: str, read: Unspelled) -> None:
    """Prefixes, dots and nothing at all; the edition and the dialect are told."""
    assert KEYRING.read(token) == read


STRANGE = ["", "ts_", "ts_" + "a" * 31, "ts_" + "a" * 129, "ts_ts_" + SECRET, "xx_" + SECRET, SECRET + "\n", "é" * 32]


@pytest.mark.parametrize("token", [*STRANGE, f"{SECRET[:7]}.{SECRET[7:]}", "a" * 10_000])
def test_anything_else_is_unknown(token: str) -> None:
    """What is spelled in no dialect's way is refused, not hashed."""
    with pytest.raises(Unidentified):
        KEYRING.read(token)


@pytest.mark.parametrize("dialect", list(KEYRING.spellings()))
def test_what_is_spelled_can_be_read(dialect: str) -> None:
    """Writing and reading a key are inverses in every spelling."""
    spelled = KEYRING.spellings()[dialect].spell(SECRET)
    assert KEYRING.read(spelled).secret == SECRET
    assert KEYRING.read(spelled).edition == dialect


def test_an_operators_key_is_checked() -> None:
    """SCOREHOUSE_KEY is taken in any spelling, and refused in a sentence that does not repeat it."""
    assert brought_secret(KEYRING, f"ts_{SECRET}") == SECRET
    with pytest.raises(BadSetting) as refused:
        brought_secret(KEYRING, "hunter2")
    assert "32 to 128 letters and digits" in str(refused.value)
    assert "hunter2" not in str(refused.value)
