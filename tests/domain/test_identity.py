"""Ids are one however they are spelled, and texts that cannot be stored are refused where they are given."""

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorehouse.domain.identity import (
    ID_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    canonical,
    checked_id,
    checked_name,
    checked_text,
    hyphenated,
    is_128_bit,
)
from scorehouse.domain.refusals import Invalid

SPELLINGS: list[Callable[[UUID], str]] = [
    lambda id: id.hex,
    lambda id: id.hex.upper(),
    str,
    lambda id: str(id).upper(),
    lambda id: id.urn,
    lambda id: id.urn.upper(),
    lambda id: f"{{{id}}}",
    lambda id: f"urn:uuid:{id.hex}",
]


@given(st.uuids())
def test_every_spelling_is_one_id(id: UUID) -> None:
    """Every spelling of a 128-bit id has the same canonical one, which is itself canonical."""
    for spell in SPELLINGS:
        assert canonical(spell(id)) == id.hex
        assert hyphenated(spell(id)) == str(id)
        assert is_128_bit(spell(id))


@given(st.uuids(), st.uuids(), st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS))
def test_two_ids_stay_two(one: UUID, other: UUID, spell: Callable[[UUID], str], respell: Callable[[UUID], str]) -> None:
    """No spelling of one id is a spelling of another."""
    assert (canonical(spell(one)) == canonical(respell(other))) is (one == other)


@pytest.mark.parametrize(
    "id",
    [
        "",
        "a",
        "trace-1",
        "0AF7651916CD43DD",
        "0af7651916cd43dd8448eb211c80319",
        "0AF7651916CD43DD8448EB211C80319CC",
        "0AF7651916CD43DD8448EB211C80319G",
        "{0af76519-16cd-43dd-8448-eb211c80319c",
        "0af76519-16cd-43dd-8448-eb211c80319c}",
        "urn:uu\u0131d:0af76519-16cd-43dd-8448-eb211c80319c",
        "0AF7651916CD43DD8448EB211C80319C\n",
        "٣" * 32,
    ],
)
def test_other_ids_stay_as_they_are(id: str) -> None:
    """What is no 128-bit id is compared letter by letter."""
    assert canonical(id) == id
    assert hyphenated(id) == id
    assert not is_128_bit(id)


@given(st.text())
def test_canonical_is_settled(id: str) -> None:
    """Whatever the id, its canonical spelling is its own canonical spelling."""
    assert canonical(canonical(id)) == canonical(id)


@pytest.mark.parametrize("check", [checked_id, checked_name])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("a\0", "bad_character"),
        ("a\n", "bad_character"),
        ("\x7f", "bad_character"),
        ("\ud800", "bad_character"),
        ("a" * 1001, "too_long"),
    ],
)
def test_ids_and_names_refused(check: Callable[..., str], text: str, code: str) -> None:
    """An id or name is not empty, not endless, and has no control characters; the fault is where it was given."""
    with pytest.raises(Invalid) as refused:
        check(text, "scores", 3, "id")
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(("scores", 3, "id"), code)]


@pytest.mark.parametrize("text", ["a", " a ", "é\U0001f600", "a" * ID_CHARACTERS_MAX])
def test_ids_taken(text: str) -> None:
    """Anything else is an id, up to the limit."""
    assert checked_id(text) == text
    assert checked_name("a" * NAME_CHARACTERS_MAX)
    with pytest.raises(Invalid):
        checked_id("a" * (ID_CHARACTERS_MAX + 1))


def test_texts() -> None:
    """Texts may hold lines and be empty, but no NUL, no lone surrogate, and no more than a mebicharacter."""
    for text in ("", "a\nb\t\x7f", "a" * TEXT_CHARACTERS_MAX):
        assert checked_text(text) == text
    for text in ("\0", "a\udc00b", "a" * (TEXT_CHARACTERS_MAX + 1)):
        with pytest.raises(Invalid):
            checked_text(text)
