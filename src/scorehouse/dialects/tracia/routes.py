"""The table of Tracia, and the dialect itself."""

from scorehouse.dialects.tracia import evaluations, spans, traces
from scorehouse.dialects.tracia.auth import SPELLING, paste, read_credential
from scorehouse.dialects.tracia.claims import claims
from scorehouse.dialects.tracia.errors import refuse
from scorehouse.dialects.tracia.export_shape import SHAPE
from scorehouse.dialects.tracia.shapes import (
    CreatedSpan,
    CreatedTrace,
    EvaluationShape,
    NewEvaluation,
    NewSpan,
    NewTrace,
    SpanListQuery,
    SpanPage,
    SpanShape,
    TracePage,
    TraceShape,
)
from scorehouse.domain.access import Permission
from scorehouse.domain.refusals import Unsupported
from scorehouse.domain.scores import Status
from scorehouse.domain.targets import TargetKind
from scorehouse.domain.values import Kind
from scorehouse.storage.queries import All, Compare, Operator, ScoreField
from scorehouse.wire.call import Call, Reply
from scorehouse.wire.dialect import Dialect, Edition
from scorehouse.wire.losses import Loss
from scorehouse.wire.route import BATCH, Route

SPANS = (
    Route(
        method="POST",
        path="/api/v1/spans/{spanId}/evaluations",
        handler=evaluations.create_evaluation,
        permission=Permission.WRITE_SCORES,
        summary="Record an evaluation of a span",
        body=NewEvaluation,
        replies={201: EvaluationShape},
    ),
    Route(
        method="POST",
        path="/api/v1/spans",
        handler=spans.create_span,
        permission=Permission.WRITE,
        summary="Record a span; the same spanId again answers 200",
        body=NewSpan,
        replies={201: CreatedSpan, 200: CreatedSpan},
        limits=BATCH,
    ),
    Route(
        method="GET",
        path="/api/v1/spans",
        handler=spans.list_spans,
        permission=Permission.READ,
        summary="List spans, the newest first",
        query=SpanListQuery,
        replies={200: SpanPage},
    ),
    Route(
        method="GET",
        path="/api/v1/spans/{spanId}",
        handler=spans.read_one_span,
        permission=Permission.READ,
        summary="Read a span",
        replies={200: SpanShape},
    ),
)

TRACES = (
    Route(
        method="POST",
        path="/api/v1/traces/{traceId}/evaluations",
        handler=evaluations.create_evaluation_of_trace,
        permission=Permission.WRITE_SCORES,
        summary="Record an evaluation of a trace of the older family",
        body=NewEvaluation,
        replies={201: EvaluationShape},
    ),
    Route(
        method="POST",
        path="/api/v1/traces",
        handler=traces.create_trace,
        permission=Permission.WRITE,
        summary="Record a trace of the older family; the same traceId again answers 200",
        body=NewTrace,
        replies={201: CreatedTrace, 200: CreatedTrace},
        limits=BATCH,
    ),
    Route(
        method="GET",
        path="/api/v1/traces",
        handler=traces.list_traces,
        permission=Permission.READ,
        summary="List spans as traces of the older family, the newest first",
        query=SpanListQuery,
        replies={200: TracePage},
    ),
    Route(
        method="GET",
        path="/api/v1/traces/{traceId}",
        handler=traces.read_one_trace,
        permission=Permission.READ,
        summary="Read a trace of the older family",
        replies={200: TraceShape},
    ),
)


async def refuse_prompts(call: Call) -> Reply:
    """Refuse what concerns prompts; the server does so before it reads a body."""
    raise Unsupported(f"{call.head.method} {call.head.path}")


PROMPTS = tuple(
    Route(
        method=method,
        path=path,
        handler=refuse_prompts,
        permission=permission,
        summary=summary,
        unsupported=True,
    )
    for method, path, permission, summary in (
        ("GET", "/api/v1/prompts", Permission.READ, "List prompts"),
        ("POST", "/api/v1/prompts", Permission.WRITE, "Make a prompt"),
        ("GET", "/api/v1/prompts/{slug}", Permission.READ, "Read a prompt"),
        ("PUT", "/api/v1/prompts/{slug}", Permission.WRITE, "Change a prompt"),
        ("DELETE", "/api/v1/prompts/{slug}", Permission.WRITE, "Delete a prompt"),
        ("POST", "/api/v1/prompts/{slug}/run", Permission.WRITE, "Run a prompt on a model"),
    )
)

SAID = frozenset(
    {
        Loss.FREE_ID,
        Loss.TARGET_SPAN,
        Loss.NUMERIC,
        Loss.NUMBER_OUTSIDE_UNIT,
        Loss.COMMENT,
        Loss.CREATED_AT,
        Loss.EVALUATOR,
    }
)
"""The facts of a score that Tracia can say: one number on a span, by a registered evaluator, with a note, and when."""

SPEAKABLE = All(
    (
        Compare(ScoreField.TARGET_KIND, Operator.EQUALS, TargetKind.SPAN.value),
        Compare(ScoreField.EVALUATOR, Operator.IS_NULL, False),
        Compare(ScoreField.KIND, Operator.EQUALS, Kind.NUMERIC.value),
        Compare(ScoreField.STATUS, Operator.EQUALS, Status.COMPLETED.value),
    )
)

DIALECT = Dialect(
    name="tracia",
    title="Tracia",
    editions=(Edition("tracia", "Tracia", SPELLING, paste),),
    routes=(*SPANS, *TRACES, *PROMPTS),
    territory=("/api/v1/spans", "/api/v1/traces", "/api/v1/prompts"),
    credential=read_credential,
    refuse=refuse,
    claims=claims,
    losses=frozenset(Loss) - SAID,
    shape=SHAPE,
    speakable=SPEAKABLE,
)
