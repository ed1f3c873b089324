"""Evaluations of spans: recorded, and nothing else; the vendor has no way to read or change one (§2.2)."""

from scorehouse.dialects.tracia.reads import read_recording
from scorehouse.dialects.tracia.shapes import NewEvaluation
from scorehouse.dialects.tracia.writes import write_evaluation
from scorehouse.domain.identity import checked_id
from scorehouse.domain.refusals import Refusal
from scorehouse.services.record import record_scores
from scorehouse.wire.bodies import decode
from scorehouse.wire.call import Call, Reply, json_reply


async def create_evaluation(call: Call) -> Reply:
    """Record an evaluation of a span by a registered evaluator; again appends another."""
    return await _evaluate(call, call.parameters["spanId"])


async def create_evaluation_of_trace(call: Call) -> Reply:
    """Record an evaluation of a trace of the older family."""
    return await _evaluate(call, call.parameters["traceId"])


async def _evaluate(call: Call, span: str) -> Reply:
    given = decode(call.body, NewEvaluation)
    checked_id(given.evaluator_key, "evaluatorKey")
    recording = read_recording(given, span, call.house.mint())
    (answer,) = await record_scores(call.house, call.project, call.actor, (recording,))
    if isinstance(answer, Refusal):
        raise answer
    return json_reply(201, write_evaluation(answer))
