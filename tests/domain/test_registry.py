"""Dimensions take what they say they take, and evaluators pass what their conditions say."""

from typing import Any

import pytest

from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Invalid
from scorehouse.domain.registry import (
    CHOICES_MAX,
    Choice,
    Comparison,
    Config,
    Constraint,
    Evaluator,
    PassCondition,
)
from scorehouse.domain.values import Kind, Value, boolean, categorical, numeric, text

AT = Instant(0)
THUMBS = Constraint(Kind.NUMERIC, choices=(Choice("Negative", 0.0), Choice("Positive", 1.0)))
GRADES = Constraint(Kind.CATEGORICAL, choices=(Choice("a"), Choice("b")))
MULTI = Value(Kind.MULTI, labels=("a", "b"))


@pytest.mark.parametrize(
    ("constraint", "value", "codes"),
    [
        (Constraint(), numeric(5), []),
        (Constraint(), text("x"), []),
        (Constraint(Kind.NUMERIC), text("x"), ["wrong_kind"]),
        (Constraint(Kind.NUMERIC), boolean(True), ["wrong_kind"]),
        (Constraint(minimum=0, maximum=1), numeric(0), []),
        (Constraint(minimum=0, maximum=1), numeric(1), []),
        (Constraint(minimum=0, maximum=1), numeric(-0.1), ["out_of_range"]),
        (Constraint(minimum=0, maximum=1), numeric(1.1), ["out_of_range"]),
        (Constraint(minimum=0, maximum=1), text("x"), []),
        (THUMBS, numeric(0), []),
        (THUMBS, numeric(1, "whatever"), []),
        (THUMBS, numeric(0.5), ["not_a_choice"]),
        (GRADES, categorical("a"), []),
        (GRADES, categorical("c"), ["not_a_choice"]),
        (GRADES, categorical("A"), ["not_a_choice"]),
        (Constraint(Kind.MULTI, choices=(Choice("a"), Choice("b"))), MULTI, []),
        (Constraint(Kind.MULTI, choices=(Choice("a"),)), MULTI, ["not_a_choice"]),
        (Constraint(Kind.NUMERIC, choices=(Choice("low"),)), numeric(3), []),
    ],
)
def test_constraints(constraint: Constraint, value: Value, codes: list[str]) -> None:
    """A kind, bounds and choices each forbid what lies outside them, and nothing else."""
    assert [fault.code for fault in constraint.faults(value)] == codes


def test_faults_name_numbers_in_full() -> None:
    """A bound is named as it is, not rounded."""
    (fault,) = Constraint(maximum=1234567.5).faults(numeric(1e9))
    assert "1234567.5" in fault.message


@pytest.mark.parametrize(
    "parts",
    [
        {"minimum": float("nan")},
        {"maximum": float("inf")},
        {"minimum": 2, "maximum": 1},
        {"maximum": 10**400},
        {"choices": (Choice("a"), Choice("a"))},
        {"choices": tuple(Choice(str(number)) for number in range(CHOICES_MAX + 1))},
    ],
)
def test_constraints_refused(parts: dict[str, Any]) -> None:
    """A dimension that could not be met or stored is not built."""
    with pytest.raises(Invalid):
        Constraint(**parts)


@pytest.mark.parametrize(("label", "number"), [("", None), ("a\n", None), ("a", float("nan")), ("a", 10**400)])
def test_choices_refused(label: str, number: float | None) -> None:
    """A choice has a label, and a number that can be stored if any."""
    with pytest.raises(Invalid):
        Choice(label, number)


