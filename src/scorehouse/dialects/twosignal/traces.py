"""Traces: take in batches of events or OTLP exports, list; and tell that the server is well."""

from scorehouse.dialects.twosignal.filters import KNOWN, traces_between, traces_named, traces_tagged, traces_with
from scorehouse.dialects.twosignal.paging import read_window, write_next
from scorehouse.dialects.twosignal.reads import read_batch
from scorehouse.dialects.twosignal.shapes import (
    Accepted,
    ClaimedBatch,
    Envelope,
    ExportAccepted,
    HealthShape,
    PartialSuccess,
    TracesQuery,
    TracesShape,
)
from scorehouse.dialects.twosignal.writes import write_trace
from scorehouse.services.anchor import anchor
from scorehouse.storage.queries import Order, TraceField, TraceQuery, all_of
from scorehouse.wire.bodies import decode, read_query
from scorehouse.wire.call import Call, Head, Reply, json_reply, query_pairs
from scorehouse.wire.otlp import answer_export, is_protobuf, read_export, summary_of
from scorehouse.wire.semantics import sketched

SHARED_PATH = "/api/v1/traces"
"""Tracia's old clients post and list at the same path (contract 2signal-tracia §3.1)."""


async def ingest(call: Call) -> Reply:
    """Take in a batch of events, all or none. What is answered with 201 can be scored at once."""
    traces, spans = read_batch(call.body)
    accepted = await anchor(call.house, call.project, call.actor, traces, spans)
    return json_reply(201, Accepted(accepted))


async def ingest_otlp(call: Call) -> Reply:
    """Take in an OTLP export. Spans that cannot be stored are refused by themselves, and counted as OTLP does.

    JSON is answered with ``accepted`` (contract 2signal-tracia §1.2), protobuf in OTLP's own words, for nobody who
    sends it could read anything else.
    """
    sketches = sketched(read_export(call.head, call.body))
    await anchor(call.house, call.project, call.actor, sketches.traces, sketches.spans)
    if is_protobuf(call.head):
        return answer_export(call.head, sketches.faults)
    lost = PartialSuccess(len(sketches.faults), summary_of(sketches.faults)) if sketches.faults else None
    return json_reply(200, ExportAccepted(len(sketches.spans), lost))


async def list_traces(call: Call) -> Reply:
    """List traces, newest first."""
    asked = read_query(call.head.query, TracesQuery)
    wanted = all_of(
        KNOWN,
        traces_named(asked.name),
        traces_with(asked.status),
        traces_tagged(asked.tags),
        traces_between(asked.start_date, asked.end_date, ("startDate", "endDate")),
    )
    window = read_window(asked.limit, asked.cursor)
    page = await call.house.store.traces(TraceQuery(call.project, wanted, Order(TraceField.CREATED_AT), window))
    following = write_next(page.next, page.items[-1].id if page.items else "")
    return json_reply(200, Envelope(TracesShape([write_trace(trace) for trace in page.items], following)))


async def check_health(call: Call) -> Reply:
    """Answer that the house can read and write; refuse with Unavailable if not."""
    await call.house.store.ready()
    return json_reply(200, HealthShape())


def claims(head: Head, body: bytes) -> bool:
    """Claim on the shared path a batch of events, and a list by ``name`` (contract 2signal-tracia §3.2)."""
    if head.path.rstrip("/") != SHARED_PATH:
        return False
    if head.method == "GET":
        return any(name == "name" for name, _ in query_pairs(head.query))
    if not body:
        return False
    decode(body, ClaimedBatch)
    return True
