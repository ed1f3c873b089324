"""``scorehouse import``: scores from a file, or from a running vendor, into the data itself.

What was taken in is noted in a state file after every part, so that an import that was interrupted goes on there; one
that runs twice takes in once. In the end both sides are held against each other: count and sum of every score name as
it came and as it stands, and every refused row with its reasons in a file. Exit code 1 says that anything differs.
"""

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Self

from scorehouse.cli.export import replace_text
from scorehouse.cli.fetching import fetch
from scorehouse.cli.progress import Progress
from scorehouse.domain.changes import Actor
from scorehouse.domain.refusals import Invalid, Refusal
from scorehouse.domain.registry import Config
from scorehouse.server.composition import Premises, open_premises
from scorehouse.server.keys import open_project
from scorehouse.server.serving import run
from scorehouse.services.export import DELETED
from scorehouse.services.take_in import (
    PART_OFFERS_MAX,
    Offer,
    Reconciliation,
    Refused,
    differences,
    take_in,
    take_in_configs,
)
from scorehouse.settings import BadSetting, Settings
from scorehouse.storage.columns import SCORE_COLUMNS
from scorehouse.wire.score_rows import read_offer
from scorehouse.wire.sources import Ask, VendorSource
from scorehouse.wire.table_reading import Broken, read_rows
from scorehouse.wire.tables import Format

KEY_VARIABLE = "SCOREHOUSE_IMPORT_KEY"
"""Where a vendor's key is read from: a flag would show it to every user of the machine."""

ALIKE, DIFFERENT = 0, 1

Place = Mapping[str, Any]
"""Where an import stands: what is written into its state file."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some offers, where the import stands once they are taken in, and how many scores the source announced."""

    offers: Sequence[Offer]
    place: Place
    announced: Mapping[str, int] = field(default_factory=dict)
    configs: Sequence[Config] = ()


def import_scores(settings: Settings, options: argparse.Namespace) -> int:
    """Import scores; returns 1 if anything is not here as it was there."""
    return run(_import(settings, options))


async def _import(settings: Settings, options: argparse.Namespace) -> int:
    state = None if options.state is None else Path(options.state)
    before = {} if state is None else read_state(state)
    async with open_premises(settings) as premises:
        parts = _parts(premises, options, before)
        project = await open_project(premises.house, options.project)
        actor = Actor("import", None, "native")
        sides = Reconciliation()
        announced: dict[str, int] = {}
        with Refusals(options.refused) as refusals, Progress("imported") as progress:
            async for part in parts:
                await take_in_configs(premises.house, project.number, actor, part.configs)
                refusals.add(await take_in(premises.house, project.number, actor, part.offers, sides))
                announced |= part.announced
                progress.add(len(part.offers))
                if state is not None:
                    replace_text(state, json.dumps(part.place) + "\n")
    missing = 0 if before or not announced else sum(announced.values()) - sides.rows
    print(report(sides, missing, options.refused), end="")
    return DIFFERENT if sides.differs or missing else ALIKE


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


def _parts(premises: Premises, options: argparse.Namespace, before: Place) -> AsyncIterator[Part]:
    if options.vendor is None:
        if options.file is None:
            raise BadSetting("Say what to import: a file, or a vendor with --from.")
        return _from_file(Path(options.file), options.format, before)
    if options.file is not None:
        raise BadSetting("Say a file or a vendor, not both.")
    sources = {dialect.name: dialect.source for dialect in premises.dialects if dialect.source is not None}
    source = sources.get(options.vendor)
    if source is None:
        raise BadSetting(f"--from must be one of {', '.join(sources)}, not {options.vendor!r}.")
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise BadSetting(f"{KEY_VARIABLE} must hold the key of the source: {source.key}.")
    return _from_vendor(source, (options.url or source.base_url).rstrip("/"), key, before)


# ── Sources ──────────────────────────────────────────────────────────────────────────────────────────────


