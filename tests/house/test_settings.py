"""Every setting is documented, and every documented setting exists."""

import dataclasses
import importlib
import re
from collections.abc import Iterator
from typing import get_type_hints

import pytest

from tests.house.source import REPOSITORY, is_spoken

OPERATING = REPOSITORY / "docs" / "operating.md"
VARIABLE = re.compile(r"`(SCOREHOUSE_[A-Z0-9_]+)`")


def variables(tree: type) -> Iterator[str]:
    """Yield the environment variable of every leaf of a tree of dataclasses.

    It is SCOREHOUSE_ and the field's name in capitals, or what the field's metadata says under "variable".
    """
    hints = get_type_hints(tree)
    for field in dataclasses.fields(tree):
        if dataclasses.is_dataclass(hints[field.name]):
            yield from variables(hints[field.name])
        else:
            yield field.metadata.get("variable", f"SCOREHOUSE_{field.name.upper()}")


def differences(settings: type, document: str) -> tuple[set[str], set[str]]:
    """Return the variables that are not documented, and those that are documented only."""
    existing, documented = set(variables(settings)), set(VARIABLE.findall(document))
    return existing - documented, documented - existing


@dataclasses.dataclass(frozen=True)
class _Inner:
    port: int
    body_bytes_max: int = dataclasses.field(metadata={"variable": "SCOREHOUSE_BODY"})


@dataclasses.dataclass(frozen=True)
class _Outer:
    data: str
    server: _Inner


def test_the_rule_sees_a_missing_and_a_stale_setting() -> None:
    """Leaves are found at any depth; what is only in the document is found too."""
    assert set(variables(_Outer)) == {"SCOREHOUSE_DATA", "SCOREHOUSE_PORT", "SCOREHOUSE_BODY"}
    assert differences(_Outer, "| `SCOREHOUSE_DATA` | `SCOREHOUSE_PORT` | `SCOREHOUSE_GONE` |") == (
        {"SCOREHOUSE_BODY"},
        {"SCOREHOUSE_GONE"},
    )


@pytest.mark.skipif(
    not is_spoken(),
    reason="there are no settings before there is a server to set",
)
def test_every_setting_is_documented() -> None:
    """docs/operating.md names the variable of every setting, and no other."""
    settings = importlib.import_module("scorehouse.settings").Settings
    assert differences(settings, OPERATING.read_text("utf-8")) == (set(), set())
