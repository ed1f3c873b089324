"""The reference reading of filters and orders, against tables of what the specification says."""

from collections.abc import Mapping
from typing import Any as Anything

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorehouse.storage.evaluation import ValueOf, answer, holds
from scorehouse.storage.queries import (
    All,
    Any,
    Compare,
    Filter,
    Not,
    Operator,
    Order,
    ScoreField,
    ScoreQuery,
    Window,
)

PLAIN = "0af7651916cd43dd8448eb211c80319c"
HYPHENATED = "0AF76519-16CD-43DD-8448-EB211C80319C"

SCALARS = st.one_of(st.booleans(), st.integers(-5, 5), st.floats(-5, 5), st.text("aAbB\u0130\U0001f600", max_size=3))
VALUES = st.one_of(st.none(), SCALARS, st.lists(SCALARS, max_size=2))


def reader(row: Mapping[ScoreField, Anything]) -> ValueOf:
    """Read rows written as dictionaries, map fields as nested ones."""

    def value_of(field: Anything, key: tuple[str, ...]) -> Anything:
        value = row.get(field)
        for part in key:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    return value_of


@pytest.mark.parametrize(
    ("operator", "value", "operand", "expected"),
    [
        (Operator.EQUALS, 1, 1.0, True),
        (Operator.EQUALS, 1, "1", False),
        (Operator.EQUALS, True, 1, False),
        (Operator.EQUALS, 1, True, False),
        (Operator.EQUALS, True, True, True),
        (Operator.EQUALS, "a", "A", False),
        (Operator.EQUALS, ["b", "a"], "a", True),
        (Operator.EQUALS, {"a": 1}, "a", False),
        (Operator.BELOW, 1, 2, True),
        (Operator.BELOW, 2, 2, False),
        (Operator.BELOW, "10", 9, False),
        (Operator.BELOW, "10", "9", True),
        (Operator.BELOW, False, True, False),
        (Operator.BELOW, False, 1, False),
        (Operator.BELOW, "Z", "a", True),
        (Operator.BELOW, "\uffff", "\U00010000", True),
        (Operator.AT_MOST, 2, 2, True),
        (Operator.ABOVE, 2, 2, False),
        (Operator.ABOVE, 2**53 + 1, float(2**53), True),
        (Operator.AT_LEAST, 2, 2, True),
        (Operator.AT_LEAST, None, 2, False),
        (Operator.ONE_OF, "b", ("a", "b"), True),
        (Operator.ONE_OF, 1, ("1", True), False),
        (Operator.ONE_OF, "a", (), False),
        (Operator.CONTAINS, "abc", "b", True),
        (Operator.CONTAINS, "abc", "B", False),
        (Operator.CONTAINS, "100%", "%", True),
        (Operator.CONTAINS, "abc", "%", False),
        (Operator.CONTAINS, "abc", "a_c", False),
        (Operator.CONTAINS, 123, "2", False),
        (Operator.CONTAINS, "abc", "", True),
        (Operator.CONTAINS, None, "", False),
        (Operator.CONTAINS_ANY_CASE, "aBc", "Bc", True),
        (Operator.CONTAINS_ANY_CASE, "\u0130", "i", False),
        (Operator.CONTAINS_ANY_CASE, "É", "é", False),
        (Operator.CONTAINS_ANY_CASE, "\u212a", "k", False),
        (Operator.STARTS_WITH, "abc", "ab", True),
        (Operator.STARTS_WITH, "abc", "AB", False),
        (Operator.STARTS_WITH, "abc", "bc", False),
        (Operator.ENDS_WITH, "abc", "bc", True),
        (Operator.ENDS_WITH, "abc", "ab", False),
        (Operator.EQUALS_ANY_CASE, "ABC", "abc", True),
        (Operator.EQUALS_ANY_CASE, "ABCD", "abc", False),
        (Operator.EQUALS_ANY_CASE, "STRASSE", "straße", False),
        (Operator.MATCHES, "abc", "^a.c$", True),
        (Operator.MATCHES, "xabc", "b", True),
        (Operator.MATCHES, "abc", "^b", False),
        (Operator.MATCHES, 5, "5", False),
        (Operator.HAS_ANY, ["a", "b"], ("b", "c"), True),
        (Operator.HAS_ANY, ["a", "b"], ("c",), False),
        (Operator.HAS_ANY, ["ab"], ("a",), False),
        (Operator.HAS_ANY, ["a"], (), False),
        (Operator.HAS_ANY, "a", ("a",), False),
        (Operator.HAS_ALL, ["a", "b"], ("b", "a"), True),
        (Operator.HAS_ALL, ["a", "b"], ("a", "c"), False),
        (Operator.HAS_ALL, ["a"], (), True),
        (Operator.HAS_ALL, [], (), False),
        (Operator.HAS_ALL, "a", ("a",), False),
        (Operator.IS_NULL, None, True, True),
        (Operator.IS_NULL, None, False, False),
        (Operator.IS_NULL, [], True, True),
        (Operator.IS_NULL, ["a"], True, False),
        (Operator.IS_NULL, "", True, False),
        (Operator.IS_NULL, 0, True, False),
        (Operator.IS_NULL, False, False, True),
    ],
)
def test_operators(operator: Operator, value: Anything, operand: Anything, expected: bool) -> None:
    """Each operator says what its docstring says, and NOT is exactly the other answer."""
    term = Compare(ScoreField.TEXT, operator, operand)
    assert holds(term, reader({ScoreField.TEXT: value})) is expected
    assert holds(Not(term), reader({ScoreField.TEXT: value})) is not expected


