"""Whether a group that could be sent waits a little for more: what most of a group costs, it costs once.

**Alone.** Callers who write one after another come in two halves: while the one half is committed, the other one is
served. If serving takes longer than a commit, that is as quick as can be, and waiting would be lost. If a commit takes
longer, both halves together take one commit instead of two. So a group waits where a commit takes longer than the event
loop works on what goes into it.

**With others.** Where other nodes write as well, their commits are waited for in any case, and what each group costs
the database is what bounds them all: it waits.
"""

from typing import Final

SMOOTHING: Final = 8
"""Groups, about, over which times are averaged."""


class Pace:
    """What the groups of late have cost.

    Attributes:
        waits: whether the next group waits for more.
    """

    def __init__(self) -> None:
        self.waits = False
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
        is_slow = self._commit_s > self._work_s * (1 if self.waits else 2)
        self.waits = others or (rows > 1 and is_slow)
