"""Surrogate keys and terms: made by the writer, inside its transaction."""

from sqlalchemy import Table, bindparam, func, insert, select
from sqlalchemy.sql import ClauseElement

from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import TermKind
from scorehouse.engines.sql.transaction import Transaction


def _greatest(table: Table, column: str) -> ClauseElement:
    return select(func.max(table.c[column])).where(table.c.project == bindparam("project"))


_GREATEST = {
    table.name: _greatest(table, "key")
    for table in (tables.term, tables.trace, tables.span, tables.score, tables.config, tables.evaluator)
} | {tables.change.name: _greatest(tables.change, "sequence")}

_TERM = select(tables.term.c.key).where(
    tables.term.c.project == bindparam("project"),
    tables.term.c.kind == bindparam("kind"),
    tables.term.c.text == bindparam("text"),
)
_INSERT_TERM = insert(tables.term)


def next_key(tx: Transaction, table: Table, project: int) -> int:
    """Return the next key of a table in a project: one more than the greatest in use."""
    slot = (table.name, project)
    last = tx.memory.last_keys.get(slot)
    if last is None:
        row = tx.one(_GREATEST[table.name], {"project": project})
        last = (row[0] if row else None) or 0
    tx.memory.last_keys[slot] = last + 1
    return last + 1


def term_key(tx: Transaction, project: int, kind: TermKind, text: str | None) -> int | None:
    """Return the key of a text, made now if it is new; None for None."""
    if text is None:
        return None
    known = tx.memory.terms.get((project, kind, text))
    if known is not None:
        return known
    row = tx.one(_TERM, {"project": project, "kind": int(kind), "text": text})
    if row is not None:
        return tx.memory.terms.remember((project, kind, text), row[0])
    key = next_key(tx, tables.term, project)
    tx.insert(_INSERT_TERM, (project, key, int(kind), text))
    return tx.memory.terms.remember((project, kind, text), key)
