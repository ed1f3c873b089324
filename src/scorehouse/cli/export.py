"""``scorehouse export``: from the data itself into a file, beside a server that may run on it.

A file is written beside its name and takes it when it is whole. The mark is printed in the end, or kept in a state
file, from which the next export goes on.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlencode

from scorehouse.cli.progress import Progress
from scorehouse.dialects.native.exports import Begun, begin_export
from scorehouse.domain.access import Project
from scorehouse.domain.refusals import NotFound
from scorehouse.server.composition import open_premises
from scorehouse.server.serving import run
from scorehouse.services.export import total_of
from scorehouse.services.export_shaped import Tally
from scorehouse.services.house import House
from scorehouse.settings import BadSetting, Settings

STANDARD_OUTPUT = "-"


def export(settings: Settings, options: argparse.Namespace) -> int:
    """Export one kind of thing of a project."""
    run(_export(settings, options))
    return 0


async def _export(settings: Settings, options: argparse.Namespace) -> None:
    state = None if options.state is None else Path(options.state)
    after = options.after or (state.read_text().strip() if state is not None and state.exists() else None)
    own = {"what": options.what, "format": options.format}
    own |= {name: value for name, value in (("after", after), ("shape", options.shape)) if value}
    query = "&".join(filter(None, (urlencode(own), options.where)))
    async with open_premises(settings) as premises:
        project = await project_named(premises.house, options.project)
        with Progress("exported") as progress:
            begun = await begin_export(premises.house, project, query, progress.add)
            progress.total = await total_of(begun.asked) if progress.shown else None
            await _write(begun, options.out)
    if state is not None:
        replace_text(state, begun.mark + "\n")
    tally = begun.tally
    rows = progress.rows - tally.left_out
    for line in unsaid(options.shape or "", tally):
        print(line, file=sys.stderr)
    print(f"{rows} rows; the next export goes on after the mark {begun.mark}", file=sys.stderr)


def unsaid(shape: str, tally: Tally) -> Iterator[str]:
    """Say in lines for people what an export in a vendor's shape did not say; nothing of one that said everything."""
    if tally.left_out:
        reasons = _reasons(tally.because)
        yield f"{tally.left_out} scores are left out, which have no row in the shape of {shape}{reasons}"
    if tally.unsaid:
        yield f"not said in the rows that are there{_reasons(tally.unsaid)}"
    if tally.gone:
        yield f"{tally.gone} scores are deleted, or do not pass any more, since the last mark, which no row says"


def _reasons(counted: Counter[str]) -> str:
    """Write ``: of sessions 3, texts 1``, what is commonest first."""
    return "".join(
        f"{',' if place else ':'} {fact} {count}" for place, (fact, count) in enumerate(counted.most_common())
    )


async def project_named(house: House, name: str) -> Project:
    """Return the project of this name that stands by itself, or refuse with NotFound."""
    for project in await house.store.projects():
        if project.name == name and project.within is None:
            return project
    raise NotFound("project", name)


def replace_text(path: Path, text: str) -> None:
    """Write a small file so that it is either the old one or the new one, whatever happens."""
    with whole(path) as file:
        file.write(text.encode())


@contextmanager
def whole(path: Path, *, synced: bool = False) -> Iterator[BinaryIO]:
    """Open a file that takes its name when it is whole, and where it is to be `synced` on disk.

    A pipe or a device is not replaced but written to; behind a link, the file that it leads to is replaced.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    path = path.resolve()
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as file:
        yield file
        if synced:
            file.flush()
            os.fsync(file.fileno())
    beside.replace(path)


async def _write(begun: Begun, out: str) -> None:
    if out == STANDARD_OUTPUT:
        await _pour(begun.parts, nullcontext(sys.stdout.buffer))
        return
    try:
        await _pour(begun.parts, whole(Path(out), synced=True))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadSetting(f"The file {out} cannot be written: {reason}.") from error


async def _pour(parts: AsyncIterator[bytes], target: AbstractContextManager[BinaryIO]) -> None:
    with target as file:
        async for part in parts:
            file.write(part)
        file.flush()
