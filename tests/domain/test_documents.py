"""Free-form JSON is bounded and storable, merges deeply, and is compared as its sender would."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorehouse.domain.documents import DEPTH_MAX, checked_document, merge_patched, merged, same
from scorehouse.domain.refusals import Invalid

DOCUMENTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.sampled_from([0.0, 1.0, 1.5]), st.text("ab", max_size=2)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("ab", max_size=1), inner, max_size=3)),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text("abc", max_size=1), DOCUMENTS, max_size=4)


def nested(depth: int, *, objects: bool) -> Any:
    """Build a document of so many levels."""
    document: Any = 1
    for _ in range(depth - 1):
        document = {"a": document} if objects else [document]
    return document


@pytest.mark.parametrize("objects", [True, False])
def test_depth(objects: bool) -> None:
    """A document may have exactly DEPTH_MAX levels; one far deeper is refused without recursion."""
    assert checked_document(nested(DEPTH_MAX, objects=objects))
    for depth in (DEPTH_MAX + 1, 100_000):
        with pytest.raises(Invalid) as refused:
            checked_document(nested(depth, objects=objects), "metadata")
        assert [(fault.path, fault.code) for fault in refused.value.faults] == [(("metadata",), "too_deep")]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("\0", "bad_character"),
        ({"a": ["\ud800"]}, "bad_character"),
        ({"\0": 1}, "bad_character"),
        ({"\udfff": 1}, "bad_character"),
        ([float("nan")], "not_finite"),
        ({"a": float("-inf")}, "not_finite"),
    ],
)
def test_documents_refused(document: Any, code: str) -> None:
    """What no engine can store is refused wherever in the document it is."""
    with pytest.raises(Invalid) as refused:
        checked_document(document, "input")
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(("input",), code)]


@given(DOCUMENTS)
def test_documents_taken(document: Any) -> None:
    """Any other JSON passes, untouched."""
    assert checked_document(document) is document


@pytest.mark.parametrize(
    ("older", "newer", "result", "patched"),
    [
        ({}, {}, {}, {}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": {"x": 1}}, {"a": 5}, {"a": 5}, {"a": 5}),
        ({"a": 5}, {"a": {"x": 1}}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": [1]}, {"a": [2]}, {"a": [2]}, {"a": [2]}),
        ({"a": 1}, {"a": None}, {"a": None}, {}),
        ({"a": {"x": 1}}, {"a": {"x": None}}, {"a": {"x": None}}, {"a": {}}),
        ({}, {"a": {"x": None, "y": 1}}, {"a": {"x": None, "y": 1}}, {"a": {"y": 1}}),
    ],
)
def test_merges(older: Any, newer: Any, result: Any, patched: Any) -> None:
    """Objects merge deeply and anything else is replaced; null is a value to a merge, a removal to a patch."""
    before = repr((older, newer))
    assert merged(older, newer) == result
    assert merge_patched(older, newer) == patched
    assert repr((older, newer)) == before


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_rfc_7396(target: Any, patch: Any, result: Any) -> None:
    """The examples of RFC 7396, appendix A, whose documents are objects."""
    assert merge_patched(target, patch) == result


@given(OBJECTS, OBJECTS, OBJECTS)
def test_merging_in_steps(one: Any, two: Any, three: Any) -> None:
    """How arrivals are grouped does not matter to a merge, and merging the same again changes nothing."""
    if not _clashes(one, two, three):
        assert same(merged(merged(one, two), three), merged(one, merged(two, three)))
    assert same(merged(merged(one, two), two), merged(one, two))
    assert same(merged(one, {}), one)
    assert same(merged({}, one), one)


def _clashes(one: Any, two: Any, three: Any) -> bool:
    """Tell whether an object comes back after something else took its place; then the first is forgotten or not."""
    if not all(isinstance(item, dict) for item in (one, three)):
        return False
    if not isinstance(two, dict):
        return True
    return any(
        key in two and _clashes(one[key], two[key], three[key]) for key in one.keys() & two.keys() & three.keys()
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, True, False),
        (0, False, False),
        ({"a": [1]}, {"a": [True]}, False),
        (1, 1.0, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([1, 2], [2, 1], False),
        ([1], [1, 1], False),
        ({"a": None}, {}, False),
        ("a", "a", True),
        (None, False, False),
    ],
)
def test_same(one: Any, other: Any, expected: bool) -> None:
    """Documents are compared as JSON: booleans are no numbers, members have no order, elements do."""
    assert same(one, other) is expected
    assert same(other, one) is expected


@given(DOCUMENTS)
def test_same_as_itself(document: Any) -> None:
    """Every document is the same as itself."""
    assert same(document, document)
