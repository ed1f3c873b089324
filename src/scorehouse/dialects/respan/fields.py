"""What can be filtered by: each field of the vendor as filters of the core.

A field is one of three. `Open` holds any value, read by its sort. `Cases` holds one of a few values, each
known by a filter; every operator on it is answered by asking `operators.holds` of each value. `Fallback` is a first
field and, where that is absent, a second one. All answer `matching`: the rows that meet a rule, those
included whose field is absent, wherever the vendor's order says so (contract respan §9.2).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Protocol

from scorehouse.dialects.respan.errors import bad_filter
from scorehouse.dialects.respan.operators import (
    EQUALITY,
    NAMESAKES,
    ORDERING,
    POSITIVES,
    TEXTUAL,
    Op,
    Rule,
    holds,
    read_moment,
    read_number,
    read_spelled,
    read_text,
    read_truth,
)
from scorehouse.storage.queries import (
    All,
    Any,
    Compare,
    Field,
    Filter,
    HasSpan,
    Not,
    Operator,
    Order,
    Reading,
    Scalar,
    all_of,
)

NOTHING = Any()


class Sort(Enum):
    """What a field holds."""

    TEXT = auto()
    NUMBER = auto()
    TRUTH = auto()
    MOMENT = auto()
    LIST = auto()
    LOOSE = auto()
    """Texts among which anything else may stand: metadata, compared as texts."""
    SCORE = auto()
    """Numbers of an evaluator's scores on a log, which take fewer operators."""


APPLICABLE: Mapping[Sort, frozenset[Op]] = {Sort.SCORE: EQUALITY | ORDERING}
"""Which operators a field takes if not all of them; others are refused by name (contract respan §9.4)."""

READERS: Mapping[Sort, Callable[[Scalar], Scalar | None]] = {
    Sort.TEXT: read_text,
    Sort.LOOSE: read_text,
    Sort.NUMBER: read_number,
    Sort.SCORE: read_number,
    Sort.TRUTH: read_truth,
    Sort.MOMENT: read_moment,
    Sort.LIST: read_text,
}

RANKING: Mapping[Op, Operator] = {
    Op.LT: Operator.BELOW,
    Op.LTE: Operator.AT_MOST,
    Op.GT: Operator.ABOVE,
    Op.GTE: Operator.AT_LEAST,
}

TEXTS: Mapping[Op, Operator] = {
    Op.CONTAINS: Operator.CONTAINS,
    Op.ICONTAINS: Operator.CONTAINS_ANY_CASE,
    Op.STARTSWITH: Operator.STARTS_WITH,
    Op.ENDSWITH: Operator.ENDS_WITH,
    Op.IEXACT: Operator.EQUALS_ANY_CASE,
    Op.REGEX: Operator.MATCHES,
}


class Filterable(Protocol):
    """A field that can be filtered by."""

    @property
    def sort(self) -> Sort:
        """What it holds."""
        ...

    @property
    def absent(self) -> Filter:
        """The rows in which it is null."""
        ...

    @property
    def order(self) -> Order | None:
        """How to order by it, the greatest first; None for what has no order."""
        ...

    def matching(self, rule: Rule) -> Filter:
        """Return the rows that meet a rule."""
        ...


