"""Projects and keys as their operator deals with them: the first ones, those that are brought, and what to paste."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from scorehouse.domain.access import Project
from scorehouse.domain.refusals import Conflict, Unidentified
from scorehouse.server.keyring import Keyring
from scorehouse.services.admit import digest_of
from scorehouse.services.house import House
from scorehouse.services.keys import NewKey, create_key
from scorehouse.services.registry import first_evaluators
from scorehouse.settings import BadSetting
from scorehouse.storage.verbs import OpenProject
from scorehouse.wire.dialect import Dialect, Opened, Paste

DEFAULT_PROJECT = "default"


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
