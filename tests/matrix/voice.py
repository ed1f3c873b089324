"""Voice: how somebody who knows one dialect says a score, and what they hear of one.

The codec of a dialect in the test tree, written from its vendor's contract: it knows the wire and nothing of the house.
What its dialect loses it takes from the dialect's own declaration; here stands only which single reads are narrower
than their dialect.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from scorehouse.dialects import registered
from scorehouse.wire.dialect import Dialect, Edition
from scorehouse.wire.losses import Loss
from tests.matrix.facts import Facts, Heard

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent."""

    method: str
    path: str
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a reader knows of the score that is looked for.

    Attributes:
        id: as the house has it.
        facts: what is scored, and its name; nothing else of them is looked at.
        since: when it was recorded, ISO 8601.
    """

    id: str
    facts: Facts
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One way to read a score.

    Attributes:
        request: what is asked.
        hear: the answer's body → what was heard of the score, None if it is not there.
        lacks: what this read leaves out although the dialect says it elsewhere.
    """

    name: str
    request: Request
    hear: Callable[[Any], Heard | None]
    lacks: frozenset[Loss] = frozenset()


@dataclass(frozen=True, slots=True)
class Changed:
    """A change: what is sent, and which facts are different after it, by the vendor's contract."""

    request: Request
    facts: Mapping[str, Any]


def nobody_changes(place: Place, truth: Heard, new: Heard) -> Changed | None:
    """Change nothing: the vendor has no way."""
    return None


def nobody_forgets(place: Place) -> Request | None:
    """Delete nothing: the vendor has no way."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The codec of one edition of a dialect.

    Attributes:
        edition: its name.
        utter: facts and the time → how they are said, as far as they can be; None if there is no such score here.
        assumed: what is recorded, by the vendor's contract, where the request does not say it.
        echo: the answer to a request → what was heard of the score in it.
        reads: every way to read one score.
        changes: the ways to change one: place, what is known, new value and comment → Changed; None: not this one.
        forget: how one is deleted.
        residue: what only this vendor has a word for.
        residue_spells: whether that is how the value is spelled, and goes with the value.
    """

    edition: str
    utter: Callable[[Facts, str], Request | None]
    reads: Callable[[Place], tuple[Read, ...]]
    echo: Callable[[Any], Heard] = lambda _: {}
    assumed: Callable[[Facts], Heard] = lambda _: {}
    changes: tuple[Callable[[Place, Heard, Heard], Changed | None], ...] = ()
    forget: Callable[[Place], Request | None] = nobody_forgets
    residue: st.SearchStrategy[Mapping[str, Any]] = field(default_factory=lambda: st.just({}))
    residue_spells: bool = False

    @property
    def dialect(self) -> Dialect:
        """The dialect spoken."""
        return self._spoken[0]

    @property
    def losses(self) -> frozenset[Loss]:
        """What its edition declares that it cannot say."""
        dialect, edition = self._spoken
        return dialect.losses | edition.losses

    @property
    def shown(self) -> frozenset[Loss]:
        """What of it is declared to be shown all the same."""
        dialect, edition = self._spoken
        return dialect.shown | edition.shown

    @property
    def unheard(self) -> frozenset[Loss]:
        """What its reads need not show."""
        return self.losses - self.shown

    @property
    def _spoken(self) -> tuple[Dialect, Edition]:
        return next(
            (dialect, edition)
            for dialect in registered()
            for edition in dialect.editions
            if edition.name == self.edition
        )


def microseconds(text: str | None) -> int | None:
    """Read an ISO 8601 time."""
    if text is None:
        return None
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def iso(at: int) -> str:
    """Write a time to the microsecond."""
    return (EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def within(path: str, *ids: str) -> str:
    """Put ids into a path at its ``{}``, each as one segment."""
    return path.format(*(quote(id, safe="") for id in ids))


def one_of(rows: list[Any], id: str, name: str = "id") -> Any | None:
    """Return the row of this id; None if there is none, and never two."""
    found = [row for row in rows if row[name] == id]
    assert len(found) <= 1, found
    return found[0] if found else None


def heard(hear: Callable[[Any], Heard], row: Any | None) -> Heard | None:
    """Hear a row, if there is one."""
    return None if row is None else hear(row)


def told(**members: Any) -> dict[str, Any]:
    """Return the members that there are: vendors' clients leave out what is None."""
    return {name: value for name, value in members.items() if value is not None}
