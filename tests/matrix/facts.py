"""What can be said of a score, in the core's words; how to make one up; and which loss takes what away.

Nothing in here knows a dialect. A generated score is cut to what a dialect can say by that dialect's own
declaration: every fact that it does not declare lost is there to be generated.
"""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from scorehouse.domain.documents import EMPTY
from scorehouse.domain.frozen import Frozen, replace
from scorehouse.domain.identity import canonical, is_128_bit
from scorehouse.domain.scores import COMPLETED, Origin, Outcome, Status
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TargetKind, TraceTarget
from scorehouse.domain.values import Kind, Value
from scorehouse.wire.losses import Loss

Heard = Mapping[str, Any]
"""What somebody hears of a score, under the names of `flat`; what is not there was not told."""


class Facts(Frozen, frozen=True, kw_only=True):
    """What is said of a score. Times are microseconds of Unix; the others as in `ScoreFacts`.

    Attributes:
        residue: what only the vendor who is spoken to has a word for.
    """

    target: Target
    name: str
    value: Value | None
    outcome: Outcome = COMPLETED
    id: str | None = None
    comment: str | None = None
    metadata: Mapping[str, Any] = EMPTY
    environment: str | None = None
    timestamp: int | None = None
    origin: Origin = Origin.API
    author: str | None = None
    evaluator: str | None = None
    run: str | None = None
    config: str | None = None
    queue: str | None = None
    passed: bool | None = None
    cost: float | None = None
    residue: Mapping[str, Any] = EMPTY

    @property
    def trace(self) -> str | None:
        """The trace that it is on, or that its span is in."""
        return self.target.trace if isinstance(self.target, TraceTarget | SpanTarget) else None


def flat(facts: Facts) -> dict[str, Any]:
    """Name every fact by one word, ids in one spelling, so that what is heard can be held against it."""
    value = facts.value
    return {
        "id": None if facts.id is None else canonical(facts.id),
        "target": (facts.target.kind, canonical(facts.target.id)),
        "trace": None if facts.trace is None else canonical(facts.trace),
        "name": facts.name,
        "kind": None if value is None else value.kind,
        "number": None if value is None else value.number,
        "boolean": None if value is None else value.boolean,
        "labels": () if value is None else value.labels,
        "text": None if value is None else value.text,
        "json": None if value is None or value.json is None else json.loads(value.json),
        "status": facts.outcome.status,
        "reason": facts.outcome.reason,
        "comment": facts.comment,
        "metadata": dict(facts.metadata),
        "environment": facts.environment,
        "timestamp": facts.timestamp,
        "origin": facts.origin,
        "author": facts.author,
        "evaluator": facts.evaluator,
        "run": None if facts.run is None else canonical(facts.run),
        "config": facts.config,
        "queue": facts.queue,
        "passed": facts.passed,
        "cost": facts.cost,
    }


TARGETS: Mapping[TargetKind, Loss] = {
    TargetKind.TRACE: Loss.TARGET_TRACE,
    TargetKind.SPAN: Loss.TARGET_SPAN,
    TargetKind.SESSION: Loss.TARGET_SESSION,
    TargetKind.RUN: Loss.TARGET_RUN,
}
KINDS: Mapping[Kind, Loss] = {
    Kind.NUMERIC: Loss.NUMERIC,
    Kind.BOOLEAN: Loss.BOOLEAN,
    Kind.CATEGORICAL: Loss.CATEGORICAL,
    Kind.MULTI: Loss.MULTI,
    Kind.TEXT: Loss.TEXT,
    Kind.JSON: Loss.JSON,
    Kind.CORRECTION: Loss.CORRECTION,
}
COUNTS: Mapping[Kind, str] = {
    Kind.NUMERIC: "number",
    Kind.BOOLEAN: "boolean",
    Kind.CATEGORICAL: "labels",
    Kind.MULTI: "labels",
    Kind.TEXT: "text",
    Kind.JSON: "json",
    Kind.CORRECTION: "text",
}
"""The facet that counts."""

FACETS = ("number", "boolean", "labels", "text", "json")
"""In the order in which the first one is taken to count where nobody says which does."""

PLAIN: Mapping[Loss, tuple[str, ...]] = {
    Loss.TRACE_OF_SPAN: ("trace",),
    Loss.OUTCOME: ("status", "reason"),
    Loss.COMMENT: ("comment",),
    Loss.METADATA: ("metadata",),
    Loss.ENVIRONMENT: ("environment",),
    Loss.TIMESTAMP: ("timestamp",),
    Loss.CREATED_AT: ("created_at",),
    Loss.UPDATED_AT: ("updated_at",),
    Loss.ORIGIN: ("origin",),
    Loss.AUTHOR: ("author",),
    Loss.EVALUATOR: ("evaluator",),
    Loss.SOURCE_RUN: ("run",),
    Loss.CONFIG: ("config",),
    Loss.QUEUE: ("queue",),
    Loss.PASSED: ("passed",),
    Loss.COST: ("cost",),
}
"""Losses that take whole facts away, by their names."""


