"""What an import says in the end: both sides, what differs, and what was refused."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from msgspec import DecodeError
from msgspec.json import decode

from scorehouse.domain.refusals import Invalid, Refusal
from scorehouse.services.offers import Reconciliation, Refused, Tally, Total


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
            line = {"row": shown(each.row), "reasons": reasons(each.refusal)}
            self._file.write(json.dumps(line, default=str) + "\n")


def shown(row: Any) -> Any:
    """Return a row as it came: JSON as what it says, what is none as its text."""
    if not isinstance(row, bytes):
        return row
    try:
        said = decode(row)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        said = None
    return said if isinstance(said, dict) else row.decode(errors="replace").rstrip("\n")


def reasons(refusal: Refusal) -> list[str]:
    """Say why, a sentence for every fault."""
    if isinstance(refusal, Invalid):
        return [f"{'.'.join(map(str, fault.path)) or 'row'}: {fault.message}" for fault in refusal.faults]
    return [str(refusal)]


def report(sides: Reconciliation, missing: Mapping[str, int], refused_path: str) -> str:
    """Write both sides, a line for every kind of thing and every name of a score, and what differs.

    `missing` says of every listing of a vendor how many more it announced than it brought.
    """
    lines = [f"{'':<32} {'offered':>12} {'sum':>20} {'stored':>12} {'sum':>20}"]
    lines += _lines(sides.others, "all ")
    lines += _lines(sides.scores, "")
    lines.append(f"{sides.rows} rows, {sides.gone} deleted, {sides.refused} refused")
    if sides.refused:
        lines.append(f"what was refused, with its reasons: {refused_path}")
    for listing, count in missing.items():
        lines.append(f"the source announced {abs(count)} {'more' if count > 0 else 'fewer'} {listing} than it brought")
    return "\n".join(lines) + "\n"


def _lines(tally: Tally, before: str) -> list[str]:
    different = tally.differences
    lines = []
    for name in sorted({*tally.offered, *tally.stored}):
        there, here = tally.offered.get(name, Total()), tally.stored.get(name, Total())
        mark = "  differs" if name in different else ""
        sums = (f"{there.count:>12} {there.sum:>20.10g}", f"{here.count:>12} {here.sum:>20.10g}")
        lines.append(f"{before + name:<32} {sums[0]} {sums[1]}{mark}")
    return lines
