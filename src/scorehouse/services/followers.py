"""How many follow the feed at once, how often they read it, and when they end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from scorehouse.domain.refusals import Unavailable

READS_PER_S_MAX = 100
"""Reads of the feed a second by all followers together, however often something is committed."""

PAUSE_S_MIN = 0.02
"""Least pause between two reads of one follower: commits that come close together are told together."""


@dataclass(slots=True)
class Followers:
    """The followers of a house.

    Attributes:
        most: how many there may be at once.
        heartbeat_s: after how long without news a follower is told that nothing happened.
        patience_s: how long a listener may take for one part before it is let go.
        present: how many there are.
        closing: set when the house closes; every follower then ends.
    """

    most: int = 100
    heartbeat_s: float = 15.0
    patience_s: float = 30.0
    present: int = 0
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def check(self) -> None:
        """Raise Unavailable if there are too many, or the house closes."""
        if self.closing.is_set():
            raise Unavailable("The server is shutting down.")
        if self.present >= self.most:
            raise Unavailable("Too many streams are open.")

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a follower for as long as it follows."""
        self.present += 1
        try:
            yield
        finally:
            self.present -= 1

    @property
    def pause_s(self) -> float:
        """How long one follower rests between two reads, so that all together stay within READS_PER_S_MAX."""
        return max(PAUSE_S_MIN, self.present / READS_PER_S_MAX)
