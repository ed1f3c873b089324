"""Scores as Respan's lists show them (contract respan §3), for moving out in its shape."""

from scorehouse.dialects.respan.shapes import ScoreShape
from scorehouse.dialects.respan.writes import write_score
from scorehouse.domain.identity import canonical
from scorehouse.domain.scores import Score
from scorehouse.services.shapes import Around, Shape
from scorehouse.wire.shapes import members_of


def write(score: Score, around: Around) -> ScoreShape:
    """Write a score by its registered evaluator, if it has one."""
    id = score.source.evaluator
    return write_score(score, None if id is None else around.evaluators.get(canonical(id)))


SHAPE = Shape(write=write, members=members_of(ScoreShape), with_evaluators=True)
