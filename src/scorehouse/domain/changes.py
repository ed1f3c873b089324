"""The change feed, which is also the history.

Every change of a score, trace, config or evaluator, deletions included, takes one place in the feed.
The entries of one thing, read in order, are its history.
"""

from enum import StrEnum

from scorehouse.domain.frozen import Frozen
from scorehouse.domain.instants import Instant
from scorehouse.domain.scores import Score


class Action(StrEnum):
    """What happened."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


class Subject(StrEnum):
    """What it happened to. A trace stands for its spans as well."""

    SCORE = "score"
    TRACE = "trace"
    CONFIG = "config"
    EVALUATOR = "evaluator"


class Actor(Frozen, frozen=True):
    """Who did it: the key, its owner, and the dialect through which."""

    key: str
    owner: str | None
    dialect: str


class Mark(Frozen, frozen=True):
    """A place in the feed; greater is later. A follower resumes after the mark it saw last.

    Attributes:
        transaction: orders groups of changes by commit.
        sequence: orders changes within and across groups; alone sufficient where one writer commits in order.
    """

    transaction: int
    sequence: int


START = Mark(0, 0)
"""Before the first change."""


class Change(Frozen, frozen=True):
    """One entry of the feed.

    Attributes:
        mark: its place.
        at: when.
        actor: who.
        subject, id: what kind of thing, and which.
        action: what happened to it.
        before: a changed or deleted score as it was; None for creations and other subjects.
    """

    mark: Mark
    at: Instant
    actor: Actor
    subject: Subject
    action: Action
    id: str
    before: Score | None = None
