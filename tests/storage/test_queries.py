"""Plans refuse what no engine could answer, and are built up as they read."""

import pytest

from scorehouse.domain.refusals import Invalid
from scorehouse.storage.queries import (
    EVERYTHING,
    FILTER_DEPTH_MAX,
    FILTER_TERMS_MAX,
    OPERANDS_MAX,
    PAGE_ROWS_MAX,
    All,
    Any,
    ChangeQuery,
    Compare,
    Cursor,
    Filter,
    Not,
    Operand,
    Operator,
    Order,
    ScoreField,
    ScoreQuery,
    Window,
    all_of,
    between,
    depth_of,
    equals,
    one_of,
    size_of,
)

NAME = Compare(ScoreField.NAME, Operator.EQUALS, "a")


@pytest.mark.parametrize(
    ("operator", "operand"),
    [
        (Operator.EQUALS, ("a",)),
        (Operator.ONE_OF, "a"),
        (Operator.HAS_ANY, "a"),
        (Operator.CONTAINS, 1),
        (Operator.MATCHES, True),
        (Operator.IS_NULL, "true"),
        (Operator.IS_NULL, 1),
        (Operator.EQUALS, float("nan")),
        (Operator.BELOW, float("inf")),
        (Operator.EQUALS, 2**63),
        (Operator.EQUALS, -(10**400)),
        (Operator.EQUALS, "a\0"),
        (Operator.EQUALS, "\ud800"),
        (Operator.ONE_OF, ("a", "\udfff")),
        (Operator.ONE_OF, ("a",) * (OPERANDS_MAX + 1)),
        (Operator.MATCHES, "("),
        (Operator.MATCHES, "a" * 1001),
        (Operator.MATCHES, "(a{99999999999})"),
    ],
)
def test_operands_refused(operator: Operator, operand: Operand) -> None:
    """An operand that the operator does not take or the disk cannot hold is the sender's fault."""
    with pytest.raises(Invalid):
        Compare(ScoreField.TEXT, operator, operand)


@pytest.mark.parametrize("operand", [2**63 - 1, -(2**63) + 1, 1e308, "a\nb", "", True, "\U0001f600"])
def test_operands_taken(operand: Operand) -> None:
    """Whatever can be stored can be asked for."""
    assert Compare(ScoreField.TEXT, Operator.EQUALS, operand).operand == operand


def test_keys_refused() -> None:
    """Keys into documents are texts that can be stored."""
    with pytest.raises(Invalid):
        Compare(ScoreField.METADATA, Operator.EQUALS, 1, ("a\0",))


def test_size_and_depth() -> None:
    """Size counts comparisons, depth counts levels, and a query refuses too much of either."""
    tree = All((NAME, Not(Any((NAME, NAME)))))
    assert (size_of(tree), depth_of(tree)) == (3, 4)
    assert (size_of(EVERYTHING), depth_of(EVERYTHING)) == (0, 1)
    members = Compare(ScoreField.LABELS, Operator.HAS_ALL, ("a", "b", "c"))
    assert size_of(Not(members)) == 3, "each member is looked for by itself"
    assert size_of(Compare(ScoreField.LABELS, Operator.HAS_ANY, ())) == 1
    assert size_of(Compare(ScoreField.NAME, Operator.ONE_OF, ("a", "b"))) == 1
    deep: Filter = NAME
    for _ in range(FILTER_DEPTH_MAX - 1):
        deep = Not(deep)
    plan = Order(ScoreField.CREATED_AT), Window(1)
    ScoreQuery(1, deep, *plan)
    ScoreQuery(1, All((NAME,) * FILTER_TERMS_MAX), *plan)
    with pytest.raises(Invalid):
        ScoreQuery(1, Not(deep), *plan)
    with pytest.raises(Invalid):
        ScoreQuery(1, All((NAME,) * (FILTER_TERMS_MAX + 1)), *plan)


def test_depth_is_counted_without_recursion() -> None:
    """A filter far deeper than the call stack is refused like any other."""
    deep: Filter = NAME
    for _ in range(100_000):
        deep = Not(deep)
    assert depth_of(deep) == 100_001


def test_builders() -> None:
    """The short ways to write filters: None asks for nothing, a single term stands alone, ANDs flatten."""
    other = Compare(ScoreField.NUMBER, Operator.ABOVE, 1)
    assert all_of(None, NAME, None) == NAME
    assert all_of() == All()
    assert all_of(NAME, All((other, other))) == All((NAME, other, other))
    assert equals(ScoreField.NAME, "a") == NAME
    assert equals(ScoreField.NAME, None) is None
    assert equals(ScoreField.NUMBER, 0) == Compare(ScoreField.NUMBER, Operator.EQUALS, 0)
    assert one_of(ScoreField.NAME, None) is None
    assert one_of(ScoreField.NAME, []) == Compare(ScoreField.NAME, Operator.ONE_OF, ())
    assert between(ScoreField.NUMBER, None, None) == All()
    assert between(ScoreField.NUMBER, 0, 1) == All(
        (Compare(ScoreField.NUMBER, Operator.AT_LEAST, 0), Compare(ScoreField.NUMBER, Operator.BELOW, 1))
    )
    assert between(ScoreField.NUMBER, None, 1, end_inclusive=True) == Compare(ScoreField.NUMBER, Operator.AT_MOST, 1)


@pytest.mark.parametrize(("limit", "offset"), [(-1, 0), (PAGE_ROWS_MAX + 1, 0), (1, -1), (1, 2**63), (10**30, 0)])
def test_windows_refused(limit: int, offset: int) -> None:
    """A window outside its bounds is the sender's fault."""
    with pytest.raises(Invalid):
        Window(limit, offset)


def test_window_by_cursor_or_offset() -> None:
    """Both at once is a defect of the caller, not of the sender."""
    with pytest.raises(ValueError, match="not both"):
        Window(1, 1, Cursor(1, 1))


@pytest.mark.parametrize("limit", [0, PAGE_ROWS_MAX + 1])
def test_feed_limit(limit: int) -> None:
    """The feed is read in pages of at least one change."""
    with pytest.raises(Invalid):
        ChangeQuery(1, limit)
