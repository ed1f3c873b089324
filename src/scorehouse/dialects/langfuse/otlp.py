"""POST /api/public/otel/v1/traces: OTLP over HTTP, in protobuf or JSON (contract langfuse §12.1, §13.4)."""

from scorehouse.dialects.langfuse.attributes import TraceFacts, sketch_observation
from scorehouse.dialects.langfuse.errors import BadRequest
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.traces import SpanSketch
from scorehouse.services.anchor import anchor
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.exported import Export, IdRule
from scorehouse.wire.otlp import read_export, summary_of

ANY_TEXT = IdRule(any_text=True)

VERSION_HEADER = "x-langfuse-ingestion-version"
VERSION_MAX = 4


async def export_traces(call: Call) -> Reply:
    """Take in an export, whole or not at all; the answer is JSON also to protobuf."""
    export = read_export(call.head, call.body, ANY_TEXT)
    if not export.span_count:
        return json_reply(200, {})
    _check_version(call.head.headers.get(VERSION_HEADER) or call.head.headers.get(VERSION_HEADER.replace("-", "_")))
    faults = list(export.faults)
    spans, traces = _sketched(export, faults)
    if faults:
        sentence = f"Invalid OTLP trace export: {len(faults)} of {export.span_count} span(s): {summary_of(faults)}"
        raise BadRequest(Fault((), "custom", sentence))
    sketches = [facts.sketch() for facts in traces.values()]
    await anchor(call.house, call.project, call.actor, sketches, spans)
    return json_reply(200, {})


def _sketched(export: Export, faults: list[Fault]) -> tuple[list[SpanSketch], dict[str, TraceFacts]]:
    """Turn an export into observations and what they say of their traces; what cannot be is added to `faults`."""
    spans: list[SpanSketch] = []
    traces: dict[str, TraceFacts] = {}
    for exported in export.spans:
        try:
            sketch = sketch_observation(exported)
        except Invalid as refusal:
            faults.append(refusal.faults[0].under(exported.span_id))
            continue
        spans.append(sketch)
        traces.setdefault(exported.trace_id, TraceFacts(exported.trace_id)).hear(exported, sketch)
    return spans, traces


def _check_version(said: str | None) -> None:
    if said is None:
        return
    text = said.strip()
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > VERSION_MAX:
        sentence = f"The header {VERSION_HEADER} must be a number up to {VERSION_MAX}"
        raise BadRequest(Fault((), "custom", sentence))
