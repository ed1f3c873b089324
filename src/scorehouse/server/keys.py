"""Projects and keys: make them, list them, revoke them, and say what to paste for them.

A secret exists in the clear only between here and the eyes of who made it: the store keeps its digest.
"""

import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from scorehouse.domain.access import EVERYTHING, Key, Permission, Project
from scorehouse.domain.identity import checked_name
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Conflict, Unidentified
from scorehouse.server.keyring import Keyring
from scorehouse.services.admit import digest_of
from scorehouse.services.house import House
from scorehouse.services.registry import first_evaluators
from scorehouse.settings import BadSetting
from scorehouse.storage.verbs import CreateKey, OpenProject, RevokeKey
from scorehouse.wire.dialect import Dialect, Opened, Paste

DEFAULT_PROJECT = "default"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made, with its secret, which nobody can learn again."""

    key: Key
    secret: str


def mint_secret() -> str:
    """Draw a bare secret: 256 random bits as 64 hex digits."""
    return secrets.token_hex(32)


def mint_key_id() -> str:
    """Draw a key's public id: 16 hex digits."""
    return secrets.token_hex(8)


def brought_secret(keyring: Keyring, token: str) -> str:
    """Read the bare secret out of the key that the operator brings.

    Raises:
        BadSetting: it is no key, or too short to be one.
    """
    try:
        return keyring.read(token).secret
    except Unidentified:
        raise BadSetting(
            "SCOREHOUSE_KEY must be 32 to 128 letters and digits, with or without a dialect's prefix (sh_…)."
        ) from None


async def open_project(house: House, name: str) -> Project:
    """Return the project of this name, made and seeded now if it is new. Raises Invalid for a name that cannot be."""
    at = house.clock()
    return await house.store.perform(OpenProject(name, at, first_evaluators(house.mint, at)))


async def create_key(
    house: House,
    project: Project,
    *,
    permissions: Iterable[Permission] = EVERYTHING,
    owner: str | None = None,
    expires_at: Instant | None = None,
    secret: str | None = None,
) -> NewKey:
    """Make a key; its secret is minted unless brought.

    Raises:
        Refusal: Invalid for an owner that cannot be one, Conflict for a secret that is in use.
    """
    if owner is not None:
        checked_name(owner, "owner")
    secret = secret or mint_secret()
    verb = CreateKey(
        id=mint_key_id(),
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


async def first_key(house: House, keyring: Keyring, brought: str | None) -> NewKey | None:
    """Give an empty store its first project and key, and return that key.

    A store that has keys gets none. If the operator brings a key that this store knows, that one
    is returned, so that its lines can be shown again; otherwise None.

    Raises:
        BadSetting: the key that the operator brings is none.
    """
    secret = None if brought is None else brought_secret(keyring, brought)
    if not await house.store.keys():
        # Of several nodes that start on an empty store with the same key, one makes it.
        with suppress(Conflict):
            return await create_key(house, await open_project(house, DEFAULT_PROJECT), secret=secret)
    if secret is None:
        return None
    known = await house.store.key(digest_of(secret))
    return NewKey(known, secret) if known is not None and known.good_at(house.clock()) else None


def pastes(dialects: Iterable[Dialect], new: NewKey, base_url: str) -> Mapping[str, Paste]:
    """Return what to paste for each edition of each dialect, by the edition's name."""
    opened = Opened(base_url, new.secret, new.key.id, new.key.project.name)
    return {edition.name: edition.paste(opened) for dialect in dialects for edition in dialect.editions}


def key_document(dialects: Iterable[Dialect], new: NewKey, base_url: str) -> dict[str, Any]:
    """Write a new key as ``scorehouse keys create --json`` prints it; programs read this shape."""
    return {
        "project": new.key.project.name,
        "key_id": new.key.id,
        "dialects": {
            name: {
                "base_url": paste.base_url,
                "env": dict(paste.env),
                "headers": dict(paste.headers),
                "curl": paste.curl,
            }
            for name, paste in pastes(dialects, new, base_url).items()
        },
    }
