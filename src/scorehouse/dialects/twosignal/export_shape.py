"""Scores as 2signal exports them (contract 2signal-tracia §1.6), for moving out in its shape."""

from scorehouse.dialects.twosignal.shapes import ScoreShape
from scorehouse.dialects.twosignal.writes import write_score
from scorehouse.services.shapes import Shape
from scorehouse.wire.shapes import members_of

SHAPE = Shape(
    write=lambda score, around: write_score(score, around.project.name),
    members=members_of(ScoreShape),
)
