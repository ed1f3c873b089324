"""What traces can be filtered and ordered by (contract respan §9.4).

Counts and sums over the spans of a trace are computed when it is read, so nothing is filtered by them; nor does a
trace match because one of its spans does. Both are refused by name.
"""

from scorehouse.dialects.respan.fields import Cases, Filterable, Open, Sort
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
    "duration": Open(Sort.NUMBER, TraceField.LATENCY, scale=MICROSECONDS_PER_SECOND),
    "error_count": Open(Sort.NUMBER, TraceField.ERRORS, shown_absent=0.0),
    "status": Cases(Sort.TEXT, {"error": _FAILED, "success": Not(_FAILED)}),
    "start_time": Open(Sort.MOMENT, TraceField.STARTED_AT),
    "end_time": Open(Sort.MOMENT, TraceField.ENDED_AT),
    "timestamp": Open(Sort.MOMENT, TraceField.CREATED_AT),
}

RECORDED = Order(TraceField.CREATED_AT)


def trace_metadata(key: str) -> Filterable:
    """Return what stands under a key of a trace's metadata."""
    return Open(Sort.LOOSE, TraceField.METADATA, (key,))


def trace_field(name: str) -> Filterable | None:
    """Find a field of traces by its name."""
    if name.startswith(METADATA_PREFIX) and name != METADATA_PREFIX:
        return trace_metadata(name.removeprefix(METADATA_PREFIX))
    return TRACE_FIELDS.get(name)
