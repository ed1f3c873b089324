"""The table of the Respan dialect, and the dialect itself.

The vendor's paths are served with and without a trailing slash, and those of logs and evaluators also without
``/api`` before them, as the vendor's older client asks for them (contract respan §1.1).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from scorehouse.dialects.respan import evaluators, logs, scores, traces, versions
from scorehouse.dialects.respan.auth import SPELLING, paste, read_credential
from scorehouse.dialects.respan.errors import refuse
from scorehouse.dialects.respan.evaluator_shapes import (
    CountShape,
    EvaluatorBody,
    EvaluatorListQuery,
    EvaluatorShape,
    NewEvaluator,
    RunBody,
)
from scorehouse.dialects.respan.export_shape import SHAPE
from scorehouse.dialects.respan.log_shapes import (
    BulkAnswer,
    CreatedLog,
    ExportShape,
    IngestAnswer,
    LogChange,
    LogListQuery,
    LogListShape,
    NewLog,
    NewLogs,
    SummaryShape,
)
from scorehouse.dialects.respan.options import Options
from scorehouse.dialects.respan.scores import SPEAKABLE
from scorehouse.dialects.respan.shapes import (
    FilterBody,
    ListQuery,
    ListShape,
    NewLogScore,
    NewScore,
    ScoreListQuery,
    ScoreListShape,
    ScoreShape,
    ScoreValues,
    WholeScore,
)
from scorehouse.dialects.respan.source import SOURCE
from scorehouse.domain.access import Permission
from scorehouse.wire.call import Call, Reply
from scorehouse.wire.dialect import Dialect, Edition
from scorehouse.wire.losses import Loss
from scorehouse.wire.otlp import ExportRequest
from scorehouse.wire.route import BATCH, OTLP, Handler, Route

LOSSES = frozenset(
    {
        Loss.CLIENT_ID,
        Loss.TARGET_TRACE,
        Loss.TARGET_SESSION,
        Loss.TARGET_RUN,
        Loss.TRACE_OF_SPAN,
        Loss.CORRECTION,
        Loss.COUNTING,
        Loss.OUTCOME,
        Loss.METADATA,
        Loss.TIMESTAMP,
        Loss.UPDATED_AT,
        Loss.ORIGIN,
        Loss.SOURCE_RUN,
        Loss.CONFIG,
        Loss.QUEUE,
        Loss.PASSED,
        Loss.COST,
    }
)

SHOWN = frozenset({Loss.CLIENT_ID, Loss.OUTCOME, Loss.COST})

Replies = Mapping[int, Any]

Chosen = Callable[[Options, Call], Awaitable[Reply]]
"""A handler that heeds the options."""

PREFIXES = ("/api", "")
"""What may stand before the paths of logs and evaluators."""


def reading(path: str, handler: Handler, summary: str, reply: Any, query: type | None = None) -> Route:
    """Return a route that reads by its path and query string."""
    return Route(
        method="GET",
        path=path,
        handler=handler,
        permission=Permission.READ,
        summary=summary,
        query=query,
        replies={200: reply},
    )


def asking(path: str, handler: Handler, summary: str, reply: Any, query: type | None = None) -> Route:
    """Return a route that reads by the filters of a body."""
    return Route(
        method="POST",
        path=path,
        handler=handler,
        permission=Permission.READ,
        summary=summary,
        body=FilterBody,
        query=query,
        replies={200: reply},
    )


def writing(method: str, path: str, handler: Handler, summary: str, *, body: Any, replies: Replies) -> Route:
    """Return a route that writes scores."""
    return Route(
        method=method,
        path=path,
        handler=handler,
        permission=Permission.WRITE_SCORES,
        summary=summary,
        body=body,
        replies=replies,
    )


def changing(method: str, path: str, handler: Handler, summary: str, *, body: Any, replies: Replies) -> Route:
    """Return a route that writes anything but scores."""
    return replace(writing(method, path, handler, summary, body=body, replies=replies), permission=Permission.WRITE)


def score_routes(options: Options) -> tuple[Route, ...]:
    """Return the operations on scores, in the vendor's order, and the one that a release documented besides."""
    any_log, one_log = "/api/scores", "/api/logs/{log_id}/scores"
    one, on_log = f"{any_log}/{{score_id}}", f"{one_log}/{{score_id}}"

    def heeding(handler: Chosen) -> Handler:
        return partial(handler, options)

    listing, filtering = heeding(scores.list_scores), heeding(scores.filter_scores)
    create, update, put = map(heeding, (scores.create_score, scores.update_score, scores.replace_score))
    create_on, update_on, put_on = map(
        heeding, (scores.create_log_score, scores.update_log_score, scores.replace_log_score)
    )
    made, page, query = {201: ScoreShape, 200: ScoreShape}, ScoreListShape, ScoreListQuery
    return (
        writing("POST", any_log, create, "Create a score", body=NewScore, replies=made),
        reading(any_log, listing, "List scores", page, query),
        reading(one, scores.retrieve_score, "Retrieve a score", WholeScore),
        writing("PATCH", one, update, "Update a score", body=ScoreValues, replies={200: WholeScore}),
        writing("DELETE", one, scores.delete_score, "Delete a score", body=None, replies={204: None}),
        writing("POST", one_log, create_on, "Create or update a log score", body=NewLogScore, replies=made),
        reading(one_log, scores.list_log_scores, "List log scores", page, ListQuery),
        reading(on_log, scores.retrieve_log_score, "Retrieve a log score", ScoreShape),
        writing("PATCH", on_log, update_on, "Update a log score", body=ScoreValues, replies={200: ScoreShape}),
        writing("DELETE", on_log, scores.delete_log_score, "Delete a log score", body=None, replies={204: None}),
        asking(f"{any_log}/list", filtering, "Filter scores", page, query),
        writing("PUT", one, put, "Replace a score", body=NewScore, replies={200: WholeScore}),
        writing("PUT", on_log, put_on, "Replace a log score", body=NewLogScore, replies={200: ScoreShape}),
        reading(f"{any_log}/list", listing, "List scores, at the path of filters", page, query),
    )


