"""Open and change projects, make and end keys, issue and redeem vouchers."""

from sqlalchemy import bindparam, delete, func, insert, select, update

from scorehouse.domain.access import Key, Project
from scorehouse.domain.changes import Actor
from scorehouse.domain.frozen import replace
from scorehouse.domain.refusals import Conflict, NotFound
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.access_rows import (
    SELECT_KEYS,
    SELECT_PROJECTS,
    SELECT_VOUCHERS,
    key_of,
    permissions_text,
    project_of,
    voucher_of,
)
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.engines.sql.verbs.registry import put_evaluator
from scorehouse.storage.verbs import (
    CreateKey,
    IssueVoucher,
    OpenProject,
    PutEvaluator,
    RedeemVoucher,
    RemoveKey,
    ReviseProject,
    RevokeKey,
)

HOUSE = Actor("", None, "house")
"""Who seeds a new project."""

_project, _key, _voucher = tables.project, tables.access_key, tables.voucher

_BY_NAME = SELECT_PROJECTS.where(_project.c.within == bindparam("in_project"), _project.c.name == bindparam("name"))
_BY_NUMBER = SELECT_PROJECTS.where(_project.c.number == bindparam("in_project"))
_LAST = select(func.max(_project.c.number))
_INSERT_PROJECT = insert(_project)
_INSERT_KEY = insert(_key)
_DIGEST = select(_key.c.id).where(_key.c.digest == bindparam("digest"))
_KEY = SELECT_KEYS.where(_key.c.id == bindparam("id"))
_REVOKE = update(_key).where(_key.c.id == bindparam("key_id")).values(revoked_at=bindparam("now"))
_REMOVE_KEY = delete(_key).where(_key.c.id == bindparam("id"))
_REVISE_PROJECT = (
    update(_project)
    .where(_project.c.number == bindparam("in_project"))
    .values(name=bindparam("new_name"), description=bindparam("new_description"))
)
_INSERT_VOUCHER = insert(_voucher)
_VOUCHER = SELECT_VOUCHERS.where(_voucher.c.digest == bindparam("code"))
_REMOVE_VOUCHER = delete(_voucher).where(_voucher.c.digest == bindparam("code"))
_REMOVE_ENDED = delete(_voucher).where(_voucher.c.expires_at <= bindparam("now"))


def open_project(tx: Transaction, verb: OpenProject) -> Project:
    """Find or make a project; see OpenProject."""
    row = tx.one(_BY_NAME, {"in_project": verb.within or 0, "name": verb.name})
    if row is not None:
        return project_of(row)
    last = tx.one(_LAST, {})
    made = Project(((last[0] if last else None) or 0) + 1, verb.name, verb.at, verb.within)
    tx.insert(_INSERT_PROJECT, (made.number, made.name, made.created_at, made.within or 0, None))
    for evaluator in verb.evaluators:
        put_evaluator(tx, PutEvaluator(made.number, HOUSE, verb.at, evaluator, create=True))
    return made


def create_key(tx: Transaction, verb: CreateKey) -> Key:
    """Keep a key; see CreateKey."""
    if tx.one(_DIGEST, {"digest": verb.digest}) is not None or tx.one(_KEY, {"id": verb.id}) is not None:
        raise Conflict("This key exists.", "key", verb.id)
    key = Key(verb.id, verb.project, verb.owner, verb.permissions, verb.at, verb.expires_at)
    permissions = permissions_text(verb.permissions)
    tx.insert(
        _INSERT_KEY,
        (verb.id, verb.project.number, verb.digest, verb.owner, permissions, verb.at, verb.expires_at, None),
    )
    return key


def revoke_key(tx: Transaction, verb: RevokeKey) -> Key:
    """Revoke a key; see RevokeKey."""
    row = tx.one(_KEY, {"id": verb.id})
    if row is None:
        raise NotFound("key", verb.id)
    key = key_of(row)
    if key.revoked_at is not None:
        return key
    tx.run(_REVOKE, {"key_id": verb.id, "now": verb.at})
    return replace(key, revoked_at=verb.at)


def remove_key(tx: Transaction, verb: RemoveKey) -> None:
    """Forget a key; see RemoveKey."""
    if tx.one(_KEY, {"id": verb.id}) is None:
        raise NotFound("key", verb.id)
    tx.run(_REMOVE_KEY, {"id": verb.id})


def issue_voucher(tx: Transaction, verb: IssueVoucher) -> None:
    """Keep a voucher; see IssueVoucher."""
    tx.run(_REMOVE_ENDED, {"now": verb.at})
    voucher = verb.voucher
    values = (
        voucher.digest,
        voucher.challenge,
        voucher.issuer,
        voucher.project.number,
        voucher.owner,
        permissions_text(voucher.permissions),
        voucher.expires_at,
        voucher.key_expires_at,
    )
    tx.insert(_INSERT_VOUCHER, values)


def redeem_voucher(tx: Transaction, verb: RedeemVoucher) -> Key | None:
    """Spend a voucher; see RedeemVoucher."""
    row = tx.one(_VOUCHER, {"code": verb.digest})
    if row is None:
        return None
    tx.run(_REMOVE_VOUCHER, {"code": verb.digest})
    voucher = voucher_of(row)
    issuer = tx.one(_KEY, {"id": voucher.issuer})
    if not voucher.honours(verb.proof, verb.at) or issuer is None or not key_of(issuer).good_at(verb.at):
        return None
    return create_key(
        tx,
        CreateKey(
            id=verb.id,
            project=voucher.project,
            digest=verb.key_digest,
            owner=voucher.owner,
            permissions=voucher.permissions,
            at=verb.at,
            expires_at=voucher.key_expires_at,
        ),
    )


def revise_project(tx: Transaction, verb: ReviseProject) -> Project:
    """Change a project; see ReviseProject."""
    row = tx.one(_BY_NUMBER, {"in_project": verb.number})
    if row is None:
        raise NotFound("project", str(verb.number))
    project = project_of(row)
    name = project.name if verb.name is None else verb.name
    description = project.description if verb.description is None else verb.description
    revised = replace(project, name=name, description=description)
    namesake = tx.one(_BY_NAME, {"in_project": project.within or 0, "name": name})
    if namesake is not None and project_of(namesake).number != project.number:
        raise Conflict(f"A project named {name!r} exists.", "project", name)
    changes = {"in_project": verb.number, "new_name": name, "new_description": description or None}
    tx.run(_REVISE_PROJECT, changes)
    return revised
