"""The table of the 2signal dialect, and the dialect itself."""

from scorehouse.dialects.twosignal import exports, scores, traces
from scorehouse.dialects.twosignal.auth import SPELLING, paste, read_credential
from scorehouse.dialects.twosignal.errors import refuse
from scorehouse.dialects.twosignal.export_shape import SHAPE
from scorehouse.dialects.twosignal.filters import SPEAKABLE
from scorehouse.dialects.twosignal.shapes import (
    Accepted,
    Batch,
    CreatedScore,
    Envelope,
    ExportAccepted,
    ExportedTrace,
    ExportedTraces,
    ExportQuery,
    HealthShape,
    NewScore,
    ScoresQuery,
    ScoresShape,
    TracesQuery,
    TracesShape,
)
from scorehouse.dialects.twosignal.source import SOURCE
from scorehouse.domain.access import Permission
from scorehouse.domain.refusals import Unsupported
from scorehouse.wire.call import Call, Reply
from scorehouse.wire.dialect import Dialect, Edition
from scorehouse.wire.losses import Loss
from scorehouse.wire.otlp import ExportRequest
from scorehouse.wire.route import BATCH, OTLP, Route


async def not_spoken(call: Call) -> Reply:
    """Refuse what the vendor has and the house does not speak."""
    raise Unsupported(f"{call.head.method} {call.head.path}")


def unsupported(method: str, path: str, summary: str, permission: Permission | None) -> Route:
    """Make a route that answers 501; without permission where the vendor's clients send no key of a project."""
    return Route(method=method, path=path, handler=not_spoken, permission=permission, summary=summary, unsupported=True)


SPOKEN = (
    Route(
        method="POST",
        path="/api/v1/scores",
        handler=scores.create_score,
        permission=Permission.WRITE_SCORES,
        summary="Record a score on a trace or a span",
        body=NewScore,
        replies={201: CreatedScore},
    ),
    Route(
        method="GET",
        path="/api/v1/scores",
        handler=scores.list_scores,
        permission=Permission.READ,
        summary="List scores",
        query=ScoresQuery,
        replies={200: Envelope[ScoresShape]},
    ),
    Route(
        method="POST",
        path="/api/v1/traces",
        handler=traces.ingest,
        permission=Permission.WRITE,
        summary="Take in a batch of traces and spans, all or none",
        body=Batch,
        replies={201: Accepted},
        limits=BATCH,
    ),
    Route(
        method="GET",
        path="/api/v1/traces",
        handler=traces.list_traces,
        permission=Permission.READ,
        summary="List traces",
        query=TracesQuery,
        replies={200: Envelope[TracesShape]},
    ),
    Route(
        method="GET",
        path="/api/v1/export/traces/{id}",
        handler=exports.export_trace,
        permission=Permission.READ,
        summary="Export a trace with all its spans and scores",
        replies={200: Envelope[ExportedTrace]},
    ),
    Route(
        method="GET",
        path="/api/v1/export/traces",
        handler=exports.export_traces,
        permission=Permission.READ,
        summary="Export traces as JSON or CSV",
        query=ExportQuery,
        replies={200: ExportedTraces},
    ),
    Route(
        method="POST",
        path="/api/v1/otel/traces",
        handler=traces.ingest_otlp,
        permission=Permission.WRITE,
        summary="Take in an OTLP/HTTP export of spans",
        body=ExportRequest,
        replies={200: ExportAccepted},
        limits=OTLP,
    ),
    Route(
        method="GET",
        path="/api/v1/health",
        handler=traces.check_health,
        permission=None,
        summary="Tell whether the house can read and write",
        replies={200: HealthShape},
    ),
)

NOT_SPOKEN = (
    unsupported("POST", "/api/v1/validate", "Run deterministic evaluators", Permission.READ),
    unsupported("POST", "/api/v1/route-model", "Choose a model", Permission.READ),
    unsupported("GET", "/api/v1/ab-test", "Resolve a variant", Permission.READ),
    unsupported("POST", "/api/v1/ab-test", "Record the score of a variant", Permission.WRITE),
    unsupported("GET", "/api/v1/prompt-templates", "Read prompts", Permission.READ),
    unsupported("POST", "/api/v1/prompt-templates", "Write a prompt", Permission.WRITE),
    unsupported("GET", "/api/v1/export/datasets/{id}", "Export a dataset", Permission.READ),
    unsupported("GET", "/api/v1/export/eval-runs/{id}", "Export an evaluation run", Permission.READ),
    unsupported("POST", "/api/v1/auth/login", "Log a person in", None),
    unsupported("POST", "/api/v1/auth/refresh", "Renew a person's session", None),
    unsupported("POST", "/api/v1/auth/logout", "Log a person out", None),
    unsupported("GET", "/api/trpc/{procedure}", "Ask for what the dashboard shows", None),
    unsupported("POST", "/api/trpc/{procedure}", "Change what the dashboard shows", None),
)
"""Endpoints that the vendor has and the house does not speak (contract 2signal-tracia §1.2, §1.7). People's sessions
have no key, so those are refused before anybody asks for one.
"""

LOSSES = frozenset(
    {
        Loss.CHANGE,
        Loss.DELETION,
        Loss.CLIENT_ID,
        Loss.TARGET_SESSION,
        Loss.TARGET_RUN,
        Loss.NUMBER_OUTSIDE_UNIT,
        Loss.BOOLEAN,
        Loss.CATEGORICAL,
        Loss.MULTI,
        Loss.TEXT,
        Loss.JSON,
        Loss.CORRECTION,
        Loss.NUMBER_FACET,
        Loss.BOOLEAN_FACET,
        Loss.LABELS_FACET,
        Loss.TEXT_FACET,
        Loss.JSON_FACET,
        Loss.OUTCOME,
        Loss.METADATA,
        Loss.ENVIRONMENT,
        Loss.ENVIRONMENT_SPELLING,
        Loss.TIMESTAMP,
        Loss.UPDATED_AT,
        Loss.MICROSECONDS,
        Loss.ORIGIN,
        Loss.AUTHOR,
        Loss.EVALUATOR,
        Loss.SOURCE_RUN,
        Loss.CONFIG,
        Loss.QUEUE,
        Loss.PASSED,
        Loss.COST,
    }
)
"""What is left: a number from 0 to 1 on a trace or a span, its name, one label, a comment, when it was recorded."""

DIALECT = Dialect(
    name="2signal",
    title="2signal",
    editions=(Edition("2signal", "2signal", SPELLING, paste),),
    routes=(*SPOKEN, *NOT_SPOKEN),
    territory=("/api/v1", "/api/trpc"),
    credential=read_credential,
    refuse=refuse,
    claims=traces.claims,
    losses=LOSSES,
    shown=frozenset({Loss.CLIENT_ID}),
    source=SOURCE,
    shape=SHAPE,
    speakable=SPEAKABLE,
)
