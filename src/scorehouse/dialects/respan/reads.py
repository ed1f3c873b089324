"""Score requests → our words.

A new score is a draft for the first time and a change for the second: the vendor keeps one score of a log,
evaluator and scorer (contract respan §5). PATCH changes values alone, PUT replaces what a body can say.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from scorehouse.dialects.respan.errors import NO_EVALUATOR, WHOLE, bad_field
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.dialects.respan.shapes import FilterBody, NewLogScore, ScoreValues
from scorehouse.domain.documents import EMPTY, Fields
from scorehouse.domain.identity import checked_id, checked_name, checked_text, is_128_bit
from scorehouse.domain.refusals import Fault, Invalid, Refusal
from scorehouse.domain.scores import KEEP, Draft, Facets, Patch, Source, SourceParts, facet_kinds
from scorehouse.domain.targets import SpanTarget
from scorehouse.domain.values import LABELS_MAX, Kind, Value
from scorehouse.storage.verbs import Judging
from scorehouse.wire.bodies import convert, parse
from scorehouse.wire.times import parse_time

DEFAULT_ENVIRONMENT = "prod"
"""What the vendor's keys stand for unless they are made for tests; our keys have no environment of their own."""

KEPT = ("prompt_id", "prompt_version_number", "dataset_id", "automation_id")
"""Members that nobody but the vendor has a word for, kept as they came."""


def read_judging(given: NewLogScore, strict: bool) -> Judging:
    """Read who judges: the id, which may be a slug as well, wins over the slug, which need not be registered.

    Raises:
        Invalid: neither is given.
    """
    if given.evaluator_id:
        named = checked_id(unversioned(given.evaluator_id), "evaluator_id")
        return Judging(named=named, registered=True, binding=strict)
    if given.evaluator_slug:
        return Judging(named=checked_id(given.evaluator_slug, "evaluator_slug"), binding=strict)
    raise Invalid(Fault(("evaluator_id",), NO_EVALUATOR, "or evaluator_slug must be provided"))


def unversioned(id: str) -> str:
    """Return an evaluator's id without the version in ``<id>:<n>``; any other text as it is."""
    base, colon, version = id.rpartition(":")
    return base if colon and version.isdecimal() and is_128_bit(base) else id


def read_draft(given: NewLogScore, judging: Judging, log: str, scorer: str) -> Draft:
    """Read a score to record on a log."""
    value = read_value(given)
    if given.timestamp is not None:
        parse_time(given.timestamp, "timestamp")
    return Draft(
        target=SpanTarget(checked_id(log, "log_id")),
        name=checked_name(judging.named or "", "evaluator_slug"),
        value=value,
        source=Source(author=scorer),
        comment=given.explanation,
        environment=given.environment or DEFAULT_ENVIRONMENT,
        residue=_residue({name: kept for name in KEPT if (kept := getattr(given, name)) is not None}),
    )


def read_again(given: NewLogScore) -> Patch:
    """Read the same request as a change of the score that is there: what is absent stays."""
    kept = {name: value for name in KEPT if (value := getattr(given, name)) is not None}
    return Patch(
        value=read_facets(given),
        comment=KEEP if given.explanation is None else given.explanation,
        environment=given.environment or KEEP,
        residue={RESIDUE: kept} if kept else KEEP,
        merge_residue=True,
    )


def read_replacement(given: NewLogScore, judging: Judging, scorer: str | None) -> Patch:
    """Read a PUT: whatever the body does not say is as if it had never been said. None keeps the scorer."""
    if given.timestamp is not None:
        parse_time(given.timestamp, "timestamp")
    return Patch(
        name=KEEP if judging.registered else checked_name(judging.named or "", "evaluator_slug"),
        value=read_value(given),
        source=SourceParts(evaluator=None, author=KEEP if scorer is None else scorer),
        comment=given.explanation,
        environment=given.environment or DEFAULT_ENVIRONMENT,
        residue={RESIDUE: {name: kept for name in KEPT if (kept := getattr(given, name)) is not None}},
    )


def read_value(given: ScoreValues) -> Value:
    """Read all values given as one; the first of number, boolean, labels, text and JSON is the one that counts.

    Raises:
        Invalid: there is none, or one that cannot be stored.
    """
    number, boolean, labels, text, json = _facets(given)
    kinds = facet_kinds(number, boolean, labels, text, json)
    if not kinds:
        raise Invalid(Fault((WHOLE,), "missing", "at least one score value is required"))
    if kinds[0] is Kind.BOOLEAN:
        number = float(bool(boolean))
    return Value(kinds[0], number, boolean, labels, text, json)


def read_facets(given: ScoreValues) -> Facets:
    """Read the values given as a change: null clears, absent keeps.

    A truth sent with ``"numerical_value": null`` is what counts, and its number stands for it again.
    """
    number, boolean, labels, text, json = _facets(given)
    is_truth = boolean is not None and given.numerical_value is None
    if is_truth:
        number = float(bool(boolean))
    return Facets(
        kind=Kind.BOOLEAN if is_truth else KEEP if number is None else Kind.NUMERIC,
        number=KEEP if given.numerical_value is UNSET else number,
        boolean=KEEP if given.boolean_value is UNSET else boolean,
        labels=KEEP if given.categorical_value is UNSET else labels,
        text=KEEP if given.string_value is UNSET else text,
        json=KEEP if given.json_value is UNSET else json,
    )


Taken = tuple[float | None, bool | None, tuple[str, ...], str | None, str | None]


def _facets(given: ScoreValues) -> Taken:
    """Return number, boolean, labels, text and JSON, each checked under the vendor's name; absent is None."""
    text = given.string_value or (None if given.string_value in {None, UNSET} else "")
    if text is not None:
        checked_text(text, "string_value")
    labels = tuple(given.categorical_value or ())
    if len(labels) > LABELS_MAX:
        raise bad_field("categorical_value", f"must not have more than {LABELS_MAX} labels")
    for label in labels:
        if "\x1f" in checked_text(label, "categorical_value"):
            raise bad_field("categorical_value", "must not contain control characters")
    return (
        None if given.numerical_value is UNSET else given.numerical_value,
        None if given.boolean_value is UNSET else given.boolean_value,
        labels,
        text,
        None if given.json_value is UNSET or given.json_value is None else _checked_json(given.json_value),
    )


def _checked_json(text: str) -> str:
    """Return JSON text as it came, if it is JSON."""
    try:
        parse(text.encode())
    except (Refusal, UnicodeEncodeError) as error:
        raise bad_field("json_value", "must be JSON, encoded as a string") from error
    return checked_text(text, "json_value")


def _residue(kept: Mapping[str, Any]) -> Mapping[str, Fields]:
    return {RESIDUE: kept} if kept else EMPTY


def decode_filters(body: bytes) -> FilterBody:
    """Read the body of a filtered list; an empty one filters nothing."""
    return convert(decode_object(body), FilterBody)


def decode_object(body: bytes) -> dict[str, Any]:
    """Read a JSON body that has to be an object, whatever stands in it; an empty body is an empty object."""
    document = parse(body) if body.strip() else {}
    if not isinstance(document, dict):
        raise Invalid(Fault((), "wrong_type", "must be an object"))
    return msgspec.convert(document, dict[str, Any])
