"""Who may do what: projects, keys, permissions.

A key opens one project through every dialect. What the caller showed is a Credential (the dialect
reads it from its vendor's headers); who that is and what it may do is a Principal (the core decides).
"""

from enum import StrEnum
from hmac import compare_digest

from scorehouse.domain.frozen import Frozen
from scorehouse.domain.identity import checked_name, checked_text
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid


class Permission(StrEnum):
    """What a key may do. Each stands alone: none implies another, but WRITE covers WRITE_SCORES."""

    READ = "read"
    WRITE = "write"
    WRITE_SCORES = "write-scores"
    ADMINISTER = "administer"


EVERYTHING = frozenset(Permission)

UNOPENED = 0
"""The number of no project in any store: whoever asks in it finds nothing, and nothing may be written to it."""


class Project(Frozen, frozen=True):
    """A wall: nothing inside one project is seen, changed or counted from another.

    Attributes:
        number: a small integer, the distribution key of every table.
        name: unique among those opened within the same project, and among those that stand by themselves.
        within: number of the project whose administrators opened it; None for one that stands by itself.
        description: for people, possibly empty.
    """

    number: int
    name: str
    created_at: Instant
    within: int | None = None
    description: str = ""

    def __post_init__(self) -> None:
        checked_project_name(self.name)
        checked_text(self.description, "description")


class Credential(Frozen, frozen=True):
    """What the caller showed.

    Attributes:
        secret: the shown token, in whatever vendor's spelling; None where only a public key was shown.
        public: the public key id shown beside it (Langfuse), or alone; without the vendor's prefix.
        spelling: name of the edition in whose spelling a public key was shown alone; that of a secret is found by
            the house, which knows them all.
    """

    secret: str | None = None
    public: str | None = None
    spelling: str | None = None

    def __repr__(self) -> str:
        """Show everything but the secret."""
        return f"Credential(public={self.public!r}, spelling={self.spelling!r})"


class Key(Frozen, frozen=True):
    """A key as kept: everything but its secret, of which only a digest is stored.

    Attributes:
        id: public, may be shown and logged.
        owner: who answers for it; becomes the author of scores where a vendor derives that from the key.
        expires_at, revoked_at: None for never.
    """

    id: str
    project: Project
    owner: str | None
    permissions: frozenset[Permission]
    created_at: Instant
    expires_at: Instant | None = None
    revoked_at: Instant | None = None

    def __post_init__(self) -> None:
        if not self.permissions:
            raise Invalid(Fault(("scope",), "missing", "a key needs at least one scope"))

    def good_at(self, moment: Instant) -> bool:
        """Tell whether the key opens anything at this moment: neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or moment < self.expires_at)


class Voucher(Frozen, frozen=True):
    """Leave to have one key made, once and soon, by somebody who holds no key yet (a command line that logs in).

    Whoever allows it gets a code and hands it over; whoever was handed it shows it together with a proof that only
    they can know, for they chose its digest before. Neither alone is worth anything, and none of them is stored.

    Attributes:
        digest: SHA-256 of the code.
        challenge: SHA-256 of the proof.
        issuer: id of the key that allowed it, which has to be good still when the voucher is redeemed.
        project, owner, permissions, key_expires_at: of the key that will be made.
        expires_at: when the voucher itself ends.
    """

    digest: bytes
    challenge: bytes
    issuer: str
    project: Project
    owner: str | None
    permissions: frozenset[Permission]
    expires_at: Instant
    key_expires_at: Instant | None = None

    def honours(self, proof: bytes, moment: Instant) -> bool:
        """Tell whether it is good at this moment for whoever shows a proof with this digest; in constant time."""
        return compare_digest(self.challenge, proof) and moment < self.expires_at


class Principal(Frozen, frozen=True):
    """Who asks, and what they may do.

    Attributes:
        project: the only project in reach.
        key: id of the key that opened it.
        owner: of the key.
        spelling: name of the edition in whose spelling the key was shown, None for the bare secret.
    """

    project: Project
    key: str
    owner: str | None
    permissions: frozenset[Permission]
    spelling: str | None = None

    def may(self, permission: Permission) -> bool:
        """Tell whether the key has the permission; WRITE covers WRITE_SCORES."""
        if permission in self.permissions:
            return True
        return permission is Permission.WRITE_SCORES and Permission.WRITE in self.permissions


def checked_project_name(name: str) -> str:
    """Return `name` if it can name a project: 1 to 255 characters, no control characters, no blank at an end."""
    checked_name(name, "project")
    if len(name) > 255 or name != name.strip():
        raise Invalid(Fault(("project",), "malformed", "must be 1 to 255 characters without blanks at the ends"))
    return name
