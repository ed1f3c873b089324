"""Query parameters and the filter tree mean these filters of the core, and nothing else is let through."""

import json
from urllib.parse import quote

import pytest

from scorehouse.dialects.native.filters import OPERATORS, Sort, fields_of
from scorehouse.dialects.native.paging import read_listing
from scorehouse.domain.refusals import Invalid, Unreadable
from scorehouse.storage.queries import (
    All,
    Any,
    Compare,
    Cursor,
    Filter,
    Not,
    Operator,
    Order,
    ScoreField,
    SessionField,
    SpanField,
    TraceField,
    Window,
)
from scorehouse.wire.cursors import write_cursor

SCORES = fields_of(ScoreField)
SPANS = fields_of(SpanField)
NEW_YEAR_2026 = 1_767_225_600_000_000

PARAMETERS: list[tuple[str, Filter]] = [
    ("name=accuracy", Compare(ScoreField.NAME, Operator.EQUALS, "accuracy")),
    ("name=", Compare(ScoreField.NAME, Operator.EQUALS, "")),
    ("name.eq=accuracy", Compare(ScoreField.NAME, Operator.EQUALS, "accuracy")),
    ("name=a&name=b", Compare(ScoreField.NAME, Operator.ONE_OF, ("a", "b"))),
    ("name.not=a", Not(Compare(ScoreField.NAME, Operator.EQUALS, "a"))),
    ("name.not.eq=a&name.not.eq=b", Not(Compare(ScoreField.NAME, Operator.ONE_OF, ("a", "b")))),
    ("number.gte=0.5", Compare(ScoreField.NUMBER, Operator.AT_LEAST, 0.5)),
    ("number.lt=-1e3", Compare(ScoreField.NUMBER, Operator.BELOW, -1000.0)),
    ("boolean=true", Compare(ScoreField.BOOLEAN, Operator.EQUALS, True)),
    ("timestamp.lt=2026-01-01T00:00:00Z", Compare(ScoreField.TIMESTAMP, Operator.BELOW, NEW_YEAR_2026)),
    ("created_at.gte=2026-01-01", Compare(ScoreField.CREATED_AT, Operator.AT_LEAST, NEW_YEAR_2026)),
    ("name.contains=cc", Compare(ScoreField.NAME, Operator.CONTAINS, "cc")),
    (
        "comment.not.contains_any_case=sorry",
        Not(Compare(ScoreField.COMMENT, Operator.CONTAINS_ANY_CASE, "sorry")),
    ),
    (
        "name.starts_with=a&name.starts_with=b",
        Any(
            (
                Compare(ScoreField.NAME, Operator.STARTS_WITH, "a"),
                Compare(ScoreField.NAME, Operator.STARTS_WITH, "b"),
            )
        ),
    ),
    ("comment.is_null=true", Compare(ScoreField.COMMENT, Operator.IS_NULL, True)),
    ("number.is_null=false", Compare(ScoreField.NUMBER, Operator.IS_NULL, False)),
    ("labels=a&labels=b", Compare(ScoreField.LABELS, Operator.HAS_ANY, ("a", "b"))),
    ("labels.has_all=a&labels.has_all=b", Compare(ScoreField.LABELS, Operator.HAS_ALL, ("a", "b"))),
    ("metadata.plan=pro", Compare(ScoreField.METADATA, Operator.EQUALS, "pro", ("plan",))),
    ("metadata.user.plan=pro", Compare(ScoreField.METADATA, Operator.EQUALS, "pro", ("user", "plan"))),
    ("metadata.level=3", Compare(ScoreField.METADATA, Operator.ONE_OF, ("3", 3.0), ("level",))),
    ("metadata.beta=true", Compare(ScoreField.METADATA, Operator.ONE_OF, ("true", True), ("beta",))),
    ("metadata.level.gte=3", Compare(ScoreField.METADATA, Operator.AT_LEAST, 3.0, ("level",))),
    ("metadata.level.contains=3", Compare(ScoreField.METADATA, Operator.CONTAINS, "3", ("level",))),
    ("metadata.plan.is_null=true", Compare(ScoreField.METADATA, Operator.IS_NULL, True, ("plan",))),
    ("metadata.plan.not=pro", Not(Compare(ScoreField.METADATA, Operator.EQUALS, "pro", ("plan",)))),
    (
        "name=a&number.gt=1",
        All(
            (
                Compare(ScoreField.NAME, Operator.EQUALS, "a"),
                Compare(ScoreField.NUMBER, Operator.ABOVE, 1.0),
            )
        ),
    ),
    ("", All()),
]

