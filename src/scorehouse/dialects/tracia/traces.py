"""The older family, which Node's SDK spoke up to 0.2.7 (contract 2signal-tracia §2.8).

Its traces and today's spans are one store: what a span calls ``spanId`` is called ``traceId`` here.
"""

from scorehouse.dialects.tracia.paging import read_list, write_trace_page
from scorehouse.dialects.tracia.reads import as_span
from scorehouse.dialects.tracia.shapes import NewTrace
from scorehouse.dialects.tracia.spans import anchor_span
from scorehouse.dialects.tracia.writes import write_created_trace, write_trace
from scorehouse.services.find import find_span
from scorehouse.wire.bodies import decode
from scorehouse.wire.call import Call, Reply, json_reply


async def create_trace(call: Call) -> Reply:
    """Record a trace: 201 if it is new, 200 if it is known."""
    anchored = await anchor_span(call, as_span(decode(call.body, NewTrace)))
    return json_reply(anchored.status, write_created_trace(anchored.span, cost=None))


async def read_one_trace(call: Call) -> Reply:
    """Read a trace by the id that its client chose."""
    return json_reply(200, write_trace(await find_span(call.house, call.project, call.parameters["traceId"])))


async def list_traces(call: Call) -> Reply:
    """List traces, the newest first."""
    page = await call.house.store.spans(read_list(call.head.query, call.project))
    return json_reply(200, write_trace_page(page))