@dataclass(frozen=True, slots=True)
class Open:
    """A field of the core that may hold anything of its sort.

    Attributes:
        field, key: of the core.
        shown_absent: what the vendor's answers show where it is absent; None for null.
        scale: how many of the core's units one of the vendor's is.
        hidden: rows in which the vendor shows it as null although the core has a value.
    """

    sort: Sort
    field: Field
    key: tuple[str, ...] = ()
    shown_absent: Scalar | None = None
    scale: float = 1
    hidden: Filter | None = None

    @property
    def absent(self) -> Filter:
        """The rows in which it is null."""
        missing = self._compare(Operator.IS_NULL, True)
        return missing if self.hidden is None else Any((missing, self.hidden))

    @property
    def order(self) -> Order | None:
        """By the core's field."""
        return None if self.sort is Sort.LIST else Order(self.field, key=self.key)

    def matching(self, rule: Rule) -> Filter:
        """Return the rows that meet a rule."""
        rule = accepted(rule, self.sort)
        if self.sort is Sort.LOOSE:
            # A record without the key never matches, whatever the operator (contract respan §9.2).
            return All((Not(self.absent), self._among_present(rule)))
        denies = rule.operator in POSITIVES
        if holds(self.shown_absent, rule):
            # A negation holds of what is absent by itself.
            plain = denies and self.hidden is None
            return self._among_present(rule) if plain else Any((self._among_present(rule), self.absent))
        if denies or rule.operator is Op.ISNULL or self.hidden is not None:
            return all_of(Not(self.absent), self._among_present(rule))
        return self._met(rule)

    def _among_present(self, rule: Rule) -> Filter:
        """Return a filter that is right for the rows in which the field is present, whatever it is for the others."""
        positive = POSITIVES.get(rule.operator)
        if positive is not None:
            return Not(self._met(Rule(rule.field, positive, rule.values)))
        return self._met(rule)

    def _met(self, rule: Rule) -> Filter:
        """Return the rows in which a value meets a rule that is no negation; null never does."""
        values = tuple(value for value in rule.values if value is not None)
        if rule.operator is Op.ISNULL:
            return NOTHING if rule.truth else All()
        if rule.operator is Op.EMPTY:
            return self._compare(Operator.EQUALS, "") if self.sort in {Sort.TEXT, Sort.LOOSE} else NOTHING
        if rule.operator in TEXTS:
            return Any(tuple(self._as_text(TEXTS[rule.operator], value) for value in values))
        if rule.operator in RANKING:
            return self._ranked(RANKING[rule.operator], values)
        if self.sort is Sort.LIST:
            return self._compare(Operator.HAS_ANY, values)
        return self._equal(values)

    def _equal(self, values: tuple[Scalar, ...]) -> Filter:
        scaled = tuple(self._scaled(value) for value in values)
        if self.sort is Sort.LOOSE:
            scaled = tuple(reading for value in scaled for reading in readings_of(value))
        if not scaled:
            return NOTHING
        if len(scaled) == 1:
            return self._compare(Operator.EQUALS, scaled[0])
        return self._compare(Operator.ONE_OF, scaled)

    def _as_text(self, operator: Operator, value: Scalar) -> Filter:
        """Compare the text that spells the field; a text in a column is its own."""
        plain = self.sort is Sort.LIST or (self.sort is Sort.TEXT and not self.key)
        return self._compare(operator, value, Reading.RECORDED if plain else Reading.TEXT)

    def _ranked(self, operator: Operator, values: tuple[Scalar, ...]) -> Filter:
        if self.sort is Sort.LIST:
            return NOTHING
        if self.sort is Sort.MOMENT or self.sort is Sort.NUMBER or self.sort is Sort.SCORE:
            return Any(tuple(self._compare(operator, self._scaled(value)) for value in values))
        numbers = [number for value in values if (number := read_number(value)) is not None]
        return Any(tuple(Compare(self.field, operator, number, self.key, reading=Reading.NUMBER) for number in numbers))

    def _scaled(self, value: Scalar) -> Scalar:
        return value * self.scale if self.scale != 1 and not isinstance(value, str) else value

    def _compare(
        self, operator: Operator, operand: Scalar | tuple[Scalar, ...], reading: Reading = Reading.RECORDED
    ) -> Filter:
        is_list_in_map = self.sort is Sort.LIST and self.key
        return Compare(self.field, operator, operand, self.key, Reading.MEMBERS if is_list_in_map else reading)


