"""The dialects that are spoken: one folder a vendor's API, one line here.

Adding a dialect is adding its line; test lists, metrics, documents and mounts follow from the registry.
Packages of others add theirs through the entry-point group ``scorehouse.dialects``, each entry naming
a Dialect. The order counts: on a path that two dialects share, and that nothing else decides, the first one answers.
"""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from scorehouse.wire.dialect import Dialect

OURS = (
    "scorehouse.dialects.native",
    "scorehouse.dialects.twosignal",
    "scorehouse.dialects.tracia",
    "scorehouse.dialects.langfuse",
    "scorehouse.dialects.pandaprobe",
    "scorehouse.dialects.respan",
)
"""Packages of this house, each with its Dialect under the name DIALECT.

2signal stands before Tracia: on ``/api/v1/traces``, what nothing decides is 2signal's (contract 2signal-tracia §3.2).
"""

ENTRY_POINTS = "scorehouse.dialects"

RESERVED_NAMES = frozenset({"health", "ready", "metrics"})
"""Paths of the server itself, where no dialect can be mounted."""


class BadDialect(Exception):
    """Dialects that cannot be served together; the message says which and why."""


@cache
def registered() -> tuple[Dialect, ...]:
    """Return every dialect, ours first, in order.

    Raises:
        BadDialect: two of them share a name, an edition or a spelling of keys, or one is none.
    """
    ours = [import_module(name).DIALECT for name in OURS]
    theirs = [entry.load() for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name)]
    return checked((*ours, *theirs))


def checked(dialects: Iterable[Dialect]) -> tuple[Dialect, ...]:
    """Return the dialects if they can be served together, or raise BadDialect."""
    found = tuple(dialects)
    for dialect in found:
        if not isinstance(dialect, Dialect):
            raise BadDialect(f"{dialect!r} is not a Dialect.")
        if not dialect.editions or dialect.editions[0].name != dialect.name:
            raise BadDialect(f"The first edition of {dialect.name} must have its name.")
    names = [edition.name for dialect in found for edition in dialect.editions]
    _refuse_twice("name", [*names, *RESERVED_NAMES])
    spellings = [edition.spelling for dialect in found for edition in dialect.editions]
    _refuse_twice("spelling", [(p, spelling.dot_after) for spelling in spellings for p in spelling.prefixes])
    return found


def _refuse_twice(what: str, values: list[object]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise BadDialect(f"Two dialects want the {what} {value!r}.")
