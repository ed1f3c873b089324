"""A vendor as a source: how its own public API is read, page by page, for moving in.

A source is a value of a dialect, as its routes are: pure functions that say what to ask and read what was answered. Who
asks, waits and tries again is the command line (``cli.fetching``).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scorehouse.domain.refusals import Refusal
from scorehouse.services.offers import Offer, Thing


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a vendor.

    Attributes:
        path: behind the base URL, with its query string.
        body: JSON to send; None asks with GET, anything else with POST.
        label: which of the vendor's listings it belongs to.
        alone: whether it asks for one thing out of a listing, which may be gone by now: then that is refused, and
            the others come all the same.
        instead: what to ask where the vendor has no such listing (404); empty where another one tells of it. None: then
            the import cannot go on.
    """

    path: str
    body: str | None = None
    label: str = ""
    alone: bool = False
    instead: "tuple[Ask, ...] | None" = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a page brought.

    Attributes:
        offers: in the vendor's order.
        next: what is to be asked now, before anything else that waits.
        announced: how many things the vendor says there are in the listing; None where it does not say.
        counted: how many of them these offers are; None: all of them, one each.
    """

    offers: tuple[Offer, ...] = ()
    next: tuple[Ask, ...] = ()
    announced: int | None = None
    counted: int | None = None

    @property
    def brought(self) -> int:
        """How many of what is announced it brought."""
        return len(self.offers) if self.counted is None else self.counted


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSource:
    """How a vendor is read.

    Attributes:
        base_url: of its cloud.
        key: how the key is written, for people.
        headers: key → headers of every request.
        first: the first page of each listing that together hold all there is; what others name comes before them.
        read: reads the answer to a request; raises Refusal where it is not the vendor's.
    """

    base_url: str
    key: str
    headers: Callable[[str], Mapping[str, str]]
    first: tuple[Ask, ...]
    read: Callable[[Ask, bytes], Fetched]


def read_each(items: Iterable[Any], read: Callable[[Any], Offer | Thing]) -> tuple[Offer, ...]:
    """Read the things of a page one by one; what cannot be read is an offer with a refusal."""
    return tuple(_offer(item, read) for item in items)


def _offer(item: Any, read: Callable[[Any], Offer | Thing]) -> Offer:
    try:
        found = read(item)
    except Refusal as refusal:
        return Offer(item, refusal=refusal)
    return found if isinstance(found, Offer) else Offer(item, found)
