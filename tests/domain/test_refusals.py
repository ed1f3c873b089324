"""Refusals carry data and a sentence, and faults can be seen from further out."""

import pytest

from scorehouse.domain import refusals
from scorehouse.domain.refusals import (
    Broken,
    Conflict,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Throttled,
    TooLarge,
    Unavailable,
    Unidentified,
    UnknownPath,
    Unreadable,
    Unsupported,
    UnsupportedMedia,
    WrongMethod,
    describe,
)

FAULT = Fault(("value",), "wrong_type", "must be a number", "string", ("1", "2"))

EXAMPLES: dict[Refusal, bool] = {
    Unreadable("The body is not JSON.", 3): False,
    Invalid(FAULT): False,
    TooLarge("request body", 5, "bytes"): False,
    UnsupportedMedia("", ["application/json"]): False,
    Unidentified("missing"): False,
    Forbidden("write"): False,
    UnknownPath("GET", "/x"): False,
    WrongMethod("PUT", ["GET", "POST"]): False,
    NotFound("score", "s"): False,
    Conflict("The id is taken.", "score", "s"): False,
    Unsupported("prompts"): False,
    Throttled(2): True,
    Unavailable("The disk is full."): True,
    Broken(): True,
}


@pytest.mark.parametrize("refusal", EXAMPLES, ids=lambda refusal: type(refusal).__name__)
def test_sentences(refusal: Refusal) -> None:
    """Every refusal is one sentence for people, and says whether asking again may help."""
    assert refusal.message
    assert str(refusal) == refusal.message
    assert refusal.retryable is EXAMPLES[refusal]


def test_no_refusal_is_forgotten() -> None:
    """The examples here, and the tree at the head of the module, have every way to say no."""
    names = {type(refusal).__name__ for refusal in EXAMPLES}
    assert names == {kind.__name__ for kind in Refusal.__subclasses__()}
    assert refusals.__doc__ is not None
    assert all(f" {name} " in f" {refusals.__doc__.replace(chr(10), ' ')} " for name in names)


def test_faults_from_further_out() -> None:
    """A fault found inside a part keeps everything but where it is."""
    assert FAULT.under("scores", 3) == Fault(
        ("scores", 3, "value"), "wrong_type", "must be a number", "string", ("1", "2")
    )
    assert Invalid(FAULT, FAULT).under("a").faults == (FAULT.under("a"),) * 2


def test_describe() -> None:
    """A fault reads as place and advice, or as advice alone."""
    assert describe(FAULT.under("scores", 3)) == "scores.3.value: must be a number"
    assert describe(Fault((), "too_long", "must be shorter")) == "must be shorter"


def test_an_invalid_names_a_fault() -> None:
    """To call something invalid without saying why is a defect."""
    with pytest.raises(ValueError, match="at least one"):
        Invalid()


def test_unidentified_has_known_reasons() -> None:
    """So is to turn somebody away for a reason without words."""
    with pytest.raises(KeyError):
        Unidentified("other")
