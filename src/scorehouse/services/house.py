"""House: what the services stand on, handed in by the composition root.

No service reads a clock or draws a random number by itself; a test hands in what it likes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from scorehouse.domain.access import Project
from scorehouse.domain.instants import Instant
from scorehouse.services.followers import Followers
from scorehouse.storage.port import Store

Clock = Callable[[], Instant]
"""Tells the time; never runs backwards."""

Mint = Callable[[], str]
"""Makes a new time-ordered 128-bit id: 32 hex digits of a UUIDv7."""


@dataclass(frozen=True, slots=True)
class House:
    """The store, the clock and the mint.

    Attributes:
        projects: those found by name, under what they are within; a name never changes, so what was found stays true.
        followers: who follows the feed; see `follow`.
    """

    store: Store
    clock: Clock
    mint: Mint
    projects: dict[tuple[int, str], Project] = field(default_factory=dict, compare=False, repr=False)
    followers: Followers = field(default_factory=Followers, compare=False, repr=False)
