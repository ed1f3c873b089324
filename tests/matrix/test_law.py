"""The law can be broken: every way in which a read may be wrong or silent is found, and nothing else."""

from typing import Any

import pytest

from scorehouse.domain.scores import Origin
from scorehouse.domain.targets import SpanTarget, TargetKind, TraceTarget
from scorehouse.domain.values import Kind, Value
from scorehouse.wire.losses import Loss
from tests.matrix.facts import Facts
from tests.matrix.law import lies, silences, truth_of

AT = 1_767_225_600_000_137
HEX = "0af7651916cd43dd8448eb211c80319c"
UUID = "0AF76519-16CD-43DD-8448-EB211C80319C"

FACTS = Facts(
    target=SpanTarget("span", HEX),
    name="tone",
    value=Value(Kind.NUMERIC, number=0.5, labels=("fair", "warm")),
    comment="because",
    author="ann",
    metadata={"a": 1},
    environment="Staging (EU)",
)
TRUTH = truth_of(FACTS, {}, "score-1", AT)
NO_LOSS: frozenset[Loss] = frozenset()


def test_the_truth_itself_is_neither_a_lie_nor_silent() -> None:
    """Whoever tells everything as it is has nothing to answer for."""
    assert list(lies(TRUTH, TRUTH, NO_LOSS)) == []
    assert list(silences(TRUTH, TRUTH, NO_LOSS)) == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("id", "score-2"),
        ("target", (TargetKind.TRACE, HEX)),
        ("trace", HEX[::-1]),
        ("name", "Tone"),
        ("kind", Kind.BOOLEAN),
        ("number", 0.25),
        ("number", None),
        ("boolean", True),
        ("labels", ("fair",)),
        ("comment", None),
        ("comment", ""),
        ("metadata", {"a": True}),
        ("environment", None),
        ("origin", Origin.HUMAN),
        ("author", "bob"),
        ("evaluator", "somebody"),
        ("created_at", AT // 1000 * 1000),
        ("residue", {"prompt_id": "p"}),
    ],
)
def test_what_is_not_so_is_a_lie(name: str, wrong: Any) -> None:
    """A wrong fact is found, also one that is there although nobody told it."""
    (found,) = lies(TRUTH, {**TRUTH, name: wrong}, NO_LOSS)
    assert found.startswith(f"{name} is ")


@pytest.mark.parametrize(
    ("name", "given", "losses"),
    [
        ("trace", UUID, {Loss.COST}),
        ("created_at", AT // 1000 * 1000, {Loss.MICROSECONDS}),
        ("kind", Kind.TEXT, {Loss.NUMERIC}),
        ("labels", ("fair, warm",), {Loss.LABELS_FACET}),
        ("id", "another", {Loss.FREE_ID}),
    ],
)
def test_a_declared_loss_excuses(name: str, given: Any, losses: set[Loss]) -> None:
    """A fact may be heard as less than it is where that is declared; an id in another spelling is the same id."""
    assert list(lies(TRUTH, {**TRUTH, name: given}, frozenset(losses))) == []
    assert name == "trace" or list(lies(TRUTH, {**TRUTH, name: given}, NO_LOSS)) != []


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("trace", Loss.TRACE_OF_SPAN),
        ("labels", Loss.LABELS_FACET),
        ("comment", Loss.COMMENT),
        ("author", Loss.AUTHOR),
        ("metadata", Loss.METADATA),
        ("environment", Loss.ENVIRONMENT),
        ("environment", Loss.ENVIRONMENT_SPELLING),
        ("created_at", Loss.CREATED_AT),
        ("number", Loss.NUMERIC),
    ],
)
def test_silence_is_found_unless_it_is_declared(name: str, loss: Loss) -> None:
    """A fact that is not told is found missing by its name; declared lost, it is not."""
    heard = {fact: given for fact, given in TRUTH.items() if fact != name}
    (found,) = silences(TRUTH, heard, NO_LOSS)
    assert found.startswith(f"{name} is ")
    assert list(silences(TRUTH, heard, frozenset({loss}))) == []


@pytest.mark.parametrize("loss", [Loss.TARGET_SPAN, Loss.NUMERIC])
def test_a_score_is_missing_unless_it_cannot_be_there(loss: Loss) -> None:
    """A score that is in no row is found missing, unless there is no word for what is scored or measured."""
    assert list(silences(TRUTH, None, NO_LOSS)) == ["is not there at all"]
    assert list(silences(TRUTH, None, frozenset({Loss.COMMENT}))) == ["is not there at all"]
    assert list(silences(TRUTH, None, frozenset({loss}))) == []


def test_nobody_needs_to_tell_what_is_not_there() -> None:
    """Blank facts may be left out."""
    plain = truth_of(
        Facts(target=TraceTarget(HEX), name="a", value=Value(Kind.BOOLEAN, 1.0, boolean=True)), {}, HEX, AT
    )
    heard = {name: plain[name] for name in ("id", "target", "name", "kind", "boolean", "trace")}
    heard |= dict.fromkeys(("timestamp", "created_at", "updated_at"), AT)
    assert list(silences(plain, heard, NO_LOSS)) == []
