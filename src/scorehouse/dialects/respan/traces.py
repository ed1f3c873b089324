"""Traces: take in OpenTelemetry exports and the vendor's own span arrays, list, read."""

from collections.abc import Mapping, Sequence
from typing import Any

from scorehouse.dialects.respan.filters import Grammar, read_body
from scorehouse.dialects.respan.log_fields import ROOT
from scorehouse.dialects.respan.log_reads import read_header_parameters, read_log, read_sketch
from scorehouse.dialects.respan.log_scores import embedded_on, scores_on
from scorehouse.dialects.respan.log_shapes import ExportShape, IngestAnswer, NewLog, RefusedSpans
from scorehouse.dialects.respan.logs import HOUR_MICROSECONDS, organization_of
from scorehouse.dialects.respan.options import Options
from scorehouse.dialects.respan.otlp import sketch_export
from scorehouse.dialects.respan.paging import (
    LOG_PAGE_SIZE,
    LOG_PAGE_SIZE_MAX,
    parameters,
    read_moment,
    read_order,
    read_paging,
    write_page,
)
from scorehouse.dialects.respan.reads import decode_filters
from scorehouse.dialects.respan.trace_fields import RECORDED, trace_field, trace_metadata
from scorehouse.dialects.respan.trace_writes import write_trace, write_tree
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Fault, Invalid, TooLarge
from scorehouse.domain.traces import Span, SpanSketch, Trace, TraceSketch
from scorehouse.services.anchor import anchor
from scorehouse.services.find import find_trace
from scorehouse.storage.queries import (
    PAGE_ROWS_MAX,
    Compare,
    Filter,
    Operator,
    Order,
    SpanField,
    SpanQuery,
    TraceField,
    TraceQuery,
    Window,
    all_of,
    between,
    equals,
)
from scorehouse.wire.bodies import parse
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.otlp import answer_export, is_protobuf, read_export, summary_of

TREE_SPANS_MAX = 10_000
"""Spans of one trace that are shown with it."""

ROWS_MAX = 10_000
"""Spans in one array: each takes its time, and a megabyte can hold hundreds of thousands that say nothing."""

_SENT = Compare(SpanField.KNOWN, Operator.EQUALS, True)


async def export_traces(call: Call) -> Reply:
    """Take in an OTLP export; each span becomes a log. What cannot be stored is counted, and told."""
    sketches = sketch_export(read_export(call.head, call.body))
    await anchor(call.house, call.project, call.actor, sketches.traces, sketches.spans)
    if is_protobuf(call.head):
        return answer_export(call.head, sketches.faults)
    refused = RefusedSpans(len(sketches.faults), summary_of(sketches.faults))
    return json_reply(200, ExportShape(refused))


async def ingest_spans(call: Call) -> Reply:
    """Take in an array of the vendor's own spans, each judged by itself.

    Raises:
        Invalid: not one of them can be taken.
    """
    rows = _rows(parse(call.body))
    beneath = read_header_parameters(call.head.headers)
    spans: list[SpanSketch] = []
    traces: dict[str, TraceSketch] = {}
    errors: list[dict[str, Any]] = []
    first: Invalid | None = None
    for index, row in enumerate(rows):
        try:
            log = read_log(row, beneath)
            _require_ids(log)
            spans.append(read_sketch(log, log.span_unique_id or "", call.house.clock()))
            _hear(traces, log, spans[-1])
        except Invalid as refusal:
            first = first or refusal.under(index)
            errors.append({"index": index, "error": refusal.message})
    if first is not None and not spans:
        raise first.under("data")
    await anchor(call.house, call.project, call.actor, tuple(traces.values()), spans)
    return json_reply(200, _ingested(spans, list(traces), errors))


