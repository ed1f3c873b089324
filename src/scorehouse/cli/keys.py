"""``scorehouse keys``: each opens the store in its own process, beside a server that may run on it."""

import argparse
import json
import re
from collections.abc import Sequence
from typing import Any

from scorehouse.cli.arguments import DEFAULT_SCOPES
from scorehouse.cli.banner import paste_lines
from scorehouse.domain.access import Key, Permission
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant, instant
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.server.composition import base_url, open_premises
from scorehouse.server.keys import key_document, open_project, pastes
from scorehouse.server.serving import run
from scorehouse.services.keys import NewKey, create_key, revoke_key
from scorehouse.settings import Settings
from scorehouse.wire.times import microseconds_z, parse_time

DAY_MICROSECONDS = 86_400 * MICROSECONDS_PER_SECOND
_DAYS = re.compile(r"(\d{1,6})d", re.ASCII)


def create(settings: Settings, options: argparse.Namespace) -> int:
    """Make a key, in a project that is made if it is new, and print what to paste."""
    run(_create(settings, options))
    return 0


def list_keys(settings: Settings, options: argparse.Namespace) -> int:
    """Print the keys of one project or of all, without their secrets, which nobody has."""
    run(_list(settings, options))
    return 0


def revoke(settings: Settings, options: argparse.Namespace) -> int:
    """Revoke a key by its public id."""
    run(_revoke(settings, options))
    return 0


async def _create(settings: Settings, options: argparse.Namespace) -> None:
    scopes = scopes_said(options.scope)
    async with open_premises(settings) as premises:
        house = premises.house
        now = house.clock()
        expires_at = None if options.expires is None else expiry_said(options.expires, now)
        project = await open_project(house, options.project)
        new = await create_key(house, project, permissions=scopes, owner=options.owner, expires_at=expires_at)
        url = base_url(settings)
        if options.json:
            print(json.dumps(key_document(premises.dialects, new, url), indent=2))
            return
        print(_told(new))
        print("\n".join(paste_lines(premises.dialects, pastes(premises.dialects, new, url))))


async def _list(settings: Settings, options: argparse.Namespace) -> None:
    async with open_premises(settings) as premises:
        keys = await premises.house.store.keys(options.project)
        now = premises.house.clock()
    documents = [key_row(key, now) for key in keys]
    if options.json:
        print(json.dumps(documents, indent=2))
        return
    for row in documents:
        print(
            f"{row['key_id']}  {row['state']:<8}  {row['project']}  {','.join(row['scopes'])}  "
            f"owner {row['owner'] or '-'}  made {row['created_at']}  expires {row['expires_at'] or 'never'}"
        )


async def _revoke(settings: Settings, options: argparse.Namespace) -> None:
    async with open_premises(settings) as premises:
        key = await revoke_key(premises.house, options.id)
        row = key_row(key, premises.house.clock())
    print(json.dumps(row, indent=2) if options.json else f"Key {key.id} of project {key.project.name} is revoked.")


def scopes_said(given: Sequence[str] | None) -> frozenset[Permission]:
    """Read ``--scope``, repeated or as comma lists.

    Raises:
        Invalid: a word that is no scope.
    """
    words = [word.strip() for said in given or () for word in said.split(",") if word.strip()]
    for word in words:
        if word not in frozenset(Permission):
            known = ", ".join(Permission)
            raise Invalid(Fault(("--scope",), "not_a_choice", f"{word!r} must be one of {known}"))
    return frozenset(Permission(word) for word in words) or frozenset(DEFAULT_SCOPES)


def expiry_said(text: str, now: Instant) -> Instant:
    """Read ``--expires``: an ISO 8601 time to come, or days from now as ``90d``.

    Raises:
        Invalid: neither, or a time that has passed.
    """
    days = _DAYS.fullmatch(text)
    where = "--expires"
    at = instant(now + int(days[1]) * DAY_MICROSECONDS, (where,)) if days else parse_time(text, where)
    if at <= now:
        raise Invalid(Fault((where,), "out_of_range", "must lie in the future"))
    return at


def key_row(key: Key, now: Instant) -> dict[str, Any]:
    """Write a key for listing; its secret is not known here."""
    return {
        "key_id": key.id,
        "project": key.project.name,
        "state": _state(key, now),
        "scopes": sorted(key.permissions),
        "owner": key.owner,
        "created_at": microseconds_z(key.created_at),
        "expires_at": None if key.expires_at is None else microseconds_z(key.expires_at),
        "revoked_at": None if key.revoked_at is None else microseconds_z(key.revoked_at),
    }


def _state(key: Key, now: Instant) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "good"


def _told(new: NewKey) -> str:
    scopes = ", ".join(sorted(new.key.permissions))
    return (
        f"Key {new.key.id} opens project {new.key.project.name} ({scopes}).\n"
        "It is shown this once: only a digest of it is kept.\n"
    )
