"""The table of PandaProbe, and the dialect itself (contract pandaprobe §3)."""

from typing import Any

from scorehouse.dialects.pandaprobe import (
    metrics,
    session_scores,
    sessions,
    spans,
    trace_scores,
    traces,
)
from scorehouse.dialects.pandaprobe.answers import (
    Deleted,
    Metric,
    PageShape,
    SessionItem,
    SessionScore,
    SessionShape,
    SpansAdded,
    SpanShape,
    TraceAccepted,
    TraceItem,
    TraceScore,
    TraceShape,
    Updated,
)
from scorehouse.dialects.pandaprobe.auth import SPELLING, paste, read_credential
from scorehouse.dialects.pandaprobe.errors import refuse
from scorehouse.dialects.pandaprobe.export_shape import SHAPE
from scorehouse.dialects.pandaprobe.filters import SPEAKABLE
from scorehouse.dialects.pandaprobe.management import MANAGEMENT
from scorehouse.dialects.pandaprobe.projects import enter, within
from scorehouse.dialects.pandaprobe.shapes import (
    NewSessionScore,
    NewSpans,
    NewTrace,
    NewTraceScore,
    ScoreChange,
    SessionQuery,
    SessionScoreQuery,
    SessionTracesQuery,
    SpanChange,
    TraceChange,
    TraceDeletion,
    TraceQuery,
    TraceScoreQuery,
    TraceTagging,
)
from scorehouse.dialects.pandaprobe.source import SOURCE
from scorehouse.dialects.pandaprobe.unserved import UNSERVED
from scorehouse.domain.access import Permission
from scorehouse.wire.dialect import Dialect, Edition, Slash
from scorehouse.wire.losses import Loss
from scorehouse.wire.route import BATCH, Handler, Limits, Route

READ, WRITE, WRITE_SCORES = Permission.READ, Permission.WRITE, Permission.WRITE_SCORES
BODY = BATCH
"""Their bodies have no limit (contract pandaprobe §1); ours have the largest one."""


def _data(
    method: str,
    path: str,
    handler: Handler,
    summary: str,
    *,
    permission: Permission = READ,
    replies: dict[int, Any] | None = None,
    body: Any = None,
    query: type | None = None,
    limits: Limits = BODY,
) -> Route:
    """Return a route of the data plane, which asks inside a project."""
    return Route(
        method=method,
        path=path,
        handler=within(handler),
        permission=permission,
        summary=summary,
        replies=replies or {},
        body=body,
        query=query,
        limits=limits,
    )


SCORES = (
    _data(
        "POST",
        "/evaluations/trace-scores",
        trace_scores.create_trace_score,
        "Record a score of a trace",
        permission=WRITE_SCORES,
        body=NewTraceScore,
        replies={201: TraceScore},
    ),
    _data(
        "GET",
        "/evaluations/trace-scores",
        trace_scores.list_trace_scores,
        "List scores of traces",
        query=TraceScoreQuery,
        replies={200: PageShape[TraceScore]},
    ),
    _data(
        "GET",
        "/evaluations/trace-scores/{trace_id}",
        trace_scores.newest_trace_scores,
        "List the newest score of each name on a trace",
        replies={200: list[TraceScore]},
    ),
    _data(
        "PATCH",
        "/evaluations/trace-scores/{score_id}",
        trace_scores.change_trace_score,
        "Change a score; it is an annotation from then on",
        permission=WRITE_SCORES,
        body=ScoreChange,
        replies={200: TraceScore},
    ),
    _data(
        "DELETE",
        "/evaluations/trace-scores/{score_id}",
        trace_scores.delete_trace_score,
        "Delete a score of a trace",
        permission=WRITE_SCORES,
        replies={204: None},
    ),
    _data(
        "POST",
        "/evaluations/session-scores",
        session_scores.create_session_score,
        "Record a score of a session, which PandaProbe's own server cannot",
        permission=WRITE_SCORES,
        body=NewSessionScore,
        replies={201: SessionScore},
    ),
    _data(
        "GET",
        "/evaluations/session-scores",
        session_scores.list_session_scores,
        "List scores of sessions",
        query=SessionScoreQuery,
        replies={200: PageShape[SessionScore]},
    ),
    _data(
        "GET",
        "/evaluations/session-scores/{session_id}",
        session_scores.scores_of_session,
        "List all scores of one session",
        replies={200: list[SessionScore]},
    ),
    _data(
        "DELETE",
        "/evaluations/session-scores/{score_id}",
        session_scores.delete_session_score,
        "Delete a score of a session",
        permission=WRITE_SCORES,
        replies={204: None},
    ),
    _data(
        "GET",
        "/evaluations/trace-metrics",
        metrics.list_trace_metrics,
        "List the names of trace metrics",
        replies={200: list[Metric]},
    ),
    _data(
        "GET",
        "/evaluations/session-metrics",
        metrics.list_session_metrics,
        "List the names of session metrics",
        replies={200: list[Metric]},
    ),
)