TREES: list[tuple[object, Filter]] = [
    ({"field": "name", "operand": "a"}, Compare(ScoreField.NAME, Operator.EQUALS, "a")),
    ({"field": "name", "operand": ["a", "b"]}, Compare(ScoreField.NAME, Operator.ONE_OF, ("a", "b"))),
    (
        {"field": "number", "operator": "lte", "operand": 1},
        Compare(ScoreField.NUMBER, Operator.AT_MOST, 1),
    ),
    (
        {"field": "timestamp", "operator": "gte", "operand": "2026-01-01"},
        Compare(ScoreField.TIMESTAMP, Operator.AT_LEAST, NEW_YEAR_2026),
    ),
    (
        {"field": "metadata", "key": ["a.b", "eq"], "operand": 3},
        Compare(ScoreField.METADATA, Operator.EQUALS, 3, ("a.b", "eq")),
    ),
    ({"field": "labels", "operand": "a"}, Compare(ScoreField.LABELS, Operator.HAS_ANY, ("a",))),
    (
        {"field": "comment", "operator": "is_null", "operand": True},
        Compare(ScoreField.COMMENT, Operator.IS_NULL, True),
    ),
    ({"any": []}, Any()),
    (
        {"any": [{"field": "name", "operand": "a"}, {"not": {"all": []}}]},
        Any((Compare(ScoreField.NAME, Operator.EQUALS, "a"), Not(All()))),
    ),
]

WRONG: list[tuple[str, str, str]] = [
    ("colour=red", "colour", "unknown"),
    ("name.plan=a", "name.plan", "unknown"),
    ("name.gtee=a", "name.gtee", "unknown"),
    ("number=five", "number", "wrong_type"),
    ("number=nan", "number", "wrong_type"),
    ("number=1_0", "number", "wrong_type"),
    ("number=" + "9" * 5000, "number", "wrong_type"),
    ("number=1e9999", "number", "out_of_range"),
    ("boolean=1", "boolean", "wrong_type"),
    ("comment.is_null=maybe", "comment.is_null", "wrong_type"),
    ("timestamp.gt=yesterday", "timestamp.gt", "not_a_time"),
    ("number.contains=1", "number.contains", "not_allowed"),
    ("labels.gt=a", "labels.gt", "not_allowed"),
    ("metadata=a", "metadata", "missing"),
    ("name.matches=(", "name.matches", "malformed"),
    ("name=%00", "name", "bad_character"),
    ("limit=1001", "limit", "out_of_range"),
    ("limit=-1", "limit", "out_of_range"),
    ("limit=ten", "limit", "wrong_type"),
    ("offset=99999999999999999999", "offset", "out_of_range"),
    ("order=labels", "order", "not_a_choice"),
    ("order=colour", "order", "not_a_choice"),
    ("cursor=nonsense", "cursor", "bad_cursor"),
    ("total=perhaps", "total", "wrong_type"),
    ("filter=[]", "filter", "malformed"),
    ('filter={"all":[],"any":[]}', "filter", "malformed"),
    ('filter={"any":[{"field":"colour","operand":1}]}', "filter.any.0.field", "not_a_choice"),
    ('filter={"field":"name","operator":"in","operand":"a"}', "filter.operator", "not_a_choice"),
    ('filter={"field":"name","operand":1}', "filter.operand", "wrong_type"),
    ('filter={"field":"number","operand":true}', "filter.operand", "wrong_type"),
    ('filter={"field":"number","operand":1,"more":1}', "filter.more", "unknown"),
    ('filter={"field":"name"}', "filter.operand", "missing"),
    (
        'filter={"field":"metadata","key":["a"],"operator":"contains","operand":1}',
        "filter",
        "wrong_type",
    ),
]


