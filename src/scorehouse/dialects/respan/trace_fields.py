"""What traces can be filtered and ordered by (contract respan §9.4).

Their own fields, what their spans come to, and the fields of their spans: by those a trace matches if any of its
spans does.
"""

from scorehouse.dialects.respan.fields import Cases, Filterable, OfSpans, Open, Sort
from scorehouse.dialects.respan.log_fields import ID, ROOT, log_field
from scorehouse.dialects.respan.score_fields import METADATA_PREFIX, RESIDUE
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND
from scorehouse.storage.queries import Compare, Not, Operator, Order, TraceField

_FAILED = Compare(TraceField.ERRORS, Operator.ABOVE, 0)

TRACE_FIELDS: dict[str, Filterable] = {
    "id": Open(Sort.TEXT, TraceField.ID),
    "trace_unique_id": Open(Sort.TEXT, TraceField.ID),
    "name": Open(Sort.TEXT, TraceField.NAME),
    "customer_identifier": Open(Sort.TEXT, TraceField.USER),
    "environment": Open(Sort.TEXT, TraceField.ENVIRONMENT),
    "session_identifier": Open(Sort.TEXT, TraceField.SESSION),
    "trace_group_identifier": Open(Sort.TEXT, TraceField.RESIDUE, (RESIDUE, "trace_group_identifier")),
    "root_span_unique_id": OfSpans(ID, ROOT),
    "span_count": Open(Sort.NUMBER, TraceField.SPAN_COUNT),
    "llm_call_count": Open(Sort.NUMBER, TraceField.LLM_COUNT),
    "error_count": Open(Sort.NUMBER, TraceField.ERRORS),
    "total_cost": Open(Sort.NUMBER, TraceField.COST_USD),
    "total_prompt_tokens": Open(Sort.NUMBER, TraceField.TOKENS_INPUT),
    "total_completion_tokens": Open(Sort.NUMBER, TraceField.TOKENS_OUTPUT),
    "total_tokens": Open(Sort.NUMBER, TraceField.TOKENS_TOTAL),
    "duration": Open(Sort.NUMBER, TraceField.DURATION, scale=MICROSECONDS_PER_SECOND),
    "status": Cases(Sort.TEXT, {"error": _FAILED, "success": Not(_FAILED)}),
    "start_time": Open(Sort.MOMENT, TraceField.FIRST_AT),
    "end_time": Open(Sort.MOMENT, TraceField.LAST_AT),
    "timestamp": Open(Sort.MOMENT, TraceField.CREATED_AT),
}

RECORDED = Order(TraceField.CREATED_AT)


def trace_metadata(key: str) -> Filterable:
    """Return what stands under a key of a trace's metadata."""
    return Open(Sort.LOOSE, TraceField.METADATA, (key,))


def trace_field(name: str) -> Filterable | None:
    """Find a field of traces by its name, their own before those of their spans."""
    if name.startswith(METADATA_PREFIX) and name != METADATA_PREFIX:
        return trace_metadata(name.removeprefix(METADATA_PREFIX))
    if name in TRACE_FIELDS:
        return TRACE_FIELDS[name]
    of_spans = log_field(name)
    return None if of_spans is None else OfSpans(of_spans)