async def _from_file(path: Path, format: str | None, before: Place) -> AsyncIterator[Part]:
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
        rows = read_rows(path, _format_of(path, format), (*SCORE_COLUMNS, DELETED))
        # Another file under the same name is read from its start.
        taken = before.get("rows", 0) if before.get("size") == size else 0
        remaining = islice(rows, taken, None)
        while some := list(islice(remaining, PART_OFFERS_MAX)):
            taken += len(some)
            yield Part([_offer(row) for row in some], {"size": size, "rows": taken})
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadSetting(f"The file {path} cannot be read: {reason}.") from error


def _format_of(path: Path, said: str | None) -> Format:
    suffix = said or path.suffix.removeprefix(".").lower()
    if suffix not in frozenset(Format):
        raise BadSetting(f"--format must say what {path} is: {', '.join(Format)}.")
    return Format(suffix)


def _offer(row: "dict[str, Any] | Broken") -> Offer:
    return Offer(row.text, refusal=row.refusal) if isinstance(row, Broken) else read_offer(row)


async def _from_vendor(source: VendorSource, base_url: str, key: str, before: Place) -> AsyncIterator[Part]:
    same = before.get("url") == base_url
    waiting = [Ask(**ask) for ask in before["asks"]] if same else list(source.first)
    headers = source.headers(key)
    while waiting:
        before = _place(base_url, waiting)
        ask = waiting.pop(0)
        fetched = source.read(ask, await fetch(base_url, ask, headers))
        waiting = [*fetched.next, *waiting]
        announced = {} if fetched.announced is None else {ask.label: fetched.announced}
        parts = [
            fetched.offers[start : start + PART_OFFERS_MAX] for start in range(0, len(fetched.offers), PART_OFFERS_MAX)
        ]
        for some in parts:
            yield Part(some, before, announced, fetched.configs)
        # Only when all of a page is here does the import stand behind it.
        yield Part((), _place(base_url, waiting), announced, fetched.configs)


def _place(base_url: str, waiting: Sequence[Ask]) -> Place:
    asks = [{"path": each.path, "body": each.body, "label": each.label} for each in waiting]
    return {"url": base_url, "asks": asks}


# ── What was refused, and what it adds up to ─────────────────────────────────────────────────────────────


class Refusals:
    """The file of what was refused: a line of JSON each, with the row and the reasons. Made when there is something."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._stack = ExitStack()
        self._file: Any = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._stack.close()

    def add(self, refused: Sequence[Refused]) -> None:
        """Write what was refused of a part."""
        if refused and self._file is None:
            self._file = self._stack.enter_context(self._path.open("a", encoding="utf-8"))
        for each in refused:
            line = {"row": each.row, "reasons": reasons(each.refusal)}
            self._file.write(json.dumps(line, default=str) + "\n")


def reasons(refusal: Refusal) -> list[str]:
    """Say why, a sentence for every fault."""
    if isinstance(refusal, Invalid):
        return [f"{'.'.join(map(str, fault.path)) or 'row'}: {fault.message}" for fault in refusal.faults]
    return [str(refusal)]


def report(sides: Reconciliation, missing: int, refused_path: str) -> str:
    """Write both sides, a line for every name, and what differs."""
    lines = [f"{'name':<32} {'offered':>12} {'sum':>20} {'stored':>12} {'sum':>20}"]
    different = differences(sides)
    for name in sorted(sides.offered):
        there, here = sides.offered[name], sides.stored.get(name)
        stored = (here.count, here.sum) if here is not None else (0, 0.0)
        mark = "  differs" if name in different else ""
        lines.append(f"{name:<32} {there.count:>12} {there.sum:>20.10g} {stored[0]:>12} {stored[1]:>20.10g}{mark}")
    lines += [f"{name:<32} was never offered" for name in different if name not in sides.offered]
    lines.append(f"{sides.rows} rows, {sides.gone} deleted, {sides.refused} refused")
    if sides.refused:
        lines.append(f"what was refused, with its reasons: {refused_path}")
    if missing:
        lines.append(f"the source announced {abs(missing)} {'more' if missing > 0 else 'fewer'} than it brought")
    return "\n".join(lines) + "\n"
