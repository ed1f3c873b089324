"""Their shapes become our words and our words their shapes: each case is read and written."""

import json
from typing import Any

import msgspec
import pytest

from scorehouse.dialects.native.reads import read_mark, read_patch, read_recording
from scorehouse.dialects.native.shapes import NewScore, ScoreChange
from scorehouse.dialects.native.writes import write_mark, write_score
from scorehouse.domain.changes import START, Mark
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Invalid
from scorehouse.domain.scores import (
    COMPLETED,
    FROM_API,
    KEEP,
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
)
from scorehouse.domain.targets import RunTarget, SessionTarget, SpanTarget, Target, TraceTarget
from scorehouse.domain.values import Kind, Value
from scorehouse.wire.bodies import decode

NEW_YEAR_2026 = Instant(1_767_225_600_000_000)

TARGETS: list[tuple[dict[str, Any], Target]] = [
    ({"kind": "trace", "id": "t-1", "trace": None}, TraceTarget("t-1")),
    ({"kind": "span", "id": "s-1", "trace": "t-1"}, SpanTarget("s-1", "t-1")),
    ({"kind": "span", "id": "s-1", "trace": None}, SpanTarget("s-1")),
    ({"kind": "session", "id": "chat", "trace": None}, SessionTarget("chat")),
    ({"kind": "run", "id": "r-1", "trace": None}, RunTarget("r-1")),
]


def facets(kind: str, **given: Any) -> dict[str, Any]:
    """Write a value as the dialect does: every facet."""
    blank: dict[str, Any] = {"number": None, "boolean": None, "labels": [], "text": None, "json": None}
    return {"kind": kind, **blank, **given}


VALUES: list[tuple[dict[str, Any], Value]] = [
    (facets("numeric", number=0.5), Value(Kind.NUMERIC, number=0.5)),
    (facets("boolean", number=1.0, boolean=True), Value(Kind.BOOLEAN, number=1.0, boolean=True)),
    (facets("boolean", boolean=False), Value(Kind.BOOLEAN, boolean=False)),
    (facets("categorical", labels=["good"]), Value(Kind.CATEGORICAL, labels=("good",))),
    (
        facets("categorical", number=2.0, labels=["good"]),
        Value(Kind.CATEGORICAL, number=2.0, labels=("good",)),
    ),
    (facets("multi", labels=["a", "b"]), Value(Kind.MULTI, labels=("a", "b"))),
    (facets("multi"), Value(Kind.MULTI)),
    (facets("text", text=""), Value(Kind.TEXT, text="")),
    (facets("correction", text="Paris"), Value(Kind.CORRECTION, text="Paris")),
    (facets("json", json={"a": [1, None]}), Value(Kind.JSON, json='{"a":[1,null]}')),
    (
        facets("numeric", number=3.0, boolean=False, labels=["a"], text="why", json=[1]),
        Value(Kind.NUMERIC, 3.0, False, ("a",), "why", "[1]"),
    ),
]

SHORTHANDS: list[tuple[str, Value]] = [
    ("1", Value(Kind.NUMERIC, number=1.0)),
    ("-0.25", Value(Kind.NUMERIC, number=-0.25)),
    ("true", Value(Kind.BOOLEAN, number=1.0, boolean=True)),
    ("false", Value(Kind.BOOLEAN, number=0.0, boolean=False)),
    ('"good"', Value(Kind.CATEGORICAL, labels=("good",))),
    ('["a", "b"]', Value(Kind.MULTI, labels=("a", "b"))),
    ("[]", Value(Kind.MULTI)),
    ('{"number": 0.5}', Value(Kind.NUMERIC, number=0.5)),
    ('{"labels": ["a"]}', Value(Kind.CATEGORICAL, labels=("a",))),
    ('{"labels": ["a", "b"]}', Value(Kind.MULTI, labels=("a", "b"))),
    ('{"boolean": true}', Value(Kind.BOOLEAN, number=1.0, boolean=True)),
    ('{"boolean": true, "number": null}', Value(Kind.BOOLEAN, boolean=True)),
    ('{"text": "why"}', Value(Kind.TEXT, text="why")),
    ('{"json": {"a": 1}}', Value(Kind.JSON, json='{"a":1}')),
]

FULL: dict[str, Any] = {
    "id": "score-1",
    "name": "accuracy",
    "target": {"kind": "trace", "id": "t-1", "trace": None},
    "value": facets("numeric", number=0.92),
    "outcome": {"status": "completed", "reason": None},
    "source": {"origin": "evaluator", "author": "ann", "evaluator": "e-1", "run": "r-9"},
    "comment": "because",
    "metadata": {"plan": "pro", "nothing": None},
    "environment": "production",
    "config": "c-1",
    "queue": "q-1",
    "passed": True,
    "cost_usd": 0.003,
    "timestamp": "2026-01-01T00:00:00.000000Z",
    "created_at": "2026-01-01T00:00:00.000001Z",
    "updated_at": "2026-01-01T00:00:01.000000Z",
    "residue": {"langfuse": {"queueId": "q"}},
}


