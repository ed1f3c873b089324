"""Batches of columns ↔ files: JSON Lines and CSV here, Parquet in `parquet`.

======  ==================================  ===============================  ==========================
sort    JSON Lines                          CSV                              Parquet
======  ==================================  ===============================  ==========================
TEXT    a string                            quoted                           string
NUMBER  a number                            the shortest that reads back     double
COUNT   a number                            digits                           int64
TRUTH   true, false                         ``true``, ``false``              bool
TIME    ISO 8601, UTC                       ISO 8601, UTC                    timestamp[us, UTC]
TEXTS   an array                            a JSON array, quoted             list<string>
JSON    the document itself                 its text, quoted                 string
None    null                                nothing, without quotes          null
======  ==================================  ===============================  ==========================

Every text in CSV is quoted and nothing else is, so that an empty text is not an absent one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from scorehouse.storage.columns import Batch, Coded, Columns, Sort, is_constant
from scorehouse.wire.parquet import ParquetWriter
from scorehouse.wire.times import moment, written_z

TIMES_MAX = 16_384
"""Times whose writing is remembered: those of a batch, of which most stand there twice."""


class Format(StrEnum):
    """What a file may be."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


MEDIA: Mapping[Format, str] = {
    Format.JSONL: "application/x-ndjson",
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
}


class TableWriter(Protocol):
    """Writes batches as the bytes of a file: what `begin` says, what each `write` says, what `end` says."""

    def begin(self) -> bytes:
        """Write what stands before the rows."""
        ...

    def write(self, batch: Batch) -> bytes:
        """Write some rows."""
        ...

    def end(self) -> bytes:
        """Write what stands after the rows."""
        ...


class JsonLines:
    """One JSON object a line, every column a member."""

    def __init__(self, columns: Columns) -> None:
        members = [(column.name, Any) for column in columns]
        self._line: Any = msgspec.defstruct("Line", members, gc=False)
        self._cells = [JSON_CELLS.get(column.sort) for column in columns]
        self._encode = msgspec.json.Encoder().encode_lines

    def begin(self) -> bytes:
        """Write nothing."""
        return b""

    def write(self, batch: Batch) -> bytes:
        """Write a line for every row."""
        cells = [column if write is None else write(column) for write, column in zip(self._cells, batch, strict=True)]
        return self._encode(list(map(self._line, *cells)))

    def end(self) -> bytes:
        """Write nothing."""
        return b""


class CommaSeparated:
    """CSV (RFC 4180) with a line of names first; lines end in CRLF."""

    def __init__(self, columns: Columns) -> None:
        self._names = [column.name for column in columns]
        self._cells = [CSV_CELLS[column.sort] for column in columns]

    def begin(self) -> bytes:
        """Write the names."""
        return ",".join(self._names).encode() + b"\r\n"

    def write(self, batch: Batch) -> bytes:
        """Write a line for every row."""
        cells = [_written(column, write) for write, column in zip(self._cells, batch, strict=True)]
        line = ",".join([form for form, _ in cells]) + "\r\n"
        varying = [column for _, column in cells if column is not None]
        rows = zip(*varying, strict=True) if varying else [()] * len(batch[0])
        return "".join([line % row for row in rows]).encode()

    def end(self) -> bytes:
        """Write nothing."""
        return b""


WRITERS: Mapping[Format, Callable[[Columns], TableWriter]] = {
    Format.JSONL: JsonLines,
    Format.CSV: CommaSeparated,
    Format.PARQUET: ParquetWriter,
}


def _raw(column: Sequence[str | None]) -> list[msgspec.Raw | None]:
    """Pass JSON on as it stands; a line break between its tokens would end the line."""
    if column.count(None) == len(column):
        return [None] * len(column)
    return [None if text is None else msgspec.Raw(_one_line(text).encode()) for text in column]


def _one_line(text: str) -> str:
    return text if "\n" not in text and "\r" not in text else text.replace("\n", " ").replace("\r", " ")


_EPOCH = moment(0)  # type: ignore[arg-type]  # zero is an Instant


def _moments(column: Iterable[int | None]) -> list[datetime | None]:
    return list(map(_moment, column))


@lru_cache(TIMES_MAX)
def _moment(at: int | None) -> datetime | None:
    return None if at is None else _EPOCH + timedelta(microseconds=at)


JSON_CELLS: Mapping[Sort, Callable[[Any], Sequence[Any]]] = {Sort.JSON: _raw, Sort.TIME: _moments}
"""Sorts whose cells JSON does not take as they are. A line break inside of a JSON text is always escaped."""


def _written(column: Sequence[Any], write: Callable[[Any], str]) -> tuple[str, Sequence[str] | None]:
    """Say how a column stands in the form of a line, and with what cells; with none where all of them are the same."""
    if is_constant(column):
        return ("" if column[0] is None else write(column[0]).replace("%", "%%")), None
    if isinstance(column, Coded):
        words: Mapping[Any, str] = {code: "" if word is None else write(word) for code, word in column.words.items()}
        return "%s", [words.get(code, "") for code in column.codes]
    if write is quoted and None not in column and '"' not in "".join(column):
        return '"%s"', column
    return "%s", ["" if cell is None else write(cell) for cell in column]


def quoted(text: str) -> str:
    """Write a text as a cell of CSV."""
    return f'"{text}"' if '"' not in text else '"' + text.replace('"', '""') + '"'


_written_time = lru_cache(TIMES_MAX)(written_z)


CSV_CELLS: Mapping[Sort, Callable[[Any], str]] = {
    Sort.TEXT: quoted,
    Sort.NUMBER: repr,
    Sort.COUNT: str,
    Sort.TRUTH: lambda truth: "true" if truth else "false",
    Sort.TIME: _written_time,
    Sort.TEXTS: lambda texts: quoted(msgspec.json.encode(texts).decode()),
    Sort.JSON: quoted,
}