@pytest.mark.parametrize(
    ("facet", "comparison", "operand", "value", "expected"),
    [
        ("number", Comparison.AT_LEAST, 3, numeric(3), True),
        ("number", Comparison.AT_LEAST, 3, numeric(2.9), False),
        ("number", Comparison.ABOVE, 3, numeric(3), False),
        ("number", Comparison.AT_MOST, 3, numeric(3), True),
        ("number", Comparison.BELOW, 3, numeric(3), False),
        ("number", Comparison.EQUALS, 3, numeric(3), True),
        ("number", Comparison.DIFFERS, 3, numeric(3), False),
        ("number", Comparison.ONE_OF, (1, 3), numeric(3), True),
        ("number", Comparison.NONE_OF, (1, 3), numeric(2), True),
        ("number", Comparison.AT_LEAST, "3", numeric(3), False),
        ("number", Comparison.CONTAINS, 3, numeric(3), False),
        ("number", Comparison.AT_LEAST, 3, text("x"), False),
        ("number", Comparison.DIFFERS, 3, text("x"), False),
        ("boolean", Comparison.EQUALS, True, boolean(True), True),
        ("boolean", Comparison.EQUALS, True, boolean(False), False),
        ("text", Comparison.CONTAINS, "ell", text("hello"), True),
        ("text", Comparison.CONTAINS, 5, text("hello"), False),
        ("text", Comparison.ONE_OF, ("hello",), text("hello"), True),
        ("text", Comparison.ONE_OF, ("hello there",), text("hello"), False),
        ("labels", Comparison.EQUALS, "a", MULTI, True),
        ("labels", Comparison.EQUALS, "c", MULTI, False),
        ("labels", Comparison.DIFFERS, "a", MULTI, False),
        ("labels", Comparison.DIFFERS, "c", MULTI, True),
        ("labels", Comparison.ONE_OF, ("b", "c"), MULTI, True),
        ("labels", Comparison.NONE_OF, ("b", "c"), MULTI, False),
        ("labels", Comparison.NONE_OF, ("c", "d"), MULTI, True),
        ("labels", Comparison.AT_LEAST, 5, MULTI, False),
        ("labels", Comparison.NONE_OF, ("a",), Value(Kind.MULTI), False),
    ],
)
def test_conditions(facet: str, comparison: Comparison, operand: Any, value: Value, expected: bool) -> None:
    """A condition holds or it does not: a facet that is missing or of another sort never holds, nor fails loudly."""
    condition = PassCondition(facet, comparison, operand)
    assert condition.holds(value) is expected


@pytest.mark.parametrize(
    ("facet", "comparison", "operand"),
    [
        ("kind", Comparison.EQUALS, "numeric"),
        ("__class__", Comparison.EQUALS, "x"),
        ("number", Comparison.ONE_OF, 3),
        ("number", Comparison.EQUALS, (3,)),
        ("text", Comparison.ONE_OF, "abc"),
        ("text", Comparison.EQUALS, "a\0"),
        ("number", Comparison.AT_LEAST, float("nan")),
    ],
)
def test_conditions_refused(facet: str, comparison: Comparison, operand: Any) -> None:
    """A condition that could never be judged or stored is not built."""
    with pytest.raises(Invalid):
        PassCondition(facet, comparison, operand)


def evaluator(*conditions: PassCondition, **facts: Any) -> Evaluator:
    """Build an evaluator with these conditions."""
    return Evaluator(id="e", key="k", name="N", conditions=conditions, created_at=AT, updated_at=AT, **facts)


AT_LEAST_THREE = PassCondition("number", Comparison.AT_LEAST, 3)
BELOW_FIVE = PassCondition("number", Comparison.BELOW, 5)


@pytest.mark.parametrize(
    ("conditions", "value", "passed"),
    [
        ((), None, None),
        ((), numeric(5), None),
        ((), boolean(True), True),
        ((), boolean(False), False),
        ((), Value(Kind.NUMERIC, number=1, boolean=True), None),
        ((AT_LEAST_THREE,), None, None),
        ((AT_LEAST_THREE,), numeric(3), True),
        ((AT_LEAST_THREE,), text("x"), False),
        ((AT_LEAST_THREE, BELOW_FIVE), numeric(4), True),
        ((AT_LEAST_THREE, BELOW_FIVE), numeric(5), False),
        ((AT_LEAST_THREE,), boolean(True), False),
    ],
)
def test_judging(conditions: tuple[PassCondition, ...], value: Value | None, passed: bool | None) -> None:
    """All conditions must hold; without any, only a boolean passes or fails; without a value there is no judgment."""
    assert evaluator(*conditions).judge(value) is passed


@pytest.mark.parametrize(
    "facts",
    [
        {"description": "a\0"},
        {"metadata": {"a": "\0"}},
        {"definition": {"a": float("nan")}},
        {"residue": {"respan": {"a": "\ud800"}}},
    ],
)
def test_texts_refused(facts: dict[str, Any]) -> None:
    """Nothing that cannot be stored gets into an evaluator or a config."""
    with pytest.raises(Invalid):
        evaluator(**facts)
    if "definition" not in facts:
        with pytest.raises(Invalid):
            Config(id="c", name="n", constraint=Constraint(), created_at=AT, updated_at=AT, **facts)
