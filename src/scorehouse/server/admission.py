"""Who asks, whether they may, and whether they ask too fast."""

from collections.abc import Callable
from math import ceil

from scorehouse.domain.access import Permission, Principal, Project
from scorehouse.domain.instants import EARLIEST
from scorehouse.domain.refusals import Forbidden, Throttled, Unidentified
from scorehouse.server.keyring import Keyring
from scorehouse.services.admit import Doorkeeper
from scorehouse.wire.call import Head
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.route import Route

NOBODY = Principal(Project(0, "nobody", EARLIEST), "", None, frozenset())
"""Who asks where no key is needed: project 0 exists in no store, so nothing is in reach."""

BUCKETS_MAX = 10_000
"""Keys whose rate is remembered; only good keys get one."""

Seconds = Callable[[], float]
"""Tells seconds that only ever go forward; their zero means nothing."""


class RateLimiter:
    """A token bucket a key: `rate` requests a second, in bursts of as many (at least one); 0 is no limit."""

    def __init__(self, rate: float, seconds: Seconds) -> None:
        self._rate = rate
        self._burst = max(rate, 1.0)
        self._seconds = seconds
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """Take a token, or refuse with Throttled."""
        if not self._rate:
            return
        now = self._seconds()
        tokens, since = self._buckets.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        if tokens < 1.0:
            raise Throttled(max(1, ceil((1.0 - tokens) / self._rate)))
        if len(self._buckets) >= BUCKETS_MAX:
            self._buckets.clear()
        self._buckets[key] = (tokens - 1.0, now)


class Admission:
    """The door of the house."""

    def __init__(self, keyring: Keyring, doorkeeper: Doorkeeper, limiter: RateLimiter) -> None:
        self.keyring = keyring
        self._doorkeeper = doorkeeper
        self._limiter = limiter

    async def identify(self, dialect: Dialect, head: Head) -> Principal:
        """Return who shows the key in this request.

        Raises:
            Unidentified: no key, or none that opens anything.
            Throttled: they ask too fast.
        """
        credential = dialect.credential(head.headers)
        if credential.secret is not None:
            shown = self.keyring.read(credential.secret)
            principal = await self._doorkeeper.admit(shown.secret, shown.edition)
        elif credential.public is not None:
            principal = await self._doorkeeper.admit_public(credential.public, credential.spelling)
        else:
            raise Unidentified("missing")
        self._limiter.take(principal.key)
        return principal

    async def admit(self, dialect: Dialect, route: Route, head: Head) -> Principal:
        """Return who asks, if they may; NOBODY where the route needs no key.

        Raises:
            Refusal: as `identify`, and Forbidden.
        """
        if route.permission is None:
            return NOBODY
        principal = await self.identify(dialect, head)
        allow(principal, route.permission)
        return principal


def allow(principal: Principal, permission: Permission | None) -> None:
    """Refuse with Forbidden unless the principal has the permission."""
    if permission is not None and not principal.may(permission):
        raise Forbidden(permission)
