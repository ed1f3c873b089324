"""Scores of sessions: listed, read and deleted as theirs (contract pandaprobe §3.1), and made, which theirs are not."""

from contextlib import suppress

from scorehouse.dialects.pandaprobe.filters import SCORES_OF_SESSIONS, score_filter
from scorehouse.dialects.pandaprobe.paging import Part, asking, every_row, list_rows, page_reply
from scorehouse.dialects.pandaprobe.projects import in_opened
from scorehouse.dialects.pandaprobe.reads import read_session_score
from scorehouse.dialects.pandaprobe.requests import path_uuid, read_body, read_idempotency, read_query
from scorehouse.dialects.pandaprobe.shapes import NewSessionScore, SessionScoreQuery
from scorehouse.dialects.pandaprobe.trace_scores import NEWEST_FIRST
from scorehouse.dialects.pandaprobe.writes import write_session_score
from scorehouse.domain.refusals import NotFound
from scorehouse.domain.targets import SessionTarget
from scorehouse.services.forget import forget_score
from scorehouse.services.record import record_score
from scorehouse.storage.queries import All, Compare, Operator, ScoreField, ScoreQuery
from scorehouse.wire.call import Call, Reply, json_reply


async def create_session_score(call: Call) -> Reply:
    """Record a score of a session, in the manner of a trace's; the session need not have traces yet."""
    draft = read_session_score(read_body(call, NewSessionScore))
    again = read_idempotency(call)
    call = await in_opened(call)
    recorded = await record_score(call.house, call.project, call.actor, draft, idempotency=again)
    return json_reply(201, write_session_score(recorded.score, call.project))


async def list_session_scores(call: Call) -> Reply:
    """List scores of sessions, newest first (§6.6)."""
    asked = read_query(call, SessionScoreQuery)
    ask = asking(call.house.store.scores, ScoreQuery, call)
    parts = (Part(score_filter(asked, SCORES_OF_SESSIONS), NEWEST_FIRST),)
    rows = await list_rows(ask, parts, asked.limit, asked.offset)
    return page_reply(rows, lambda score: write_session_score(score, call.project), asked.limit, asked.offset)


async def scores_of_session(call: Call) -> Reply:
    """List all scores of one session, newest first; nothing for an unknown one (contract pandaprobe §3.1)."""
    of_session = Compare(ScoreField.SESSION, Operator.EQUALS, call.parameters["session_id"])
    ask = asking(call.house.store.scores, ScoreQuery, call)
    scores = await every_row(ask, All((of_session, SCORES_OF_SESSIONS)), NEWEST_FIRST)
    return json_reply(200, [write_session_score(score, call.project) for score in scores])


async def delete_session_score(call: Call) -> Reply:
    """Delete a score of a session; an unknown one is as gone as one deleted (contract pandaprobe §3.1)."""
    score = await call.house.store.score(call.project, path_uuid(call, "score_id"))
    if score is not None and isinstance(score.target, SessionTarget):
        with suppress(NotFound):  # Somebody else may have been faster.
            await forget_score(call.house, call.project, call.actor, score.id)
    return Reply(204)