@pytest.mark.parametrize(("query", "filter"), PARAMETERS)
def test_parameters_mean(query: str, filter: Filter) -> None:
    """Each parameter is one comparison, given again any of its values, and all parameters hold together."""
    assert read_listing(query, SCORES).filter == filter


@pytest.mark.parametrize(("tree", "filter"), TREES)
def test_the_tree_means(tree: object, filter: Filter) -> None:
    """The tree says what parameters cannot: OR, typed operands, any key."""
    assert read_listing(f"filter={quote(json.dumps(tree))}", SCORES).filter == filter


def test_parameters_and_tree_hold_together() -> None:
    """A tree narrows what the parameters ask."""
    asked = read_listing('name=a&filter={"any":[]}', SCORES)
    assert asked.filter == All((Compare(ScoreField.NAME, Operator.EQUALS, "a"), Any()))


@pytest.mark.parametrize(("query", "place", "code"), WRONG)
def test_what_does_not_fit_is_refused(query: str, place: str, code: str) -> None:
    """Nothing asked for is ignored, and the refusal says which parameter is wrong, and how."""
    with pytest.raises(Invalid) as refused:
        read_listing(query, SCORES)
    (fault,) = refused.value.faults
    assert (".".join(str(part) for part in fault.path), fault.code) == (place, code)


@pytest.mark.parametrize("query", ["filter={", "name=%ff", "filter=%ED%A0%80"])
def test_what_cannot_be_read_is_refused(query: str) -> None:
    """Broken JSON and broken UTF-8 are told apart from wrong values."""
    with pytest.raises(Unreadable):
        read_listing(query, SCORES)


def test_every_field_and_every_operator_of_the_core_can_be_asked() -> None:
    """Native is the full language: no field is missing, and of the operators only ONE_OF has no word of its own."""
    for enumeration in (ScoreField, TraceField, SpanField, SessionField):
        assert {listed.field for listed in fields_of(enumeration).values()} == set(enumeration)
    assert set(OPERATORS.values()) == set(Operator) - {Operator.ONE_OF}


def test_latency_is_asked_in_milliseconds() -> None:
    """The parameter says its unit; the core counts microseconds."""
    assert SPANS["latency_ms"].sort is Sort.MILLISECONDS
    asked = read_listing("latency_ms.gt=1.5", SPANS)
    assert asked.filter == Compare(SpanField.LATENCY, Operator.ABOVE, 1500.0)


def test_a_part_of_a_list_is_asked_for() -> None:
    """Without a word it is the newest 50; the last of a repeated parameter counts."""
    plain = read_listing("", SCORES)
    assert plain.window == Window(50)
    assert plain.order == Order(ScoreField.CREATED_AT, descending=True)

    cursor = Cursor("accuracy", 17)
    asked = read_listing(f"limit=9&limit=3&order=name&total=true&cursor={write_cursor(cursor)}", SCORES)
    assert asked.window == Window(3, after=cursor, total=True)
    assert asked.order == Order(ScoreField.NAME, descending=False)
    assert read_listing("offset=20&order=-timestamp", SCORES).window == Window(50, offset=20)


def test_a_cursor_and_an_offset_contradict_each_other() -> None:
    """A list that started by one of them goes on by the same."""
    with pytest.raises(Invalid) as refused:
        read_listing(f"offset=1&cursor={write_cursor(Cursor(1, 1))}", SCORES)
    assert refused.value.faults[0].path == ("offset",)


def test_every_fault_of_a_query_is_named() -> None:
    """One wrong parameter does not hide another."""
    with pytest.raises(Invalid) as refused:
        read_listing("limit=ten&colour=red&number=five&order=labels", SCORES)
    assert {fault.path[0] for fault in refused.value.faults} == {"limit", "colour", "number"}
    with pytest.raises(Invalid) as refused:
        read_listing("cursor=x&colour=red&order=labels", SCORES)
    assert {fault.path[0] for fault in refused.value.faults} == {"cursor", "colour", "order"}
