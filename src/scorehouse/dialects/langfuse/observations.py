"""Observations: list and read, and the v2 list with its groups and cursor (contract langfuse §13.2)."""

from collections.abc import Mapping, Sequence

from scorehouse.dialects.langfuse.paging import cursor_meta, read_cursor_window, read_page
from scorehouse.dialects.langfuse.parameters import Parameters, not_a_choice
from scorehouse.dialects.langfuse.trace_filters import asked_of_observations
from scorehouse.dialects.langfuse.trace_shapes import ObservationPage, ObservationV2Page
from scorehouse.dialects.langfuse.trace_writes import GROUPS as SPAN_GROUPS
from scorehouse.dialects.langfuse.trace_writes import write_observation, write_observation_v2
from scorehouse.domain.identity import canonical
from scorehouse.domain.refusals import Fault, TooLarge
from scorehouse.domain.traces import Span, Trace
from scorehouse.services.find import find_span
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
)
from scorehouse.storage.queries import Any as AnyOf
from scorehouse.wire.call import Call, Reply, json_reply

NEWEST_FIRST = Order(SpanField.STARTED_AT)

GROUPS = frozenset({"core", "trace_context", *SPAN_GROUPS})
DEFAULT_GROUPS = frozenset({"core", "basic"})
OF_TRACE = frozenset({"basic", "trace_context"})
"""Groups that show something of the trace."""


async def list_observations(call: Call) -> Reply:
    """List observations by numbered pages."""
    parameters = Parameters(call.head.query)
    page = read_page(parameters)
    wanted = asked_of_observations(parameters, await _of_trace_label(call, parameters, "userId"), v2=False)
    parameters.check()
    found = await call.house.store.spans(SpanQuery(call.project, wanted, NEWEST_FIRST, page.window))
    data = [write_observation(span, call.principal.project.name) for span in found.items]
    return json_reply(200, ObservationPage(data, page.meta(found.total)))


async def read_observation(call: Call) -> Reply:
    """Read one observation."""
    span = await find_span(call.house, call.project, call.parameters["observationId"])
    return json_reply(200, write_observation(span, call.principal.project.name))


async def list_observations_v2(call: Call) -> Reply:
    """List observations with the groups asked for, a cursor leading on."""
    parameters = Parameters(call.head.query)
    window = read_cursor_window(parameters, least=0, most=PAGE_ROWS_MAX)
    groups = frozenset(parameters.texts("fields") or DEFAULT_GROUPS)
    if not groups <= GROUPS:
        parameters.faults.append(not_a_choice(("fields",), sorted(GROUPS)))
    if parameters.truth("parseIoAsJson"):
        sentence = "Input and output are always texts; leave parseIoAsJson out"
        parameters.faults.append(Fault(("parseIoAsJson",), "custom", sentence))
    of_user = await _of_trace_label(call, parameters, "userId")
    of_session = await _of_trace_label(call, parameters, "sessionId")
    wanted = all_of(asked_of_observations(parameters, of_user, v2=True), of_session)
    parameters.check()
    found = await call.house.store.spans(SpanQuery(call.project, wanted, NEWEST_FIRST, window))
    traces = await _traces_of(call, found.items) if groups & OF_TRACE else {}
    project = call.principal.project.name
    data = [write_observation_v2(span, project, groups, traces.get(canonical(span.trace))) for span in found.items]
    return json_reply(200, ObservationV2Page(data, cursor_meta(window.limit, found.next)))


LABELS: Mapping[str, tuple[SpanField, TraceField]] = {
    "userId": (SpanField.USER, TraceField.USER),
    "sessionId": (SpanField.SESSION, TraceField.SESSION),
}


async def _of_trace_label(call: Call, parameters: Parameters, name: str) -> Filter | None:
    """Ask for observations that carry a label themselves or have it from their trace.

    Raises:
        TooLarge: the label has more traces than one filter can name.
    """
    label = parameters.text(name)
    if label is None:
        return None
    own, of_trace = LABELS[name]
    wanted = Compare(of_trace, Operator.EQUALS, label)
    query = TraceQuery(call.project, wanted, Order(TraceField.CREATED_AT), Window(PAGE_ROWS_MAX))
    page = await call.house.store.traces(query)
    if page.next is not None:
        raise TooLarge(f"set of traces of this {name}; narrow the query", PAGE_ROWS_MAX, "traces")
    ids = tuple(trace.id for trace in page.items)
    return AnyOf((Compare(own, Operator.EQUALS, label), Compare(SpanField.TRACE, Operator.ONE_OF, ids)))


async def _traces_of(call: Call, spans: Sequence[Span]) -> Mapping[str, Trace]:
    """Return the traces of a page of observations, by their canonical ids."""
    ids = {canonical(span.trace) for span in spans}
    if not ids:
        return {}
    wanted = Compare(TraceField.ID, Operator.ONE_OF, tuple(ids))
    query = TraceQuery(call.project, wanted, Order(TraceField.CREATED_AT), Window(len(ids)))
    return {canonical(trace.id): trace for trace in (await call.house.store.traces(query)).items}