@dataclass(frozen=True, slots=True)
class OfSpans:
    """A field of spans, asked of a trace: it matches if any of its spans does (contract respan §9.4).

    Attributes:
        only: of which spans, if not of all; null where a trace has none of them.
    """

    inner: Filterable
    only: Filter | None = None

    @property
    def sort(self) -> Sort:
        """As of a span."""
        return self.inner.sort

    @property
    def absent(self) -> Filter:
        """The traces with a span in which it is null, or without one that it is about."""
        return HasSpan(self.inner.absent) if self.only is None else Not(HasSpan(self.only))

    @property
    def order(self) -> Order | None:
        """None: a trace has many spans."""
        return None

    def matching(self, rule: Rule) -> Filter:
        """Return the traces with a span that meets a rule."""
        matching = HasSpan(all_of(self.only, self.inner.matching(rule)))
        return Any((matching, self.absent)) if self.only is not None and holds(None, rule) else matching


@dataclass(frozen=True, slots=True)
class Cases:
    """A field that holds one of a few values.

    Attributes:
        cases: value (None for null) → the rows that have it; every row is in exactly one.
        order: how to order by it, if the core has an order for it.
    """

    sort: Sort
    cases: Mapping[Scalar | None, Filter]
    order: Order | None = None

    @property
    def absent(self) -> Filter:
        """The rows in which it is null."""
        return self.cases.get(None, NOTHING)

    def matching(self, rule: Rule) -> Filter:
        """Return the rows of the values that meet a rule."""
        rule = accepted(rule, self.sort)
        return Any(tuple(rows for value, rows in self.cases.items() if holds(value, rule)))


@dataclass(frozen=True, slots=True)
class Fallback:
    """A field, and another that is shown where the first is absent."""

    first: Filterable
    second: Filterable

    @property
    def sort(self) -> Sort:
        """The first one's."""
        return self.first.sort

    @property
    def absent(self) -> Filter:
        """The rows in which both are null."""
        return All((self.first.absent, self.second.absent))

    @property
    def order(self) -> Order | None:
        """The first one's."""
        return self.first.order

    def matching(self, rule: Rule) -> Filter:
        """Return the rows in which the one that is shown meets a rule."""
        absent = self.first.absent
        return Any((All((Not(absent), self.first.matching(rule))), All((absent, self.second.matching(rule)))))


def accepted(rule: Rule, sort: Sort) -> Rule:
    """Return a rule with its values as its operator compares them with a field of this sort.

    Raises:
        Invalid: fields of this sort do not take its operator.
    """
    if rule.operator not in APPLICABLE.get(sort, frozenset(Op)):
        raise bad_filter(
            f"Operator '{rule.operator}' cannot be applied to '{rule.field}', which is a {sort.name.lower()}."
        )
    rule = replace(rule, operator=NAMESAKES.get(rule.operator, rule.operator))
    if rule.operator in TEXTUAL:
        return rule.read_as(read_spelled)
    casts = rule.operator in ORDERING and sort is not Sort.MOMENT
    return rule.read_as(read_number if casts else READERS[sort])


def readings_of(value: Scalar) -> tuple[Scalar, ...]:
    """List what a text may be in JSON: itself, and the number or truth that it spells."""
    readings: list[Scalar] = [value]
    if isinstance(value, str):
        number = read_number(value) if value.strip() == value else None
        readings += [] if number is None else [number]
        readings += [value == "true"] if value in {"true", "false"} else []
    return tuple(readings)


def truth_cases(field: Field, key: tuple[str, ...] = (), absent: bool | None = None) -> Cases:
    """Return a field of the core that is true, false or absent; `absent` is what the vendor shows then."""
    true = Compare(field, Operator.EQUALS, True, key)
    false = Compare(field, Operator.EQUALS, False, key)
    if absent is False:
        return Cases(Sort.TRUTH, {True: true, False: Not(true)}, Order(field, key=key))
    return Cases(Sort.TRUTH, {True: true, False: false, None: Not(Any((true, false)))}, Order(field, key=key))


def word_cases(field: Field, words: Mapping[str, str]) -> Cases:
    """Return a field of the core that holds one of its words (the keys), by what the vendor calls them."""
    cases: dict[Scalar | None, Filter] = {}
    for ours, theirs in words.items():
        one = Compare(field, Operator.EQUALS, ours)
        cases[theirs] = Any((cases[theirs], one)) if theirs in cases else one
    return Cases(Sort.TEXT, cases, Order(field))
