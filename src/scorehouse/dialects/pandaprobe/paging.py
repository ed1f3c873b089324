"""``limit`` and ``offset`` (contract pandaprobe §1.3), and lists made of parts.

Their database puts rows without a value first when it sorts downwards, and sorts by the words of a status; ours
puts absent values last. A list that differs is asked for in parts, one after the other.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from scorehouse.dialects.pandaprobe.answers import PageShape
from scorehouse.storage.queries import PAGE_ROWS_MAX, Filter, Order, Page, Window
from scorehouse.wire.call import Call, Reply, json_reply

RowT = TypeVar("RowT")
QueryT = TypeVar("QueryT")

Ask = Callable[[Filter, Order, Window], Awaitable[Page[RowT]]]
"""Lists rows of one kind in one project."""


def asking(
    listed: Callable[[QueryT], Awaitable[Page[RowT]]], plan: Callable[[int, Filter, Order, Window], QueryT], call: Call
) -> Ask[RowT]:
    """Return what lists, with a method of the store, the rows of the call's project."""
    return lambda wanted, order, window: listed(plan(call.project, wanted, order, window))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list, with its own order."""

    filter: Filter
    order: Order


@dataclass(frozen=True, slots=True)
class Rows(Generic[RowT]):
    """The rows of a page, and how many there are on all pages."""

    items: tuple[RowT, ...]
    total: int


async def list_rows(ask: Ask[RowT], parts: Sequence[Part], limit: int, offset: int) -> Rows[RowT]:
    """List the rows of the parts, one part after the other, as one page."""
    items: list[RowT] = []
    total = 0
    for part in parts:
        past = max(0, offset - total)
        page = await ask(part.filter, part.order, Window(limit - len(items), past, total=True))
        items.extend(page.items)
        total += page.total or 0
    return Rows(tuple(items), total)


async def every_row(ask: Ask[RowT], filter: Filter, order: Order) -> tuple[RowT, ...]:
    """Read all rows, page after page."""
    items: list[RowT] = []
    window = Window(PAGE_ROWS_MAX)
    while True:
        page = await ask(filter, order, window)
        items.extend(page.items)
        if page.next is None:
            return tuple(items)
        window = Window(PAGE_ROWS_MAX, after=page.next)


def page_reply(rows: Rows[RowT], write: Callable[[RowT], Any], limit: int, offset: int) -> Reply:
    """Answer a page."""
    items = [write(row) for row in rows.items]
    return json_reply(200, PageShape(items=items, total=rows.total, limit=limit, offset=offset))
