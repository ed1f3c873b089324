"""Scores as the second version of Langfuse's list shows them, with their traces (contract langfuse §9.2).

It is the version that shows every target, and the one that its own exports to a bucket resemble most.
"""

from scorehouse.dialects.langfuse.shapes import Score as ScoreShape
from scorehouse.dialects.langfuse.writes import write_score_v2, write_trace_of_score
from scorehouse.domain.identity import canonical
from scorehouse.domain.scores import Score
from scorehouse.domain.targets import SpanTarget, TraceTarget
from scorehouse.services.shapes import Around, Shape
from scorehouse.wire.shapes import members_of


def write(score: Score, around: Around) -> ScoreShape:
    """Write a score with its trace, if somebody sent that."""
    shape, target = write_score_v2(score, around.project.name), score.target
    id = target.trace if isinstance(target, TraceTarget | SpanTarget) else None
    trace = None if id is None else around.traces.get(canonical(id))
    shape.trace = None if trace is None else write_trace_of_score(trace, with_session=True)
    return shape


SHAPE = Shape(write=write, members=members_of(ScoreShape), with_traces=True)
