"""Logs: create one or many, list, read, change, sum up. They are visible, and can be scored, at once."""

import re
from collections.abc import Mapping
from typing import Any

from scorehouse.dialects.respan.errors import bad_filter, body_of
from scorehouse.dialects.respan.filters import Fields, Grammar, read_body, read_filters
from scorehouse.dialects.respan.log_fields import (
    FAILED,
    RECORDED,
    log_field,
    log_metadata,
    sortable_field,
    time_between,
    unscored_field,
)
from scorehouse.dialects.respan.log_reads import read_change, read_header_parameters, read_log, read_sketch
from scorehouse.dialects.respan.log_scores import embedded_on, scores_on
from scorehouse.dialects.respan.log_shapes import BulkAnswer, BulkError, LogChange, NewLogs
from scorehouse.dialects.respan.log_writes import write_created, write_log
from scorehouse.dialects.respan.options import Options
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
from scorehouse.dialects.respan.scores import evaluators_of
from scorehouse.dialects.respan.shapes import FilterBody
from scorehouse.dialects.respan.summaries import MEASURES, write_summary, write_tally
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant
from scorehouse.domain.refusals import Invalid, TooLarge
from scorehouse.domain.traces import Span, SpanSketch
from scorehouse.services.anchor import anchor
from scorehouse.services.find import find_span
from scorehouse.services.revise import revise_span
from scorehouse.storage.queries import (
    Compare,
    Filter,
    Operator,
    SpanField,
    SpanQuery,
    Window,
    all_of,
    equals,
)
from scorehouse.storage.sums import SpanSumsQuery
from scorehouse.wire.bodies import decode, parse
from scorehouse.wire.call import Call, Head, Reply, json_reply, query_pairs

BULK_MAX = 500
HOUR_MICROSECONDS = 3600 * MICROSECONDS_PER_SECOND

RESERVED = frozenset(
    {
        "page",
        "page_size",
        "sort_by",
        "start_time",
        "end_time",
        "environment",
        "is_test",
        "all_envs",
        "fetch_filters",
        "include_fields",
    }
)
"""Parameters that are no quick filters."""

IDS = ("id", "unique_id")
"""Members that a row has even where ``include_fields`` does not name them."""

_QUICK = re.compile(r"([^\[\]]+)(?:\[(value|operator|connector)\])?")

KNOWN: Filter = Compare(SpanField.KNOWN, Operator.EQUALS, True)


async def create_log(call: Call) -> Reply:
    """Create a log, or add to the one of this id."""
    beneath = read_header_parameters(call.head.headers)
    sketch = read_sketch(read_log(parse(call.body), beneath), call.house.mint(), call.house.clock())
    await anchor(call.house, call.project, call.actor, spans=(sketch,))
    trace = sketch.trace or (await find_span(call.house, call.project, sketch.id)).trace
    return json_reply(201, write_created(sketch, trace, organization_of(call)))


async def create_logs(call: Call) -> Reply:
    """Create up to 500 logs, each judged by itself; 400 where none is accepted."""
    rows = decode(call.body, NewLogs).logs
    if len(rows) > BULK_MAX:
        raise TooLarge("list of logs", BULK_MAX, "rows")
    sketches: list[SpanSketch] = []
    errors: list[BulkError] = []
    for index, row in enumerate(rows):
        try:
            sketches.append(read_sketch(read_log(row, {}), call.house.mint(), call.house.clock()))
        except Invalid as refusal:
            errors.append(BulkError(index, _sentence(refusal, call.head)))
    if sketches:
        await anchor(call.house, call.project, call.actor, spans=sketches)
    return json_reply(201 if sketches else 400, BulkAnswer(len(sketches), len(errors), errors))