TRACES = (
    _data(
        "POST",
        "/traces",
        traces.create_trace,
        "Take in a trace with its spans",
        permission=WRITE,
        body=NewTrace,
        replies={202: TraceAccepted},
    ),
    _data("GET", "/traces", traces.list_traces, "List traces", query=TraceQuery, replies={200: PageShape[TraceItem]}),
    _data(
        "POST",
        "/traces/batch/delete",
        traces.delete_traces,
        "Delete up to 500 traces",
        permission=WRITE,
        body=TraceDeletion,
        replies={200: Deleted},
    ),
    _data(
        "POST",
        "/traces/batch/tags",
        traces.tag_traces,
        "Take tags from up to 500 traces and give them others",
        permission=WRITE,
        body=TraceTagging,
        replies={200: Updated},
    ),
    _data("GET", "/traces/{trace_id}", traces.read_one_trace, "Read a trace with its spans", replies={200: TraceShape}),
    _data(
        "PATCH",
        "/traces/{trace_id}",
        traces.change_trace,
        "Change a trace",
        permission=WRITE,
        body=TraceChange,
        replies={200: TraceShape},
    ),
    _data(
        "DELETE",
        "/traces/{trace_id}",
        traces.delete_trace,
        "Delete a trace with its spans and scores",
        permission=WRITE,
        replies={204: None},
    ),
    _data(
        "POST",
        "/traces/{trace_id}/spans",
        spans.add_spans,
        "Add up to 500 spans to a trace",
        permission=WRITE,
        body=NewSpans,
        replies={201: SpansAdded},
    ),
    _data(
        "PATCH",
        "/traces/{trace_id}/spans/{span_id}",
        spans.change_span,
        "Change a span",
        permission=WRITE,
        body=SpanChange,
        replies={200: SpanShape},
    ),
)

SESSIONS = (
    _data(
        "GET",
        "/sessions",
        sessions.list_sessions,
        "List sessions",
        query=SessionQuery,
        replies={200: PageShape[SessionItem]},
    ),
    _data(
        "GET",
        "/sessions/{session_id}",
        sessions.read_session,
        "Read a session with a part of its traces",
        query=SessionTracesQuery,
        replies={200: SessionShape},
    ),
    _data(
        "DELETE",
        "/sessions/{session_id}",
        sessions.delete_session,
        "Delete the traces of a session",
        permission=WRITE,
        replies={200: Deleted},
    ),
)


SHOWN = frozenset(
    {
        Loss.CLIENT_ID,
        Loss.NUMBER_OUTSIDE_UNIT,
        Loss.ENVIRONMENT,
        Loss.ENVIRONMENT_SPELLING,
        Loss.AUTHOR,
        Loss.SOURCE_RUN,
        Loss.CONFIG,
    }
)
"""What their server writes and their clients only read; an id of one's own as far as it is a UUID."""

DIALECT = Dialect(
    name="pandaprobe",
    title="PandaProbe",
    editions=(Edition("pandaprobe", "PandaProbe", SPELLING, paste),),
    routes=(*SCORES, *TRACES, *SESSIONS, *MANAGEMENT, *UNSERVED),
    territory=(
        "/evaluations",
        "/traces",
        "/sessions",
        "/organizations",
        "/me",
        "/cli",
        "/cli-login",
        "/subscriptions",
        "/webhooks",
    ),
    credential=read_credential,
    refuse=refuse,
    enter=enter,
    losses=frozenset(
        {
            Loss.CLIENT_ID,
            Loss.FREE_ID,
            Loss.TARGET_SPAN,
            Loss.TARGET_RUN,
            Loss.TRACE_OF_SPAN,
            Loss.NUMBER_OUTSIDE_UNIT,
            Loss.MULTI,
            Loss.TEXT,
            Loss.JSON,
            Loss.CORRECTION,
            Loss.NUMBER_FACET,
            Loss.BOOLEAN_FACET,
            Loss.LABEL_FACET,
            Loss.LABELS_FACET,
            Loss.TEXT_FACET,
            Loss.JSON_FACET,
            Loss.OUTCOME,
            Loss.ENVIRONMENT,
            Loss.ENVIRONMENT_SPELLING,
            Loss.TIMESTAMP,
            Loss.AUTHOR,
            Loss.EVALUATOR,
            Loss.SOURCE_RUN,
            Loss.CONFIG,
            Loss.QUEUE,
            Loss.PASSED,
            Loss.COST,
        }
    ),
    shown=SHOWN,
    source=SOURCE,
    shape=SHAPE,
    speakable=SPEAKABLE,
    slash=Slash.REDIRECT,
)