def score(**changes: Any) -> Score:
    """Return the score that FULL says, with changes."""
    facts: dict[str, Any] = {
        "id": "score-1",
        "name": "accuracy",
        "target": TraceTarget("t-1"),
        "value": Value(Kind.NUMERIC, number=0.92),
        "source": Source(Origin.EVALUATOR, "ann", "e-1", "r-9"),
        "comment": "because",
        "metadata": {"plan": "pro", "nothing": None},
        "environment": "production",
        "config": "c-1",
        "queue": "q-1",
        "passed": True,
        "cost_usd": 0.003,
        "timestamp": NEW_YEAR_2026,
        "created_at": Instant(NEW_YEAR_2026 + 1),
        "updated_at": Instant(NEW_YEAR_2026 + 1_000_000),
        "residue": {"langfuse": {"queueId": "q"}},
    }
    return Score(**{**facts, **changes})


def written(recorded: Score) -> dict[str, Any]:
    """Write a score and read it back as plain JSON."""
    document = msgspec.json.decode(msgspec.json.encode(write_score(recorded)))
    assert isinstance(document, dict)
    return document


def read(given: dict[str, Any]) -> NewScore:
    """Read a body."""
    return decode(json.dumps(given).encode(), NewScore)


@pytest.mark.parametrize(("shape", "target"), TARGETS)
def test_targets_are_read_and_written(shape: dict[str, Any], target: Target) -> None:
    """A target is a tagged object; only a span has a trace beside its id."""
    assert read_recording(read({**FULL, "target": shape}), "minted").draft.target == target
    assert written(score(target=target))["target"] == shape


@pytest.mark.parametrize(("shape", "value"), VALUES)
def test_values_are_read_and_written(shape: dict[str, Any], value: Value) -> None:
    """What is written says every facet, and reads back as the same value."""
    assert read_recording(read({**FULL, "value": shape}), "minted").draft.value == value
    assert written(score(value=value))["value"] == shape


@pytest.mark.parametrize(("shorthand", "value"), SHORTHANDS)
def test_a_value_may_be_said_short(shorthand: str, value: Value) -> None:
    """A bare JSON value tells its kind by its type; facets without a kind by the first that is there."""
    given = read({**FULL, "value": json.loads(shorthand)})
    assert read_recording(given, "minted").draft.value == value


def test_json_is_written_as_it_was_stored() -> None:
    """The text of a JSON value goes out as it is, digits and order included."""
    document = msgspec.json.encode(
        write_score(score(value=Value(Kind.JSON, json='{"b":1.0, "a":10000000000000000000000}')))
    )
    assert b'"json":{"b":1.0, "a":10000000000000000000000}' in document


def test_a_whole_score_is_written_and_read_back() -> None:
    """Every member has its place; what was read can be written again as it is."""
    assert written(score()) == FULL
    draft = read_recording(read(FULL), "minted").draft
    names = ("id", "name", "target", "value", "outcome", "source", "comment", "metadata", "environment")
    for name in (*names, "config", "queue", "passed", "cost_usd", "timestamp"):
        assert getattr(draft, name) == getattr(score(), name), name
    assert draft.residue == {}


@pytest.mark.parametrize(
    ("shape", "outcome"),
    [
        ({"status": "failed", "reason": "timeout"}, Outcome(Status.FAILED, "timeout")),
        ({"status": "failed", "reason": None}, Outcome(Status.FAILED)),
        ({"status": "pending", "reason": None}, Outcome(Status.PENDING)),
    ],
)
def test_an_evaluation_that_measured_nothing(shape: dict[str, Any], outcome: Outcome) -> None:
    """A failed or pending evaluation needs no value."""
    draft = read_recording(read({**FULL, "outcome": shape, "value": None}), "minted").draft
    assert (draft.outcome, draft.value) == (outcome, None)
    document = written(score(outcome=outcome, value=None))
    assert (document["outcome"], document["value"]) == (shape, None)


def test_absent_and_null_both_mean_not_given() -> None:
    """In a new score an absent member and a null one are the same."""
    bare = {"name": "accuracy", "target": {"kind": "trace", "id": "t-1"}, "value": 1}
    nulls = dict.fromkeys(set(FULL) - set(bare))
    absent, null = (read_recording(read(given), "minted") for given in (bare, {**bare, **nulls}))
    assert absent == null
    assert absent.id == "minted"
    assert absent.must_exist
    assert absent.if_exists is None
    assert (absent.draft.id, absent.draft.timestamp, absent.draft.comment) == (None, None, None)
    assert (absent.draft.outcome, absent.draft.source, absent.draft.metadata) == (COMPLETED, FROM_API, EMPTY)


