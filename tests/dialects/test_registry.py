"""The registry: dialects that can be served together."""

import pytest

from scorehouse.dialects import BadDialect, checked, registered
from tests.server.tiny import Tiny


def test_native_is_first() -> None:
    """The house's own dialect is there, and every name is a mount of its own."""
    dialects = registered()
    assert dialects[0].name == "native"
    assert len({dialect.name for dialect in dialects}) == len(dialects)


CLASHES = [
    ("name", [Tiny("a"), Tiny("a", prefixes=("other_",))]),
    ("edition's name", [Tiny("a"), Tiny("b", editions={"a": "x_"})]),
    ("spelling", [Tiny("a", prefixes=("k_",)), Tiny("b", prefixes=("b_", "k_"))]),
    ("the server's own path", [Tiny("health")]),
]


@pytest.mark.parametrize("dialects", [case[1] for case in CLASHES], ids=[case[0] for case in CLASHES])
def test_clashes_are_refused(dialects: list[Tiny]) -> None:
    """Two dialects with one name, edition or spelling of keys could not be told apart."""
    with pytest.raises(BadDialect):
        checked(dialect.build() for dialect in dialects)


def test_dialects_that_differ_are_kept_in_order() -> None:
    """What can be served together is returned as it came."""
    dialects = tuple(Tiny(name).build() for name in ("b", "a"))
    assert checked(dialects) == dialects


def test_an_entry_point_must_name_a_dialect() -> None:
    """A package that registers something else is told so."""
    with pytest.raises(BadDialect, match="is not a Dialect"):
        checked([print])  # type: ignore[list-item]  # what a mistaken package may register
