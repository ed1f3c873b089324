"""How long a project keeps what was recorded.

**What ages.** Scores, and traces with their spans. Configs and evaluators are kept; a session is its traces, and goes
with them.

**Age** counts from when a thing was recorded (``created_at``), not from the time of measurement that a client wrote
into it (``timestamp``): no client's clock, and no score of long ago that is sent today, decides what is kept. What was
moved in ages from when it was recorded elsewhere, as far as that is told. A later change does not make a thing younger.

**A score** goes when it is older than the age of its environment. **A trace** goes, as a whole with its spans, when it
is older than the age of its own environment, no score is left on it or on its spans, and no span came later: a score
that is kept keeps what it is about. A trace that only scores mention goes in the same way.

**History.** What is removed goes with its history, or it would not be gone. One entry stays in the feed: that it was
deleted, when, and by retention; who follows the feed from any mark learns of it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from scorehouse.domain.changes import Actor
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.frozen import Frozen
from scorehouse.domain.identity import checked_id
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant
from scorehouse.domain.refusals import Fault, Invalid

DAYS_MAX = 36_500
"""A hundred years; who wants more keeps for ever."""

ENVIRONMENTS_MAX = 100
"""Environments that a policy names; a team has a handful."""

DAY_MICROSECONDS = 86_400 * MICROSECONDS_PER_SECOND

RETENTION = Actor("", None, "retention")
"""Who removes what is too old."""


class RetentionPolicy(Frozen, frozen=True):
    """How many days things are kept.

    Attributes:
        days: whatever says no environment, or one that is not named below; None for ever.
        environments: environment → days for what says it; None for ever.

    Raises:
        Invalid: days out of range, an environment that nothing can be in, too many of them, or nothing that ends:
            a project that keeps everything has no policy.
    """

    days: int | None
    environments: Mapping[str, int | None] = EMPTY

    def __post_init__(self) -> None:
        if len(self.environments) > ENVIRONMENTS_MAX:
            message = f"must not exceed {ENVIRONMENTS_MAX} environments"
            raise Invalid(Fault(("environments",), "too_long", message))
        _check_days(self.days, "days")
        for name, days in self.environments.items():
            checked_id(name, "environments", name)
            _check_days(days, "environments", name)
        if self.days is None and all(days is None for days in self.environments.values()):
            raise Invalid(Fault(("days",), "missing", "must end somewhere: to keep everything, clear the policy"))
        self._settle("environments", MappingProxyType(dict(self.environments)))

    def days_of(self, environment: str | None) -> int | None:
        """Return how many days what says this environment is kept; None for ever."""
        return self.days if environment is None else self.environments.get(environment, self.days)

    def bound(self, environment: str | None, now: Instant) -> Instant | None:
        """Return the moment before which what says this environment is too old; None if it never is."""
        days = self.days_of(environment)
        return None if days is None else Instant(now - days * DAY_MICROSECONDS)


class StandingPolicy(Frozen, frozen=True):
    """A policy as it stands: of which project, since when, and who set it."""

    project: int
    policy: RetentionPolicy
    since: Instant
    actor: Actor


def _check_days(days: int | None, *path: str) -> None:
    if days is not None and not 1 <= days <= DAYS_MAX:
        raise Invalid(Fault(path, "out_of_range", f"must be 1 to {DAYS_MAX} days, or nothing for ever"))
