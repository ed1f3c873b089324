"""What is offered to be taken in, and how both sides add up.

An offer is one row of a file or of a vendor's list: a thing in the core's words, or the id of one that is gone there,
or the reason why it cannot be read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from msgspec import Struct

from scorehouse.domain.changes import Actor
from scorehouse.domain.identity import canonical
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Refusal
from scorehouse.domain.registry import Config, Evaluator
from scorehouse.domain.scores import Draft
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.services.export import What
from scorehouse.services.house import House

Thing = Config | Evaluator | TraceSketch | SpanSketch | Draft

WHATS: Mapping[type[Any], What] = {
    Config: What.CONFIGS,
    Evaluator: What.EVALUATORS,
    TraceSketch: What.TRACES,
    SpanSketch: What.SPANS,
    Draft: What.SCORES,
}


@dataclass(frozen=True, slots=True)
class Inlet:
    """Where things are taken in, and in whose name."""

    house: House
    project: int
    actor: Actor


class Offer(Struct, gc=False):
    """Something from elsewhere. A struct, because an import builds one a row; no circle goes through it.

    Attributes:
        row: as it came, for the list of what was refused; bytes where it is JSON yet to be read.
        thing: what it says; a score has an id. None where it cannot be read, is gone, or says nothing by itself.
        gone: id of a score or trace that was deleted there, and goes here.
        what: kind of thing it is.
        refusal: why it cannot be read.
        created_at, updated_at: when a score was recorded, and last changed, there.
        sole: whether there may be only one such score of its target, dimension and author (see `Recording.sole`).
        linked: whether a score whose evaluator nobody knows here is refused; otherwise it comes without that link.
    """

    row: Any
    thing: Thing | None = None
    gone: str | None = None
    what: What = What.SCORES
    refusal: Refusal | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    sole: bool = False
    linked: bool = True

    def __post_init__(self) -> None:
        if self.thing is not None:
            self.what = WHATS[type(self.thing)]

    @property
    def key(self) -> tuple[str, ...] | None:
        """What tells it from others of its kind; None where it has no id that can be read."""
        if isinstance(self.thing, SpanSketch):
            return (canonical(self.thing.trace or ""), canonical(self.thing.id))
        id = self.gone if self.thing is None else self.thing.id
        return None if id is None else (canonical(id),)


@dataclass(frozen=True, slots=True)
class Refused:
    """An offer that is not here, and why."""

    row: Any
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Total:
    """How many there are, and the sum of their numbers, rounded once a part whatever their order."""

    count: int = 0
    sum: float = 0.0

    def plus(self, numbers: Sequence[float | None]) -> "Total":
        """Add some."""
        return Total(self.count + len(numbers), self.sum + fsum(number for number in numbers if number is not None))


@dataclass(slots=True)
class Tally:
    """Totals of what was offered, and of what the store shows of it, by name."""

    offered: dict[str, Total] = field(default_factory=dict)
    stored: dict[str, Total] = field(default_factory=dict)

    @property
    def differences(self) -> list[str]:
        """The names under which the two are not the same."""
        names = sorted({*self.offered, *self.stored})
        return [name for name in names if self.offered.get(name) != self.stored.get(name)]


@dataclass(slots=True)
class Reconciliation:
    """Both sides of what was taken in so far.

    Attributes:
        scores: by their name; the sums are those of their numbers. Refused ones that could be read are among what
            was offered.
        others: the same of everything else, by what it is; of spans the sums are what they cost.
        refused: how many offers were refused.
        gone: how many scores and traces went, because they are gone there.
        rows: how many offers there were altogether.
    """

    scores: Tally = field(default_factory=Tally)
    others: Tally = field(default_factory=Tally)
    refused: int = 0
    gone: int = 0
    rows: int = 0

    @property
    def differs(self) -> bool:
        """Tell whether anything is not here as it was there."""
        return self.refused > 0 or bool(self.scores.differences or self.others.differences)


def add(totals: dict[str, Total], numbered: Iterable[tuple[str, float | None]]) -> None:
    """Add names and numbers to totals by name."""
    numbers: dict[str, list[float | None]] = {}
    for name, number in numbered:
        some = numbers.get(name)
        if some is None:
            numbers[name] = [number]
        else:
            some.append(number)
    for name, some in numbers.items():
        totals[name] = totals.get(name, Total()).plus(some)
