"""What many spans come to: figures over those that pass a filter, computed where they lie.

A summary of millions of spans moves a handful of numbers. Its memory is bounded by the number of dimensions that were
scored, not by the number of spans.
"""

from scorehouse.domain.frozen import Frozen
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.values import Kind
from scorehouse.storage.queries import Filter, SpanField, check_size

MEASURES_MAX = 20
"""Figures of one summary."""

SCORE_SUMS_MAX = 10_000
"""Dimensions of one summary, by evaluator, name and kind; a project has tens."""

Measure = tuple[SpanField, tuple[str, ...]]
"""A field and, inside a map field, the keys to what is summed up; read as a number."""


class SpanSumsQuery(Frozen, frozen=True):
    """Asks what the spans of `project` that pass `filter` come to, and the scores on them.

    Attributes:
        filter: on the fields of spans.
        measures: what to sum up.
    """

    project: int
    filter: Filter
    measures: tuple[Measure, ...]

    def __post_init__(self) -> None:
        check_size(self.filter)
        if len(self.measures) > MEASURES_MAX:
            raise Invalid(Fault(("measures",), "too_long", f"must not exceed {MEASURES_MAX} measures"))


class Sum(Frozen, frozen=True):
    """How many had the number, and what they add up to."""

    count: int = 0
    total: float = 0.0

    @property
    def mean(self) -> float | None:
        """The mean, None of nothing."""
        return self.total / self.count if self.count else None

    def plus(self, other: "Sum") -> "Sum":
        """Return the sum of both."""
        return Sum(self.count + other.count, self.total + other.total)


class ScoreSums(Frozen, frozen=True):
    """The scores of one dimension on the spans: numbers, and truths by which they are.

    Attributes:
        evaluator: id of the registered evaluator, None for scores of a mere name.
        kind: what counts of these scores; those without a value are left out.
    """

    evaluator: str | None
    name: str
    kind: Kind
    numbers: Sum
    trues: int
    falses: int


class SpanSums(Frozen, frozen=True):
    """The answer: how many spans, a Sum a measure, and the scores on them, in no particular order."""

    count: int
    sums: tuple[Sum, ...]
    scores: tuple[ScoreSums, ...]
