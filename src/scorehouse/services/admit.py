"""Who asks, and what they may do.

A key's secret is never stored: the store keeps a SHA-256 digest of it. The secret has 256 random bits,
so a fast hash is enough and a slow one would only slow the honest down.
"""

from hashlib import sha256
from hmac import compare_digest

from scorehouse.domain.access import Key, Permission, Principal
from scorehouse.domain.frozen import Frozen
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Unidentified
from scorehouse.services.house import House

FRESH_FOR_MICROSECONDS = 1_000_000
"""How long an admitted key is trusted without asking the store: a revoked key stops within a second."""

REMEMBERED_KEYS_MAX = 10_000


class _Remembered(Frozen, frozen=True):
    digest: bytes
    principal: Principal
    until: Instant


def digest_of(secret: str) -> bytes:
    """Return what is stored of a secret: its SHA-256."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


class Doorkeeper:
    """Admits callers by their secret, remembering the good ones for a second."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._remembered: dict[tuple[bytes, str | None], _Remembered] = {}

    async def admit(self, secret: str, spelling: str | None) -> Principal:
        """Return who holds this bare secret; `spelling` is noted in the principal.

        Raises:
            Unidentified: unknown, revoked or expired.
        """
        digest = digest_of(secret)
        now = self._house.clock()
        remembered = self._remembered.get((digest, spelling))
        if remembered and now < remembered.until and compare_digest(remembered.digest, digest):
            return remembered.principal
        key = await self._house.store.key(digest)
        return self._remember(digest, self._principal(key, spelling), now)

    async def admit_public(self, id: str, spelling: str | None) -> Principal:
        """Return who a public key id stands for: its holder, allowed to write scores and nothing else.

        Raises:
            Unidentified: unknown, revoked or expired.
        """
        principal = self._principal(await self._house.store.key_of(id), spelling)
        scores_only = frozenset({Permission.WRITE_SCORES} if principal.may(Permission.WRITE_SCORES) else ())
        return Principal(principal.project, principal.key, principal.owner, scores_only, spelling)

    def _principal(self, key: Key | None, spelling: str | None) -> Principal:
        now = self._house.clock()
        if key is None or key.revoked_at is not None:
            raise Unidentified("unknown")
        if key.expires_at is not None and key.expires_at <= now:
            raise Unidentified("expired")
        return Principal(key.project, key.id, key.owner, key.permissions, spelling)

    def _remember(self, digest: bytes, principal: Principal, now: Instant) -> Principal:
        if len(self._remembered) >= REMEMBERED_KEYS_MAX:
            self._remembered.clear()
        until = Instant(now + FRESH_FOR_MICROSECONDS)
        self._remembered[digest, principal.spelling] = _Remembered(digest, principal, until)
        return principal
