"""Whether a group that could be sent waits a little for more: what most of a group costs, it costs once.

**Alone.** Callers who write one after another come in two halves: while the one half is committed, the other one is
served. If serving takes longer than a commit, that is as quick as can be, and waiting would be lost. If a commit takes
longer, both halves together take one commit instead of two. So a group waits where a commit takes longer than the event
loop works on what goes into it.

**With others.** Where other nodes write as well, their commits are waited for in any case, and what each group costs
the database is what bounds them all. So a group waits until those are back who were around when the one before ended,
while others have their turn; not for longer than a commit takes, because some may not come back.
"""

from typing import Final

SMOOTHING: Final = 8
"""Groups, about, over which times are averaged."""

GATHERING_S_MAX: Final = 0.01
"""The longest that a group waits for more, however long the turns of others take."""

GATHERING_S_MIN: Final = 0.001
"""The least that it waits: the event loop's timers count milliseconds, and half of one would be none."""


class Pace:
    """What the groups of late have cost.

    Attributes:
        waits: whether the next group waits for more, if no other node writes.
        gathers_s: for how long at most it waits for those who were around; 0 if no other node writes.
    """

    def __init__(self) -> None:
        self.waits = False
        self.gathers_s = 0.0
        self._commit_s = 0.0
        self._work_s = 0.0

    def note(self, rows: int, commit_s: float, work_s: float, *, others: bool) -> None:
        """Take down a group.

        Args:
            rows: that it had; nobody comes along with a caller who is alone.
            commit_s: how long it took until it was on disk.
            work_s: how long the event loop has worked since the group before. That is for all who write or, unless
                groups wait, for about a half of them.
            others: whether other nodes wrote in between.
        """
        self._commit_s += (commit_s - self._commit_s) / SMOOTHING
        self._work_s += (work_s - self._work_s) / SMOOTHING
        holds_all = self.waits or self.gathers_s > 0
        self.waits = rows > 1 and self._commit_s > self._work_s * (1 if holds_all else 2)
        self.gathers_s = min(max(self._commit_s, GATHERING_S_MIN), GATHERING_S_MAX) if others else 0.0
