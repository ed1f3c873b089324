"""Free-form JSON that people attach: metadata, inputs, outputs, vendor residue.

The house stores such documents whole and understands nothing in them but their top-level keys.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from scorehouse.domain.identity import is_storable
from scorehouse.domain.refusals import Fault, Invalid, Path

Document = Any
"""Any JSON value: None, bool, int, float, str, list or dict with text keys."""

Fields = Mapping[str, Any]
"""A JSON object."""

DEPTH_MAX = 100
"""Levels of nesting. What is read must be writable again on a deeper call stack; agents nest some 20 levels."""

EMPTY: Fields = {}
"""The object without members; never written to."""


def checked_document(document: Document, *path: str | int) -> Document:
    """Return `document` if it is nested at most DEPTH_MAX levels and holds nothing that cannot be stored.

    Raises:
        Invalid: with the fault at `path`, not at the place inside: the insides are the sender's.
    """
    level: list[Any] = [document]
    depth = 0
    while level:
        depth += 1
        if depth > DEPTH_MAX:
            raise Invalid(Fault(path, "too_deep", f"must not be nested deeper than {DEPTH_MAX} levels"))
        level = _beneath(level, path)
    return document


def same(one: Document, other: Document) -> bool:
    """Tell whether two documents say the same. Unlike to Python, true is not 1 to who sent it; 1.0 is."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def merged(older: Fields, newer: Fields) -> dict[str, Any]:
    """Merge two objects deeply: objects under the same key merge, anything else is replaced by the newer."""
    result = dict(older)
    for key, value in newer.items():
        before = result.get(key)
        result[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result


def merge_patched(older: Fields, newer: Fields) -> dict[str, Any]:
    """Merge as a JSON merge patch (RFC 7396): like `merged`, but null removes what stood under its key."""
    result = dict(older)
    for key, value in newer.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            before = result.get(key)
            result[key] = merge_patched(before if isinstance(before, dict) else EMPTY, value)
        else:
            result[key] = value
    return result


def _beneath(level: list[Any], path: Path) -> list[Any]:
    """Check what stands at one level of a document, and return what stands beneath it."""
    following: list[Any] = []
    for node in level:
        if isinstance(node, str):
            if not is_storable(node):
                raise Invalid(Fault(path, "bad_character", "must not contain NUL or lone surrogates"))
        elif isinstance(node, dict):
            following += node
            following += node.values()
        elif isinstance(node, list):
            following += node
        elif isinstance(node, float) and not isfinite(node):
            raise Invalid(Fault(path, "not_finite", "must not contain numbers that are not finite"))
    return following
