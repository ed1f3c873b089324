"""The table of Langfuse's API, and the dialect itself (contract langfuse §2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scorehouse.dialects.langfuse import configs, observations, projects, queries, scores, traces
from scorehouse.dialects.langfuse.auth import (
    BROWSERSTACK,
    BROWSERSTACK_SPELLING,
    SPELLING,
    paste,
    paste_browserstack,
    read_credential,
)
from scorehouse.dialects.langfuse.errors import API, INGESTION, OTLP_TRACES, PROJECTS, refuse
from scorehouse.dialects.langfuse.event_shapes import Batch, IngestionAnswer, TraceBody
from scorehouse.dialects.langfuse.export_shape import SHAPE
from scorehouse.dialects.langfuse.ingestion import ingest
from scorehouse.dialects.langfuse.otlp import export_traces
from scorehouse.dialects.langfuse.shapes import (
    Config,
    ConfigChange,
    ConfigPage,
    Message,
    NewConfig,
    NewScore,
    PartlyAccepted,
    Score,
    ScoreId,
    ScorePage,
    ScoreV3Page,
)
from scorehouse.dialects.langfuse.source import SOURCE
from scorehouse.dialects.langfuse.trace_shapes import (
    HealthAnswer,
    Observation,
    ObservationPage,
    ObservationV2Page,
    Projects,
    SessionPage,
    TraceIds,
    TracePage,
    WholeSession,
    WholeTrace,
)
from scorehouse.dialects.langfuse.unsupported import UNSUPPORTED
from scorehouse.dialects.langfuse.words import NAME, SPEAKABLE
from scorehouse.domain.access import Permission
from scorehouse.wire.dialect import Dialect, Edition
from scorehouse.wire.losses import Loss
from scorehouse.wire.otlp import ExportRequest
from scorehouse.wire.route import KIBIBYTE, OTLP, SMALL, Handler, Limits, Route

INGESTION_LIMITS = Limits(body_bytes_max=4608 * KIBIBYTE)
"""4.5 MB (contract langfuse §3.5)."""


def _get(path: str, handler: Handler, summary: str, answer: Any, query: type | None = None) -> Route:
    return Route(
        method="GET",
        path=f"{API}{path}",
        handler=handler,
        permission=Permission.READ,
        summary=summary,
        query=query,
        replies={200: answer},
    )


def _write(
    method: str,
    path: str,
    handler: Handler,
    summary: str,
    replies: Mapping[int, Any],
    *,
    body: Any = None,
    permission: Permission = Permission.WRITE,
    limits: Limits = SMALL,
) -> Route:
    return Route(
        method=method,
        path=path,
        handler=handler,
        permission=permission,
        summary=summary,
        body=body,
        replies=replies,
        limits=limits,
    )


CREATE_SCORES = _write(
    "POST",
    f"{API}/scores",
    scores.create_scores,
    "Write one score, or an array of them",
    {200: ScoreId, 202: Message, 207: PartlyAccepted},
    body=NewScore | list[NewScore],
    permission=Permission.WRITE_SCORES,
)

SCORES = (
    CREATE_SCORES,
    _get("/scores", scores.list_scores_v1, "List scores of traces", ScorePage, queries.ScoreQueryV1),
    _get("/scores/{scoreId}", scores.read_score_v1, "Read a score of a trace", Score),
    _write("DELETE", f"{API}/scores/{{scoreId}}", scores.delete_score, "Delete a score", {202: Message}),
    _get("/v2/scores", scores.list_scores_v2, "List scores", ScorePage, queries.ScoreQueryV2),
    _get("/v2/scores/{scoreId}", scores.read_score_v2, "Read a score", Score),
    _get("/v3/scores", scores.list_scores_v3, "List scores by cursor", ScoreV3Page, queries.ScoreQueryV3),
)

CONFIGS = (
    _get("/score-configs", configs.list_configs, "List score configs", ConfigPage, queries.PageQuery),
    _write(
        "POST",
        f"{API}/score-configs",
        configs.create_config,
        "Create a score config",
        {200: Config},
        body=NewConfig,
    ),
    _get("/score-configs/{configId}", configs.read_config, "Read a score config", Config),
    _write(
        "PATCH",
        f"{API}/score-configs/{{configId}}",
        configs.change_config,
        "Change a score config, or archive it",
        {200: Config},
        body=ConfigChange,
    ),
)

INTAKE = (
    _write(
        "POST",
        INGESTION,
        ingest,
        "Take in a batch of events",
        {207: IngestionAnswer},
        body=Batch,
        permission=Permission.WRITE_SCORES,
        limits=INGESTION_LIMITS,
    ),
    _write(
        "POST",
        OTLP_TRACES,
        export_traces,
        "Take in an OTLP export",
        {200: dict[str, Any]},
        body=ExportRequest,
        limits=OTLP,
    ),
)

TRACES = (
    _get("/traces", traces.list_traces, "List traces", TracePage, queries.TraceQuery),
    _get("/traces/{traceId}", traces.read_trace, "Read a trace with all that hangs on it", WholeTrace),
    _write("POST", f"{API}/traces", traces.create_trace, "Create a trace", {200: ScoreId}, body=TraceBody),
    _write("DELETE", f"{API}/traces/{{traceId}}", traces.delete_trace, "Delete a trace", {200: Message}),
    _write("DELETE", f"{API}/traces", traces.delete_traces, "Delete traces", {200: Message}, body=TraceIds),
    _get(
        "/observations", observations.list_observations, "List observations", ObservationPage, queries.ObservationQuery
    ),
    _get("/observations/{observationId}", observations.read_observation, "Read an observation", Observation),
    _get(
        "/v2/observations",
        observations.list_observations_v2,
        "List observations by cursor",
        ObservationV2Page,
        queries.ObservationQueryV2,
    ),
    _get("/sessions", traces.list_sessions, "List sessions", SessionPage, queries.SessionQuery),
    _get("/sessions/{sessionId}", traces.read_session, "Read a session with its traces", WholeSession),
)

PUBLIC = tuple(
    Route(
        method="GET",
        path=f"{API}/{name}",
        handler=handler,
        permission=None,
        summary=summary,
        replies={200: HealthAnswer},
    )
    for name, handler, summary in (
        ("health", projects.read_health, "Whether the server is up"),
        ("ready", projects.read_readiness, "Whether the store can be read"),
    )
)

OWN_PROJECT = _get(PROJECTS.removeprefix(API), projects.list_projects, "The project of the key", Projects)

LOSSES = frozenset(
    {
        Loss.MULTI,
        Loss.JSON,
        Loss.NUMBER_FACET,
        Loss.BOOLEAN_FACET,
        Loss.LABEL_FACET,
        Loss.LABELS_FACET,
        Loss.TEXT_FACET,
        Loss.JSON_FACET,
        Loss.OUTCOME,
        Loss.ENVIRONMENT_SPELLING,
        Loss.MICROSECONDS,
        Loss.AUTHOR,
        Loss.EVALUATOR,
        Loss.SOURCE_RUN,
        Loss.PASSED,
        Loss.COST,
    }
)
"""Environments are spelled in Langfuse's narrow way (contract langfuse §4.4); the others have no word or no way in."""

