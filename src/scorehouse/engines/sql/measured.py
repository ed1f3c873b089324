"""What named scores come to: their names and numbers alone, for adding up very many."""

from collections.abc import Sequence

from sqlalchemy import BindParameter, Connection, and_, bindparam, select

from scorehouse.domain.identity import canonical
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.comparisons import PROJECT
from scorehouse.storage.port import Measured

_SCORE, _TERM = tables.score, tables.term
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)

_MEASURED = (
    select(_TERM.c.text, _SCORE.c.number)
    .select_from(_SCORE.join(_TERM, and_(_TERM.c.project == _SCORE.c.project, _TERM.c.key == _SCORE.c.name)))
    .where(_SCORE.c.project == PROJECT, _SCORE.c.external_id.in_(_IDS))
)


def read_measured(connection: Connection, project: int, ids: Sequence[str]) -> Measured:
    """Return name and number of each of these scores that is there."""
    wanted = {"project": project, "ids": [canonical(id) for id in ids]}
    return [(row[0], row[1]) for row in connection.execute(_MEASURED, wanted).all()]