def facet_losses(value: Value) -> dict[str, Loss]:
    """Return the facets that stand beside the one that counts, and the losses that take them away."""
    beside = {
        "number": Loss.NUMBER_FACET if value.number is not None else None,
        "boolean": Loss.BOOLEAN_FACET if value.boolean is not None else None,
        "labels": (Loss.LABEL_FACET, Loss.LABELS_FACET)[len(value.labels) > 1] if value.labels else None,
        "text": Loss.TEXT_FACET if value.text is not None else None,
        "json": Loss.JSON_FACET if value.json is not None else None,
    }
    del beside[COUNTS[value.kind]]
    if value.kind is Kind.BOOLEAN and value.number == value.boolean:
        del beside["number"]  # stands for the truth, in every dialect that has booleans
    return {facet: loss for facet, loss in beside.items() if loss is not None}


def needs(truth: Heard) -> set[Loss]:
    """Return the facts without which a dialect has no row for this score at all."""
    found = {TARGETS[truth["target"][0]]}
    if truth["status"] is not Status.COMPLETED:
        found.add(Loss.OUTCOME)
    if truth["kind"] is not None:
        found.add(KINDS[truth["kind"]])
    if truth["kind"] is Kind.NUMERIC and not 0 <= truth["number"] <= 1:
        found.add(Loss.NUMBER_OUTSIDE_UNIT)
    return found


def is_spelled_freely(environment: str | None) -> bool:
    """Tell whether an environment is more than a short word of small letters, digits, hyphens and underscores."""
    plain = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
    return environment is not None and not (len(environment) <= 40 and plain.issuperset(environment))


# ── Generated scores ─────────────────────────────────────────────────────────────────────────────────────

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)
IDS = st.text(st.sampled_from("abcXYZ019-_.:äß"), min_size=1, max_size=12)
DOCUMENTS = st.dictionaries(
    WORDS,
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), TEXTS, st.lists(TEXTS, max_size=2)),
    max_size=3,
)
UNIT = st.floats(0, 1)
NUMBERS = st.one_of(UNIT, st.floats(-1e15, 1e15), st.integers(-9, 9).map(float))
JSONS = st.one_of(DOCUMENTS, st.lists(st.integers(-9, 9)), st.booleans(), TEXTS).map(json.dumps)
"""Never null, which says in a merge patch (RFC 7396) that there is nothing."""
MOMENTS = st.integers(1_700_000_000_000_000, 1_760_000_000_000_000)
COSTS = st.floats(1e-6, 10)
"""Never 0, which Respan shows of what has no cost as well."""

PLAIN_ENVIRONMENTS = st.sampled_from(["production", "staging", "ci-2", "eu_west"])
FREE_ENVIRONMENTS = st.sampled_from(["Production", "eu west", "Ümlaut"])


def facet_strategies(losses: frozenset[Loss]) -> dict[str, st.SearchStrategy[Any]]:
    """Return what the facets beside the one that counts may be."""
    nothing = st.none()
    many = st.lists(WORDS, min_size=2, max_size=3).map(tuple)
    labels: list[st.SearchStrategy[Any]] = [st.just(())]
    labels += [] if Loss.LABEL_FACET in losses else [st.tuples(WORDS)]
    labels += [] if Loss.LABELS_FACET in losses else [many]
    return {
        "number": nothing if Loss.NUMBER_FACET in losses else st.one_of(nothing, NUMBERS),
        "boolean": nothing if Loss.BOOLEAN_FACET in losses else st.one_of(nothing, st.booleans()),
        "labels": st.one_of(labels),
        "text": nothing if Loss.TEXT_FACET in losses else st.one_of(nothing, TEXTS),
        "json": nothing if Loss.JSON_FACET in losses else st.one_of(nothing, JSONS),
    }


@st.composite
def values(draw: st.DrawFn, losses: frozenset[Loss]) -> Value:
    """Make up a value that can be said without what is lost."""
    kind = draw(st.sampled_from([kind for kind, loss in KINDS.items() if loss not in losses]))
    counting = COUNTS[kind]
    own: Mapping[Kind, st.SearchStrategy[Any]] = {
        Kind.NUMERIC: UNIT if Loss.NUMBER_OUTSIDE_UNIT in losses else NUMBERS,
        Kind.BOOLEAN: st.booleans(),
        Kind.CATEGORICAL: st.tuples(WORDS),
        Kind.MULTI: st.lists(WORDS, min_size=2, max_size=3).map(tuple),
        Kind.TEXT: TEXTS.filter(bool),
        Kind.JSON: JSONS,
        Kind.CORRECTION: TEXTS,
    }
    facets = {counting: draw(own[kind])}
    for facet, strategy in facet_strategies(losses).items():
        may_stand = Loss.COUNTING not in losses or FACETS.index(facet) > FACETS.index(counting)
        if facet != counting and may_stand:
            facets[facet] = draw(strategy)
    if kind is Kind.BOOLEAN and facets.get("number") is None:
        facets["number"] = float(facets["boolean"])
    return Value(kind, **facets)


