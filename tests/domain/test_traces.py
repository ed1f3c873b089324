"""Sketches say nothing that cannot be stored."""

from typing import Any

import pytest

from scorehouse.domain.instants import EARLIEST, LATEST, instant
from scorehouse.domain.refusals import Invalid
from scorehouse.domain.traces import COUNT_MAX, TAGS_MAX, SpanSketch, TraceSketch, tokens_total


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"id": ""}, ("id",)),
        ({"session": ""}, ("session",)),
        ({"user": "a\0"}, ("user",)),
        ({"environment": "a\n"}, ("environment",)),
        ({"name": "\0"}, ("name",)),
        ({"release": "\ud800"}, ("release",)),
        ({"version": "\0"}, ("version",)),
        ({"error": "\0"}, ("error",)),
        ({"started_at": LATEST + 1}, ("started_at",)),
        ({"ended_at": EARLIEST - 1}, ("ended_at",)),
        ({"tags": ("a", "b\0")}, ("tags", 1)),
        ({"tags": ("a\x1f",)}, ("tags", 0)),
        ({"tags": tuple(str(number) for number in range(TAGS_MAX + 1))}, ("tags",)),
        ({"input": ["\0"]}, ("input",)),
        ({"output": float("nan")}, ("output",)),
        ({"metadata": {"\0": 1}}, ("metadata",)),
        ({"residue": {"x": {"a": "\0"}}}, ("residue",)),
    ],
)
@pytest.mark.parametrize("make", [TraceSketch, SpanSketch])
def test_sketches_refused(make: Any, facts: dict[str, Any], path: tuple[Any, ...]) -> None:
    """A trace or span that breaks a rule is not built; the fault says where."""
    with pytest.raises(Invalid) as refused:
        make(**({"id": "a"} | facts))
    assert [fault.path for fault in refused.value.faults] == [path]


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"trace": ""}, ("trace",)),
        ({"alias": ""}, ("alias",)),
        ({"parent": "a\0"}, ("parent",)),
        ({"model": "\0"}, ("model",)),
        ({"model_parameters": {"a": "\0"}}, ("model_parameters",)),
        ({"completion_started_at": LATEST + 1}, ("completion_started_at",)),
        ({"cost_usd": float("inf")}, ("cost_usd",)),
        ({"cost_usd": 10**400}, ("cost_usd",)),
        ({"usage": {"input": -1}}, ("usage", "input")),
        ({"usage": {"input": COUNT_MAX}}, ("usage", "input")),
        ({"usage": {"in\0put": 1}}, ("usage",)),
    ],
)
def test_spans_refused(facts: dict[str, Any], path: tuple[Any, ...]) -> None:
    """So are a span's own fields."""
    with pytest.raises(Invalid) as refused:
        SpanSketch(**({"id": "a"} | facts))
    assert [fault.path for fault in refused.value.faults] == [path]


def test_an_end_before_its_start_is_kept() -> None:
    """Clocks differ between machines; what was told is kept as told."""
    sketch = SpanSketch(id="a", started_at=instant(5), ended_at=instant(3))
    assert (sketch.started_at, sketch.ended_at) == (5, 3)


@pytest.mark.parametrize(
    ("usage", "total"),
    [
        (None, 0),
        ({}, 0),
        ({"input": 2, "output": 3}, 5),
        ({"input": 2}, 2),
        ({"input": 2, "output": 3, "total": 9}, 9),
        ({"total": 0, "input": 4}, 0),
        ({"cached": 7}, 0),
    ],
)
def test_tokens_total(usage: dict[str, int] | None, total: int) -> None:
    """The total that was told counts, else input plus output."""
    assert tokens_total(usage) == total


@pytest.mark.parametrize("microseconds", [EARLIEST, -1, 0, LATEST])
def test_instants_taken(microseconds: int) -> None:
    """Any moment that a date with a year of four digits can say."""
    assert instant(microseconds) == microseconds


@pytest.mark.parametrize("microseconds", [EARLIEST - 1, LATEST + 1, 2**63, -(2**63)])
def test_instants_refused(microseconds: int) -> None:
    """No other moment; the fault is where it was given."""
    with pytest.raises(Invalid) as refused:
        instant(microseconds, ("a", 1))
    assert refused.value.faults[0].path == ("a", 1)
