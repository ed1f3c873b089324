"""Every recorded exchange of every dialect is answered as recorded."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scorehouse.dialects import OURS, registered
from scorehouse.wire.dialect import Dialect
from tests.dialects.exchanges import Memory, conversations, replay
from tests.dialects.speaking import Speaker


def recorded() -> list[Any]:
    """List every conversation with its dialect, named after both."""
    packages = [import_module(name) for name in OURS]
    return [
        pytest.param(package.DIALECT, json.loads(path.read_text("utf-8")), id=f"{package.DIALECT.name}-{path.stem}")
        for package in packages
        for path in conversations(Path(package.__path__[0]))
    ]


@pytest.mark.parametrize(("dialect", "conversation"), recorded())
async def test_an_exchange_is_answered_as_recorded(
    speaker: Speaker, dialect: Dialect, conversation: list[dict[str, Any]]
) -> None:
    """The conversation goes as it went with the vendor."""
    assert await replay(speaker, dialect, conversation) == []


MATCHING: list[tuple[Any, Any]] = [
    ({"a": 1}, {"a": 1.0}),
    ({"a": "<any>"}, {"a": None}),
    ({"a": "<time>"}, {"a": "2026-01-01T00:00:00.000Z"}),
    ({"a": "<new:x>", "b": "<x>"}, {"a": "t-1", "b": "t-1"}),
    ({"a": 1, "...": "..."}, {"a": 1, "b": 2}),
    ([1, "a", None], [1, "a", None]),
]

DIFFERING: list[tuple[Any, Any]] = [
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {"a": True}),
    ({"a": 1}, {}),
    ({"a": None}, {}),
    ({"a": 1}, {"a": 1, "b": 2}),
    ({"a": 1, "...": "..."}, {"b": 2}),
    ({"a": "<time>"}, {"a": "soon"}),
    ({"a": "<time>"}, {"a": None}),
    ({"a": "<new:x>"}, {"a": ""}),
    ({"a": "<new:x>"}, {"a": 5}),
    ({"a": "<new:x>", "b": "<x>"}, {"a": "t-1", "b": "t-2"}),
    ([1], [1, 1]),
    ([1, 1], [1]),
    ({}, []),
    ("a", "b"),
    (None, 0),
]


@pytest.mark.parametrize(("expected", "given"), MATCHING)
def test_the_comparison_lets_pass_what_is_the_same(expected: Any, given: Any) -> None:
    """Placeholders stand for what they say, numbers for their value."""
    assert list(Memory().differences(expected, given)) == []


@pytest.mark.parametrize(("expected", "given"), DIFFERING)
def test_the_comparison_finds_what_differs(expected: Any, given: Any) -> None:
    """A wrong, a missing and a member too many are found, each with its place."""
    findings = list(Memory().differences(expected, given))
    assert len(findings) == 1
    assert findings[0].startswith("$")


def test_what_is_remembered_goes_into_requests() -> None:
    """An id of an answer can be asked for, also inside a path."""
    memory = Memory()
    assert not list(memory.differences({"id": "<new:score>"}, {"id": "s-1"}))
    assert memory.filled({"path": "/v1/scores/<score>", "n": [1, "<score>", "<other>"]}) == {
        "path": "/v1/scores/s-1",
        "n": [1, "s-1", "<other>"],
    }


async def test_a_replay_finds_a_wrong_answer(speaker: Speaker) -> None:
    """Status, header and body are compared: a recording that is not met is told, with its number."""
    native = next(dialect for dialect in registered() if dialect.name == "native")
    request = {"method": "GET", "path": "/v1/scores"}
    good = {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"items": [], "next": None}}
    assert await replay(speaker, native, [{"request": request, "reply": good}]) == []
    for wrong in ({"status": 404}, {"headers": {"X-Other": "1"}}, {"body": {"items": [1], "next": None}}):
        (finding,) = await replay(speaker, native, [{"request": request, "reply": {**good, **wrong}}])
        assert finding.startswith("1. GET /v1/scores: ")
