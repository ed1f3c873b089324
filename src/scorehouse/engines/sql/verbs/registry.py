"""Put configs and evaluators."""

from sqlalchemy import bindparam, delete, insert, select

from scorehouse.domain.changes import Action, Subject
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Conflict, NotFound
from scorehouse.domain.registry import Config, Evaluator
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.keys import next_key
from scorehouse.engines.sql.registry_rows import config_row, evaluator_of, evaluator_row
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.engines.sql.verbs.feed import note
from scorehouse.storage.verbs import ProjectVerb, PutConfig, PutEvaluator, ReviseEvaluator

_config, _evaluator = tables.config, tables.evaluator

_CONFIG_KEY = select(_config.c.key).where(
    _config.c.project == bindparam("project"), _config.c.external_id == bindparam("id")
)
_EVALUATOR_KEY = select(_evaluator.c.key).where(
    _evaluator.c.project == bindparam("project"), _evaluator.c.external_id == bindparam("id")
)
_EVALUATOR = select(*_evaluator.c).where(
    _evaluator.c.project == bindparam("project"), _evaluator.c.external_id == bindparam("id")
)
_HANDLE_KEY = select(_evaluator.c.key).where(
    _evaluator.c.project == bindparam("project"), _evaluator.c.handle == bindparam("handle")
)
_DELETE_CONFIG = delete(_config).where(_config.c.project == bindparam("project"), _config.c.key == bindparam("key"))
_DELETE_EVALUATOR = delete(_evaluator).where(
    _evaluator.c.project == bindparam("project"), _evaluator.c.key == bindparam("key")
)
_INSERT_CONFIG = insert(_config)
_INSERT_EVALUATOR = insert(_evaluator)


def put_config(tx: Transaction, verb: PutConfig) -> Config:
    """Create or replace a config; see PutConfig."""
    id = canonical(verb.config.id)
    row = tx.one(_CONFIG_KEY, {"project": verb.project, "id": id})
    if row is None and not verb.create:
        raise NotFound("config", verb.config.id)
    if row is not None and verb.create:
        raise Conflict("A config of this id exists.", "config", verb.config.id)
    if row is not None:
        tx.run(_DELETE_CONFIG, {"project": verb.project, "key": row[0]})
    key = row[0] if row else next_key(tx, _config, verb.project)
    tx.insert(_INSERT_CONFIG, config_row(verb.project, key, verb.config))
    tx.memory.rules.pop((verb.project, id), None)
    action = Action.CREATED if verb.create else Action.CHANGED
    note(tx, verb, Subject.CONFIG, action, id)
    return verb.config


def put_evaluator(tx: Transaction, verb: PutEvaluator) -> Evaluator:
    """Create or replace an evaluator; see PutEvaluator."""
    evaluator, id = verb.evaluator, canonical(verb.evaluator.id)
    row = tx.one(_EVALUATOR_KEY, {"project": verb.project, "id": id})
    if row is None and not verb.create:
        raise NotFound("evaluator", evaluator.id)
    if row is not None and verb.create:
        raise Conflict("An evaluator of this id exists.", "evaluator", evaluator.id)
    return _settle(tx, verb, row[0] if row else None, evaluator)


def revise_evaluator(tx: Transaction, verb: ReviseEvaluator) -> Evaluator:
    """Change an evaluator as it stands; see ReviseEvaluator."""
    row = tx.one(_EVALUATOR, {"project": verb.project, "id": canonical(verb.id)})
    if row is None:
        raise NotFound("evaluator", verb.id)
    before = evaluator_of(row)
    after = verb.change(before)
    if after.id != before.id:
        raise ValueError("a change keeps the evaluator's id")
    return _settle(tx, verb, row[1], after)


def _settle(tx: Transaction, verb: ProjectVerb[Evaluator], key: int | None, evaluator: Evaluator) -> Evaluator:
    """Write an evaluator in the row of this key; a new one has none yet."""
    id = canonical(evaluator.id)
    holder = tx.one(_HANDLE_KEY, {"project": verb.project, "handle": evaluator.key})
    if holder is not None and holder[0] != key:
        raise Conflict("An evaluator of this key exists.", "evaluator", evaluator.key)
    if key is not None:
        tx.run(_DELETE_EVALUATOR, {"project": verb.project, "key": key})
    action = Action.CREATED if key is None else Action.CHANGED
    settled = next_key(tx, _evaluator, verb.project) if key is None else key
    tx.insert(_INSERT_EVALUATOR, evaluator_row(verb.project, settled, evaluator))
    tx.memory.judges.pop((verb.project, id), None)
    tx.memory.namings.clear()
    note(tx, verb, Subject.EVALUATOR, action, id)
    return evaluator
