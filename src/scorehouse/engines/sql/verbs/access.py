"""Open projects, create and revoke keys."""

from dataclasses import replace

from sqlalchemy import bindparam, func, insert, select, update

from scorehouse.domain.access import Key, Project
from scorehouse.domain.changes import Actor
from scorehouse.domain.refusals import Conflict, NotFound
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.access_rows import SELECT_KEYS, key_of, permissions_text, project_of
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.engines.sql.verbs.registry import put_evaluator
from scorehouse.storage.verbs import CreateKey, OpenProject, PutEvaluator, RevokeKey

HOUSE = Actor("", None, "house")
"""Who seeds a new project."""

_project, _key = tables.project, tables.access_key

_BY_NAME = select(_project).where(_project.c.within == bindparam("in_project"), _project.c.name == bindparam("name"))
_LAST = select(func.max(_project.c.number))
_INSERT_PROJECT = insert(_project)
_INSERT_KEY = insert(_key)
_DIGEST = select(_key.c.id).where(_key.c.digest == bindparam("digest"))
_KEY = SELECT_KEYS.where(_key.c.id == bindparam("id"))
_REVOKE = update(_key).where(_key.c.id == bindparam("key_id")).values(revoked_at=bindparam("now"))


def open_project(tx: Transaction, verb: OpenProject) -> Project:
    """Find or make a project; see OpenProject."""
    row = tx.one(_BY_NAME, {"in_project": verb.within or 0, "name": verb.name})
    if row is not None:
        return project_of(row)
    last = tx.one(_LAST, {})
    made = Project(((last[0] if last else None) or 0) + 1, verb.name, verb.at, verb.within)
    tx.insert(_INSERT_PROJECT, (made.number, made.name, made.created_at, made.within or 0))
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
