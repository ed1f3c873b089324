"""The law of losses: what everybody must hear of a score, and what nobody may hear.

A truth is what was said, filled up with what the speaker's contract assumes and with the core's blanks. Then, of every
read of every dialect:

* what is heard is true (`lies`);
* what neither the dialect declares lost nor the single read leaves out, is heard (`silences`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scorehouse.domain.documents import same
from scorehouse.domain.identity import canonical
from scorehouse.domain.scores import Origin, Status
from scorehouse.domain.values import Kind, Value
from scorehouse.wire.losses import Loss
from tests.matrix.facts import COUNTS, KINDS, PLAIN, Facts, Heard, facet_losses, flat, is_free, is_spelled_freely, needs

IDS = frozenset({"id", "trace", "run"})
TIMES = frozenset({"timestamp", "created_at", "updated_at"})

BLANKS: Heard = {
    "status": Status.COMPLETED,
    "reason": None,
    "labels": (),
    "metadata": {},
    "origin": Origin.API,
    "residue": {},
}
"""What the core holds where nothing was said; of all others None."""


def truth_of(facts: Facts, assumed: Heard, id: str, at: int) -> dict[str, Any]:
    """Return what has to be known of a score after it was said at this time and got this id."""
    truth = flat(facts) | dict(assumed)
    truth |= {"id": canonical(id), "created_at": at, "updated_at": at, "residue": dict(facts.residue)}
    if facts.timestamp is None:
        truth["timestamp"] = at
    if facts.evaluator is not None:
        # Without conditions an evaluator passes what is true (contract respan §6.3), and judges nothing else.
        truth["passed"] = truth["boolean"] if truth["kind"] is Kind.BOOLEAN else None
    return truth


def changed(truth: Heard, facts: Heard, at: int) -> dict[str, Any]:
    """Return what has to be known after a change at this time."""
    after = {**truth, **facts}
    if after["evaluator"] is not None:
        after["passed"] = after["boolean"] if after["kind"] is Kind.BOOLEAN else None
    return after if same(after, dict(truth)) else after | {"updated_at": at}


def lies(truth: Heard, heard: Heard, losses: frozenset[Loss]) -> Iterator[str]:
    """Yield what is heard and not so, by a dialect with these losses."""
    for name, given in heard.items():
        expected = truth[name]
        if not agrees(name, expected, given, losses) and not _is_excused(name, truth, losses):
            yield f"{name} is {expected!r}, heard {given!r}"


def silences(truth: Heard, heard: Heard | None, losses: frozenset[Loss]) -> Iterator[str]:
    """Yield what a dialect with these losses has to say and does not."""
    if heard is None:
        missing = needs(truth) & losses
        if not missing:
            yield "is not there at all"
        return
    for name in sorted(owed(truth, losses) - heard.keys()):
        if not needs(truth) & losses:
            yield f"{name} is {truth[name]!r}, nothing heard"


def owed(truth: Heard, losses: frozenset[Loss]) -> set[str]:
    """Return the names of all facts that a dialect with these losses has to show."""
    names = {"name"}
    if Loss.FREE_ID not in losses or not is_free(truth["target"]):
        names.add("target")
    if not ({Loss.CLIENT_ID, Loss.FREE_ID} & losses and is_free(truth["id"])):
        names.add("id")
    names |= owed_values(truth, losses)
    for loss, facts in PLAIN.items():
        if loss not in losses:
            names |= {name for name in facts if truth[name] != BLANKS.get(name)}
    if is_spelled_freely(truth["environment"]) and Loss.ENVIRONMENT_SPELLING in losses:
        names.discard("environment")
    return names


def owed_values(truth: Heard, losses: frozenset[Loss]) -> set[str]:
    """Return the names of the facets that a dialect with these losses has to show, and the kind."""
    value = value_of(truth)
    if value is None or KINDS[value.kind] in losses:
        return set()
    beside = facet_losses(value)
    names = {COUNTS[value.kind]} | {facet for facet, loss in beside.items() if loss not in losses}
    return names if beside and Loss.COUNTING in losses else names | {"kind"}


def value_of(truth: Heard) -> Value | None:
    """Return the value in a truth, its JSON but a mark: only what is there counts here."""
    if truth["kind"] is None:
        return None
    has_json = truth["json"] is not None or truth["kind"] is Kind.JSON
    facets: Mapping[str, Any] = {name: truth[name] for name in ("number", "boolean", "labels", "text")}
    return Value(truth["kind"], **facets, json="null" if has_json else None)


def agrees(name: str, expected: Any, given: Any, losses: frozenset[Loss]) -> bool:
    """Tell whether a fact is what it has to be, times as finely as a dialect with these losses tells them."""
    if name == "target":
        return bool(expected[0] is given[0] and expected[1] == canonical(given[1]))
    if name in IDS and isinstance(given, str):
        return bool(expected == canonical(given))
    if name in TIMES and Loss.MICROSECONDS in losses:
        return bool(expected // 1000 == given // 1000)
    return same(expected, given)


def _is_excused(name: str, truth: Heard, losses: frozenset[Loss]) -> bool:
    """Tell whether a declared loss says that this fact may be heard as less than it is."""
    if name == "kind":
        return KINDS[truth["kind"]] in losses or (Loss.COUNTING in losses and bool(_beside(truth)))
    if name in IDS or name == "target":
        return Loss.FREE_ID in losses and is_free(truth[name])
    if name == "labels":
        return len(truth["labels"]) > 1 and Loss.LABELS_FACET in losses  # several are joined for people
    return False


def _beside(truth: Heard) -> Mapping[str, Loss]:
    value = value_of(truth)
    return {} if value is None else facet_losses(value)
