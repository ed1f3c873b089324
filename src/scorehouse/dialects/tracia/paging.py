"""Parts of the list of spans: filters, ``limit``, ``cursor`` (contract 2signal-tracia §2.6)."""

from collections.abc import Mapping

from scorehouse.dialects.tracia.shapes import SpanListQuery, SpanPage, TracePage
from scorehouse.dialects.tracia.writes import write_span_item, write_trace_item
from scorehouse.domain.identity import checked_text
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.traces import Health, Span
from scorehouse.storage.queries import (
    Any,
    Compare,
    Cursor,
    Filter,
    Not,
    Operator,
    Order,
    Page,
    SpanField,
    SpanQuery,
    Window,
    all_of,
    between,
    equals,
)
from scorehouse.wire.bodies import read_query
from scorehouse.wire.cursors import read_cursor, write_cursor
from scorehouse.wire.times import parse_time

LIMIT_MAX = 100
"""Documented; more is asked for in vain, not refused."""

SHOWN_TO_MICROSECONDS = 1000
"""Times are shown to the millisecond, so they are compared to the millisecond."""

FAILED = Compare(SpanField.HEALTH, Operator.EQUALS, Health.ERROR.value)
STATUSES: Mapping[str, Filter] = {"ERROR": FAILED, "SUCCESS": Not(FAILED)}

NEWEST_FIRST = Order(SpanField.CREATED_AT)


def read_list(query: str, project: int) -> SpanQuery:
    """Read a query string as the spans that it asks for.

    Raises:
        Unreadable: it is not UTF-8.
        Invalid: a parameter has a wrong value.
    """
    asked = read_query(query, SpanListQuery)
    for name, text in (("userId", asked.user_id), ("sessionId", asked.session_id), ("tags", asked.tags)):
        checked_text(text or "", name)
    wanted = all_of(
        Compare(SpanField.KNOWN, Operator.EQUALS, True),
        equals(SpanField.USER, asked.user_id),
        equals(SpanField.SESSION, asked.session_id),
        None if asked.status is None else STATUSES[asked.status],
        None if asked.prompt_slug is None else Any(()),  # no prompt is served, so no span came of one
        _read_tags(asked.tags),
        _read_dates(asked.start_date, asked.end_date),
    )
    after = None if asked.cursor is None else _read_cursor(asked.cursor)
    return SpanQuery(project, wanted, NEWEST_FIRST, Window(min(asked.limit, LIMIT_MAX), after=after))


def write_span_page(page: Page[Span]) -> SpanPage:
    """Write a part of the list of spans, with what each SDK reads to go on."""
    cursor = write_cursor(page.next)
    items = [write_span_item(span) for span in page.items]
    return SpanPage(spans=items, next_cursor=cursor, cursor=cursor, has_more=cursor is not None)


def write_trace_page(page: Page[Span]) -> TracePage:
    """Write a part of the list as traces of the older family."""
    return TracePage(traces=[write_trace_item(span) for span in page.items], next_cursor=write_cursor(page.next))


def _read_tags(text: str | None) -> Filter | None:
    """Read tags joined by commas; one with a comma in it looks like two (contract 2signal-tracia §2.6)."""
    tags = tuple(tag for tag in (text or "").split(",") if tag)
    return Compare(SpanField.TAGS, Operator.HAS_ALL, tags) if tags else None


def _read_dates(start: str | None, end: str | None) -> Filter:
    first = None if start is None else parse_time(start, "startDate")
    last = None if end is None else parse_time(end, "endDate")
    past = None if last is None else last - last % SHOWN_TO_MICROSECONDS + SHOWN_TO_MICROSECONDS
    return between(SpanField.CREATED_AT, first, past)


def _read_cursor(text: str) -> Cursor:
    cursor = read_cursor(text, "cursor")
    if not isinstance(cursor.value, int):
        raise Invalid(Fault(("cursor",), "bad_cursor", "must be a cursor from a previous page"))
    return cursor
