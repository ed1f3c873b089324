"""Retention policies ↔ rows, shared by the writer and the readers."""

from typing import Any

from sqlalchemy import and_, bindparam, select

from scorehouse.domain.changes import Actor
from scorehouse.domain.retention import RetentionPolicy, StandingPolicy
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.lists import decode_json, encode_json
from scorehouse.engines.sql.statements import Row

_retention, _term = tables.retention, tables.term

SELECT_POLICY = (
    select(
        _retention.c.project, _retention.c.days, _retention.c.environments, _retention.c.at, _term.c.text.label("actor")
    )
    .join(_term, and_(_term.c.project == _retention.c.project, _term.c.key == _retention.c.actor))
    .where(_retention.c.project == bindparam("project"))
)


def standing_of(row: Row) -> StandingPolicy:
    """Read a row of SELECT_POLICY."""
    project, days, environments, at, actor = row
    return StandingPolicy(project, RetentionPolicy(days, decode_json(environments)), at, Actor(*decode_json(actor)))


def retention_row(standing: StandingPolicy, actor: int) -> tuple[Any, ...]:
    """Write a row of `retention`; `actor` is the key of the actor's term."""
    policy = standing.policy
    return (standing.project, policy.days, encode_json(dict(policy.environments)).decode(), standing.since, actor)
