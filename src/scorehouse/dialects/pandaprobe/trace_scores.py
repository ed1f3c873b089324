"""Scores of traces (contract pandaprobe §6)."""

from scorehouse.dialects.pandaprobe.answers import TraceScore
from scorehouse.dialects.pandaprobe.filters import SCORES_OF_TRACES, score_filter
from scorehouse.dialects.pandaprobe.paging import Part, asking, every_row, list_rows, page_reply
from scorehouse.dialects.pandaprobe.reads import read_trace_score
from scorehouse.dialects.pandaprobe.requests import both, path_uuid, read_body, read_idempotency, read_query
from scorehouse.dialects.pandaprobe.shapes import NewTraceScore, ScoreChange, TraceScoreQuery
from scorehouse.dialects.pandaprobe.values import DIALECT, changed_value, data_type_of, verbatim
from scorehouse.dialects.pandaprobe.writes import write_trace_score
from scorehouse.domain.refusals import NotFound
from scorehouse.domain.scores import COMPLETED, KEEP, Origin, Patch, Score, SourceParts
from scorehouse.domain.targets import TraceTarget
from scorehouse.services.forget import forget_score
from scorehouse.services.record import record_score
from scorehouse.services.revise import revise_score
from scorehouse.storage.queries import All, Compare, Operator, Order, ScoreField, ScoreQuery
from scorehouse.wire.call import Call, Reply, json_reply

NEWEST_FIRST = Order(ScoreField.CREATED_AT)


async def create_trace_score(call: Call) -> Reply:
    """Record a score; the same request again, by its ``X-Request-ID``, answers the same score (§6.10)."""
    draft = read_trace_score(read_body(call, NewTraceScore))
    again = read_idempotency(call)
    recorded = await record_score(call.house, call.project, call.actor, draft, idempotency=again)
    return json_reply(201, write_trace_score(recorded.score, call.project))


async def list_trace_scores(call: Call) -> Reply:
    """List scores of traces, newest first (§6.6)."""
    asked = read_query(call, TraceScoreQuery)
    wanted = score_filter(asked, SCORES_OF_TRACES)
    ask = asking(call.house.store.scores, ScoreQuery, call)
    rows = await list_rows(ask, (Part(wanted, NEWEST_FIRST),), asked.limit, asked.offset)
    return page_reply(rows, lambda score: write_trace_score(score, call.project), asked.limit, asked.offset)


async def newest_trace_scores(call: Call) -> Reply:
    """List the newest score of each name on a trace, by name; nothing for an unknown trace (§6.7)."""
    wanted = All((Compare(ScoreField.TRACE, Operator.EQUALS, path_uuid(call, "trace_id")), SCORES_OF_TRACES))
    newest: dict[str, Score] = {}
    ask = asking(call.house.store.scores, ScoreQuery, call)
    for score in await every_row(ask, wanted, NEWEST_FIRST):
        newest.setdefault(score.name, score)
    shapes: list[TraceScore] = [write_trace_score(newest[name], call.project) for name in sorted(newest)]
    return json_reply(200, shapes)


async def change_trace_score(call: Call) -> Reply:
    """Change a score; it is an annotation from then on, and a success (§6.8)."""
    id, given = both(lambda: path_uuid(call, "score_id"), lambda: read_body(call, ScoreChange))
    score = await _find(call, id)
    revised = await revise_score(call.house, call.project, call.actor, score.id, _patch(given, score))
    return json_reply(200, write_trace_score(revised, call.project))


async def delete_trace_score(call: Call) -> Reply:
    """Delete a score (§6.9)."""
    score = await _find(call, path_uuid(call, "score_id"))
    await forget_score(call.house, call.project, call.actor, score.id)
    return Reply(204)


async def _find(call: Call, id: str) -> Score:
    score = await call.house.store.score(call.project, id)
    if score is None or not isinstance(score.target, TraceTarget):
        raise NotFound("trace score", id)
    return score


def _patch(given: ScoreChange, score: Score) -> Patch:
    """Return what changes of a score; null leaves a member as it is (§6.8)."""
    value = None if given.value is None else changed_value(given.value, data_type_of(score))
    residue = KEEP if value is None or given.value is None else {DIALECT: verbatim(given.value, value)}
    return Patch(
        value=KEEP if value is None else value,
        outcome=COMPLETED,
        source=SourceParts(origin=Origin.HUMAN),
        comment=KEEP if given.reason is None else given.reason,
        metadata=KEEP if given.metadata is None else given.metadata,
        residue=residue,
        touch=True,
    )
