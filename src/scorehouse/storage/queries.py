"""What can be asked of a store: closed plans, never SQL.

A plan is a filter, an order and a window. A filter is a tree of comparisons of fields; every field,
operator and combination below means the same in every engine, and `scorehouse.storage.evaluation`
says what it means in plain Python (the conformance suite holds engines to it).

**Nulls.** A comparison with a field that is absent is false, whatever the operator, except IS_NULL.
JSON null and a list without members count as absent. ``Not`` negates that two-valued answer:
``Not(Compare(F, EQUALS, x))`` holds where F is absent.

**Lists.** A list field (labels, tags, what is in SCORE_LABELS) passes EQUALS, ONE_OF and the text operators if any
member does; the operators of order never hold of it. A list in any other map compares with nothing.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from scorehouse.domain.changes import START, Mark, Subject
from scorehouse.domain.frozen import Frozen
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.storage.fields import (
    ID_FIELDS,
    Field,
    RegistryField,
    ScoreField,
    SessionField,
    SpanField,
    TraceField,
)
from scorehouse.storage.operands import check_operand, check_pattern
from scorehouse.storage.readings import Reading

__all__ = [
    "EVERYTHING",
    "FILTER_DEPTH_MAX",
    "FILTER_TERMS_MAX",
    "ID_FIELDS",
    "LIST_OPERATORS",
    "OPERANDS_MAX",
    "PAGE_ROWS_MAX",
    "TEXT_OPERATORS",
    "All",
    "Any",
    "ChangeQuery",
    "Compare",
    "ConfigQuery",
    "Cursor",
    "EvaluatorQuery",
    "Field",
    "Filter",
    "HasSpan",
    "Not",
    "Operand",
    "Operator",
    "Order",
    "Page",
    "Query",
    "Reading",
    "RegistryField",
    "Scalar",
    "ScoreField",
    "ScoreQuery",
    "SessionField",
    "SessionQuery",
    "SpanField",
    "SpanQuery",
    "TraceField",
    "TraceQuery",
    "Window",
    "all_of",
    "between",
    "check_size",
    "depth_of",
    "equals",
    "levels",
    "one_of",
    "size_of",
]

PAGE_ROWS_MAX = 1000
"""Rows of one page; Respan allows 1,000 logs a page (contract respan §7.2), nobody more."""

FILTER_TERMS_MAX = 200
"""Comparisons in one filter; a filter builder makes tens."""

FILTER_DEPTH_MAX = 20
"""Levels of AND, OR and NOT inside each other, which engines walk by recursion."""

OPERANDS_MAX = 1000
"""Values in one list operand."""

RowT = TypeVar("RowT")


class Operator(StrEnum):
    """How a field compares with its operand.

    EQUALS … AT_LEAST compare numbers with numbers and texts with texts (by code point), ids canonically;
    EQUALS also booleans with booleans. Other pairs, objects among them, never compare.
    ONE_OF takes a tuple. CONTAINS, STARTS_WITH, ENDS_WITH are case-sensitive, their ``…_ANY_CASE`` twins
    fold ASCII letters only, so that every engine agrees; MATCHES searches a regular expression. HAS_ANY and
    HAS_ALL take a tuple and ask a list field for members. IS_NULL takes True or False.
    """

    EQUALS = "eq"
    BELOW = "lt"
    AT_MOST = "le"
    ABOVE = "gt"
    AT_LEAST = "ge"
    ONE_OF = "in"
    CONTAINS = "contains"
    CONTAINS_ANY_CASE = "contains_any_case"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    EQUALS_ANY_CASE = "equals_any_case"
    MATCHES = "matches"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    IS_NULL = "is_null"


LIST_OPERATORS = frozenset({Operator.ONE_OF, Operator.HAS_ANY, Operator.HAS_ALL})

TEXT_OPERATORS = frozenset(
    {
        Operator.CONTAINS,
        Operator.CONTAINS_ANY_CASE,
        Operator.STARTS_WITH,
        Operator.ENDS_WITH,
        Operator.EQUALS_ANY_CASE,
        Operator.MATCHES,
    }
)
"""They take a text, and hold of texts and members of list fields only."""

Scalar = str | int | float | bool
Operand = Scalar | tuple[Scalar, ...]


class Compare(Frozen, frozen=True):
    """One comparison.

    Attributes:
        field: of the thing asked for.
        operator: how.
        operand: a scalar; a tuple for LIST_OPERATORS.
        key: inside a map field (METADATA, RESIDUE, USAGE, SCORE…): the path of keys to compare, none of them split.
        reading: what the field's value is taken for.

    Raises:
        Invalid: an operand that the operator does not take; or one that nothing stored can equal and no
            engine takes: an integer beyond 64 bits, a number that is not finite, a text with NUL or lone
            surrogates; a pattern that is too long or no regular expression.
    """

    field: Field
    operator: Operator
    operand: Operand
    key: tuple[str, ...] = ()
    reading: Reading = Reading.RECORDED

    def __post_init__(self) -> None:
        is_list = isinstance(self.operand, tuple)
        if (
            is_list is not (self.operator in LIST_OPERATORS)
            or (self.operator in TEXT_OPERATORS and not isinstance(self.operand, str))
            or (self.operator is Operator.IS_NULL and not isinstance(self.operand, bool))
        ):
            raise Invalid(Fault(("filter",), "wrong_type", f"must suit the operator '{self.operator}'"))
        operands = self.operand if isinstance(self.operand, tuple) else (self.operand,)
        if len(operands) > OPERANDS_MAX:
            raise Invalid(Fault(("filter",), "too_long", f"must not list more than {OPERANDS_MAX} values"))
        for operand in (*operands, *self.key):
            check_operand(operand)
        if self.operator is Operator.MATCHES:
            check_pattern(str(self.operand))


class All(Frozen, frozen=True):
    """Every one holds; empty always holds."""

    terms: tuple["Filter", ...] = ()


class Any(Frozen, frozen=True):
    """At least one holds; empty never holds."""

    terms: tuple["Filter", ...] = ()


class Not(Frozen, frozen=True):
    """The term does not hold."""

    term: "Filter"


class HasSpan(Frozen, frozen=True):
    """Of a trace: a span that somebody sent passes the term, which is on the fields of spans."""

    term: "Filter"


Filter = Compare | All | Any | Not | HasSpan

EVERYTHING = All()


def all_of(*terms: Filter | None) -> Filter:
    """Join filters by AND, leaving out those that are None, and flattening what is nested."""
    flat: list[Filter] = []
    for term in terms:
        if isinstance(term, All):
            flat.extend(term.terms)
        elif term is not None:
            flat.append(term)
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def equals(field: Field, operand: Scalar | None) -> Filter | None:
    """Ask for equality, or for nothing where the operand is None."""
    return None if operand is None else Compare(field, Operator.EQUALS, operand)


def one_of(field: Field, operands: Sequence[Scalar] | None) -> Filter | None:
    """Ask for any of the operands, or for nothing where they are None."""
    return None if operands is None else Compare(field, Operator.ONE_OF, tuple(operands))


def between(field: Field, first: Scalar | None, end: Scalar | None, end_inclusive: bool = False) -> Filter:
    """Ask for ``first <= field < end`` (``<= end`` if inclusive); None leaves that side open."""
    below = Operator.AT_MOST if end_inclusive else Operator.BELOW
    bounds = ((Operator.AT_LEAST, first), (below, end))
    return all_of(*(Compare(field, operator, bound) for operator, bound in bounds if bound is not None))


def size_of(filter: Filter) -> int:
    """Count the comparisons in a filter; asking a list for members is one for each of them."""
    comparisons = (term for level in levels(filter) for term in level if isinstance(term, Compare))
    members = ((each.operand,) if each.operator is Operator.ONE_OF else each.operand for each in comparisons)
    return sum(max(1, len(each)) if isinstance(each, tuple) else 1 for each in members)


def depth_of(filter: Filter) -> int:
    """Count the levels of a filter; a bare comparison has one."""
    return sum(1 for _ in levels(filter))


def levels(filter: Filter) -> Iterator[list[Filter]]:
    """Walk a filter from the outermost level in, without recursion."""
    level: list[Filter] = [filter]
    while level:
        yield level
        level = [inner for term in level for inner in _inner(term)]


def _inner(term: Filter) -> tuple[Filter, ...]:
    if isinstance(term, Not | HasSpan):
        return (term.term,)
    return () if isinstance(term, Compare) else term.terms


class Cursor(Frozen, frozen=True):
    """Where a page ended: the ordering field's value and the surrogate key of its last row.

    The next page starts strictly after it, so equal values neither repeat nor vanish. Dialects carry
    it inside their own opaque cursors (``scorehouse.wire.cursors``).
    """

    value: str | int | float | None
    key: int


class Order(Frozen, frozen=True):
    """By which field, and which end first; ties by order of recording, the same end first.

    Absent values come last in both directions. Inside a map field `key` leads to what to order by, read as a
    number (`Reading.NUMBER`).
    """

    field: Field
    descending: bool = True
    key: tuple[str, ...] = ()


class Window(Frozen, frozen=True):
    """Which part of the rows: `limit` of them, after `after` or past `offset`, not both.

    Attributes:
        limit: 0 to 1,000; 0 asks for the total alone.
        total: whether to count all rows that match, exactly.
    """

    limit: int
    offset: int = 0
    after: Cursor | None = None
    total: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= PAGE_ROWS_MAX:
            raise Invalid(Fault(("limit",), "out_of_range", f"must lie between 0 and {PAGE_ROWS_MAX}"))
        if not 0 <= self.offset < 2**63:
            raise Invalid(Fault(("offset",), "out_of_range", "must be a count that fits 64 bits"))
        if self.after is not None and self.offset:
            raise ValueError("a window has a cursor or an offset, not both")


class Page(Frozen, Generic[RowT], frozen=True):
    """A part of the rows.

    Attributes:
        items: in the order asked for.
        next: where the next page starts; None when there is none.
        total: how many rows match altogether; None unless asked for.
    """

    items: tuple[RowT, ...]
    next: Cursor | None
    total: int | None = None


class Asked(Frozen, frozen=True, kw_only=True):
    """How a question is asked.

    Attributes:
        patient: whether it may take as long as it takes, as exports and the feed do; otherwise a store refuses
            (Invalid at ``filter``) what takes longer than its longest read.
    """

    patient: bool = False


class Query(Asked, frozen=True):
    """A plan: of `project`, the rows that pass `filter`, in `order`, as much as `window` says.

    Raises:
        Invalid: the filter has more than FILTER_TERMS_MAX comparisons or FILTER_DEPTH_MAX levels.
    """

    project: int
    filter: Filter
    order: Order
    window: Window

    def __post_init__(self) -> None:
        check_size(self.filter)


def check_size(filter: Filter) -> None:
    """Refuse a filter with more than FILTER_TERMS_MAX comparisons or FILTER_DEPTH_MAX levels."""
    if size_of(filter) > FILTER_TERMS_MAX:
        raise Invalid(Fault(("filter",), "too_long", f"must not have more than {FILTER_TERMS_MAX} conditions"))
    if depth_of(filter) > FILTER_DEPTH_MAX:
        raise Invalid(Fault(("filter",), "too_deep", f"must not be nested deeper than {FILTER_DEPTH_MAX} levels"))


class ScoreQuery(Query, frozen=True):
    """Asks for scores; fields are ScoreField."""


class TraceQuery(Query, frozen=True):
    """Asks for traces; fields are TraceField."""


class SpanQuery(Query, frozen=True):
    """Asks for spans; fields are SpanField."""


class SessionQuery(Query, frozen=True):
    """Asks for sessions; fields are SessionField.

    Attributes:
        traces: a filter on traces (TraceField): sessions consist of those that pass, as if there were no others.
    """

    traces: Filter = EVERYTHING

    def __post_init__(self) -> None:
        super().__post_init__()
        check_size(self.traces)


class ConfigQuery(Query, frozen=True):
    """Asks for configs; fields are RegistryField."""


class EvaluatorQuery(Query, frozen=True):
    """Asks for evaluators; fields are RegistryField."""


class ChangeQuery(Frozen, frozen=True):
    """Asks for the feed of a project from `after` on, oldest first; of one thing by `subject` and `id`."""

    project: int
    limit: int
    after: Mark = START
    subject: Subject | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= PAGE_ROWS_MAX:
            raise Invalid(Fault(("limit",), "out_of_range", f"must lie between 1 and {PAGE_ROWS_MAX}"))