SHOWN = frozenset({Loss.AUTHOR, Loss.ENVIRONMENT_SPELLING})

BROWSERSTACK_LOSSES = frozenset({Loss.TARGET_SESSION, Loss.TARGET_RUN, Loss.TEXT, Loss.CORRECTION})
"""What BrowserStack's keys cannot write beyond that; v2 and v3 show it to them."""


def acknowledge_drops(dialect: Dialect) -> Dialect:
    """Return the dialect that acknowledges, as Langfuse does, a single score which breaks its config, and drops it."""
    as_langfuse = replace(CREATE_SCORES, handler=scores.create_scores_as_langfuse)
    routes = tuple(as_langfuse if route is CREATE_SCORES else route for route in dialect.routes)
    return replace(dialect, routes=routes)


DIALECT = Dialect(
    name=NAME,
    title="Langfuse",
    editions=(
        Edition(NAME, "Langfuse", SPELLING, paste),
        Edition(
            BROWSERSTACK,
            "BrowserStack AI evals",
            BROWSERSTACK_SPELLING,
            paste_browserstack,
            losses=BROWSERSTACK_LOSSES,
            shown=BROWSERSTACK_LOSSES,
        ),
    ),
    routes=(*SCORES, *CONFIGS, *INTAKE, *TRACES, OWN_PROJECT, *PUBLIC, *UNSUPPORTED),
    territory=(API,),
    credential=read_credential,
    refuse=refuse,
    losses=LOSSES,
    shown=SHOWN,
    source=SOURCE,
    shape=SHAPE,
    speakable=SPEAKABLE,
    switches={"langfuse_acknowledge_drops": acknowledge_drops},
)
