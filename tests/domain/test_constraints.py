"""What values a dimension takes: its choices are labels, or numbers where it is numeric."""

import pytest

from scorehouse.domain.registry import Choice, Constraint
from scorehouse.domain.values import Kind, Value, categorical, numeric

THUMBS = (Choice("Negative", 0.0), Choice("Positive", 1.0))

CASES: list[tuple[str, Constraint, Value, list[str]]] = [
    ("a number chosen", Constraint(Kind.NUMERIC, choices=THUMBS), numeric(1.0), []),
    ("a number between choices", Constraint(Kind.NUMERIC, choices=THUMBS), numeric(0.5), ["not_a_choice"]),
    ("beyond the bounds, said once", Constraint(Kind.NUMERIC, 0, 1, THUMBS), numeric(8), ["out_of_range"]),
    ("labels beside a number are free", Constraint(Kind.NUMERIC, choices=THUMBS), numeric(1.0, "great"), []),
    ("a label chosen", Constraint(Kind.CATEGORICAL, choices=THUMBS), categorical("Positive"), []),
    ("another label", Constraint(Kind.CATEGORICAL, choices=THUMBS), categorical("Neutral"), ["not_a_choice"]),
    ("a label's own number", Constraint(Kind.CATEGORICAL, choices=THUMBS), categorical("Positive", 7.0), []),
    ("choices without numbers", Constraint(Kind.NUMERIC, choices=(Choice("low"),)), numeric(7.0), []),
    ("another kind", Constraint(Kind.NUMERIC, choices=THUMBS), categorical("Positive"), ["wrong_kind"]),
]


@pytest.mark.parametrize(
    ("constraint", "value", "codes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_constraint_names_what_is_wrong(constraint: Constraint, value: Value, codes: list[str]) -> None:
    """Each broken rule is one fault at the value, and a value that breaks none has none."""
    faults = constraint.faults(value)
    assert [(fault.path, fault.code) for fault in faults] == [(("value",), code) for code in codes]


def test_the_numbers_to_choose_from_are_named() -> None:
    """Who sends another number is told which ones there are."""
    (fault,) = Constraint(Kind.NUMERIC, choices=THUMBS).faults(numeric(0.5))
    assert fault.allowed == ("0", "1")