@pytest.mark.parametrize("operator", [operator for operator in Operator if operator is not Operator.IS_NULL])
def test_nothing_compares_with_the_absent(operator: Operator) -> None:
    """A comparison with an absent field is false and its negation true, whatever the operator."""
    listed = operator in {Operator.ONE_OF, Operator.HAS_ANY, Operator.HAS_ALL}
    term = Compare(ScoreField.COMMENT, operator, ("",) if listed else "")
    assert not holds(term, reader({}))
    assert holds(Not(term), reader({}))


@pytest.mark.parametrize("field", [ScoreField.TRACE, ScoreField.ID, ScoreField.CONFIG])
def test_ids_compare_canonically(field: ScoreField) -> None:
    """One id in two spellings is equal, in either place; a field that is no id compares letter by letter."""
    for stored, asked in ((PLAIN, HYPHENATED), (HYPHENATED, PLAIN)):
        row = reader({field: stored, ScoreField.AUTHOR: stored})
        assert holds(Compare(field, Operator.EQUALS, asked), row)
        assert holds(Compare(field, Operator.ONE_OF, ("x", asked)), row)
        assert not holds(Compare(ScoreField.AUTHOR, Operator.EQUALS, asked), row)


def test_keys_lead_into_map_fields() -> None:
    """A key compares what is inside a document; JSON null is absence; an object compares with nothing."""
    row = reader({ScoreField.METADATA: {"a": {"b": 2}, "null": None, "a.b": 3}})

    def holds_at(key: tuple[str, ...], operator: Operator, operand: Anything) -> bool:
        return holds(Compare(ScoreField.METADATA, operator, operand, key), row)

    assert holds_at(("a", "b"), Operator.EQUALS, 2)
    assert holds_at(("a.b",), Operator.EQUALS, 3)
    assert holds_at(("null",), Operator.IS_NULL, True)
    assert holds_at(("missing",), Operator.IS_NULL, True)
    assert holds_at(("a",), Operator.IS_NULL, False)
    assert not holds_at(("a",), Operator.EQUALS, "b")


@given(
    st.sampled_from([operator for operator in Operator if operator is not Operator.MATCHES]),
    VALUES,
    SCALARS,
    st.text("aB", max_size=2),
)
def test_all_and_any_are_and_and_or(operator: Operator, value: Anything, scalar: Anything, text: str) -> None:
    """The laws of De Morgan hold for whatever terms, absent values included: the logic is two-valued."""
    operand: Anything = scalar
    if operator in {Operator.ONE_OF, Operator.HAS_ANY, Operator.HAS_ALL}:
        operand = (scalar, text)
    elif operator is Operator.IS_NULL:
        operand = True
    elif operator not in {
        Operator.EQUALS,
        Operator.BELOW,
        Operator.AT_MOST,
        Operator.ABOVE,
        Operator.AT_LEAST,
    }:
        operand = text
    one: Filter = Compare(ScoreField.TEXT, operator, operand)
    other: Filter = Compare(ScoreField.TEXT, Operator.EQUALS, scalar)
    row = reader({ScoreField.TEXT: value})
    assert holds(Not(All((one, other))), row) is holds(Any((Not(one), Not(other))), row)
    assert holds(All(), row)
    assert not holds(Any(), row)