def targets(losses: frozenset[Loss]) -> st.SearchStrategy[Target]:
    """Make up what is scored; `numbered` makes the ids unique."""
    trace = st.just("4bf92f3577b34da6a3ce929d")
    if Loss.FREE_ID not in losses:
        trace = st.one_of(trace, IDS)
    kinds: Mapping[TargetKind, st.SearchStrategy[Target]] = {
        TargetKind.TRACE: trace.map(TraceTarget),
        TargetKind.SPAN: st.builds(SpanTarget, st.one_of(st.just("00f067aa"), IDS), trace),
        TargetKind.SESSION: IDS.map(SessionTarget),
        TargetKind.RUN: IDS.map(RunTarget),
    }
    return st.one_of([strategy for kind, strategy in kinds.items() if TARGETS[kind] not in losses])


@st.composite
def scores(draw: st.DrawFn, losses: frozenset[Loss], residue: st.SearchStrategy[Mapping[str, Any]]) -> Facts:
    """Make up a score that can be said without what is lost, in residue what only the one vendor can say."""

    def unless(loss: Loss, strategy: st.SearchStrategy[Any], blank: Any = None) -> Any:
        return blank if loss in losses else draw(st.one_of(st.just(blank), strategy))

    outcome = unless(Loss.OUTCOME, st.one_of(st.just(Outcome(Status.PENDING)), FAILURES), COMPLETED)
    evaluator = None
    if Loss.EVALUATOR not in losses and (Loss.UNREGISTERED_NAME in losses or draw(st.booleans())):
        evaluator = "evaluator"
    environments = PLAIN_ENVIRONMENTS
    if Loss.ENVIRONMENT_SPELLING not in losses:
        environments = st.one_of(PLAIN_ENVIRONMENTS, FREE_ENVIRONMENTS)
    moments = MOMENTS.map(lambda at: at // 1000 * 1000) if Loss.MICROSECONDS in losses else MOMENTS
    return Facts(
        target=draw(targets(losses)),
        name=draw(WORDS),
        value=draw(values(losses)) if outcome is COMPLETED else None,
        outcome=outcome,
        id=unless(Loss.CLIENT_ID, st.one_of(IDS, st.just("0190a0b0c0d07000800000ff"))),
        comment=unless(Loss.COMMENT, TEXTS),
        metadata=unless(Loss.METADATA, DOCUMENTS, {}),
        environment=unless(Loss.ENVIRONMENT, environments),
        timestamp=unless(Loss.TIMESTAMP, moments),
        origin=unless(Loss.ORIGIN, st.sampled_from([Origin.HUMAN, Origin.EVALUATOR]), Origin.API),
        author=unless(Loss.AUTHOR, IDS),
        evaluator=evaluator,
        run=unless(Loss.SOURCE_RUN, IDS),
        config=unless(Loss.CONFIG, st.just("config")) if outcome is COMPLETED else None,
        queue=unless(Loss.QUEUE, IDS),
        passed=unless(Loss.PASSED, st.booleans()) if evaluator is None else None,
        cost=unless(Loss.COST, COSTS),
        residue=draw(residue),
    )


FAILURES = st.builds(Outcome, st.just(Status.FAILED), st.one_of(st.none(), TEXTS.filter(bool)))

HEX_OF_TRACES, HEX_OF_SPANS, HEX_OF_SCORES = 24, 8, 24
"""Digits of a made-up 128-bit (or 64-bit) id before its number."""


def numbered(facts: Facts, number: int) -> Facts:
    """Return the same score with ids and name that nobody used before."""
    target = facts.target
    match target:
        case TraceTarget(trace):
            target = TraceTarget(_numbered(trace, number, 32))
        case SpanTarget(span, trace):
            target = SpanTarget(_numbered(span, number, 16), _numbered(trace or "", number, 32))
        case SessionTarget(session):
            target = SessionTarget(f"{session}~{number}")
        case RunTarget(run):
            target = RunTarget(f"{run}~{number}")
    return replace(
        facts,
        target=target,
        name=f"{facts.name}~{number}",
        id=None if facts.id is None else _numbered(facts.id, number, 32),
        evaluator=facts.evaluator and f"evaluator-{number}",
        config=facts.config and f"config-{number}",
    )


def _numbered(id: str, number: int, digits: int) -> str:
    is_hex = len(id) == digits - 8 and all(digit in "0123456789abcdef" for digit in id)
    return f"{id}{number:08x}" if is_hex else f"{id}~{number}"


def is_free(id: tuple[TargetKind, str] | str | None) -> bool:
    """Tell whether an id, or that of a target, is none of 128 bits; ids of sessions are never any."""
    if isinstance(id, tuple):
        return id[0] in {TargetKind.TRACE, TargetKind.SPAN} and not is_128_bit(id[1])
    return id is not None and not is_128_bit(id)
