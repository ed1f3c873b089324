"""Pages: ``page`` and ``page_size``, answered with absolute URLs of the neighbours (contract respan §7).

`count` is the number of rows of this page. A page past the end is empty and good: the vendor's own pager stops
only there. There is no ``total_count``, which the vendor's documents leave out as well: counting what a filter
keeps reads everything that it does not keep.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from scorehouse.dialects.respan.errors import bad_filter, bad_parameter
from scorehouse.dialects.respan.filters import Fields
from scorehouse.dialects.respan.shapes import ListShape
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Invalid
from scorehouse.storage.queries import Order, Page, Window
from scorehouse.wire.call import Head, Reply, json_reply, query_pairs
from scorehouse.wire.times import parse_time

PAGE_SIZE = 50
"""Not published for scores; the page on filters says 50."""

EVALUATOR_PAGE_SIZE = 20
LOG_PAGE_SIZE = 100

PAGE_SIZE_MAX = 100
LOG_PAGE_SIZE_MAX = 1000

OFFSET_MAX = 2**62
"""Beyond it is nothing, so that any page number may be asked for."""

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of what size."""

    page: int
    size: int

    @property
    def window(self) -> Window:
        """The part of the rows that it is."""
        return Window(self.size, min((self.page - 1) * self.size, OFFSET_MAX))


def read_paging(query: Mapping[str, str], default: int = PAGE_SIZE, maximum: int = PAGE_SIZE_MAX) -> Paging:
    """Read ``page`` and ``page_size``; one that is too large is cut to the maximum.

    Raises:
        Invalid: one of them is no whole number from 1 on.
    """
    return Paging(_positive(query, "page", 1), min(_positive(query, "page_size", default), maximum))


def read_order(query: Mapping[str, str], fields: Fields, default: Order) -> Order:
    """Read ``sort_by``, a leading minus for the greatest first.

    Raises:
        Invalid: it names nothing that can be ordered by.
    """
    text = query.get("sort_by")
    if not text:
        return default
    name = text.removeprefix("-")
    field = fields(name)
    order = field.order if field is not None else None
    if order is None:
        raise bad_filter(f"Cannot sort by '{name}'.")
    return Order(order.field, descending=text.startswith("-"), key=order.key)


def read_moment(query: Mapping[str, str], name: str) -> Instant | None:
    """Read a parameter that is a time; None where it is not given.

    Raises:
        Invalid: it is none.
    """
    text = query.get(name)
    if not text:
        return None
    try:
        return parse_time(text)
    except Invalid as refusal:
        raise bad_parameter(name, "must be an ISO 8601 date and time.") from refusal


def parameters(head: Head) -> dict[str, str]:
    """Return the query string's parameters, of repeated ones the last."""
    return dict(query_pairs(head.query))


def write_page(
    head: Head, paging: Paging, page: Page[RowT], write: Callable[[RowT], Any], filters: Any = None
) -> Reply:
    """Answer one page, with the filters as they were given."""
    results = [write(row) for row in page.items]
    shape = ListShape(
        count=len(results),
        next=page_url(head, paging.page + 1) if page.next is not None else None,
        previous=page_url(head, paging.page - 1) if paging.page > 1 else None,
        current_filters=filters or {},
        results=results,
    )
    return json_reply(200, shape)


def page_url(head: Head, page: int) -> str:
    """Write the absolute URL of another page: same path, same query, other number."""
    pairs = [(name, value) for name, value in query_pairs(head.query) if name != "page"]
    return f"{head.origin}{head.path}?{urlencode([*pairs, ('page', str(page))])}"


def _positive(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None or not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text[:30])):
        raise bad_parameter(name, "must be a whole number from 1 on.")
    return int(text[:30])
