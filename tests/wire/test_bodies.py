"""Bodies and query strings are read strictly, and a refusal names every broken member."""

import json
import time
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorehouse.domain.documents import DEPTH_MAX
from scorehouse.domain.refusals import Fault, Invalid, Refusal, Unreadable
from scorehouse.wire.bodies import CHUNK_BYTES, FAULTS_MAX, convert, decode, find_faults, parse, read_query
from scorehouse.wire.call import QUERY_PAIRS_MAX, query_pairs


class Colour(StrEnum):
    """A closed set."""

    RED = "red"
    BLUE = "blue"


class Inner(msgspec.Struct, rename="camel"):
    """An inner shape with a member spelled otherwise on the wire."""

    first_name: str
    age: Annotated[int, msgspec.Meta(ge=0, le=150)] | None = None


class Closed(msgspec.Struct, forbid_unknown_fields=True):
    """A shape without room for others."""

    a: int = 0


class Circle(msgspec.Struct, tag="circle", tag_field="type"):
    """One of two shapes told apart by a tag."""

    radius: float


class Square(msgspec.Struct, tag="square", tag_field="type"):
    """The other."""

    side: float


class Body(msgspec.Struct):
    """A shape with every kind of member."""

    number: float
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=5)]
    inner: Inner | None = None
    many: list[Inner] | None = None
    by_name: dict[str, Inner] = {}
    several: str | list[str] | None = None
    colour: Colour | None = None
    literal: Literal["a", "b"] = "a"
    unset: int | msgspec.UnsetType | None = msgspec.UNSET
    anything: Any = None
    raw: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    closed: Closed | None = None
    figure: Circle | Square | None = None
    pair: tuple[int, str] | None = None
    limited: Annotated[list[int], msgspec.Meta(max_length=2)] = []
    coded: Annotated[str, msgspec.Meta(pattern="^[a-z]<>*$")] = "a"


GOOD: dict[str, Any] = {"number": 1, "text": "x"}


def faults_of(**members: Any) -> list[Fault]:
    """Decode a body with these members and return what is wrong with it."""
    with pytest.raises(Invalid) as refused:
        decode(json.dumps(GOOD | members).encode(), Body)
    return list(refused.value.faults)


# ── What is no JSON ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{",
        b"[1,]",
        b"{'a': 1}",
        b"{} {}",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"[1e400]",
        b"[-1e400]",
        b"9" * 5000,
        b"[01]",
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\\x"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        b'"a\nb"',
        b'"a\0b"',
        b"\xef\xbb\xbf{}",
        b'"a',
        b'"a\\',
        "{}".encode("utf-16"),
        b"[}" * 90,
    ],
)
@pytest.mark.parametrize("shape", [Any, dict[str, Any]])
def test_unreadable(body: bytes, shape: Any) -> None:
    """What is not JSON in UTF-8, with numbers that doubles can hold, is refused as unreadable."""
    with pytest.raises(Unreadable):
        parse(body)
    with pytest.raises(Refusal):
        decode(body, shape)


def test_unreadable_says_where() -> None:
    """The byte at which the body breaks is named, where the decoder knows it."""
    with pytest.raises(Unreadable) as refused:
        parse(b'{"a": xyz}')
    assert refused.value.offset == 6
    with pytest.raises(Unreadable, match="empty"):
        parse(b" \n")


@pytest.mark.parametrize("number", ["1e400", "9" * 400])
def test_numbers_beyond_all_doubles(number: str) -> None:
    """A number that no double holds is refused also where a number is asked for."""
    with pytest.raises(Refusal):
        decode(f'{{"number": {number}, "text": "x"}}'.encode(), Body)


def test_readable() -> None:
    """What Python's own reader takes from JSON is what ours takes: of a repeated name the last, integers exactly."""
    for body in (b'{"a": 1, "a": 2}', b"18446744073709551617", b"-0.0", b'"\\ud83d\\ude00"', b'"\\u0000"', b" [] "):
        assert parse(body) == json.loads(body)


