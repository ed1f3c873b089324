"""The table of PandaProbe, and the dialect itself (contract pandaprobe §3)."""

from typing import Any

from scorehouse.dialects.pandaprobe import metrics, organizations, session_scores, sessions, spans, trace_scores, traces
from scorehouse.dialects.pandaprobe.answers import (
    Deleted,
    KeyShape,
    Metric,
    OrganizationShape,
    PageShape,
    ProjectShape,
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
    UserShape,
)
from scorehouse.dialects.pandaprobe.auth import SPELLING, paste, read_credential
from scorehouse.dialects.pandaprobe.errors import refuse
from scorehouse.dialects.pandaprobe.filters import SPEAKABLE
from scorehouse.dialects.pandaprobe.projects import enter, within
from scorehouse.dialects.pandaprobe.shapes import (
    NewProject,
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
from scorehouse.domain.access import Permission
from scorehouse.domain.refusals import Unsupported
from scorehouse.wire.call import Call, Reply
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


def _managed(
    method: str,
    path: str,
    handler: Handler,
    summary: str,
    *,
    replies: dict[int, Any],
    permission: Permission = READ,
    body: Any = None,
) -> Route:
    """Return a route of the management plane, which takes a bearer token only."""
    return Route(
        method=method,
        path=path,
        handler=handler,
        permission=permission,
        summary=summary,
        replies=replies,
        body=body,
    )


ORGANIZATION = "/organizations/{organization_id}"
MANAGEMENT = (
    _managed("GET", "/me", organizations.read_me, "Tell who asks", replies={200: UserShape}),
    _managed(
        "GET",
        "/organizations",
        organizations.list_organizations,
        "List the organization of the key",
        replies={200: list[OrganizationShape]},
    ),
    _managed(
        "GET",
        ORGANIZATION,
        organizations.read_organization,
        "Read the organization",
        replies={200: OrganizationShape},
    ),
    _managed(
        "GET",
        f"{ORGANIZATION}/projects",
        organizations.list_projects,
        "List the projects that the key may name",
        replies={200: list[ProjectShape]},
    ),
    _managed(
        "POST",
        f"{ORGANIZATION}/projects",
        organizations.create_project,
        "Open a project",
        permission=Permission.ADMINISTER,
        body=NewProject,
        replies={201: ProjectShape},
    ),
    _managed(
        "GET",
        f"{ORGANIZATION}/projects/{{project_id}}",
        organizations.read_project,
        "Read a project",
        replies={200: ProjectShape},
    ),
    _managed(
        "GET",
        f"{ORGANIZATION}/api-keys",
        organizations.list_keys,
        "List the keys of the organization",
        permission=Permission.ADMINISTER,
        replies={200: list[KeyShape]},
    ),
    _managed(
        "GET",
        f"{ORGANIZATION}/api-keys/{{key_id}}",
        organizations.read_key,
        "Read a key, without its secret",
        permission=Permission.ADMINISTER,
        replies={200: KeyShape},
    ),
)


async def not_served(call: Call) -> Reply:
    """Refuse what is not spoken here; the server does so before it asks."""
    raise Unsupported(f"{call.head.method} {call.head.path}")


NOT_SERVED = (
    ("GET", "/evaluations/providers"),
    *(
        (method, f"/evaluations/{kind}-runs{path}")
        for kind in ("trace", "session")
        for method, path in (
            ("GET", "/template"),
            ("POST", ""),
            ("POST", "/batch"),
            ("GET", ""),
            ("GET", "/{run_id}"),
            ("DELETE", "/{run_id}"),
            ("POST", "/{run_id}/retry"),
            ("GET", "/{run_id}/scores"),
        )
        if (kind, path) != ("session", "/template")
    ),
    *(("GET", f"/evaluations/analytics/trace-scores/{name}") for name in ("summary", "trend", "distribution")),
    *(
        ("GET", f"/evaluations/analytics/session-scores/{name}")
        for name in ("summary", "trend", "distribution", "history/{session_id}", "comparison")
    ),
    ("POST", "/evaluations/monitors"),
    ("GET", "/evaluations/monitors"),
    ("GET", "/evaluations/monitors/{monitor_id}"),
    ("PATCH", "/evaluations/monitors/{monitor_id}"),
    ("DELETE", "/evaluations/monitors/{monitor_id}"),
    *(("POST", f"/evaluations/monitors/{{monitor_id}}/{action}") for action in ("pause", "resume", "trigger")),
    ("GET", "/evaluations/monitors/{monitor_id}/runs"),
    ("GET", "/traces/analytics"),
    ("GET", "/traces/users"),
    ("GET", "/sessions/analytics"),
    ("POST", "/organizations"),
    ("PATCH", ORGANIZATION),
    ("DELETE", ORGANIZATION),
    ("PATCH", f"{ORGANIZATION}/projects/{{project_id}}"),
    ("DELETE", f"{ORGANIZATION}/projects/{{project_id}}"),
    ("POST", f"{ORGANIZATION}/api-keys"),
    ("DELETE", f"{ORGANIZATION}/api-keys/{{key_id}}"),
    ("POST", f"{ORGANIZATION}/api-keys/{{key_id}}/rotate"),
    ("GET", f"{ORGANIZATION}/members"),
    ("PATCH", f"{ORGANIZATION}/members/{{user_id}}"),
    ("DELETE", f"{ORGANIZATION}/members/{{user_id}}"),
    ("POST", f"{ORGANIZATION}/invitations"),
    ("GET", f"{ORGANIZATION}/invitations"),
    ("DELETE", f"{ORGANIZATION}/invitations/{{invitation_id}}"),
    ("GET", "/me/invitations"),
    ("POST", "/me/invitations/{invitation_id}/accept"),
    ("POST", "/me/invitations/{invitation_id}/decline"),
    ("POST", "/cli/auth/codes"),
    ("GET", "/subscriptions/plans"),
)
"""What their server has and this one does not speak: 501 in their shape."""

NOT_SERVED_TO_ANYBODY = (("POST", "/cli/auth/exchange"), ("POST", "/webhooks/stripe"))
"""The same, where not even a key is asked for (contract pandaprobe §2)."""

UNSUPPORTED = tuple(
    Route(
        method=method,
        path=path,
        handler=not_served,
        permission=permission,
        summary="Not served here",
        unsupported=True,
        limits=BODY,
    )
    for routes, permission in ((NOT_SERVED, READ), (NOT_SERVED_TO_ANYBODY, None))
    for method, path in routes
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
    routes=(*SCORES, *TRACES, *SESSIONS, *MANAGEMENT, *UNSUPPORTED),
    territory=(
        "/evaluations",
        "/traces",
        "/sessions",
        "/organizations",
        "/me",
        "/cli",
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
    speakable=SPEAKABLE,
    slash=Slash.REDIRECT,
)
