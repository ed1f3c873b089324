"""What changes of a trace or span by an explicit request, in contrast to what one more message says of it.

A sketch (``traces``) adds to what is known and cannot take away. A patch can: KEEP leaves a field as it is,
None clears it.
"""

from collections.abc import Mapping
from typing import Any, Final

from scorehouse.domain.documents import Document, Fields, checked_document, same
from scorehouse.domain.frozen import Frozen, field_names
from scorehouse.domain.instants import Instant
from scorehouse.domain.scores import KEEP, Keep, MetadataParts
from scorehouse.domain.traces import Health, Span, SpanKind, SpanSketch, Trace, TraceSketch


class MetadataOverlay(Frozen, frozen=True):
    """A change of metadata that lays members over those that are there, at the top level only; null is a value."""

    members: Fields

    def apply(self, before: Fields) -> Fields:
        """Return the metadata after the change."""
        return {**before, **self.members}


class DescribedPatch(Frozen, frozen=True, kw_only=True):
    """Which fields of a trace or span change; what they mean: `Described`.

    Attributes:
        tags: replace.
        metadata: a whole new one, or single parts of it.
        residue: dialect name → members laid over what that dialect keeps; a member that is None goes.

    Raises:
        Invalid: a field gets what it cannot hold, by the rules of the sketches.
    """

    name: str | None | Keep = KEEP
    started_at: Instant | None | Keep = KEEP
    ended_at: Instant | None | Keep = KEEP
    session: str | None | Keep = KEEP
    user: str | None | Keep = KEEP
    environment: str | None | Keep = KEEP
    release: str | None | Keep = KEEP
    version: str | None | Keep = KEEP
    health: Health | None | Keep = KEEP
    error: str | None | Keep = KEEP
    tags: tuple[str, ...] | Keep = KEEP
    input: Document | Keep = KEEP
    output: Document | Keep = KEEP
    metadata: Fields | MetadataOverlay | MetadataParts | Keep = KEEP
    residue: Mapping[str, Fields] | Keep = KEEP

    def _given(self) -> dict[str, Any]:
        """Return the fields that change, as they were given."""
        return {name: new for name in field_names(type(self)) if (new := getattr(self, name)) is not KEEP}

    def _sketched(self) -> dict[str, Any]:
        """Return what a sketch of the same fields would say, for its checks."""
        said = {name: new for name, new in self._given().items() if new is not None}
        if isinstance(self.metadata, MetadataOverlay | MetadataParts):
            said["metadata"] = self.metadata.members
        return said


class TracePatch(DescribedPatch, frozen=True, kw_only=True):
    """Which fields of a trace change."""

    public: bool | Keep = KEEP

    def __post_init__(self) -> None:
        TraceSketch(id=_ANY, **self._sketched())

    def changes(self, known: Trace) -> dict[str, Any]:
        """Return the fields that differ after this patch, with their new values."""
        return _changes(known, self._given())


class SpanPatch(DescribedPatch, frozen=True, kw_only=True):
    """Which fields of a span change. The trace that it lies in never does."""

    parent: str | None | Keep = KEEP
    kind: SpanKind | None | Keep = KEEP
    model: str | None | Keep = KEEP
    model_parameters: Fields | None | Keep = KEEP
    usage: Mapping[str, int] | None | Keep = KEEP
    cost_usd: float | None | Keep = KEEP
    completion_started_at: Instant | None | Keep = KEEP

    def __post_init__(self) -> None:
        SpanSketch(id=_ANY, **self._sketched())

    def changes(self, known: Span) -> dict[str, Any]:
        """Return the fields that differ after this patch, with their new values."""
        return _changes(known, self._given())


_ANY: Final = "any"
"""Stands for the id in the sketches whose checks a patch borrows."""


def _changes(known: Trace | Span, given: dict[str, Any]) -> dict[str, Any]:
    pairs = ((name, getattr(known, name), _after(name, getattr(known, name), new)) for name, new in given.items())
    return {name: after for name, before, after in pairs if not same(after, before)}


def _after(name: str, before: Any, new: Any) -> Any:
    """Return what a field is after the change."""
    if name == "residue":
        return _overlaid(before, new)
    if isinstance(new, MetadataOverlay | MetadataParts):
        return checked_document(new.apply(before), name)
    return tuple(dict.fromkeys(new)) if name == "tags" else new


def _overlaid(before: Mapping[str, Fields], given: Mapping[str, Fields]) -> dict[str, Fields]:
    """Lay members over what each dialect keeps; a dialect that keeps nothing any more goes."""
    result = dict(before)
    for dialect, members in given.items():
        whole = {**result.get(dialect, {}), **members}
        result[dialect] = {name: value for name, value in whole.items() if value is not None}
    return {dialect: members for dialect, members in result.items() if members}
