"""Scores in a vendor's shape as files: JSON Lines and CSV. What each shape is, its dialect says.

Parquet wants typed columns, which a vendor's JSON has not: a member may be a number here and a text there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import msgspec

from scorehouse.domain.scores import Score
from scorehouse.services.shapes import Facts, Shape
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.losses import Loss
from scorehouse.wire.lost_facts import DECISIVE, UNSAID, Has
from scorehouse.wire.tables import Format, quoted

FOREIGN_FIELDS = "fields that only another vendor understands"


def shapes_of(dialects: Iterable[Dialect]) -> Mapping[str, Shape]:
    """Return the shapes of the dialects that have one, with what they leave out."""
    return {dialect.name: _completed(dialect, dialect.shape) for dialect in dialects if dialect.shape is not None}


def members_of(*types: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the names of the members of some structs as JSON has them, each once, in order."""
    return tuple(dict.fromkeys(member.encode_name for type in types for member in msgspec.structs.fields(type)))


class ShapeWriter(Protocol):
    """Writes rows in a vendor's shape as the bytes of a file: what `begin` says, and what each `write` says."""

    def begin(self) -> bytes:
        """Write what stands before the rows."""
        ...

    def write(self, rows: Sequence[Any]) -> bytes:
        """Write some rows."""
        ...


class ShapedLines:
    """One JSON object a line, as the vendor's API writes it."""

    def __init__(self, members: Sequence[str]) -> None:
        self._encode = msgspec.json.Encoder().encode_lines

    def begin(self) -> bytes:
        """Write nothing."""
        return b""

    def write(self, rows: Sequence[Any]) -> bytes:
        """Write a line for every row."""
        return self._encode(rows)


class ShapedCells:
    """CSV (RFC 4180) as `tables` writes it: a column for every member; what is a list or an object as JSON."""

    def __init__(self, members: Sequence[str]) -> None:
        self._members = members

    def begin(self) -> bytes:
        """Write the names."""
        return ",".join(self._members).encode() + b"\r\n"

    def write(self, rows: Sequence[Any]) -> bytes:
        """Write a line for every row."""
        plain = (msgspec.to_builtins(row) for row in rows)
        lines = (",".join([_cell(row.get(name)) for name in self._members]) for row in plain)
        return "".join([line + "\r\n" for line in lines]).encode()


SHAPE_WRITERS: Mapping[Format, Callable[[Sequence[str]], ShapeWriter]] = {
    Format.JSONL: ShapedLines,
    Format.CSV: ShapedCells,
}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return quoted(value)
    written = msgspec.json.encode(value).decode()
    return quoted(written) if isinstance(value, list | dict) else written


def _completed(dialect: Dialect, shape: Shape) -> Shape:
    gone = dialect.losses - dialect.shown
    unsaid = {**_facts(UNSAID, gone), FOREIGN_FIELDS: lambda score: _has_foreign_fields(score, dialect.name)}
    return replace(shape, speakable=dialect.speakable, decisive=_facts(DECISIVE, gone), unsaid=unsaid)


def _facts(known: Mapping[Loss, Has], gone: frozenset[Loss]) -> Facts:
    return {str(loss): has for loss, has in known.items() if loss in gone}


def _has_foreign_fields(score: Score, dialect: str) -> bool:
    return any(fields for name, fields in score.residue.items() if name != dialect)