async def list_traces(options: Options, call: Call) -> Reply:
    """List traces that somebody sent; by default those that came in the last hour."""
    query = parameters(call.head)
    paging = read_paging(query, LOG_PAGE_SIZE, LOG_PAGE_SIZE_MAX)
    order = read_order(query, trace_field, RECORDED)
    body = decode_filters(call.body)
    start, end = read_moment(query, "start_time"), read_moment(query, "end_time")
    if start is None:
        start = Instant((call.house.clock() if end is None else end) - HOUR_MICROSECONDS)
    wanted = all_of(
        Compare(TraceField.KNOWN, Operator.EQUALS, True),
        between(TraceField.CREATED_AT, start, end),
        equals(TraceField.ENVIRONMENT, query.get("environment") or None),
        read_body(body, Grammar(trace_field, trace_metadata, options.lenient_filters)),
    )
    page = await call.house.store.traces(TraceQuery(call.project, wanted, order, paging.window))
    organization = organization_of(call)
    roots = await _roots_of(call, page.items)
    return write_page(
        call.head, paging, page, lambda trace: write_trace(trace, organization, roots.get(trace.id)), body.filters
    )


async def read_trace(call: Call) -> Reply:
    """Read a trace with its spans as a tree."""
    trace = await find_trace(call.house, call.project, call.parameters["trace_unique_id"])
    spans = await _spans_of(call, trace.id)
    found = await scores_on(call, spans)
    scores = {span.id: embedded_on(found, span) for span in spans}
    tree = write_tree(spans, scores, organization_of(call))
    root = next((span for span in spans if span.parent is None), None)
    return json_reply(200, write_trace(trace, organization_of(call), root) | {"span_tree": tree})


async def _roots_of(call: Call, traces: Sequence[Trace]) -> Mapping[str, Span]:
    """Return of each trace the first span without a parent, as far as some thousands of such spans tell."""
    if not traces:
        return {}
    ids = tuple(trace.id for trace in traces)
    wanted = all_of(_SENT, ROOT, Compare(SpanField.TRACE, Operator.ONE_OF, ids))
    roots: dict[str, Span] = {}
    for span in await _spans(call, wanted):
        roots.setdefault(span.trace, span)
    return roots


async def _spans_of(call: Call, trace: str) -> Sequence[Span]:
    return await _spans(call, all_of(_SENT, equals(SpanField.TRACE, trace)))


async def _spans(call: Call, wanted: Filter) -> Sequence[Span]:
    """List spans in order of their start, TREE_SPANS_MAX or a few more of them."""
    order = Order(SpanField.STARTED_AT, descending=False)
    spans: list[Span] = []
    window: Window | None = Window(PAGE_ROWS_MAX)
    while window is not None and len(spans) < TREE_SPANS_MAX:
        page = await call.house.store.spans(SpanQuery(call.project, wanted, order, window))
        spans += page.items
        window = None if page.next is None else Window(PAGE_ROWS_MAX, after=page.next)
    return spans


def _rows(document: Any) -> list[Any]:
    rows = document.get("data") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise Invalid(Fault(("data",), "wrong_type", "must be an array"))
    if len(rows) > ROWS_MAX:
        raise TooLarge("array", ROWS_MAX, "spans")
    return rows


def _require_ids(log: NewLog) -> None:
    missing = [name for name in ("trace_unique_id", "span_unique_id") if not getattr(log, name)]
    if missing:
        raise Invalid(*(Fault((name,), "missing", "is required") for name in missing))


def _hear(traces: dict[str, TraceSketch], log: NewLog, span: SpanSketch) -> None:
    """Note what a root says of its trace; of other spans only that there is one."""
    id = log.trace_unique_id or span.id
    if span.parent is None:
        traces[id] = TraceSketch(
            id=id,
            name=log.span_workflow_name or span.name,
            session=span.session,
            user=span.user,
            environment=span.environment,
            input=span.input,
            output=span.output,
            metadata=span.metadata,
        )
    elif id not in traces:
        traces[id] = TraceSketch(id=id)


def _ingested(spans: Sequence[SpanSketch], traces: list[str], errors: list[dict[str, Any]]) -> IngestAnswer:
    return IngestAnswer(
        message=f"Ingested {len(spans)} spans of {len(traces)} traces.",
        ingested_spans=len(spans),
        ingested_count=len(spans),
        created_traces=len(traces),
        trace_ids=traces,
        errors=errors,
    )
