"""One score for every loss: what a dialect would have to say, and to show, if it did not lose it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scorehouse.domain.frozen import replace
from scorehouse.domain.scores import Origin, Outcome, Status
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TargetKind, TraceTarget
from scorehouse.domain.values import Kind, Value
from scorehouse.wire.losses import Loss
from tests.matrix.facts import COUNTS, FACETS, KINDS, PLAIN, TARGETS, Facts

HEX_OF_A_TRACE, HEX_OF_A_SPAN = "4bf92f3577b34da6a3ce929d", "00f067aa"

PLACES: Mapping[TargetKind, Target] = {
    TargetKind.TRACE: TraceTarget(HEX_OF_A_TRACE),
    TargetKind.SPAN: SpanTarget(HEX_OF_A_SPAN, HEX_OF_A_TRACE),
    TargetKind.SESSION: SessionTarget("session"),
    TargetKind.RUN: RunTarget("run"),
}
VALUES: Mapping[Kind, Value] = {
    Kind.NUMERIC: Value(Kind.NUMERIC, number=0.5),
    Kind.BOOLEAN: Value(Kind.BOOLEAN, number=1.0, boolean=True),
    Kind.CATEGORICAL: Value(Kind.CATEGORICAL, labels=("good",)),
    Kind.MULTI: Value(Kind.MULTI, labels=("good", "short")),
    Kind.TEXT: Value(Kind.TEXT, text="better than before"),
    Kind.JSON: Value(Kind.JSON, json='{"a": [1]}'),
    Kind.CORRECTION: Value(Kind.CORRECTION, text="It is Paris."),
}
BESIDE: Mapping[Loss, tuple[str, Any]] = {
    Loss.NUMBER_FACET: ("number", 0.25),
    Loss.BOOLEAN_FACET: ("boolean", False),
    Loss.LABEL_FACET: ("labels", ("beside",)),
    Loss.LABELS_FACET: ("labels", ("beside", "it")),
    Loss.TEXT_FACET: ("text", "beside"),
    Loss.JSON_FACET: ("json", '{"beside": true}'),
}

Change = Callable[[Facts], Facts]

FACTS: Mapping[Loss, Change] = {
    Loss.CLIENT_ID: lambda facts: replace(facts, id="0190a0b0c0d07000800000ff"),
    Loss.NUMBER_OUTSIDE_UNIT: lambda facts: replace(facts, value=Value(Kind.NUMERIC, number=7.0)),
    Loss.OUTCOME: lambda facts: replace(facts, value=None, outcome=Outcome(Status.FAILED, "no judge")),
    Loss.COMMENT: lambda facts: replace(facts, comment="because"),
    Loss.METADATA: lambda facts: replace(facts, metadata={"a": {"b": 1}}),
    Loss.ENVIRONMENT: lambda facts: replace(facts, environment="staging"),
    Loss.ENVIRONMENT_SPELLING: lambda facts: replace(facts, environment="Staging (EU)"),
    Loss.TIMESTAMP: lambda facts: replace(facts, timestamp=1_750_000_000_123_000),
    Loss.CREATED_AT: lambda facts: facts,
    Loss.UPDATED_AT: lambda facts: facts,
    Loss.MICROSECONDS: lambda facts: facts,
    Loss.ORIGIN: lambda facts: replace(facts, origin=Origin.EVALUATOR),
    Loss.AUTHOR: lambda facts: replace(facts, author="ann"),
    Loss.EVALUATOR: lambda facts: replace(facts, evaluator="evaluator"),
    Loss.UNREGISTERED_NAME: lambda facts: replace(facts, evaluator=None),
    Loss.SOURCE_RUN: lambda facts: replace(facts, run="0190a0b0c0d0700080000000000000ff"),
    Loss.CONFIG: lambda facts: replace(facts, config="config"),
    Loss.QUEUE: lambda facts: replace(facts, queue="queue"),
    Loss.COST: lambda facts: replace(facts, cost=0.01),
}
"""Losses that a plain score needs one more fact for."""

NAMES: Mapping[Loss, tuple[str, ...]] = {
    **PLAIN,
    **dict.fromkeys(TARGETS.values(), ("target",)),
    **{loss: ("kind", COUNTS[kind]) for kind, loss in KINDS.items()},
    **{loss: (facet,) for loss, (facet, _) in BESIDE.items()},
    Loss.CLIENT_ID: ("id",),
    Loss.FREE_ID: ("target",),
    Loss.UNREGISTERED_NAME: ("name",),
    Loss.NUMBER_OUTSIDE_UNIT: ("number",),
    Loss.COUNTING: ("kind",),
    Loss.ENVIRONMENT_SPELLING: ("environment",),
    Loss.MICROSECONDS: ("created_at",),
}
"""What has to be heard of the specimens of a loss."""

DEEDS = frozenset({Loss.RECALL, Loss.CHANGE, Loss.DELETION})
"""Losses that are no facts of a score but what can be done with it."""


def specimens(loss: Loss, losses: frozenset[Loss]) -> Iterator[Facts]:
    """Yield scores that have this fact, and otherwise nothing that is lost; none where it cannot occur by itself."""
    plain = _plain(losses)
    if loss in FACTS:
        yield FACTS[loss](plain)
    elif loss in TARGETS.values():
        yield from (replace(plain, target=PLACES[kind]) for kind, own in TARGETS.items() if own is loss)
    elif loss is Loss.PASSED:
        yield from (replace(plain, passed=passed, evaluator=None) for passed in (True, False))
    elif loss is Loss.TRACE_OF_SPAN:
        yield replace(plain, target=PLACES[TargetKind.SPAN])
    elif loss is Loss.FREE_ID:
        yield replace(plain, target=_freely(plain.target))
    elif loss in KINDS.values():
        yield from (replace(plain, value=VALUES[kind]) for kind, own in KINDS.items() if own is loss)
    elif loss in BESIDE:
        yield from (replace(plain, value=value) for value in _with_facet(*BESIDE[loss], losses))
    elif loss is Loss.COUNTING:
        yield from (replace(plain, value=value) for value in _uncommonly_counted(losses))


def _plain(losses: frozenset[Loss]) -> Facts:
    """Return a score that can be said without these losses: a number on the first thing that can be scored."""
    kind = next(kind for kind, loss in TARGETS.items() if loss not in losses)
    evaluator = "evaluator" if Loss.UNREGISTERED_NAME in losses else None
    return Facts(target=PLACES[kind], name="tone", value=VALUES[Kind.NUMERIC], evaluator=evaluator)


def _freely(target: Target) -> Target:
    return SpanTarget("a span", "a trace") if isinstance(target, SpanTarget) else TraceTarget("a trace")


def _with_facet(facet: str, content: Any, losses: frozenset[Loss]) -> Iterator[Value]:
    """Yield the values that can be said, each with this facet beside what counts."""
    for kind, value in VALUES.items():
        may_stand = Loss.COUNTING not in losses or FACETS.index(facet) > FACETS.index(COUNTS[kind])
        if COUNTS[kind] != facet and KINDS[kind] not in losses and may_stand:
            yield replace(value, **{facet: content})


def _uncommonly_counted(losses: frozenset[Loss]) -> Iterator[Value]:
    """Yield values in which not the first facet counts."""
    if Loss.TEXT not in losses and Loss.NUMBER_FACET not in losses:
        yield replace(VALUES[Kind.TEXT], number=0.25)
