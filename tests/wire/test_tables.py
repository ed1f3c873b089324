"""Batches as JSON Lines, CSV and Parquet: what a reader of each format reads is what was written."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from math import copysign
from typing import Any

import pyarrow.parquet
import pytest

from scorehouse.domain.instants import EARLIEST, LATEST
from scorehouse.domain.refusals import Unsupported
from scorehouse.storage.columns import Batch, Coded, Sort, batch_of, columns
from scorehouse.wire import parquet
from scorehouse.wire.tables import WRITERS, Format

COLUMNS = columns(
    text=Sort.TEXT,
    number=Sort.NUMBER,
    count=Sort.COUNT,
    truth=Sort.TRUTH,
    time=Sort.TIME,
    texts=Sort.TEXTS,
    json=Sort.JSON,
)
AT = 1_767_225_600_123_456
"""2026-01-01T00:00:00.123456Z."""

ROWS: list[tuple[Any, ...]] = [
    ("plain", 0.5, 3, True, AT, ["a", "b"], '{"k":1}'),
    ('quo"ted,\r\nü☃', -1e300, 2**53, False, AT - 123_456, ('x",y',), "[1,\n null]"),
    ("", 0.1 + 0.2, 0, False, 0, ["é"], '"text"'),
    (None, None, None, None, None, None, None),
    ("=cmd()", 1.0, -1, True, AT, ["\\"], "0"),
    ("50 %s", 100.0, 1, True, AT, ["%d"], '"%"'),
]


def written(format: Format, *batches: Batch) -> bytes:
    """Write batches as a file."""
    writer = WRITERS[format](COLUMNS)
    return b"".join([writer.begin(), *(writer.write(batch) for batch in batches), writer.end()])


def in_batches() -> list[Batch]:
    """Return the rows as two batches and one without rows."""
    return [batch_of(part, len(COLUMNS)) for part in (ROWS[:2], [], ROWS[2:])]


def test_json_lines_hold_every_cell() -> None:
    """One object a line, JSON inside as JSON, times in ISO 8601."""
    lines = written(Format.JSONL, *in_batches()).decode().splitlines()
    read = [json.loads(line) for line in lines]
    assert [[cell["text"], cell["number"], cell["count"], cell["truth"]] for cell in read] == [
        list(row[:4]) for row in ROWS
    ]
    assert [cell["texts"] for cell in read] == [None if row[5] is None else list(row[5]) for row in ROWS]
    assert [cell["json"] for cell in read] == [{"k": 1}, [1, None], "text", None, 0, "%"]
    assert [cell["time"] for cell in read][:2] == ["2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00Z"]


def test_csv_is_read_by_any_reader() -> None:
    """A reader of CSV finds names and cells; only texts are quoted, so the empty text is not an absent one."""
    text = written(Format.CSV, *in_batches()).decode()
    names, *rows = csv.reader(io.StringIO(text, newline=""))
    assert names == [column.name for column in COLUMNS]
    assert [row[0] for row in rows] == [row[0] or "" for row in ROWS]
    assert [float(row[1]) for row in rows if row[1]] == [row[1] for row in ROWS if row[1] is not None]
    assert [row[3] for row in rows] == ["true", "false", "false", "", "true", "true"]
    assert rows[0][4] == "2026-01-01T00:00:00.123456Z"
    assert [json.loads(row[5]) for row in rows if row[5]] == [list(row[5]) for row in ROWS if row[5]]
    assert [row[6] for row in rows] == [row[6] or "" for row in ROWS]
    assert '\r\n"",' in text
    assert "\r\n,,,,,,\r\n" in text


def test_parquet_is_typed() -> None:
    """Pyarrow reads back the values, with times as times and lists as lists."""
    table = pyarrow.parquet.read_table(io.BytesIO(written(Format.PARQUET, *in_batches())))
    assert table.column_names == [column.name for column in COLUMNS]
    assert [str(kind) for kind in table.schema.types] == [
        "string",
        "double",
        "int64",
        "bool",
        "timestamp[us, tz=UTC]",
        "list<element: string>",
        "string",
    ]
    read = table.to_pylist()
    for name, place in (("text", 0), ("number", 1), ("count", 2), ("truth", 3), ("json", 6)):
        assert [row[name] for row in read] == [row[place] for row in ROWS]
    assert [row["texts"] for row in read] == [None if row[5] is None else list(row[5]) for row in ROWS]
    assert read[0]["time"] == datetime(2026, 1, 1, 0, 0, 0, 123456, UTC)


def test_parquet_comes_out_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long export is written as it goes: groups leave as they fill, and only the last one waits for the end."""
    monkeypatch.setattr(parquet, "GROUP_BYTES", 10_000)
    writer = WRITERS[Format.PARQUET](COLUMNS)
    batch = batch_of([("x" * 1000, *row[1:]) for row in ROWS], len(COLUMNS))
    parts = [writer.begin(), *(writer.write(batch) for _ in range(5)), writer.end()]
    assert [bool(part) for part in parts] == [True, False, True, False, True, False, True]
    read = pyarrow.parquet.ParquetFile(io.BytesIO(b"".join(parts)))
    assert (read.metadata.num_rows, read.metadata.num_row_groups) == (30, 3)


