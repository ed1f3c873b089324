"""Keys of an organization: made, shown once, rotated, revoked (contract pandaprobe §3.5).

Their keys name any project of their organization. Ours open the organization's own project, and reach further only with
the scope ``administer``, which a new key has if it is asked for. Nobody hands out more than they have themselves.
"""

from collections.abc import Iterable

from scorehouse.dialects.pandaprobe.answers import KeyShape
from scorehouse.dialects.pandaprobe.auth import SPELLING
from scorehouse.dialects.pandaprobe.errors import broken_rule
from scorehouse.dialects.pandaprobe.projects import check_organization, key_id, organization_id
from scorehouse.dialects.pandaprobe.requests import both, path_uuid, read_body, read_query
from scorehouse.dialects.pandaprobe.shapes import KeyDeletion, NewKey
from scorehouse.dialects.pandaprobe.writes import write_time
from scorehouse.domain.access import Key, Permission, Project
from scorehouse.domain.identity import canonical
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant
from scorehouse.domain.refusals import NotFound
from scorehouse.services import keys
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.times import shortest_offset

DEFAULT_SCOPES = (Permission.READ, Permission.WRITE)
"""Of keys that say nothing of scopes, as ``scorehouse keys create`` makes them."""

LASTING_DAYS = 90
"""The only lifetime that they have (contract pandaprobe §3.5)."""

PREFIX_CHARACTERS = 10
"""What is shown of a secret to tell keys apart, and only when it is made: of others nobody knows it any more."""


async def list_keys(call: Call) -> Reply:
    """List the keys of the organization, newest first, revoked ones included."""
    check_organization(call)
    return json_reply(200, [_written(call, key) for key in reversed(await _keys(call))])


async def read_key(call: Call) -> Reply:
    """Read one of them."""
    check_organization(call)
    return json_reply(200, _written(call, await _find(call)))


async def create_key(call: Call) -> Reply:
    """Make a key of the organization's own project."""
    _, given = both(lambda: check_organization(call), lambda: read_body(call, NewKey))
    expires_at = None if given.expiration == "never" else in_90_days(call)
    return await _make(call, call.principal.project, given.scopes or DEFAULT_SCOPES, given.name, expires_at)


async def rotate_key(call: Call) -> Reply:
    """Make a successor for a key that ends; the old one stays good until its own end."""
    check_organization(call)
    old = await _find(call)
    if old.revoked_at is not None:
        raise broken_rule("A revoked key cannot be rotated.")
    if old.expires_at is None:
        raise broken_rule("Only keys that expire can be rotated; revoke this one, and create another.")
    return await _make(call, old.project, old.permissions, old.owner, in_90_days(call))


async def delete_key(call: Call) -> Reply:
    """Revoke a key, or remove it for good."""
    check_organization(call)
    asked = read_query(call, KeyDeletion)
    key = await _find(call)
    if asked.permanent:
        await keys.remove_key(call.house, key.id)
    else:
        await keys.revoke_key(call.house, key.id)
    return Reply(204)


def granted(call: Call, scopes: Iterable[Permission]) -> frozenset[Permission]:
    """Return what a new key may do. Raises Forbidden for what the caller's own key may not."""
    for scope in scopes:
        call.require(scope)
    return frozenset(scopes)


def in_90_days(call: Call) -> Instant:
    """Return when a key made now ends."""
    return Instant(call.house.clock() + LASTING_DAYS * 86_400 * MICROSECONDS_PER_SECOND)


def shown_prefix(secret: str) -> str:
    """Return the beginning of a key as it is spelled here."""
    return SPELLING.spell(secret)[:PREFIX_CHARACTERS]


async def _make(
    call: Call, project: Project, scopes: Iterable[Permission], name: str | None, expires_at: Instant | None
) -> Reply:
    allowed = granted(call, scopes)
    new = await keys.create_key(call.house, project, permissions=allowed, owner=name, expires_at=expires_at)
    return json_reply(201, _written(call, new.key, new.secret))


async def _keys(call: Call) -> tuple[Key, ...]:
    return await call.house.store.keys(around=call.project)


async def _find(call: Call) -> Key:
    id = path_uuid(call, "key_id")
    for key in await _keys(call):
        if canonical(key_id(key.id)) == canonical(id):
            return key
    raise NotFound("API key", id)


def _written(call: Call, key: Key, secret: str | None = None) -> KeyShape:
    return KeyShape(
        id=key_id(key.id),
        org_id=organization_id(call.project),
        key_prefix=SPELLING.prefixes[0] if secret is None else shown_prefix(secret),
        name=key.owner or "",
        is_active=key.good_at(call.house.clock()),
        created_at=shortest_offset(key.created_at),
        expires_at=write_time(key.expires_at),
        raw_key=None if secret is None else SPELLING.spell(secret),
    )
