"""Drafts are checked, patches change what they say and nothing else."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorehouse.domain.frozen import field_names, replace
from scorehouse.domain.instants import LATEST, Instant
from scorehouse.domain.refusals import Invalid
from scorehouse.domain.scores import (
    KEEP,
    Draft,
    Facets,
    MetadataParts,
    Origin,
    Outcome,
    OutcomeParts,
    Patch,
    Score,
    Source,
    SourceParts,
    Status,
    located,
)
from scorehouse.domain.targets import (
    RunTarget,
    SessionTarget,
    SpanTarget,
    Target,
    TargetKind,
    TraceTarget,
)
from scorehouse.domain.values import Kind, Value, boolean, categorical, numeric, text

RECORDED = Instant(1_000)
LATER = Instant(2_000)
TRACE = TraceTarget("t")

SCORE = Score(
    id="s",
    target=TRACE,
    name="accuracy",
    value=numeric(0.5),
    source=Source(Origin.HUMAN, "ann"),
    comment="fine",
    metadata={"a": {"x": 1}, "b": 2},
    environment="production",
    residue={"langfuse": {"q": 1}, "respan": {"r": 2}},
    timestamp=RECORDED,
    created_at=RECORDED,
    updated_at=RECORDED,
)


def draft(**facts: Any) -> Draft:
    """Offer a score with these facts."""
    whole: dict[str, Any] = {"target": TRACE, "name": "n", "value": numeric(1)} | facts
    return Draft(**whole)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"value": None, "outcome": Outcome(Status.FAILED, "no answer")},
        {"value": None, "outcome": Outcome(Status.PENDING)},
        {"value": numeric(1), "outcome": Outcome(Status.FAILED)},
        {"id": "any id", "timestamp": LATEST},
        {"cost_usd": 0},
        {"comment": ""},
    ],
)
def test_drafts_taken(facts: dict[str, Any]) -> None:
    """A draft is kept as it was offered."""
    offered = draft(**facts)
    assert {name: getattr(offered, name) for name in facts} == facts


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"value": None}, ("value",)),
        ({"name": ""}, ("name",)),
        ({"name": "a\n"}, ("name",)),
        ({"comment": "\0"}, ("comment",)),
        ({"environment": ""}, ("environment",)),
        ({"config": "a\x01"}, ("config",)),
        ({"queue": ""}, ("queue",)),
        ({"metadata": {"a": "\ud800"}}, ("metadata",)),
        ({"residue": {"respan": {"a": "\0"}}}, ("residue",)),
        ({"cost_usd": float("nan")}, ("cost_usd",)),
        ({"cost_usd": 10**400}, ("cost_usd",)),
        ({"id": ""}, ("id",)),
        ({"timestamp": LATEST + 1}, ("timestamp",)),
    ],
)
def test_drafts_refused(facts: dict[str, Any], path: tuple[str, ...]) -> None:
    """A draft that breaks a rule is not built; the fault says where."""
    with pytest.raises(Invalid) as refused:
        draft(**facts)
    assert [fault.path for fault in refused.value.faults] == [path]


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.PENDING])
def test_reasons_belong_to_failures(status: Status) -> None:
    """Only a failed evaluation has a reason."""
    with pytest.raises(Invalid):
        Outcome(status, "because")


@pytest.mark.parametrize("name", ["author", "evaluator", "run"])
def test_sources_refused(name: str) -> None:
    """Who measured is named as ids are."""
    with pytest.raises(Invalid):
        Source(**cast("dict[str, Any]", {name: ""}))


# ── Patches ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("patch", "changes"),
    [
        (Patch(name="recall"), {"name": "recall"}),
        (Patch(value=text("x")), {"value": text("x")}),
        (Patch(value=None), {"value": None}),
        (Patch(comment=None), {"comment": None}),
        (Patch(comment="better"), {"comment": "better"}),
        (Patch(environment=None), {"environment": None}),
        (Patch(passed=False), {"passed": False}),
        (Patch(cost_usd=0.0), {"cost_usd": 0.0}),
        (Patch(metadata={"c": 1}), {"metadata": {"c": 1}}),
        (Patch(metadata={}), {"metadata": {}}),
        (
            Patch(metadata={"a": {"y": 2}, "b": None}, merge_metadata=True),
            {"metadata": {"a": {"x": 1, "y": 2}, "b": None}},
        ),
        (Patch(metadata=MetadataParts({"a": {"y": 2}, "b": None})), {"metadata": {"a": {"x": 1, "y": 2}}}),
        (Patch(metadata={"a": {"x": True}, "b": 2}), {"metadata": {"a": {"x": True}, "b": 2}}),
        (Patch(residue={"respan": {"z": 1}}), {"residue": {"langfuse": {"q": 1}, "respan": {"z": 1}}}),
        (
            Patch(residue={"respan": {"z": 1}, "langfuse": {"q": None}}, merge_residue=True),
            {"residue": {"langfuse": {}, "respan": {"r": 2, "z": 1}}},
        ),
        (Patch(outcome=Outcome(Status.FAILED, "no")), {"outcome": Outcome(Status.FAILED, "no")}),
        (Patch(outcome=OutcomeParts(status=Status.FAILED)), {"outcome": Outcome(Status.FAILED)}),
        (Patch(source=Source()), {"source": Source()}),
        (Patch(source=SourceParts(author=None)), {"source": Source(Origin.HUMAN)}),
        (Patch(source=SourceParts(run="r")), {"source": Source(Origin.HUMAN, "ann", run="r")}),
    ],
)
def test_patches(patch: Patch, changes: dict[str, Any]) -> None:
    """A patch changes what it says and the time of change, and leaves everything else as it was."""
    assert patch.apply(SCORE, LATER) == replace(SCORE, **changes, updated_at=LATER)


@pytest.mark.parametrize(
    "patch",
    [
        Patch(),
        Patch(name="accuracy"),
        Patch(value=numeric(0.5)),
        Patch(value=Facets()),
        Patch(value=Facets(number=0.5)),
        Patch(metadata={"b": 2, "a": {"x": 1}}),
        Patch(metadata={"a": {"x": 1}}, merge_metadata=True),
        Patch(metadata=MetadataParts({"missing": None})),
        Patch(residue={"respan": {"r": 2}}),
        Patch(source=SourceParts(author="ann")),
        Patch(outcome=OutcomeParts()),
        Patch(config=None),
    ],
)
def test_patches_without_effect(patch: Patch) -> None:
    """A patch that says what is already so is no change: the very same score comes back."""
    assert patch.apply(SCORE, LATER) is SCORE


def test_a_touching_patch_changes_the_time_alone() -> None:
    """With `touch`, a patch that says nothing new still counts as a change."""
    touched = Patch(touch=True).apply(SCORE, LATER)
    assert touched == replace(SCORE, updated_at=LATER)


def test_keep_is_the_default_of_every_field() -> None:
    """An empty patch touches nothing; KEEP is nothing to write, but it is not None."""
    switches = {"merge_metadata", "merge_residue", "touch"}
    assert all(getattr(Patch(), name) is KEEP for name in field_names(Patch) if name not in switches)
    assert not KEEP
    assert KEEP is not None


def test_reasons_go_with_their_failures() -> None:
    """When an evaluation is no longer failed, its reason is gone."""
    failed = replace(SCORE, outcome=Outcome(Status.FAILED, "no"))
    done = Patch(outcome=OutcomeParts(status=Status.COMPLETED)).apply(failed, LATER)
    assert done.outcome == Outcome()
    still = Patch(outcome=OutcomeParts(reason="worse")).apply(failed, LATER)
    assert still.outcome == Outcome(Status.FAILED, "worse")


@pytest.mark.parametrize(
    "patch",
    [
        Patch(name=""),
        Patch(comment="\0"),
        Patch(metadata={"a": float("nan")}),
        Patch(residue={"x": {"a": "\0"}}),
        Patch(cost_usd=float("inf")),
        Patch(outcome=OutcomeParts(reason="only failures have one")),
        Patch(source=SourceParts(author="")),
    ],
)
def test_patches_refused(patch: Patch) -> None:
    """A patched score keeps the rules of an offered one."""
    with pytest.raises(Invalid):
        patch.apply(SCORE, LATER)


def test_patched_metadata_stays_bounded() -> None:
    """Metadata merged from the outside cannot grow deeper than a document may be, however deep the patch."""
    deep: Any = 1
    for _ in range(5_000):
        deep = {"a": deep}
    with pytest.raises(Invalid):
        Patch(metadata={"a": deep}).apply(SCORE, LATER)
    # Merging walks only where both sides have an object, and the stored side is bounded.
    with pytest.raises(Invalid):
        Patch(metadata=deep, merge_metadata=True).apply(SCORE, LATER)


# ── Facets ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "facets", "after"),
    [
        (None, Facets(), None),
        (None, Facets(number=1), numeric(1)),
        (None, Facets(labels=("a",)), categorical("a")),
        (None, Facets(labels=("a", "b")), Value(Kind.MULTI, labels=("a", "b"))),
        (None, Facets(text="x"), text("x")),
        (None, Facets(json="{}"), Value(Kind.JSON, json="{}")),
        (None, Facets(number=1, text="x"), Value(Kind.NUMERIC, number=1, text="x")),
        (None, Facets(boolean=True), boolean(True)),
        (numeric(1), Facets(text="x"), Value(Kind.NUMERIC, number=1, text="x")),
        (numeric(1), Facets(number=None), None),
        (numeric(1), Facets(number=None, text="x"), text("x")),
        (text("x"), Facets(number=1), Value(Kind.TEXT, number=1, text="x")),
        (Value(Kind.CORRECTION, text="x"), Facets(text="y"), Value(Kind.CORRECTION, text="y")),
        (categorical("a", 2), Facets(labels=("b",)), Value(Kind.CATEGORICAL, number=2, labels=("b",))),
        (categorical("a"), Facets(labels=("a", "b")), Value(Kind.MULTI, labels=("a", "b"))),
        (Value(Kind.MULTI, labels=("a", "b")), Facets(labels=("a",)), Value(Kind.MULTI, labels=("a",))),
        (Value(Kind.MULTI, labels=("a",)), Facets(labels=None), None),
        (Value(Kind.MULTI), Facets(), Value(Kind.MULTI)),
        (boolean(True), Facets(boolean=False), boolean(False)),
        (boolean(True), Facets(boolean=None), None),
        (boolean(True), Facets(boolean=False, number=0.7), Value(Kind.BOOLEAN, number=0.7, boolean=False)),
        (
            Value(Kind.BOOLEAN, number=0.7, boolean=True),
            Facets(boolean=False),
            Value(Kind.BOOLEAN, number=0.7, boolean=False),
        ),
        (Value(Kind.BOOLEAN, number=0.7, boolean=True), Facets(boolean=None), numeric(0.7)),
        (text("x"), Facets(kind=Kind.CORRECTION), Value(Kind.CORRECTION, text="x")),
    ],
)
def test_facets(before: Value | None, facets: Facets, after: Value | None) -> None:
    """Facets given change, absent ones stay; the kind stays while its facet does; a boolean's share follows it."""
    assert facets.apply(before) == after


