"""Where an import comes from: files and vendors, as parts of offers that know where the import stands behind them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from scorehouse.cli.fetching import Gone, fetch
from scorehouse.domain.refusals import Refusal
from scorehouse.services.export import What
from scorehouse.services.offers import Offer
from scorehouse.services.take_in import PART_OFFERS_MAX
from scorehouse.settings import BadSetting
from scorehouse.wire.rows import ROWS, Row
from scorehouse.wire.sources import Ask, Fetched, VendorSource
from scorehouse.wire.table_reading import Rows, read_rows
from scorehouse.wire.tables import Format

ROWS_BETWEEN_BREATHS = 100
"""Rows read before the loop may go on with what was taken in before them."""

Place = Mapping[str, Any]
"""Where an import stands: what is written into its state file."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some offers, and where the import stands once they are taken in.

    Attributes:
        listing: which of a vendor's listings they are from; empty for a file.
        brought: how many of what it holds have come with the page that is whole with this part.
        announced: how many the vendor says that it holds; None where it does not say.
    """

    offers: Sequence[Offer]
    place: Place
    listing: str = ""
    brought: int = 0
    announced: int | None = None


Parts = AsyncGenerator[Part, None]


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file of rows of one kind of thing."""

    path: Path
    format: Format
    what: What
    before: Place = field(default_factory=dict)

    async def parts(self) -> Parts:
        """Read the file part by part, behind what was taken in before.

        Raises:
            BadSetting: it cannot be read.
        """
        row = ROWS[self.what]
        try:
            size = (await asyncio.to_thread(self.path.stat)).st_size
            rows = read_rows(self.path, self.format, row.columns, row.shape)
            # Another file under the same name is read from its start.
            taken = self.before.get("rows", 0) if self.before.get("size") == size else 0
            next(islice(rows, taken, taken), None)
            while offers := await _some(rows, row):
                taken += len(offers)
                yield Part(offers, {"size": size, "rows": taken})
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise BadSetting(f"The file {self.path} cannot be read: {reason}.") from error


async def _some(rows: Rows, row: Row) -> list[Offer]:
    """Read a part, giving way to who writes the one before."""
    offers: list[Offer] = []
    while len(offers) < PART_OFFERS_MAX:
        few = list(islice(rows, ROWS_BETWEEN_BREATHS))
        offers += [
            Offer(source, refusal=given) if isinstance(given, Refusal) else row.offer(given, source)
            for source, given in few
        ]
        if len(few) < ROWS_BETWEEN_BREATHS:
            break
        await asyncio.sleep(0)
    return offers


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor's running service.

    Attributes:
        fetch: asks it; base URL, what to ask, and the headers → the body of a good answer.
    """

    source: VendorSource
    url: str
    key: str
    before: Place = field(default_factory=dict)
    fetch: Callable[[str, Ask, Mapping[str, str]], Awaitable[bytes]] = fetch

    async def parts(self) -> Parts:
        """Ask page by page, from where the import stood before.

        Raises:
            BadSetting: the vendor refuses, or cannot be reached, for good.
        """
        same = self.before.get("url") == self.url
        waiting = msgspec.convert(self.before["asks"], list[Ask]) if same else list(self.source.first)
        headers = self.source.headers(self.key)
        while waiting:
            before = self._place(waiting)
            ask = waiting.pop(0)
            fetched = await self._ask(ask, headers)
            waiting = [*fetched.next, *waiting]
            for start in range(0, len(fetched.offers), PART_OFFERS_MAX):
                yield Part(fetched.offers[start : start + PART_OFFERS_MAX], before, ask.label)
            # Only when all of a page is here does the import stand behind it.
            yield Part((), self._place(waiting), ask.label, fetched.brought, fetched.announced)

    async def _ask(self, ask: Ask, headers: Mapping[str, str]) -> Fetched:
        """Ask, and read the answer; a thing that is gone is an offer with a refusal, a listing is asked elsewhere."""
        try:
            body = await self.fetch(self.url, ask, headers)
        except Gone as error:
            if ask.instead is not None:
                return Fetched((), ask.instead)
            if not ask.alone:
                raise
            return Fetched((Offer({"path": ask.path}, refusal=Refusal(str(error))),))
        return self.source.read(ask, body)

    def _place(self, waiting: Sequence[Ask]) -> Place:
        return {"url": self.url, "asks": [asdict(each) for each in waiting]}