# ── Depth ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('{"]}":[', "]}")])
@pytest.mark.parametrize("depth", [1, DEPTH_MAX, DEPTH_MAX + 1, 500, 5_000, 100_000])
def test_depth(opening: str, closing: str, depth: int) -> None:
    """Bodies nested to the limit are read, deeper ones refused, whatever stands in their strings."""
    levels = depth * (2 if opening.endswith("[") and len(opening) > 1 else 1)
    body = f"{opening * depth}1{closing * depth}".encode()
    if levels <= DEPTH_MAX:
        assert parse(body) == json.loads(body)
        return
    with pytest.raises(Invalid) as refused:
        parse(body)
    assert [fault.code for fault in refused.value.faults] == ["too_deep"]
    with pytest.raises(Invalid):
        decode(body, list[Any])


@pytest.mark.parametrize(
    "document",
    [
        [{"a": [1]}] * 500,
        ["[[[["] * 500,
        ['"[', "\\", '\\"{', "]}"] * 500,
        {str(number): {} for number in range(500)},
    ],
)
def test_wide_is_not_deep(document: Any) -> None:
    """Many brackets side by side, or in strings, are no depth."""
    assert parse(json.dumps(document).encode()) == document


@given(
    st.recursive(st.text('[]{}"\\', max_size=6), lambda inner: st.lists(inner, min_size=1, max_size=4), max_leaves=300)
)
def test_brackets_in_strings(document: Any) -> None:
    """No string, however it is quoted, is taken for structure."""
    body = json.dumps([document] * 60).encode()
    assert parse(body) == json.loads(body)


@pytest.mark.parametrize("content", ['"[{', '\\"}]', "\\", "[[[[[[", "}}}}}}"])
@pytest.mark.parametrize("levels", [DEPTH_MAX, DEPTH_MAX + 1])
def test_depth_across_chunks(content: str, levels: int) -> None:
    """Wherever a large body is cut in two, in a string, between a backslash and its quote, depth stays the same."""
    inner: Any = [[[]] * DEPTH_MAX]
    for _ in range(levels - 4):
        inner = [content, inner]
    for padding in range(CHUNK_BYTES - 60, CHUNK_BYTES):
        document = ["x" * padding, content, content, inner]
        body = json.dumps(document).encode()
        if levels <= DEPTH_MAX:
            assert parse(body) == document
        else:
            with pytest.raises(Invalid):
                parse(body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"]" * 100 + b"[" * 200, b"[}" * 500])
def test_unbalanced(body: bytes) -> None:
    """A body that only opens, or closes first, is refused one way or the other."""
    with pytest.raises(Refusal):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [b'"' + b'\\"' * 2_000_000, b"[" * 2_000_000 + b'"' * 2_000_001, b"{" * 4_000_000 + b"}" * 200, b'["' * 1_500_000],
)
def test_depth_is_measured_in_linear_time(body: bytes) -> None:
    """No body of some megabytes, however broken, takes seconds to refuse."""
    start = time.perf_counter()
    with pytest.raises(Refusal):
        parse(body)
    assert time.perf_counter() - start < 2


# ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"number": "1"}, [(("number",), "wrong_type", "string")]),
        ({"number": True}, [(("number",), "wrong_type", "boolean")]),
        ({"number": None}, [(("number",), "wrong_type", "null")]),
        ({"text": ""}, [(("text",), "too_short", "string")]),
        ({"text": "abcdef"}, [(("text",), "too_long", "string")]),
        ({"text": []}, [(("text",), "wrong_type", "array")]),
        ({"inner": 5}, [(("inner",), "wrong_type", "number")]),
        ({"inner": {}}, [(("inner", "firstName"), "missing", None)]),
        ({"inner": {"firstName": 1, "age": -1}}, [
            (("inner", "firstName"), "wrong_type", "number"),
            (("inner", "age"), "out_of_range", "number"),
        ]),
        ({"many": {}}, [(("many",), "wrong_type", "object")]),
        ({"many": [{"firstName": "x"}, {}, 5]}, [
            (("many", 1, "firstName"), "missing", None),
            (("many", 2), "wrong_type", "number"),
        ]),
        ({"by_name": {"k": {"firstName": None}}}, [(("by_name", "k", "firstName"), "wrong_type", "null")]),
        ({"several": 5}, [(("several",), "wrong_type", "number")]),
        ({"several": ["a", 1]}, [(("several", 1), "wrong_type", "number")]),
        ({"colour": "green"}, [(("colour",), "not_a_choice", "string")]),
        ({"colour": 1}, [(("colour",), "wrong_type", "number")]),
        ({"literal": "c"}, [(("literal",), "not_a_choice", "string")]),
        ({"unset": "x"}, [(("unset",), "wrong_type", "string")]),
        ({"closed": {"b": 1, "a": 1}}, [(("closed", "b"), "unknown", None)]),
        ({"closed": {"b": 1, "a": "x"}}, [
            (("closed", "a"), "wrong_type", "string"),
            (("closed", "b"), "unknown", None),
        ]),
        ({"figure": {"type": "circle", "radius": "x"}}, [(("figure", "radius"), "wrong_type", "string")]),
        ({"figure": {"type": "square"}}, [(("figure", "side"), "missing", None)]),
        ({"figure": {}}, [(("figure", "type"), "missing", None)]),
        ({"figure": {"type": "line"}}, [(("figure", "type"), "malformed", "object")]),
        ({"pair": [1, 2]}, [(("pair", 1), "wrong_type", "array")]),
        ({"limited": [1, 2, 3]}, [(("limited",), "too_long", "array")]),
        ({"limited": [1, "x", 3]}, [(("limited", 1), "wrong_type", "string")]),
        ({"coded": "A"}, [(("coded",), "malformed", "string")]),
        (
            {"number": "x", "text": 1, "literal": 5, "raw": [1]},
            [
                (("number",), "wrong_type", "string"),
                (("text",), "wrong_type", "number"),
                (("literal",), "wrong_type", "number"),
            ],
        ),
    ],
)  # fmt: skip  # one case a line, and its faults one a line
def test_every_fault_is_named(members: dict[str, Any], expected: list[Any]) -> None:
    """Each broken member is one fault, in order of declaration, with its place, kind and the type that was sent."""
    found = faults_of(**members)
    assert [(fault.path, fault.code) for fault in found] == [(path, code) for path, code, _ in expected]
    assert [fault.given for fault in found if fault.code not in {"missing", "unknown"}] == [
        given for _, code, given in expected if code not in {"missing", "unknown"}
    ]


@pytest.mark.parametrize("document", [[], 5, None, "x", True])
def test_another_kind_of_body(document: Any) -> None:
    """A body of another JSON type is one fault, of the whole."""
    with pytest.raises(Invalid) as refused:
        decode(json.dumps(document).encode(), Body)
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [((), "wrong_type")]


def test_messages_are_for_people() -> None:
    """Faults say what would be right in the words of JSON, and list the choices where there are some."""
    assert faults_of(number="x")[0].message == "must be a number"
    assert faults_of(several=1)[0].message == "must be a string or an array or null"
    assert faults_of(colour="x")[0].message == "must be one of red, blue"
    assert faults_of(colour="x")[0].allowed == ("red", "blue")
    assert faults_of(literal="x")[0].allowed == ("a", "b")


def test_good_bodies() -> None:
    """What fits is read, unknown members are ignored, absent ones are told from null."""
    body = decode(b'{"number": 1, "text": "x", "extra": [[]], "raw": {"a": 1.50}}', Body)
    assert (body.number, body.unset) == (1.0, msgspec.UNSET)
    assert isinstance(body.raw, msgspec.Raw)
    assert bytes(body.raw) == b'{"a": 1.50}'
    assert decode(b'{"number": 1, "text": "x", "unset": null}', Body).unset is None


def test_rules_of_the_shape_itself() -> None:
    """A rule that a shape checks in its constructor is a fault of the whole shape."""

    class Ordered(msgspec.Struct):
        """A shape with a rule over two members."""

        low: int
        high: int

        def __post_init__(self) -> None:
            if self.low > self.high:
                raise ValueError("low must not exceed high")

    with pytest.raises(Invalid) as refused:
        decode(b'[{"low": 1, "high": 2}, {"low": 2, "high": 1}]', list[Ordered])
    assert [(fault.path, fault.code, fault.message) for fault in refused.value.faults] == [
        ((1,), "malformed", "low must not exceed high")
    ]


def test_faults_are_bounded() -> None:
    """A body of many broken items is not answered with as many faults."""
    with pytest.raises(Invalid) as refused:
        decode(b"[" + b",".join([b"{}"] * 10_000) + b"]", list[Inner])
    assert len(refused.value.faults) == FAULTS_MAX


MEMBERS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=6),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["firstName", "age", "a", "type", "radius"]), st.integers(), max_size=2),
)