def log_routes(options: Options, prefix: str) -> tuple[Route, ...]:
    """Return the operations on logs."""
    logs_path = f"{prefix}/request-logs"
    one = f"{logs_path}/{{unique_id}}"
    listing, summing = partial(logs.list_logs, options), partial(logs.sum_up_logs, options)
    created = {201: CreatedLog}
    routes = (
        changing("POST", logs_path, logs.create_log, "Create a log", body=NewLog, replies=created),
        changing("POST", f"{logs_path}/create", logs.create_log, "Create a log", body=NewLog, replies=created),
        changing("POST", f"{logs_path}/bulk", logs.create_logs, "Create logs", body=NewLogs, replies={201: BulkAnswer}),
        asking(f"{logs_path}/list", listing, "Filter logs", LogListShape, LogListQuery),
        reading(f"{logs_path}/list", listing, "List logs", LogListShape, LogListQuery),
        asking(f"{logs_path}/summary", summing, "Sum up logs", SummaryShape, LogListQuery),
        reading(f"{logs_path}/summary", summing, "Sum up logs", SummaryShape, LogListQuery),
        reading(one, logs.read_log_of, "Retrieve a log", dict[str, Any]),
        changing("PATCH", one, logs.change_log, "Change a log", body=LogChange, replies={200: dict[str, Any]}),
    )
    return tuple(replace(route, limits=BATCH) if route.method == "POST" else route for route in routes)


