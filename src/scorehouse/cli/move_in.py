"""``scorehouse import``: what was exported, or what a running vendor holds, into the data itself.

What was taken in is noted in a state file after every part, so that an import that was interrupted goes on there; one
that runs twice takes in once. In the end both sides are held against each other: count and sum of every score name as
it came and as it stands, and every refused row with its reasons in a file. Exit code 1 says that anything differs.
"""

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from scorehouse.cli.export import replace_text
from scorehouse.cli.import_parts import FileSource, Part, Parts, Place, Vendor
from scorehouse.cli.import_report import Refusals, report
from scorehouse.cli.progress import Progress
from scorehouse.domain.changes import Actor
from scorehouse.server.composition import Premises, open_premises
from scorehouse.server.keys import open_project
from scorehouse.server.serving import run, settle_memory
from scorehouse.services.export import What
from scorehouse.services.offers import Inlet, Reconciliation
from scorehouse.services.take_in import Intake
from scorehouse.settings import BadSetting, Settings
from scorehouse.wire.rows import ROWS
from scorehouse.wire.tables import Format

KEY_VARIABLE = "SCOREHOUSE_IMPORT_KEY"
"""Where a vendor's key is read from: a flag would show it to every user of the machine."""

ALIKE, DIFFERENT = 0, 1


def import_all(settings: Settings, options: argparse.Namespace) -> int:
    """Import; returns 1 if anything is not here as it was there."""
    return run(_import(settings, options))


async def _import(settings: Settings, options: argparse.Namespace) -> int:
    state = None if options.state is None else Path(options.state)
    so_far = Run.resumed({} if state is None else read_state(state))
    async with open_premises(settings) as premises:
        parts = _parts(premises, options, so_far.place)
        project = await open_project(premises.house, options.project)
        intake = Intake(Inlet(premises.house, project.number, Actor("import", None, "native")), so_far.sides)
        settle_memory()
        with Refusals(options.refused) as refusals, Progress("imported") as progress:
            async for part in _ahead(parts):
                refusals.add(await intake.take_in(part.offers))
                so_far.note(part)
                progress.total = so_far.total
                progress.add(len(part.offers))
                if state is not None:
                    replace_text(state, so_far.written() + "\n")
    if state is not None:
        replace_text(state, json.dumps(so_far.place) + "\n")
    print(report(so_far.sides, so_far.missing, options.refused), end="")
    return DIFFERENT if so_far.sides.differs or so_far.missing else ALIKE


async def _ahead(parts: Parts) -> AsyncIterator[Part]:
    """Read the next part while the one before is being taken in."""
    async with aclosing(parts):
        coming = asyncio.ensure_future(anext(parts, None))
        try:
            while (part := await coming) is not None:
                coming = asyncio.ensure_future(anext(parts, None))
                yield part
        finally:
            coming.cancel()
            await asyncio.wait([coming])


@dataclass(slots=True)
class Run:
    """How far an import is: what the state file holds until all is here.

    Attributes:
        place: where it stands.
        sides: both sides of what was taken in, also before it was interrupted.
        brought, announced: by listing of a vendor, how many things came, and how many it said that there are.
    """

    place: Place = field(default_factory=dict)
    sides: Reconciliation = field(default_factory=Reconciliation)
    brought: dict[str, int] = field(default_factory=dict)
    announced: dict[str, int] = field(default_factory=dict)

    @classmethod
    def resumed(cls, place: Mapping[str, Any]) -> "Run":
        """Go on from what `written` wrote, or from a place alone."""
        known = {name: value for name, value in place.items() if name not in {"sides", "brought", "announced"}}
        sides = msgspec.convert(place.get("sides", {}), Reconciliation)
        return cls(known, sides, place.get("brought", {}), place.get("announced", {}))

    def note(self, part: Part) -> None:
        """Stand behind a part that is here."""
        self.place = part.place
        self.brought[part.listing] = self.brought.get(part.listing, 0) + part.brought
        if part.announced is not None:
            self.announced[part.listing] = part.announced

    def written(self) -> str:
        """Write all of it."""
        more = {"sides": asdict(self.sides), "brought": self.brought, "announced": self.announced}
        return json.dumps({**self.place, **more})

    @property
    def total(self) -> int | None:
        """How many offers there will be; None where nobody says."""
        return sum(self.announced.values()) if self.announced.keys() == self.brought.keys() else None

    @property
    def missing(self) -> dict[str, int]:
        """By listing, how many more the vendor announced than it brought, where that is not none."""
        more = {name: count - self.brought.get(name, 0) for name, count in self.announced.items()}
        return {name: count for name, count in more.items() if count}


def read_state(path: Path) -> Place:
    """Read where an import stands; nothing where it has not begun.

    Raises:
        BadSetting: the file is none of ours.
    """
    if not path.exists():
        return {}
    try:
        place = json.loads(path.read_text())
    except ValueError:
        place = None
    if not isinstance(place, dict):
        raise BadSetting(f"--state {path} is not the state of an import.")
    return place


def _parts(premises: Premises, options: argparse.Namespace, before: Place) -> Parts:
    if options.vendor is None:
        return _file(options, before).parts()
    if options.file is not None or options.what is not None:
        raise BadSetting("Say a file or a vendor, not both; of a vendor all comes that it holds.")
    sources = {dialect.name: dialect.source for dialect in premises.dialects if dialect.source is not None}
    source = sources.get(options.vendor)
    if source is None:
        raise BadSetting(f"--from must be one of {', '.join(sources)}, not {options.vendor!r}.")
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise BadSetting(f"{KEY_VARIABLE} must hold the key of the source: {source.key}.")
    return Vendor(source, (options.url or source.base_url).rstrip("/"), key, before).parts()


def _file(options: argparse.Namespace, before: Place) -> FileSource:
    if options.file is None:
        raise BadSetting("Say what to import: a file, or a vendor with --from.")
    what = What(options.what or What.SCORES)
    if what not in ROWS:
        raise BadSetting(
            f"The {what} of another store is not taken in: it tells who changed that one. "
            "`scorehouse migrate copy` takes a store along with it."
        )
    path = Path(options.file)
    suffix = options.format or path.suffix.removeprefix(".").lower()
    if suffix not in frozenset(Format):
        raise BadSetting(f"--format must say what {path} is: {', '.join(Format)}.")
    return FileSource(path, Format(suffix), what, before)