async def list_logs(options: Options, call: Call) -> Reply:
    """List logs by the query string's quick filters and, where there is one, by the filters of the body."""
    query = parameters(call.head)
    paging = read_paging(query, LOG_PAGE_SIZE, LOG_PAGE_SIZE_MAX)
    order = read_order(query, sortable_field, RECORDED)
    body = decode_filters(call.body)
    wanted = _wanted(call, query, body, options, log_field)
    page = await call.house.store.spans(SpanQuery(call.project, wanted, order, paging.window))
    found = await scores_on(call, page.items)
    names = [name.strip() for name in query.get("include_fields", "").split(",") if name.strip()]

    def write(span: Span) -> dict[str, Any]:
        row = write_log(span, embedded_on(found, span), organization_of(call))
        return {name: value for name, value in row.items() if name in names or name in IDS} if names else row

    return write_page(call.head, paging, page, write, body.filters)


async def read_log_of(call: Call) -> Reply:
    """Read a log by either of its ids, with its scores."""
    span = await find_span(call.house, call.project, call.parameters["unique_id"])
    return await _answer(call, span)


async def change_log(call: Call) -> Reply:
    """Change what can be changed of a log."""
    patch = read_change(decode(call.body, LogChange))
    span = await revise_span(call.house, call.project, call.actor, call.parameters["unique_id"], patch)
    return await _answer(call, span)


async def sum_up_logs(options: Options, call: Call) -> Reply:
    """Sum up the logs that pass the filters, and the scores on them."""
    query = parameters(call.head)
    body = decode_filters(call.body)
    wanted = _wanted(call, query, body, options, unscored_field)
    sums = await call.house.store.span_sums(SpanSumsQuery(call.project, wanted, MEASURES))
    failed = SpanQuery(call.project, all_of(wanted, FAILED), RECORDED, Window(0, total=True))
    errors = (await call.house.store.spans(failed)).total or 0
    evaluators = await evaluators_of(call, (one.evaluator for one in sums.scores))
    return json_reply(200, write_summary(sums, errors, write_tally(sums.scores, evaluators)))


def organization_of(call: Call) -> str:
    """Return the organization of a key: its project, by name."""
    return call.principal.project.name


async def _answer(call: Call, span: Span) -> Reply:
    found = await scores_on(call, (span,))
    return json_reply(200, write_log(span, embedded_on(found, span), organization_of(call)))


def _wanted(call: Call, query: Mapping[str, str], body: FilterBody, options: Options, fields: Fields) -> Filter:
    grammar = Grammar(fields, log_metadata, options.lenient_filters)
    return all_of(
        KNOWN,
        _in_window(call, query),
        equals(SpanField.ENVIRONMENT, query.get("environment") or None),
        read_filters(_quick_filters(call.head, fields), grammar),
        read_body(body, grammar),
    )


def _in_window(call: Call, query: Mapping[str, str]) -> Filter:
    """Ask for the window of time: the last hour unless told (contract respan §7.4).

    Without ``end_time`` nothing is too new, so that a log whose clock is ahead of ours is not lost.
    """
    start, end = read_moment(query, "start_time"), read_moment(query, "end_time")
    if start is None:
        start = Instant((call.house.clock() if end is None else end) - HOUR_MICROSECONDS)
    return time_between(start, end)


def _quick_filters(head: Head, fields: Fields) -> dict[str, Any]:
    """Read the query string's own filters: ``field=value``, or ``field[value]=…&field[operator]=…``.

    Names that are none of a log's are keys of its metadata.
    """
    conditions: dict[str, dict[str, Any]] = {}
    for name, value in query_pairs(head.query):
        if name in RESERVED:
            continue
        parts = _QUICK.fullmatch(name)
        if parts is None:
            raise bad_filter(f"Parameter '{name}' cannot be read.")
        plain = parts[1]
        field = plain if fields(plain) is not None else f"metadata__{plain}"
        condition = conditions.setdefault(field, {})
        if parts[2] in {None, "value"}:
            condition.setdefault("value", []).append(value)
        else:
            condition[parts[2]] = value
    return conditions


def _sentence(refusal: Invalid, head: Head) -> str:
    return "; ".join(
        f"{name}: {' '.join(told) if isinstance(told, list) else told}" for name, told in body_of(refusal, head).items()
    )
