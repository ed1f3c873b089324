"""Shapes: scores as a vendor's own API shows them, for moving out in the vendor's words.

A shape is a value of a dialect, as its routes are. Who reads the scores and what stands around them is `export_shaped`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scorehouse.domain.access import Project
from scorehouse.domain.registry import Evaluator
from scorehouse.domain.scores import Score
from scorehouse.domain.traces import Trace
from scorehouse.storage.queries import EVERYTHING, Filter

Facts = Mapping[str, Callable[[Score], bool]]
"""Facts that a score may have, in words for people, and what tells whether one has them."""


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around some scores.

    Attributes:
        traces: those of the scores that somebody sent, by the canonical spelling of their ids.
        evaluators: the registered ones of the scores, likewise, archived ones too.
    """

    project: Project
    traces: Mapping[str, Trace]
    evaluators: Mapping[str, Evaluator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a vendor's API shows scores.

    A dialect says the first four; the others follow from what it declares (`wire.shapes.shapes_of`).

    Attributes:
        write: makes of a score that passes `speakable` what msgspec encodes as one JSON object.
        members: names of that object's members, in order: the columns of CSV.
        with_traces, with_evaluators: whether it looks at those around the score.
        speakable: the scores that it can write; asks for nothing but the score itself.
        decisive: facts that it has no words for and without which it has no row.
        unsaid: other facts that it has no words for.
    """

    write: Callable[[Score, Around], Any]
    members: tuple[str, ...]
    with_traces: bool = False
    with_evaluators: bool = False
    speakable: Filter = EVERYTHING
    decisive: Facts = field(default_factory=dict)
    unsaid: Facts = field(default_factory=dict)
