"""A vendor as a source: how its own public API is read, page by page, for moving in.

A source is a value of a dialect, as its routes are: pure functions that say what to ask and read what was answered. Who
asks, waits and tries again is the command line (``cli.fetching``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scorehouse.services.take_in import Offer


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a vendor.

    Attributes:
        path: behind the base URL, with its query string.
        body: JSON to send; None asks with GET, anything else with POST.
        label: which of the vendor's listings it belongs to.
    """

    path: str
    body: str | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a page brought.

    Attributes:
        offers: in the vendor's order.
        next: the page behind it; None at the end of its listing.
        announced: how many scores the vendor says there are in the listing; None where it does not say.
    """

    offers: tuple[Offer, ...]
    next: Ask | None
    announced: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSource:
    """How a vendor is read.

    Attributes:
        base_url: of its cloud.
        key: how the key is written, for people.
        headers: key → headers of every request.
        first: the first page of each listing that together hold all scores.
        read: reads the answer to a request.
    """

    base_url: str
    key: str
    headers: Callable[[str], Mapping[str, str]]
    first: tuple[Ask, ...] = field()
    read: Callable[[Ask, bytes], Fetched]