def test_facets_that_contradict_their_kind() -> None:
    """A kind whose facet is not there is refused."""
    with pytest.raises(Invalid):
        Facets(kind=Kind.TEXT).apply(numeric(1))


FACETS = st.builds(
    Facets,
    number=st.sampled_from([KEEP, None, 0.0, 0.5]),
    boolean=st.sampled_from([KEEP, None, True, False]),
    labels=st.sampled_from([KEEP, None, (), ("a",), ("a", "b")]),
    text=st.sampled_from([KEEP, None, "", "x"]),
    json=st.sampled_from([KEEP, None, "1"]),
)


@given(FACETS, st.lists(FACETS, max_size=3))
def test_facets_always_make_a_value_or_none(first: Facets, more: list[Facets]) -> None:
    """Whatever facets come and go, what is left is a valid value or none, and saying it again changes nothing."""
    value = first.apply(None)
    for facets in more:
        value = facets.apply(value)
    last = more[-1] if more else first
    assert last.apply(value) == value


# ── Targets ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("target", "kind", "id"),
    [
        (TraceTarget("a"), TargetKind.TRACE, "a"),
        (SpanTarget("a", "t"), TargetKind.SPAN, "a"),
        (SpanTarget("a"), TargetKind.SPAN, "a"),
        (SessionTarget("a"), TargetKind.SESSION, "a"),
        (RunTarget("a"), TargetKind.RUN, "a"),
    ],
)
def test_targets(target: Target, kind: TargetKind, id: str) -> None:
    """A target knows which of the four it is, and what it names; only a span gets a trace by being found."""
    assert (target.kind, target.id) == (kind, id)
    assert located(target, "found", "own") == (SpanTarget("own", "found") if kind is TargetKind.SPAN else target)


@pytest.mark.parametrize("make", [TraceTarget, SpanTarget, SessionTarget, RunTarget])
def test_targets_refused(make: Any) -> None:
    """A target has an id that can name something."""
    for id in ("", "a\0", "a" * 801):
        with pytest.raises(Invalid):
            make(id)
    with pytest.raises(Invalid):
        SpanTarget("a", "")
