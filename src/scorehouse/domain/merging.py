"""How sketches of traces and spans merge into what is known (the rules: ``traces``)."""

from collections.abc import Iterable
from typing import Any

from scorehouse.domain.documents import merged
from scorehouse.domain.frozen import field_names
from scorehouse.domain.traces import Span, SpanSketch, Trace, TraceSketch

_NOT_MERGED = frozenset({"id", "trace", "first_wins", "replace", "shallow"})
_TRACE_FIELDS = tuple(name for name in field_names(TraceSketch) if name not in _NOT_MERGED)
_SPAN_FIELDS = tuple(name for name in field_names(SpanSketch) if name not in _NOT_MERGED)
_DEEP = frozenset({"metadata", "residue"})


def trace_changes(known: Trace, sketch: TraceSketch) -> dict[str, Any]:
    """Return the fields of a trace that a sketch changes, with their new values; empty if it says nothing new."""
    return _changes(known, sketch, _TRACE_FIELDS)


def span_changes(known: Span, sketch: SpanSketch) -> dict[str, Any]:
    """Return the fields of a span that a sketch changes, with their new values; what a replacement omits is cleared."""
    if sketch.replace:
        told = {name: getattr(sketch, name) for name in _SPAN_FIELDS} | {"tags": united((), sketch.tags)}
        return {name: new for name, new in told.items() if new != getattr(known, name)}
    return _changes(known, sketch, _SPAN_FIELDS)


def _changes(known: Trace | Span, sketch: TraceSketch | SpanSketch, names: Iterable[str]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name in names:
        told = getattr(sketch, name)
        if told is None or told == () or (name in _DEEP and not told):
            continue
        before = getattr(known, name)
        if name == "tags":
            told = united(before, told)
        elif name in _DEEP:
            told = {**before, **told} if sketch.shallow and name == "metadata" else merged(before, told)
        elif name in sketch.first_wins and before is not None:
            continue
        if told != before:
            changes[name] = told
    return changes


def united(first: tuple[str, ...], then: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags of both, each once, in order of arrival."""
    return tuple(dict.fromkeys((*first, *then)))
