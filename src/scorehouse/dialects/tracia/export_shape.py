"""Evaluations as Tracia answers them (contract 2signal-tracia §2.3), for moving out in its shape.

Its API has no list of evaluations, and names the span in the path alone; so the path's parameter stands before
the members of the answer, without which nobody could tell what was evaluated.
"""

from scorehouse.dialects.tracia.shapes import ExportedEvaluation
from scorehouse.dialects.tracia.writes import evaluation_members
from scorehouse.domain.identity import canonical
from scorehouse.domain.scores import Score
from scorehouse.services.shapes import Around, Shape
from scorehouse.wire.shapes import members_of


def write(score: Score, around: Around) -> ExportedEvaluation:
    """Write an evaluation of a span by a registered evaluator."""
    evaluator = around.evaluators.get(canonical(score.source.evaluator or ""))
    return ExportedEvaluation(span_id=score.target.id, **evaluation_members(score, evaluator))


SHAPE = Shape(write=write, members=members_of(ExportedEvaluation), with_evaluators=True)
