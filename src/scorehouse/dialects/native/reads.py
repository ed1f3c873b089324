"""Their shapes → our words. The native shapes are the core's words, so little changes but nulls and times.

A new score and a change of one say the same members. A new score is what its members make of nothing; the change that
they would be is read only where the score may already be there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from scorehouse.dialects.native.shapes import (
    ChoiceShape,
    ConditionShape,
    ConfigChange,
    EvaluatorChange,
    IfExists,
    NewConfig,
    NewEvaluator,
    NewScore,
    NewTarget,
    OutcomeChange,
    ScoreChange,
    SourceChange,
    ValueChange,
)
from scorehouse.domain.changes import START, Mark
from scorehouse.domain.documents import EMPTY, merge_patched
from scorehouse.domain.frozen import replace
from scorehouse.domain.identity import checked_id
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.registry import Choice, Comparison, Config, Constraint, Evaluator, PassCondition
from scorehouse.domain.scores import (
    COMPLETED,
    FROM_API,
    KEEP,
    Draft,
    Facets,
    Keep,
    MetadataParts,
    OutcomeParts,
    Patch,
    SourceParts,
)
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TargetKind, TraceTarget
from scorehouse.domain.values import Kind, Value, boolean, categorical, numeric
from scorehouse.storage.verbs import Recording
from scorehouse.wire.times import parse_time

LIST_COMPARISONS = frozenset({Comparison.ONE_OF, Comparison.NONE_OF})
"""Comparisons that take several operands."""

_MARK = re.compile(r"(\d{1,18})\.(\d{1,18})", re.ASCII)

PLAIN_TARGETS: Mapping[TargetKind, Callable[[str], Target]] = {
    TargetKind.TRACE: TraceTarget,
    TargetKind.SESSION: SessionTarget,
    TargetKind.RUN: RunTarget,
}
"""Targets that need nothing but an id; a span may name its trace as well."""


def read_recording(given: NewScore, id: str) -> Recording:
    """Read a score to record; `id` is used if it brings none of its own.

    Raises:
        Invalid: a member breaks a rule of the core.
    """
    value = SHORTHANDS[type(given.value)](given.value)
    draft = Draft(
        id=given.id,
        target=read_target(given.target),
        name=given.name,
        value=None if value is KEEP else value.apply(None) if isinstance(value, Facets) else value,
        outcome=_read_outcome(given.outcome).apply(COMPLETED) if given.outcome else COMPLETED,
        source=_read_source(given.source).apply(FROM_API) if given.source else FROM_API,
        comment=_made(given.comment),
        metadata=given.metadata or EMPTY,
        environment=_made(given.environment),
        config=_made(given.config),
        queue=_made(given.queue),
        passed=_made(given.passed),
        cost_usd=_made(given.cost_usd),
        timestamp=None if given.timestamp is None else parse_time(given.timestamp, "timestamp"),
    )
    if_exists = read_patch(given) if given.if_exists is IfExists.UPDATE else None
    return Recording(draft=draft, id=id, if_exists=if_exists, must_exist=given.target.must_exist)


def read_patch(given: ScoreChange) -> Patch:
    """Read what is said of a score as a change: absent members are kept, null clears, objects merge."""
    return Patch(
        name=_said(given.name),
        value=SHORTHANDS[type(given.value)](given.value),
        outcome=_read_outcome(given.outcome) if given.outcome else _cleared(given.outcome, COMPLETED),
        source=_read_source(given.source) if given.source else _cleared(given.source, FROM_API),
        comment=_said(given.comment),
        metadata=MetadataParts(given.metadata) if given.metadata else _cleared(given.metadata, EMPTY),
        environment=_said(given.environment),
        config=_said(given.config),
        queue=_said(given.queue),
        passed=_said(given.passed),
        cost_usd=_said(given.cost_usd),
    )


def read_target(given: NewTarget) -> Target:
    """Read what is scored."""
    checked_id(given.id, "target", "id")
    if given.kind is TargetKind.SPAN:
        if given.trace is not None:
            checked_id(given.trace, "target", "trace")
        return SpanTarget(given.id, given.trace)
    if given.trace is not None:
        raise Invalid(Fault(("target", "trace"), "not_allowed", "only a span names its trace"))
    return PLAIN_TARGETS[given.kind](given.id)


def _read_facets(given: ValueChange) -> Facets:
    labels = given.labels
    return Facets(
        kind=_said(given.kind),
        number=_said(given.number),
        boolean=_said(given.boolean),
        labels=tuple(labels) if isinstance(labels, list) else _said(labels),
        text=_said(given.text),
        json=_said(given.json) if given.json in (None, UNSET) else msgspec.json.encode(given.json).decode(),
    )


SHORTHANDS: Mapping[type, Callable[[Any], Value | Facets | None | Keep]] = {
    float: numeric,
    bool: boolean,
    str: categorical,
    list: lambda labels: Value(Kind.MULTI, labels=tuple(labels)),
    ValueChange: _read_facets,
    type(None): lambda _: None,
    type(UNSET): lambda _: KEEP,
}
"""What a value means by the JSON type in which it came."""


def _read_outcome(given: OutcomeChange) -> OutcomeParts:
    return OutcomeParts(status=_said(given.status), reason=_said(given.reason))


def _read_source(given: SourceChange) -> SourceParts:
    return SourceParts(
        origin=_said(given.origin),
        author=_said(given.author),
        evaluator=_said(given.evaluator),
        run=_said(given.run),
    )


def _said(given: Any) -> Any:
    """Return a member as a patch says it: KEEP where it was absent."""
    return KEEP if given is UNSET else given


def _cleared(given: Any, blank: Any) -> Any:
    """Return what an object member without content says: null clears to `blank`, absent or ``{}`` keeps."""
    return blank if given is None else KEEP


def _made(given: Any) -> Any:
    """Return what a member makes of nothing: None where it was absent."""
    return None if given is UNSET else given


# ── Configs and evaluators ───────────────────────────────────────────────────────────────────────────────


def read_config(given: NewConfig, id: str, at: Instant) -> Config:
    """Read a config to make; `id` is used if it brings none of its own."""
    blank = Config(id=given.id or id, name=given.name, constraint=Constraint(), created_at=at, updated_at=at)
    return replace(changed_config(blank, given, at), metadata=given.metadata or EMPTY)


def read_evaluator(given: NewEvaluator, id: str, at: Instant) -> Evaluator:
    """Read an evaluator to make; `id` is used if it brings none of its own, its key where it brings no name."""
    blank = Evaluator(id=given.id or id, key=given.key, name=given.key, created_at=at, updated_at=at)
    return replace(changed_evaluator(blank, given, at), metadata=given.metadata or EMPTY)


def changed_config(config: Config, given: ConfigChange, at: Instant) -> Config:
    """Return a config after a change."""
    return replace(config, **_dimension(config, given), updated_at=at)


def changed_evaluator(evaluator: Evaluator, given: EvaluatorChange, at: Instant) -> Evaluator:
    """Return an evaluator after a change."""
    changes = _members(given, "key", "type", "version")
    if given.conditions is not UNSET:
        changes["conditions"] = _read_conditions(given.conditions or [])
    if given.definition is not UNSET:
        changes["definition"] = merge_patched(evaluator.definition, given.definition) if given.definition else EMPTY
    return replace(evaluator, **_dimension(evaluator, given), **changes, updated_at=at)


def _dimension(thing: Config | Evaluator, given: ConfigChange) -> dict[str, Any]:
    """Read the changes of what configs and evaluators both have."""
    changes = _members(given, "name", "description", "archived")
    bounds = _members(given, "kind", "minimum", "maximum")
    if given.choices is not UNSET:
        bounds["choices"] = _read_choices(given.choices or [])
    if given.metadata is not UNSET:
        changes["metadata"] = merge_patched(thing.metadata, given.metadata) if given.metadata else EMPTY
    return {**changes, "constraint": replace(thing.constraint, **bounds)}


def _members(given: ConfigChange, *names: str) -> dict[str, Any]:
    """Return those of the named members that were given."""
    return {name: value for name in names if (value := getattr(given, name)) is not UNSET}


def _read_choices(given: Sequence[ChoiceShape]) -> tuple[Choice, ...]:
    return tuple(_read_choice(position, item) for position, item in enumerate(given))


def _read_choice(position: int, given: ChoiceShape) -> Choice:
    try:
        return Choice(given.label, given.number)
    except Invalid as refusal:
        raise refusal.under("choices", position) from refusal


def _read_conditions(given: Sequence[ConditionShape]) -> tuple[PassCondition, ...]:
    for position, item in enumerate(given):
        takes_list = item.comparison in LIST_COMPARISONS
        if isinstance(item.operand, list) is not takes_list:
            wanted = "a list" if takes_list else "one operand"
            raise Invalid(Fault(("conditions", position, "operand"), "wrong_type", f"must be {wanted}"))
    return tuple(
        PassCondition(
            item.facet, item.comparison, tuple(item.operand) if isinstance(item.operand, list) else item.operand
        )
        for item in given
    )


# ── Marks ────────────────────────────────────────────────────────────────────────────────────────────────


def read_mark(text: str | UnsetType, *path: str) -> Mark:
    """Read a mark that a client sends back; none means the beginning.

    Raises:
        Invalid: it is not one of ours.
    """
    if text is UNSET:
        return START
    found = _MARK.fullmatch(text)
    if found is None:
        raise Invalid(Fault(path, "malformed", "must be a mark from an answer"))
    return Mark(int(found[1]), int(found[2]))
