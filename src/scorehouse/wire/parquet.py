"""Batches of columns ↔ Parquet, by pyarrow, which is an extra (``scorehouse[parquet]``) and loaded when first used.

It weighs more than all the rest of a server, so that whoever does not export Parquet does not carry it (decision
record 0006).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from scorehouse.domain.refusals import Fault, Invalid, Unsupported
from scorehouse.storage.columns import Batch, Coded, Column, Columns, Sort, is_constant

GROUP_BYTES = 8_000_000
"""Of one group, before it is compressed: what is held until it is written, and what a reader takes in at a time.

Some 30,000 scores. The table of contents, which is held to the end, says something of every column of every group, so
that many small groups would take more memory than few large ones.
"""

READ_ROWS = 1000
"""Rows that are made into Python's objects at a time."""

COMPRESSION = "zstd"


class ParquetWriter:
    """Writes groups of rows as they fill, and the table of contents in the end."""

    def __init__(self, columns: Columns) -> None:
        self._arrow = _arrow("pyarrow")
        # The allocator that it brings keeps some 20 MB more of what it once had than the system's does.
        self._arrow.set_memory_pool(self._arrow.system_memory_pool())
        self._schema = self._arrow.schema([(column.name, _type_of(self._arrow, column)) for column in columns])
        self._sink = _Sink()
        # A dictionary of texts that never come twice costs time and room.
        repeating = [column.name for column in columns if column.repeats]
        self._file = _arrow("pyarrow.parquet").ParquetWriter(
            self._sink, self._schema, compression=COMPRESSION, use_dictionary=repeating
        )
        self._waiting: list[Any] = []
        self._bytes = 0

    def begin(self) -> bytes:
        """Write the file's first bytes."""
        return self._sink.take()

    def write(self, batch: Batch) -> bytes:
        """Take in some rows; what comes out is a group that is full, or nothing yet."""
        made = _Arrays(self._arrow)
        arrays = [made.array(cells, field.type) for cells, field in zip(batch, self._schema, strict=True)]
        rows = self._arrow.record_batch(arrays, schema=self._schema)
        self._waiting.append(rows)
        self._bytes += rows.nbytes
        if self._bytes >= GROUP_BYTES:
            self._write_group()
        return self._sink.take()

    def end(self) -> bytes:
        """Write the rows that wait, and the table of contents."""
        self._write_group()
        self._file.close()
        return self._sink.take()

    def _write_group(self) -> None:
        if self._bytes:
            self._file.write_table(self._arrow.Table.from_batches(self._waiting, schema=self._schema))
        self._waiting, self._bytes = [], 0
        # What the group took is free, and scattered: it goes back to the system before the next one is gathered.
        self._arrow.default_memory_pool().release_unused()


class _Arrays:
    """What was made of the columns of one batch: those that are one sequence, or share their codes, share it."""

    def __init__(self, arrow: Any) -> None:
        self._arrow = arrow
        self._made: dict[tuple[int, Any], Any] = {}

    def array(self, cells: Sequence[Any], type: Any) -> Any:
        """Return cells as an array; they have to stay where they are as long as this object."""
        key = (id(cells), type)
        if key not in self._made:
            self._made[key] = self._make(cells, type)
        return self._made[key]

    def _make(self, cells: Sequence[Any], type: Any) -> Any:
        if is_constant(cells):
            return self._arrow.repeat(self._arrow.scalar(cells[0], type), len(cells))
        if isinstance(cells, Coded):
            codes = self.array(cells.codes, self._arrow.int64()).dictionary_encode()
            words = [cells.words.get(code) for code in codes.dictionary.to_pylist()]
            # Put into their places by Arrow, which needs no object of Python's for each, nor the interpreter's lock.
            return self._arrow.array(words, type).take(codes.indices)
        return self._arrow.array(cells, type=type)


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """Read a file row by row, times as ISO 8601.

    Raises:
        Unsupported: pyarrow is not installed.
        Invalid: it is no Parquet file.
    """
    arrow = _arrow("pyarrow")
    try:
        file = _arrow("pyarrow.parquet").ParquetFile(path)
    except arrow.ArrowException as error:
        raise Invalid(Fault(("file",), "malformed", "is no Parquet file")) from error
    with file:
        for batch in file.iter_batches(batch_size=READ_ROWS):
            for row in batch.to_pylist():
                yield {name: cell.isoformat() if isinstance(cell, datetime) else cell for name, cell in row.items()}


class _Sink:
    """A file that keeps what is written to it until it is taken away."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._place = 0

    def write(self, data: Any) -> int:
        """Keep some bytes."""
        part = bytes(data)
        self._parts.append(part)
        self._place += len(part)
        return len(part)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._parts)
        self._parts = []
        return taken

    def tell(self) -> int:
        """Return how much was written altogether."""
        return self._place

    def flush(self) -> None:
        """Do nothing: bytes are taken, not sent."""

    def close(self) -> None:
        """Do nothing."""

    def readable(self) -> bool:
        """Nothing can be read back."""
        return False

    def writable(self) -> bool:
        """It is for writing."""
        return True

    def seekable(self) -> bool:
        """It only grows."""
        return False


def _arrow(name: str) -> Any:
    """Load a part of pyarrow.

    Raises:
        Unsupported: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise Unsupported("Parquet without the extra 'parquet' (pip install 'scorehouse[parquet]')") from error


def _type_of(arrow: Any, column: Column) -> Any:
    types: Mapping[Sort, Any] = {
        Sort.TEXT: arrow.string(),
        Sort.NUMBER: arrow.float64(),
        Sort.COUNT: arrow.int64(),
        Sort.TRUTH: arrow.bool_(),
        Sort.TIME: arrow.timestamp("us", tz="UTC"),
        Sort.TEXTS: arrow.list_(arrow.string()),
        Sort.JSON: arrow.string(),
    }
    return types[column.sort]
