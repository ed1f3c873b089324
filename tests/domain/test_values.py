"""Values are valid by construction, whatever facets they carry."""

from typing import Any

import pytest

from scorehouse.domain.numbers import checked_number
from scorehouse.domain.refusals import Invalid
from scorehouse.domain.values import LABELS_MAX, Kind, Value, boolean, categorical, numeric, text


@pytest.mark.parametrize(
    ("kind", "facets"),
    [
        (Kind.NUMERIC, {"number": 0}),
        (Kind.BOOLEAN, {"boolean": False}),
        (Kind.CATEGORICAL, {"labels": ("a",)}),
        (Kind.MULTI, {"labels": ("a", "b")}),
        (Kind.MULTI, {}),
        (Kind.TEXT, {"text": ""}),
        (Kind.CORRECTION, {"text": "x"}),
        (Kind.JSON, {"json": "null"}),
        (Kind.NUMERIC, {"number": 1, "boolean": True, "labels": ("a", "b"), "text": "t", "json": "{}"}),
    ],
)
def test_values_taken(kind: Kind, facets: dict[str, Any]) -> None:
    """A value has the facet that counts, even where that is false, zero or empty, and any others beside it."""
    value = Value(kind, **facets)
    assert {name: getattr(value, name) for name in facets} == facets


@pytest.mark.parametrize(
    ("kind", "facets"),
    [
        (Kind.NUMERIC, {}),
        (Kind.NUMERIC, {"boolean": True}),
        (Kind.NUMERIC, {"number": float("nan")}),
        (Kind.NUMERIC, {"number": float("inf")}),
        (Kind.NUMERIC, {"number": 10**400}),
        (Kind.BOOLEAN, {"number": 1}),
        (Kind.CATEGORICAL, {}),
        (Kind.CATEGORICAL, {"labels": ("a", "b")}),
        (Kind.MULTI, {"labels": ("a\x1fb",)}),
        (Kind.MULTI, {"labels": ("a\0",)}),
        (Kind.MULTI, {"labels": ("a",) * (LABELS_MAX + 1)}),
        (Kind.TEXT, {"labels": ("a",)}),
        (Kind.TEXT, {"text": "\ud800"}),
        (Kind.CORRECTION, {}),
        (Kind.JSON, {"text": "{}"}),
        (Kind.JSON, {"json": "{"}),
        (Kind.JSON, {"json": "NaN"}),
        (Kind.JSON, {"json": "[" * 100_000}),
        (Kind.JSON, {"json": '"\0"'}),
    ],
)
def test_values_refused(kind: Kind, facets: dict[str, Any]) -> None:
    """A value without the facet that counts, or with one that cannot be stored, is not built."""
    with pytest.raises(Invalid) as refused:
        Value(kind, **facets)
    assert all(fault.path == ("value",) for fault in refused.value.faults)


def test_short_ways() -> None:
    """The builders say the kind and keep a boolean's share beside it."""
    assert numeric(0.5, "good") == Value(Kind.NUMERIC, number=0.5, labels=("good",))
    assert boolean(True) == Value(Kind.BOOLEAN, number=1.0, boolean=True)
    assert boolean(False).number == 0.0
    assert categorical("a", 2) == Value(Kind.CATEGORICAL, number=2.0, labels=("a",))
    assert text("x") == Value(Kind.TEXT, text="x")


def test_numbers_are_doubles() -> None:
    """A number that came as an integer, of whatever size, is the double that is stored."""
    number = Value(Kind.NUMERIC, number=2**70).number
    assert (number, type(number)) == (2.0**70, float)
    assert checked_number(-5) == -5.0
    with pytest.raises(Invalid):
        checked_number(-(10**400), "x")
