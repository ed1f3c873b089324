"""Places in the change feed."""

from functools import lru_cache
from typing import Any

from sqlalchemy import insert

from scorehouse.domain.changes import Action, Actor, Subject
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import ACTIONS, SUBJECTS, TermKind
from scorehouse.engines.sql.keys import next_key, term_key
from scorehouse.engines.sql.lists import encode_json
from scorehouse.engines.sql.transaction import Transaction
from scorehouse.storage.verbs import ProjectVerb

ACTORS_MAX = 1024
"""Actors whose text is remembered: keys times dialects."""

_INSERT = insert(tables.change)


def note(
    tx: Transaction, verb: ProjectVerb[Any], subject: Subject, action: Action, id: str, *, before: str | None = None
) -> None:
    """Give what a verb did its place. `id` is canonical; `before` is the snapshot of a score that was there."""
    project = verb.project
    tx.insert(
        _INSERT,
        (
            project,
            next_key(tx, tables.change, project),
            tx.number,
            verb.at,
            term_key(tx, project, TermKind.ACTOR, actor_text(verb.actor)),
            SUBJECTS.number[subject],
            ACTIONS.number[action],
            id,
            before,
        ),
    )


@lru_cache(ACTORS_MAX)
def actor_text(actor: Actor) -> str:
    """Write an actor as the text of a term."""
    return encode_json([actor.key, actor.owner, actor.dialect]).decode()
