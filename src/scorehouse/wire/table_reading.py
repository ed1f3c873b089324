"""Files → rows: JSON Lines, CSV and Parquet as `tables` writes them, or as others write the same columns.

A row is what JSON makes of it: texts, numbers, truths, lists and objects by the name of their column; times are ISO
8601. It is read as a typed struct at once. What cannot be read comes with its reason, and a reader goes on behind it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import msgspec

from scorehouse.domain.refusals import Fault, Invalid, Refusal
from scorehouse.storage.columns import Columns, Sort
from scorehouse.wire.bodies import convert
from scorehouse.wire.parquet import read_parquet
from scorehouse.wire.tables import Format

LINE_BYTES_MAX = 20 * 1024 * 1024
"""Of one row: what a request may bring."""

BUFFER_BYTES = 1024 * 1024
"""Read at once: thousands of rows."""

Rows = Iterator[tuple[Any, Any]]
"""Each row as it came (JSON as its bytes), and the struct that it is, or the Refusal of one that is none."""


def read_rows(path: Path, format: Format, columns: Columns, shape: type[Any]) -> Rows:
    """Read a file row by row as structs of a shape.

    Raises:
        OSError: it cannot be opened.
        Invalid: it is not in this format.
        Unsupported: Parquet, where what it takes is not installed.
    """
    return READERS[format](path, columns, shape)


def _read_jsonl(path: Path, columns: Columns, shape: type[Any]) -> Rows:
    decode = msgspec.json.Decoder(shape).decode
    with path.open("rb", BUFFER_BYTES) as file:
        while line := file.readline(LINE_BYTES_MAX):
            try:
                yield line, decode(line)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                if line.strip():
                    yield line, _reason(line, shape)


def _reason(line: bytes, shape: type[Any]) -> Any:
    """Read a line again, slowly, to say what is wrong with it."""
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return _malformed(f"is not JSON: {error}")
    return _typed(row, shape) if isinstance(row, dict) else _malformed("is not a JSON object")


def _typed(row: Any, shape: type[Any]) -> Any:
    try:
        return convert(row, shape)
    except Refusal as refusal:
        return refusal


def _read_csv(path: Path, columns: Columns, shape: type[Any]) -> Rows:
    sorts = {column.name: column.sort for column in columns}
    with path.open(encoding="utf-8-sig", newline="", errors="surrogateescape") as file:
        records = _records(file)
        names = [str(cell) for cell in next(records, [])]
        for record in records:
            if not all(_is_text(cell) for cell in (*names, *record)):
                yield repr(record), _malformed("is not UTF-8")
                continue
            if len(record) != len(names):
                yield repr(record), _malformed(f"has {len(record)} cells instead of {len(names)}")
                continue
            try:
                row = {
                    name: CELLS[sorts.get(name, Sort.TEXT)](cell)
                    for name, cell in zip(names, record, strict=True)
                    if cell is not None
                }
            except ValueError as error:
                yield repr(record), _malformed(str(error))
                continue
            yield row, _typed(row, shape)


_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)')


def _records(file: TextIO) -> Iterator[list[str | None]]:
    """Read records of cells; one without quotes that is empty is None, which readers of the library do not tell."""
    lines: list[str] = []
    quotes = 0
    for line in file:
        lines.append(line)
        quotes += line.count('"')
        # A record ends where its quotes are balanced: a quote inside of a text is doubled.
        if quotes % 2 == 0:
            yield _cells("".join(lines))
            lines, quotes = [], 0
    if lines:
        yield _cells("".join(lines))


def _cells(text: str) -> list[str | None]:
    found: list[str | None] = []
    place, end = 0, ","
    while end == ",":
        cell = _CELL.match(text, place)
        if cell is None:
            found.append(text[place:])
            break
        quoted, plain, end = cell.groups()
        found.append(quoted.replace('""', '"') if quoted is not None else plain or None)
        place = cell.end()
    return found


def _is_text(cell: str | None) -> bool:
    """Tell whether a cell was UTF-8: a byte that was not came in as a surrogate."""
    return cell is None or cell.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in cell)


def _truth(cell: str) -> bool:
    truths = {"true": True, "false": False}
    if cell.lower() not in truths:
        raise ValueError(f"{cell[:40]!r} is neither true nor false")
    return truths[cell.lower()]


CELLS: Mapping[Sort, Callable[[str], Any]] = {
    Sort.TEXT: str,
    Sort.NUMBER: float,
    Sort.COUNT: int,
    Sort.TRUTH: _truth,
    Sort.TIME: str,
    Sort.TEXTS: msgspec.json.decode,
    Sort.JSON: msgspec.json.decode,
}
"""How a cell of CSV is read; raises ValueError, of which the decoder's is one."""


def _read_parquet(path: Path, columns: Columns, shape: type[Any]) -> Rows:
    documents = [column.name for column in columns if column.sort is Sort.JSON]
    for row in read_parquet(path):
        try:
            for name in documents:
                if isinstance(row.get(name), str):
                    row[name] = msgspec.json.decode(row[name])
        except msgspec.DecodeError as error:
            yield repr(row), _malformed(f"is not JSON: {error}")
            continue
        yield row, _typed(row, shape)


def _malformed(reason: str) -> Invalid:
    return Invalid(Fault((), "malformed", reason))


READERS: Mapping[Format, Callable[[Path, Columns, type[Any]], Rows]] = {
    Format.JSONL: _read_jsonl,
    Format.CSV: _read_csv,
    Format.PARQUET: _read_parquet,
}
