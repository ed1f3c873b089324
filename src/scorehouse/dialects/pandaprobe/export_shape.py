"""Scores as PandaProbe's lists show them, each of traces and of sessions in its own shape (contract §5.1, §5.2)."""

from scorehouse.dialects.pandaprobe.answers import SessionScore, TraceScore
from scorehouse.dialects.pandaprobe.writes import write_session_score, write_trace_score
from scorehouse.domain.scores import Score
from scorehouse.domain.targets import SessionTarget
from scorehouse.services.shapes import Around, Shape
from scorehouse.wire.shapes import members_of


def write(score: Score, around: Around) -> TraceScore | SessionScore:
    """Write a score of a trace or of a session."""
    of_session = isinstance(score.target, SessionTarget)
    return (write_session_score if of_session else write_trace_score)(score, around.project.number)


SHAPE = Shape(write=write, members=members_of(TraceScore, SessionScore))
