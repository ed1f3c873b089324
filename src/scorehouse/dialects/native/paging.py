"""Parts of lists: ``limit``, ``cursor`` or ``offset``, ``order``, ``total``; answered as ``items`` and ``next``."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

from msgspec import UNSET, Struct, UnsetType, defstruct

from scorehouse.dialects.native.answers import PageShape, WindowQuery
from scorehouse.dialects.native.filters import ORDERABLE, Fields, Sort, read_parameter, read_tree
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.storage.queries import Filter as Wanted
from scorehouse.storage.queries import Order, Page, Window, all_of
from scorehouse.wire.bodies import convert_query
from scorehouse.wire.call import Reply, json_reply, query_pairs
from scorehouse.wire.cursors import read_cursor, write_cursor

QUERY_TYPES: Mapping[Sort, type] = {
    Sort.TEXT: str,
    Sort.LIST: str,
    Sort.NUMBER: float,
    Sort.MILLISECONDS: float,
    Sort.BOOLEAN: bool,
    Sort.TIME: str,
}
"""How documents describe the parameters of fields; those that hold objects have a parameter a key."""

WINDOW_PARAMETERS = frozenset(WindowQuery.__struct_fields__)
AFTER, FILTER = "after", "filter"

RowT = TypeVar("RowT")
ReadT = TypeVar("ReadT")
ArgumentsT = ParamSpec("ArgumentsT")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list was asked for."""

    filter: Wanted
    order: Order
    window: Window


def read_listing(query: str, fields: Fields, newest: str = "-created_at") -> Listing:
    """Read the query string of a list of things that have these fields; `newest` is their order unless told.

    Raises:
        Unreadable: the query string, or JSON in it, cannot be parsed.
        Invalid: an unknown parameter, or a value that does not fit.
    """
    given: dict[str, list[str]] = {}
    for name, value in query_pairs(query):
        given.setdefault(name, []).append(value)
    windows = {name: given.pop(name)[-1] for name in WINDOW_PARAMETERS & given.keys()}
    faults: list[Fault] = []
    asked = _attempt(faults, convert_query, windows, WindowQuery) or WindowQuery()
    terms = [_attempt(faults, read_parameter, name, values, fields) for name, values in given.items()]
    if asked.filter is not UNSET:
        terms.append(_attempt(faults, read_tree, asked.filter, fields))
    order = _attempt(faults, _read_order, newest if asked.order is UNSET else asked.order, fields)
    window = _attempt(faults, _read_window, asked)
    if faults or order is None or window is None:
        raise Invalid(*faults)
    return Listing(all_of(*terms), order, window)


@dataclass(frozen=True, slots=True)
class Unwindowed:
    """The parameters of a list without its window: `given` as sent."""

    given: Sequence[tuple[str, str]]

    def filter(self, fields: Fields) -> Wanted:
        """Read them as a filter on things that have these fields; raises as `read_listing`."""
        return read_listing(urlencode(self.given), fields).filter


def read_unwindowed(query: str, own: Collection[str]) -> tuple[dict[str, str], Unwindowed]:
    """Split a query string into the parameters in `own`, of which the last counts, and those of a list's filter.

    Raises:
        Unreadable: it cannot be parsed.
        Invalid: a part of a list's window is among them.
    """
    pairs = query_pairs(query)
    rest = [pair for pair in pairs if pair[0] not in own]
    windowed = [name for name, _ in rest if name in WINDOW_PARAMETERS and name != FILTER]
    if windowed:
        raise Invalid(*(Fault((name,), "unknown", "is not a parameter here") for name in windowed))
    return {name: value for name, value in pairs if name in own}, Unwindowed(rest)


def followed_shape(name: str, fields: Fields) -> type[Struct]:
    """Make the wire shape of a stream's query string, for documents."""
    given = [(parameter, str | UnsetType, UNSET) for parameter in (AFTER, FILTER)]
    return defstruct(name, [*given, *_plain_fields(fields)])


def query_shape(name: str, fields: Fields) -> type[Struct]:
    """Make the wire shape of a list's query string, for documents: the window, and equality of each plain field.

    What stands after a field's dot is described in the README.
    """
    return defstruct(name, _plain_fields(fields), bases=(WindowQuery,))


def _plain_fields(fields: Fields) -> list[tuple[str, Any, Any]]:
    return [
        (parameter, QUERY_TYPES[listed.sort] | UnsetType, UNSET)
        for parameter, listed in fields.items()
        if listed.sort is not Sort.MAP
    ]


def write_page(page: Page[RowT], write: Callable[[RowT], Any]) -> Reply:
    """Answer a part of a list."""
    items = [write(row) for row in page.items]
    total = UNSET if page.total is None else page.total
    return json_reply(200, PageShape(items=items, next=write_cursor(page.next), total=total))


def _attempt(
    faults: list[Fault], read: Callable[ArgumentsT, ReadT], *arguments: ArgumentsT.args, **named: ArgumentsT.kwargs
) -> ReadT | None:
    """Read one thing; where it is wrong, note its faults and go on, so that all of them are told at once."""
    try:
        return read(*arguments, **named)
    except Invalid as refusal:
        faults.extend(refusal.faults)
        return None


def _read_order(text: str, fields: Fields) -> Order:
    listed = fields.get(text.removeprefix("-"))
    if listed is None or listed.sort not in ORDERABLE:
        allowed = tuple(name for name, listed in fields.items() if listed.sort in ORDERABLE)
        raise Invalid(Fault(("order",), "not_a_choice", f"must be one of {', '.join(allowed)}", allowed=allowed))
    return Order(listed.field, descending=text.startswith("-"))


def _read_window(asked: WindowQuery) -> Window:
    if asked.cursor is not UNSET and asked.offset:
        raise Invalid(Fault(("offset",), "not_allowed", "a list takes a cursor or an offset, not both"))
    after = None if asked.cursor is UNSET else read_cursor(asked.cursor, "cursor")
    return Window(asked.limit, asked.offset, after, asked.total)