@pytest.mark.parametrize("format", list(Format))
def test_what_stands_throughout_a_column_stands_in_every_row(format: Format) -> None:
    """Batches whose columns say one thing each are the same rows as a batch in which every row says another."""
    alike = written(format, *(batch_of([row] * 3, len(COLUMNS)) for row in ROWS))
    mixed = written(format, batch_of([row for row in ROWS for _ in range(3)], len(COLUMNS)))
    if format is Format.PARQUET:
        assert pyarrow.parquet.read_table(io.BytesIO(alike)).equals(pyarrow.parquet.read_table(io.BytesIO(mixed)))
    else:
        assert alike == mixed


@pytest.mark.parametrize("format", list(Format))
def test_columns_of_codes_are_columns_of_words(format: Format) -> None:
    """Codes with words, without one, and none at all are written as the words would be, whatever the column holds."""
    codes = [7, 2**40, None, 7, 0]
    words = [{7: ROWS[1][place], 2**40: ROWS[4][place]} for place in range(6)]
    plain = [[one, other, None, one, None] for one, other in zip(ROWS[1][:6], ROWS[4][:6], strict=True)]
    coded = [*(Coded(codes, meant) for meant in words), Coded([7] * 5, {7: '"same"'})]
    plain.append(['"same"'] * 5)
    if format is Format.PARQUET:
        tables = [pyarrow.parquet.read_table(io.BytesIO(written(format, batch))) for batch in (coded, plain)]
        assert tables[0].equals(tables[1])
    else:
        assert written(format, coded) == written(format, plain)
    assert [coded[0][place] for place in range(5)] == list(coded[0]) == plain[0]
    assert (list(coded[0][1:3]), len(coded[0])) == (plain[0][1:3], 5)


def test_one_sequence_may_be_several_columns() -> None:
    """Columns that are the same sequence are all there, also where they are of different sorts."""
    same = [1, 2, 3]
    nothing = [None] * 3
    batch: Batch = [nothing, same, same, nothing, same, nothing, nothing]
    table = pyarrow.parquet.read_table(io.BytesIO(written(Format.PARQUET, batch)))
    assert (table["number"].to_pylist(), table["count"].to_pylist()) == ([1.0, 2.0, 3.0], same)
    assert [at.microsecond for at in table["time"].to_pylist()] == same


def test_zeros_keep_their_signs() -> None:
    """Zeros of both signs are equal, and yet are not one number that stands throughout a column."""
    zeros = [(*ROWS[0][:1], zero, *ROWS[0][2:]) for zero in (0.0, -0.0, 0.0)]
    batch = batch_of(zeros, len(COLUMNS))
    rows = csv.reader(io.StringIO(written(Format.CSV, batch).decode(), newline=""))
    lines = written(Format.JSONL, batch).decode().splitlines()
    table = pyarrow.parquet.read_table(io.BytesIO(written(Format.PARQUET, batch)))
    for read in (
        [float(row[1]) for row in list(rows)[1:]],
        [json.loads(line)["number"] for line in lines],
        table["number"].to_pylist(),
    ):
        assert [copysign(1, number) for number in read] == [1, -1, 1]


@pytest.mark.parametrize("at", [EARLIEST, -1, 0, 59_999_999, 86_399_999_999, 86_400_000_000, AT, LATEST])
def test_times_in_csv_are_iso_8601(at: int) -> None:
    """Every moment that can be told, to the microsecond."""
    row = (None, None, None, None, at, None, None)
    text = written(Format.CSV, batch_of([row], len(COLUMNS))).decode().splitlines()[1]
    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    assert text.strip(",") == expected.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@pytest.mark.parametrize("format", list(Format))
def test_a_file_without_rows_is_a_file(format: Format) -> None:
    """Nothing to write is written in the format's way."""
    empty = written(format)
    if format is Format.PARQUET:
        assert pyarrow.parquet.read_table(io.BytesIO(empty)).num_rows == 0
    else:
        assert empty == {Format.JSONL: b"", Format.CSV: b"text,number,count,truth,time,texts,json\r\n"}[format]


def test_parquet_without_its_extra_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pyarrow is not installed, asking for Parquet is refused in words that say what to install."""
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(Unsupported, match="scorehouse\\[parquet\\]"):
        WRITERS[Format.PARQUET](COLUMNS)