@given(st.fixed_dictionaries({}, optional={member.name: MEMBERS for member in msgspec.structs.fields(Body)}))
def test_faults_agree_with_the_decoder(document: dict[str, Any]) -> None:
    """A body is refused exactly where the decoder refuses it, and then names at least one fault."""
    body = msgspec.json.encode(document)
    try:
        msgspec.json.decode(body, type=Body)
    except msgspec.ValidationError:
        with pytest.raises(Invalid):
            decode(body, Body)
    else:
        assert isinstance(decode(body, Body), Body)
        assert list(find_faults({name: item for name, item in document.items() if name != "raw"}, Body)) == []


def test_convert() -> None:
    """A parsed value is read as a shape, with its faults seen from where it stood."""
    assert convert({"firstName": "x"}, Inner) == Inner("x")
    with pytest.raises(Invalid) as refused:
        convert({"firstName": 5}, Inner, "scores", 3)
    assert refused.value.faults[0].path == ("scores", 3, "firstName")


# ── Query strings ────────────────────────────────────────────────────────────────────────────────────────


class Query(msgspec.Struct, rename="camel"):
    """A query with every kind of parameter."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    min_value: float | None = None
    name: str | None = None
    flag: bool | None = None
    tags: list[str] = []
    numbers: list[float] = []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", Query()),
        ("limit=5&minValue=1.5", Query(limit=5, min_value=1.5)),
        ("limit=5&limit=6", Query(limit=6)),
        ("name=", Query(name="")),
        ("name", Query(name="")),
        ("name=null", Query(name="null")),
        ("name=a+b%20c%26", Query(name="a b c&")),
        ("name=%C3%A9é", Query(name="éé")),
        ("name=%zz%4", Query(name="%zz%4")),
        ("name=a=b", Query(name="a=b")),
        ("flag=true", Query(flag=True)),
        ("flag=0", Query(flag=False)),
        ("tags=a&tags=b,c", Query(tags=["a", "b,c"])),
        ("unknown=1&&=&", Query()),
        ("minValue=-1e3", Query(min_value=-1000.0)),
    ],
)
def test_queries(query: str, expected: Query) -> None:
    """Parameters are read by their names; of a repeated one the last counts unless it is a list."""
    assert read_query(query, Query, frozenset({"tags", "numbers"})) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=x", [("limit", "wrong_type")]),
        ("limit=", [("limit", "wrong_type")]),
        ("limit=0", [("limit", "out_of_range")]),
        ("limit=1.5", [("limit", "wrong_type")]),
        ("limit=1_0", [("limit", "wrong_type")]),
        ("limit=%D9%A3", [("limit", "wrong_type")]),
        ("limit=99999999999999999999", [("limit", "out_of_range")]),
        ("minValue=nan", [("minValue", "not_finite")]),
        ("minValue=inf", [("minValue", "not_finite")]),
        ("minValue=-Infinity", [("minValue", "not_finite")]),
        ("minValue=1e400", [("minValue", "out_of_range")]),
        ("flag=maybe", [("flag", "wrong_type")]),
        ("numbers=1&numbers=nan", [("numbers", "not_finite")]),
        ("limit=x&minValue=y", [("limit", "wrong_type"), ("minValue", "wrong_type")]),
    ],
)
def test_queries_refused(query: str, expected: list[tuple[str, str]]) -> None:
    """Every wrong parameter is named by its wire name."""
    with pytest.raises(Invalid) as refused:
        read_query(query, Query, frozenset({"tags", "numbers"}))
    assert [(fault.path[0], fault.code) for fault in refused.value.faults] == expected


@pytest.mark.parametrize(
    "query", ["a=%ff", "a=%ED%A0%80", "a=%C3", "a=\ud800", "&".join(["a=1"] * (QUERY_PAIRS_MAX + 1))]
)
def test_queries_unreadable(query: str) -> None:
    """A query that is not UTF-8 behind its percent signs, or endless, is refused."""
    with pytest.raises(Unreadable):
        query_pairs(query)


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_queries_round_trip(pairs: list[tuple[str, str]]) -> None:
    """What was properly encoded comes back in order, whatever characters it has."""
    from urllib.parse import urlencode  # noqa: PLC0415 - the peer of this one test

    good = [pair for pair in pairs if "".join(pair).isprintable()]
    assert query_pairs(urlencode(good)) == good
