"""House: what the services stand on, handed in by the composition root.

No service reads a clock or draws a random number by itself; a test hands in what it likes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scorehouse.domain.access import Project
from scorehouse.domain.instants import Instant
from scorehouse.services.followers import Followers
from scorehouse.services.shapes import Shape
from scorehouse.storage.port import Store

Clock = Callable[[], Instant]
"""Tells the time; never runs backwards."""

Mint = Callable[[], str]
"""Makes a new time-ordered 128-bit id: 32 hex digits of a UUIDv7."""


Draw = Callable[[int], str]
"""Draws so many random bytes, as hex digits, that nobody can guess: for secrets, unlike the mint's ids."""


@dataclass(frozen=True, slots=True)
class House:
    """The store, the clock, the mint, and where secrets are drawn from.

    Attributes:
        projects: those found by name, under what they are within, and until when that may be believed.
        followers: who follows the feed; see `follow`.
        shapes: name of a dialect → how it shows scores, for moving out in its shape.
    """

    store: Store
    clock: Clock
    mint: Mint
    draw: Draw
    projects: dict[tuple[int, str], tuple[Project, Instant]] = field(default_factory=dict, compare=False, repr=False)
    followers: Followers = field(default_factory=Followers, compare=False, repr=False)
    shapes: Mapping[str, Shape] = field(default_factory=dict, compare=False, repr=False)