def evaluator_routes(options: Options, prefix: str) -> tuple[Route, ...]:
    """Return the operations on evaluators and their versions."""
    every = f"{prefix}/evaluators"
    one = f"{every}/{{evaluator_id}}"
    all_versions, version = f"{one}/versions", f"{one}/versions/{{version}}"
    listing, counting = partial(evaluators.list_evaluators, options), partial(evaluators.count_evaluators, options)
    shape, page, query, body = EvaluatorShape, ListShape, EvaluatorListQuery, EvaluatorBody
    create, change, put = evaluators.create_evaluator, evaluators.change_evaluator, evaluators.replace_evaluator
    commit, change_one, put_one = versions.commit_version, versions.change_version, versions.replace_version
    run = changing("POST", f"{one}/run", evaluators.read_evaluator, "Run an evaluator", body=RunBody, replies={})
    return (
        changing("POST", every, create, "Create an evaluator", body=NewEvaluator, replies={201: shape}),
        reading(every, listing, "List evaluators", page, query),
        asking(f"{every}/list", listing, "Filter evaluators", page, query),
        reading(f"{every}/list", listing, "List evaluators", page, query),
        reading(f"{every}/summary", counting, "Count evaluators", CountShape, query),
        asking(f"{every}/summary", counting, "Count evaluators by filters", CountShape, query),
        reading(one, evaluators.read_evaluator, "Retrieve an evaluator", shape),
        changing("PATCH", one, change, "Change an evaluator", body=body, replies={200: shape}),
        changing("PUT", one, put, "Replace an evaluator", body=NewEvaluator, replies={200: shape}),
        changing("DELETE", one, evaluators.delete_evaluator, "Delete an evaluator", body=None, replies={204: None}),
        replace(run, unsupported=True),
        reading(all_versions, versions.list_versions, "List versions of an evaluator", page, ListQuery),
        changing("POST", all_versions, commit, "Commit the draft of an evaluator", body=body, replies={201: shape}),
        reading(version, versions.read_version, "Retrieve a version of an evaluator", shape),
        changing("PATCH", version, change_one, "Change the draft by its number", body=body, replies={200: shape}),
        changing("PUT", version, put_one, "Replace the draft by its number", body=NewEvaluator, replies={200: shape}),
    )


def trace_routes(options: Options) -> tuple[Route, ...]:
    """Return the operations on traces."""
    listing = partial(traces.list_traces, options)
    ingest, answer, spans = traces.ingest_spans, {200: IngestAnswer}, list[NewLog]
    export = changing(
        "POST",
        "/api/v2/traces",
        traces.export_traces,
        "Take in spans of OTLP",
        body=ExportRequest,
        replies={200: ExportShape},
    )
    legacy = changing("POST", "/api/v1/traces/ingest", ingest, "Take in an array of spans", body=spans, replies=answer)
    oldest = changing("POST", "/api/traces/ingest", ingest, "Take in an array of spans", body=spans, replies=answer)
    one = "/api/traces/{trace_unique_id}"
    return (
        replace(export, limits=OTLP),
        replace(legacy, limits=BATCH),
        replace(oldest, limits=BATCH),
        asking("/api/traces/list", listing, "Filter traces", ListShape, LogListQuery),
        reading("/api/traces/list", listing, "List traces", ListShape, LogListQuery),
        reading(one, traces.read_trace, "Retrieve a trace with its spans", dict[str, Any]),
    )


def routes_of(options: Options) -> tuple[Route, ...]:
    """Return the whole table, for some options."""
    return (
        *score_routes(options),
        *(route for prefix in PREFIXES for route in log_routes(options, prefix)),
        *(route for prefix in PREFIXES for route in evaluator_routes(options, prefix)),
        *trace_routes(options),
    )


def switch(**changes: bool) -> Callable[[Dialect], Dialect]:
    """Return a switch: what makes of the dialect the one in which these options are different."""

    def throw(dialect: Dialect) -> Dialect:
        return replace(dialect, routes=tuple(_chosen(route, changes) for route in dialect.routes))

    return throw


def _chosen(route: Route, changes: Mapping[str, bool]) -> Route:
    """Return a route whose handler heeds other options; those that heed none stay."""
    handler = route.handler
    if not (isinstance(handler, partial) and isinstance(handler.args[0], Options)):
        return route
    return replace(route, handler=partial(handler.func, replace(handler.args[0], **changes)))


DIALECT = Dialect(
    name="respan",
    title="Respan",
    editions=(Edition("respan", "Respan", SPELLING, paste),),
    routes=routes_of(Options()),
    territory=("/api", "/request-logs", "/evaluators"),
    credential=read_credential,
    refuse=refuse,
    losses=LOSSES,
    shown=SHOWN,
    source=SOURCE,
    shape=SHAPE,
    speakable=SPEAKABLE,
    switches={
        "respan_lenient_filters": switch(lenient_filters=True),
        "respan_strict_values": switch(strict_values=True),
    },
)