MEMBERS: list[tuple[Operator, Anything, bool]] = [
    (Operator.EQUALS, "Good", True),
    (Operator.EQUALS, "Goo", False),
    (Operator.EQUALS_ANY_CASE, "gOOD", True),
    (Operator.ONE_OF, ("x", "fine"), True),
    (Operator.ONE_OF, ("x",), False),
    (Operator.CONTAINS, "oo", True),
    (Operator.CONTAINS, "OO", False),
    (Operator.CONTAINS, "Goodfine", False),
    (Operator.CONTAINS_ANY_CASE, "OO", True),
    (Operator.STARTS_WITH, "fi", True),
    (Operator.STARTS_WITH, "ood", False),
    (Operator.ENDS_WITH, "ood", True),
    (Operator.ENDS_WITH, "fin", False),
    (Operator.CONTAINS, "", True),
    (Operator.MATCHES, "^fin", True),
    (Operator.MATCHES, "d.*f", False),
    (Operator.BELOW, "z", False),
    (Operator.AT_LEAST, "", False),
]


@pytest.mark.parametrize(("operator", "operand", "expected"), MEMBERS)
def test_a_list_field_passes_if_a_member_does(operator: Operator, operand: Anything, expected: bool) -> None:
    """So labels can be searched; a list that a map field holds compares with nothing, but is there."""
    listed = ["Good", "fine"]
    assert holds(Compare(ScoreField.LABELS, operator, operand), lambda field, key: listed) is expected
    inside = Compare(ScoreField.METADATA, operator, operand, ("k",))
    assert not holds(inside, lambda field, key: listed)
    assert not holds(Compare(ScoreField.LABELS, operator, operand), lambda field, key: [])
    present = Compare(ScoreField.METADATA, Operator.IS_NULL, False, ("k",))
    assert holds(present, lambda field, key: listed)


def pages(order: Order, values: list[Anything], limit: int) -> list[tuple[Anything, int]]:
    """Walk rows (value, place of recording) page by page along the cursors."""
    rows = list(zip(values, range(len(values)), strict=True))
    walked: list[tuple[Anything, int]] = []
    window = Window(limit, total=True)
    while True:
        page = answer(
            ScoreQuery(1, All(), order, window),
            rows,
            lambda row: reader({ScoreField.NUMBER: row[0]}),
            lambda row: row[1],
        )
        assert page.total == len(rows)
        walked += page.items
        if page.next is None:
            return walked
        window = Window(limit, after=page.next, total=True)


def test_order() -> None:
    """Absent values come last in both directions; ties follow the order of recording from the same end."""
    values = [2, None, 1, 2, None]
    assert pages(Order(ScoreField.NUMBER, descending=False), values, 10) == [
        (1, 2),
        (2, 0),
        (2, 3),
        (None, 1),
        (None, 4),
    ]
    assert pages(Order(ScoreField.NUMBER), values, 10) == [(2, 3), (2, 0), (1, 2), (None, 4), (None, 1)]


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=12), st.booleans(), st.integers(1, 5))
def test_pages_join(values: list[int | None], descending: bool, limit: int) -> None:
    """Pages of any size, joined, are the whole list: nothing repeats, nothing is missing."""
    order = Order(ScoreField.NUMBER, descending)
    assert pages(order, values, limit) == pages(order, values, 1000)


def test_offset_and_limit() -> None:
    """An offset skips rows; a limit of 0 answers the total alone and no cursor."""
    rows = [1, 2, 3]

    def ask(window: Window) -> tuple[tuple[int, ...], int | None, bool]:
        query = ScoreQuery(1, All(), Order(ScoreField.NUMBER, descending=False), window)
        page = answer(query, rows, lambda row: reader({ScoreField.NUMBER: row}), lambda row: row)
        return page.items, page.total, page.next is None

    assert ask(Window(1, offset=1)) == ((2,), None, False)
    assert ask(Window(5, offset=2, total=True)) == ((3,), 3, True)
    assert ask(Window(0, total=True)) == ((), 3, True)
    assert ask(Window(5, offset=9)) == ((), None, True)
