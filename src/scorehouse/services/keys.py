"""Keys: made, ended, and given to who holds none yet.

A secret exists in the clear only between here and the eyes of who made it: the store keeps its digest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from scorehouse.domain.access import EVERYTHING, Key, Permission, Principal, Project, Voucher
from scorehouse.domain.identity import checked_name
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant
from scorehouse.domain.refusals import Unidentified
from scorehouse.services.admit import digest_of
from scorehouse.services.house import House
from scorehouse.storage.verbs import CreateKey, IssueVoucher, RedeemVoucher, RemoveKey, RevokeKey

SECRET_BYTES = 32
"""256 random bits, 64 hex digits."""

KEY_ID_BYTES = 8
"""A key's public id: 16 hex digits."""

VOUCHER_LASTS_S = 120
"""As long as PandaProbe's codes (contract pandaprobe §3.5): time to go from a browser back to a command line."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made, with its secret, which nobody can learn again."""

    key: Key
    secret: str = field(repr=False)


async def create_key(
    house: House,
    project: Project,
    *,
    permissions: Iterable[Permission] = EVERYTHING,
    owner: str | None = None,
    expires_at: Instant | None = None,
    secret: str | None = None,
) -> NewKey:
    """Make a key; its secret is drawn unless brought.

    Raises:
        Refusal: Invalid for an owner that cannot be one, Conflict for a secret that is in use.
    """
    if owner is not None:
        checked_name(owner, "owner")
    secret = secret or house.draw(SECRET_BYTES)
    verb = CreateKey(
        id=house.draw(KEY_ID_BYTES),
        project=project,
        digest=digest_of(secret),
        owner=owner,
        permissions=frozenset(permissions),
        at=house.clock(),
        expires_at=expires_at,
    )
    return NewKey(await house.store.perform(verb), secret)


async def revoke_key(house: House, id: str) -> Key:
    """Revoke a key by its public id; revoking again changes nothing. Raises NotFound."""
    return await house.store.perform(RevokeKey(id, house.clock()))


async def remove_key(house: House, id: str) -> None:
    """Forget a key by its public id, revoked or not. Raises NotFound."""
    await house.store.perform(RemoveKey(id))


async def issue_voucher(
    house: House,
    issuer: Principal,
    project: Project,
    *,
    challenge: bytes,
    permissions: Iterable[Permission],
    owner: str,
    key_expires_at: Instant,
) -> str:
    """Let a key for a project be made by whoever shows the code that is returned, and the proof of the challenge.

    That the issuer may do so is the caller's to check.

    Raises:
        Invalid: for an owner that cannot be one.
    """
    checked_name(owner, "owner")
    code, now = house.draw(SECRET_BYTES), house.clock()
    voucher = Voucher(
        digest_of(code),
        challenge,
        issuer.key,
        project,
        owner,
        frozenset(permissions),
        Instant(now + VOUCHER_LASTS_S * MICROSECONDS_PER_SECOND),
        key_expires_at,
    )
    await house.store.perform(IssueVoucher(voucher, now))
    return code


async def redeem_voucher(house: House, code: str, proof: str) -> NewKey:
    """Make the key that a code is good for; the code is spent, whatever comes of it.

    Nothing is written for a code that is none, so that who guesses costs no more than who asks with a bad key.

    Raises:
        Unidentified: code and proof open nothing, or not any more.
    """
    digest = digest_of(code)
    if await house.store.voucher(digest) is None:
        raise Unidentified("unknown")
    secret = house.draw(SECRET_BYTES)
    verb = RedeemVoucher(
        digest=digest,
        proof=digest_of(proof),
        id=house.draw(KEY_ID_BYTES),
        key_digest=digest_of(secret),
        at=house.clock(),
    )
    key = await house.store.perform(verb)
    if key is None:
        raise Unidentified("unknown")
    return NewKey(key, secret)
