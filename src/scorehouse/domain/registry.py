"""Named, constrained dimensions of score: configs and evaluators.

A Config (Langfuse's score config) constrains the scores that name it. An Evaluator (Respan's and
Tracia's) is a named judge: it constrains too, and knows what passes.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from scorehouse.domain.documents import EMPTY, Fields, checked_document
from scorehouse.domain.frozen import Frozen, replace
from scorehouse.domain.identity import checked_id, checked_name, checked_text
from scorehouse.domain.instants import Instant
from scorehouse.domain.numbers import checked_number
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.values import Kind, Value

CHOICES_MAX = 1000
"""Choices of one dimension; a scale has tens."""

CONDITIONS_MAX = 1000
"""Conditions of one evaluator, each of which every score of it is held against; people write one or two."""


class Choice(Frozen, frozen=True):
    """One category: its label, and the number it stands for, if it stands for one."""

    label: str
    number: float | None = None

    def __post_init__(self) -> None:
        checked_name(self.label, "label")
        if self.number is not None:
            self._settle("number", checked_number(self.number, "number"))


class Constraint(Frozen, frozen=True):
    """What values a dimension takes.

    Attributes:
        kind: the only kind it takes; None takes any.
        minimum, maximum: inclusive bounds of the number, None where open.
        choices: the labels (of a numeric dimension: the numbers) it takes; empty takes any.
    """

    kind: Kind | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Choice, ...] = ()

    def __post_init__(self) -> None:
        for name in ("minimum", "maximum"):
            bound = getattr(self, name)
            if bound is not None:
                self._settle(name, checked_number(bound, name))
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise Invalid(Fault(("maximum",), "out_of_range", "must not be below the minimum"))
        if len(self.choices) > CHOICES_MAX:
            raise Invalid(Fault(("choices",), "too_long", f"must not exceed {CHOICES_MAX} choices"))
        labels = [choice.label for choice in self.choices]
        if len(set(labels)) != len(labels):
            raise Invalid(Fault(("choices",), "not_unique", "every label must be given once"))

    def faults(self, value: Value) -> list[Fault]:
        """List what is wrong with `value` as a measurement of this dimension, at path ``value``."""
        where = ("value",)
        if self.kind is not None and value.kind is not self.kind:
            return [Fault(where, "wrong_kind", f"must be {self.kind}, not {value.kind}")]
        found = []
        if value.number is not None and self.minimum is not None and value.number < self.minimum:
            found.append(Fault(where, "out_of_range", f"must not be below {self.minimum:.15g}"))
        if value.number is not None and self.maximum is not None and value.number > self.maximum:
            found.append(Fault(where, "out_of_range", f"must not be above {self.maximum:.15g}"))
        numbers = self._numbers
        allowed = tuple(f"{number:.15g}" for number in numbers) or tuple(choice.label for choice in self.choices)
        is_other = value.number not in numbers if numbers else any(label not in allowed for label in value.labels)
        if allowed and is_other and not found:
            found.append(Fault(where, "not_a_choice", f"must be one of {', '.join(allowed)}", allowed=allowed))
        return found

    def numbered(self, value: Value) -> Value:
        """Give a single label the number that its choice stands for, where it came without one."""
        if value.kind is not Kind.CATEGORICAL or value.number is not None:
            return value
        number = next((choice.number for choice in self.choices if choice.label == value.labels[0]), None)
        return value if number is None else replace(value, number=number)

    @property
    def _numbers(self) -> tuple[float, ...]:
        """The numbers that a numeric dimension takes; empty for any other, and where its choices have none."""
        if self.kind is not Kind.NUMERIC:
            return ()
        return tuple(choice.number for choice in self.choices if choice.number is not None)


class Config(Frozen, frozen=True, kw_only=True):
    """A score config: a name with a constraint, to which scores refer by id.

    Attributes:
        archived: takes no new scores, stays readable.
        residue: as in ScoreFacts.
    """

    id: str
    name: str
    constraint: Constraint
    description: str | None = None
    archived: bool = False
    metadata: Fields = EMPTY
    residue: Mapping[str, Fields] = EMPTY
    created_at: Instant
    updated_at: Instant

    def __post_init__(self) -> None:
        checked_id(self.id, "id")
        checked_name(self.name, "name")
        _check_texts(self.description, self.metadata)
        checked_document(self.residue, "residue")


class EvaluatorType(StrEnum):
    """What kind of judge an evaluator is."""

    LLM = "llm"
    HUMAN = "human"
    CODE = "code"


class Comparison(StrEnum):
    """How a pass condition compares."""

    AT_LEAST = "gte"
    ABOVE = "gt"
    AT_MOST = "lte"
    BELOW = "lt"
    EQUALS = "eq"
    DIFFERS = "ne"
    ONE_OF = "in"
    NONE_OF = "not_in"
    CONTAINS = "contains"


class PassCondition(Frozen, frozen=True):
    """One condition on one facet; a score passes when all conditions of its evaluator hold.

    Attributes:
        facet: ``number``, ``boolean``, ``labels``, ``text`` or ``json``.
        comparison: how.
        operand: a scalar, or a tuple of scalars for ONE_OF and NONE_OF.

    Raises:
        Invalid: there is no such facet, or the operand does not suit the comparison.
    """

    facet: str
    comparison: Comparison
    operand: Any

    def __post_init__(self) -> None:
        if self.facet not in FACETS:
            allowed = ", ".join(FACETS)
            raise Invalid(Fault(("facet",), "not_a_choice", f"must be one of {allowed}", allowed=FACETS))
        if isinstance(self.operand, tuple) is not (self.comparison in LIST_COMPARISONS):
            raise Invalid(Fault(("operand",), "wrong_type", f"must suit the comparison '{self.comparison}'"))
        checked_document(list(self.operand) if isinstance(self.operand, tuple) else self.operand, "operand")

    def holds(self, value: Value) -> bool:
        """Tell whether `value` meets the condition; a missing facet never does.

        Of several labels one must meet it; of a condition that denies (DIFFERS, NONE_OF), every one.
        Things that have no order, such as a number and a text, never meet a condition that asks for one.
        """
        given = getattr(value, self.facet)
        if given is None or given == ():
            return False
        quantifier = all if self.comparison in _DENIALS else any
        return quantifier(self._holds_of(one) for one in (given if isinstance(given, tuple) else (given,)))

    def _holds_of(self, given: Any) -> bool:
        try:
            return bool(_COMPARE[self.comparison](given, self.operand))
        except TypeError:
            return False


FACETS = ("number", "boolean", "labels", "text", "json")
"""Names of the facets of a value that a condition can be on."""

LIST_COMPARISONS = frozenset({Comparison.ONE_OF, Comparison.NONE_OF})
"""They take a tuple."""

_DENIALS = frozenset({Comparison.DIFFERS, Comparison.NONE_OF})

_COMPARE: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.AT_LEAST: lambda given, operand: given >= operand,
    Comparison.ABOVE: lambda given, operand: given > operand,
    Comparison.AT_MOST: lambda given, operand: given <= operand,
    Comparison.BELOW: lambda given, operand: given < operand,
    Comparison.EQUALS: lambda given, operand: given == operand,
    Comparison.DIFFERS: lambda given, operand: given != operand,
    Comparison.ONE_OF: lambda given, operand: given in operand,
    Comparison.NONE_OF: lambda given, operand: given not in operand,
    Comparison.CONTAINS: lambda given, operand: operand in given,
}


class Evaluator(Frozen, frozen=True, kw_only=True):
    """A named judge.

    Attributes:
        id: stable over its versions.
        key: what programs call it (``quality``), unique in the project; Respan's slug, Tracia's key.
        name: what people call it (``Quality``).
        type: model, person or code.
        constraint: what it may measure.
        conditions: what passes; empty means that nothing is judged passed or failed but booleans.
        archived: takes no new scores; its scores keep its name.
        version: 0 for a first draft, growing by one with each commit.
        definition: prompts, rubrics, code: whatever defines it, never run here.
    """

    id: str
    key: str
    name: str
    type: EvaluatorType = EvaluatorType.HUMAN
    constraint: Constraint = Constraint()
    conditions: tuple[PassCondition, ...] = ()
    description: str | None = None
    archived: bool = False
    version: int = 0
    definition: Fields = EMPTY
    metadata: Fields = EMPTY
    residue: Mapping[str, Fields] = EMPTY
    created_at: Instant
    updated_at: Instant

    def __post_init__(self) -> None:
        checked_id(self.id, "id")
        checked_id(self.key, "key")
        checked_name(self.name, "name")
        if len(self.conditions) > CONDITIONS_MAX:
            raise Invalid(Fault(("conditions",), "too_long", f"must not exceed {CONDITIONS_MAX} conditions"))
        _check_texts(self.description, self.metadata)
        checked_document(self.definition, "definition")
        checked_document(self.residue, "residue")

    def judge(self, value: Value | None) -> bool | None:
        """Tell whether `value` passes: all conditions hold; without any, a boolean passes when true.

        None where there is nothing to judge by.
        """
        if value is None:
            return None
        if self.conditions:
            return all(condition.holds(value) for condition in self.conditions)
        return value.boolean if value.kind is Kind.BOOLEAN else None


def _check_texts(description: str | None, metadata: Fields) -> None:
    if description is not None:
        checked_text(description, "description")
    checked_document(metadata, "metadata")