CHANGES: list[tuple[dict[str, Any], Patch]] = [
    ({}, Patch()),
    ({"comment": None}, Patch(comment=None)),
    ({"comment": "new", "passed": False}, Patch(comment="new", passed=False)),
    ({"name": "tone"}, Patch(name="tone")),
    ({"value": 1}, Patch(value=Value(Kind.NUMERIC, number=1.0))),
    ({"value": None}, Patch(value=None)),
    ({"value": {"text": "why", "labels": None}}, Patch(value=Facets(text="why", labels=None))),
    ({"value": {"kind": "json", "json": [1]}}, Patch(value=Facets(kind=Kind.JSON, json="[1]"))),
    ({"outcome": {"status": "failed"}}, Patch(outcome=OutcomeParts(status=Status.FAILED))),
    ({"outcome": None}, Patch(outcome=COMPLETED)),
    ({"source": {"author": None}}, Patch(source=SourceParts(author=None))),
    ({"source": None}, Patch(source=FROM_API)),
    ({"metadata": {"a": None}}, Patch(metadata=MetadataParts({"a": None}))),
    ({"metadata": None}, Patch(metadata=EMPTY)),
    ({"config": "c-2", "queue": None, "cost_usd": 0}, Patch(config="c-2", queue=None, cost_usd=0.0)),
]


@pytest.mark.parametrize(("given", "patch"), CHANGES)
def test_a_change_keeps_what_is_absent_and_clears_what_is_null(given: dict[str, Any], patch: Patch) -> None:
    """A change is a merge patch: objects in it change their members only."""
    assert read_patch(decode(json.dumps(given).encode(), ScoreChange)) == patch


def test_an_upsert_changes_what_it_says() -> None:
    """With ``if_exists`` the same members that make a new score change the one that is there."""
    given = {**FULL, "if_exists": "update", "comment": None}
    del given["environment"]
    recording = read_recording(read(given), "minted")
    assert recording.if_exists is not None
    assert recording.if_exists.comment is None
    assert recording.if_exists.environment is KEEP


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"target": {"kind": "trace", "id": ""}}, ("target", "id"), "empty"),
        ({"target": {"kind": "span", "id": "s", "trace": ""}}, ("target", "trace"), "empty"),
        ({"target": {"kind": "session", "id": "s", "trace": "t"}}, ("target", "trace"), "not_allowed"),
        ({"target": {"kind": "planet", "id": "s"}}, ("target", "kind"), "not_a_choice"),
        ({"target": None}, ("target",), "wrong_type"),
        ({"value": None}, ("value",), "missing"),
        ({"value": {}}, ("value",), "missing"),
        ({"value": {"kind": "numeric", "text": "x"}}, ("value",), "missing"),
        ({"value": {"kind": "categorical", "labels": ["a", "b"]}}, ("value",), "missing"),
        ({"value": {"number": "x"}}, ("value", "number"), "wrong_type"),
        ({"value": [1]}, ("value", 0), "wrong_type"),
        ({"value": "a\x00b"}, ("value",), "bad_character"),
        ({"name": ""}, ("name",), "empty"),
        ({"name": "x" * 1001}, ("name",), "too_long"),
        ({"name": 5}, ("name",), "wrong_type"),
        ({"id": "a\nb"}, ("id",), "bad_character"),
        ({"timestamp": "soon"}, ("timestamp",), "not_a_time"),
        ({"timestamp": 5}, ("timestamp",), "wrong_type"),
        ({"outcome": {"reason": "no"}}, ("outcome", "reason"), "not_allowed"),
        ({"outcome": {"status": "lost"}}, ("outcome", "status"), "not_a_choice"),
        ({"source": {"author": ""}}, ("source", "author"), "empty"),
        ({"environment": ""}, ("environment",), "empty"),
        ({"metadata": []}, ("metadata",), "wrong_type"),
        ({"cost_usd": "free"}, ("cost_usd",), "wrong_type"),
        ({"colour": "red"}, ("colour",), "unknown"),
        ({"if_exists": "ignore"}, ("if_exists",), "not_a_choice"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(changes: dict[str, Any], path: tuple[str | int, ...], code: str) -> None:
    """Every fault stands where it is in the body, also those that the core finds."""
    with pytest.raises(Invalid) as refused:
        read_recording(read({**FULL, **changes}), "minted")
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(path, code)]


@pytest.mark.parametrize(("mark", "text"), [(START, "0.0"), (Mark(7, 12), "7.12")])
def test_marks_are_written_and_read(mark: Mark, text: str) -> None:
    """A follower sends back what it got."""
    assert write_mark(mark) == text
    assert read_mark(text) == mark


@pytest.mark.parametrize("text", ["", "7", "7.", "-1.2", "7.12.1", "\u0667.1", "1" * 19 + ".1"])
def test_what_is_no_mark_is_refused(text: str) -> None:
    """Only marks of ours are taken."""
    with pytest.raises(Invalid):
        read_mark(text, "after")
