"""The registered evaluators and configs that scores name, remembered by the writer."""

from sqlalchemy import bindparam, select

from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.memory import Judge, Rule
from scorehouse.engines.sql.registry_rows import config_of, evaluator_of
from scorehouse.engines.sql.transaction import Transaction

_EVALUATOR = select(tables.evaluator).where(
    tables.evaluator.c.project == bindparam("project"), tables.evaluator.c.external_id == bindparam("id")
)
_EVALUATOR_OF_KEY = select(tables.evaluator).where(
    tables.evaluator.c.project == bindparam("project"), tables.evaluator.c.handle == bindparam("handle")
)
_CONFIG = select(tables.config).where(
    tables.config.c.project == bindparam("project"), tables.config.c.external_id == bindparam("id")
)


def judge_of(tx: Transaction, project: int, id: str | None, kept: str | None = None) -> Judge | None:
    """Return the evaluator that a score names; `kept` is the one that it already had.

    Raises:
        Invalid: there is none of this id, or it is archived and not `kept`.
    """
    if id is None:
        return None
    where = (project, canonical(id))
    judge = tx.memory.judges.get(where) or _load_judge(tx, where)
    if judge is None:
        raise Invalid(Fault(("source", "evaluator"), "unknown", f"there is no evaluator {id}"))
    if judge.evaluator.archived and id != kept:
        raise Invalid(Fault(("source", "evaluator"), "archived", f"the evaluator {id} is archived"))
    return judge


def named_judge(tx: Transaction, project: int, name: str) -> Judge | None:
    """Return the evaluator of this id or, where no id matches, of this key; None if there is none."""
    where = (project, name)
    if where in tx.memory.namings:
        return tx.memory.namings[where]
    row = tx.one(_EVALUATOR, {"project": project, "id": canonical(name)})
    row = row or tx.one(_EVALUATOR_OF_KEY, {"project": project, "handle": name})
    return tx.memory.namings.remember(where, None if row is None else Judge(row[1], evaluator_of(row)))


def rule_of(tx: Transaction, project: int, id: str | None, kept: str | None = None) -> Rule | None:
    """Return the config that a score names; `kept` is the one that it already had.

    Raises:
        Invalid: there is none of this id, or it is archived and not `kept`.
    """
    if id is None:
        return None
    where = (project, canonical(id))
    rule = tx.memory.rules.get(where) or _load_rule(tx, where)
    if rule is None:
        raise Invalid(Fault(("config",), "unknown", f"there is no config {id}"))
    if rule.config.archived and id != kept:
        raise Invalid(Fault(("config",), "archived", f"the config {id} is archived"))
    return rule


def _load_judge(tx: Transaction, where: tuple[int, str]) -> Judge | None:
    row = tx.one(_EVALUATOR, {"project": where[0], "id": where[1]})
    return None if row is None else tx.memory.judges.remember(where, Judge(row[1], evaluator_of(row)))


def _load_rule(tx: Transaction, where: tuple[int, str]) -> Rule | None:
    row = tx.one(_CONFIG, {"project": where[0], "id": where[1]})
    return None if row is None else tx.memory.rules.remember(where, Rule(row[1], config_of(row)))
