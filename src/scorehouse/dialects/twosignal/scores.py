"""Scores: record one, list many."""

from scorehouse.dialects.twosignal.filters import scores_asked, wanted
from scorehouse.dialects.twosignal.paging import read_window, write_next
from scorehouse.dialects.twosignal.reads import read_score
from scorehouse.dialects.twosignal.shapes import Envelope, NewScore, ScoresQuery, ScoresShape
from scorehouse.dialects.twosignal.writes import write_created, write_score
from scorehouse.services.record import record_score
from scorehouse.storage.queries import Operator, Order, ScoreField, ScoreQuery, SpanField, SpanQuery, Window, all_of
from scorehouse.wire.bodies import decode, read_query
from scorehouse.wire.call import Call, Reply, json_reply

NAMESAKES_MAX = 100
"""Spans that are looked for under one event's id; events have ids of their own, so there is one."""


async def create_score(call: Call) -> Reply:
    """Record a score: 400 for what is wrong with it, 404 for a trace or span that is not there (contract §1.3).

    A span under another trace is not there. Repeating a score records it once more.
    """
    given = decode(call.body, NewScore)
    recorded = await record_score(call.house, call.project, call.actor, read_score(given))
    return json_reply(201, write_created(recorded.score, given))


async def list_scores(call: Call) -> Reply:
    """List the scores that this dialect can show, newest first."""
    asked = read_query(call.head.query, ScoresQuery)
    spans = (asked.span_id, *await _spans_of_event(call, asked.span_id)) if asked.span_id else ()
    query = ScoreQuery(
        call.project,
        scores_asked(asked, spans),
        Order(ScoreField.CREATED_AT),
        read_window(asked.limit, asked.cursor),
    )
    page = await call.house.store.scores(query)
    scores = [write_score(score, call.principal.project.name) for score in page.items]
    following = write_next(page.next, page.items[-1].id if page.items else "")
    return json_reply(200, Envelope(ScoresShape(scores, following)))


async def _spans_of_event(call: Call, event: str) -> list[str]:
    """Find the spans that came with an event of this id."""
    named = all_of(wanted("spanId", SpanField.ALIAS, Operator.EQUALS, event))
    query = SpanQuery(call.project, named, Order(SpanField.CREATED_AT), Window(NAMESAKES_MAX))
    return [span.id for span in (await call.house.store.spans(query)).items]
