"""Traces as CSV: one row a trace, its scores as JSON in the last cell.

Lines end as RFC 4180 says. People open such files in spreadsheets, which run a cell that begins like a formula, and
names and ids of traces come from whoever is traced; so such a cell gets an apostrophe in front, which
spreadsheets take for "this is text". The JSON export has every text as it is.
"""

import csv
from collections.abc import Sequence
from io import StringIO

import msgspec

from scorehouse.dialects.twosignal.shapes import ScoreShape, TraceShape

COLUMNS = (*(member.encode_name for member in msgspec.structs.fields(TraceShape)), "scores")

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet may take for the start of a formula (OWASP, CSV injection)."""

_encode = msgspec.json.Encoder().encode


def header() -> bytes:
    """Write the line of column names."""
    return _line(COLUMNS)


def row(trace: TraceShape, scores: Sequence[ScoreShape]) -> bytes:
    """Write one trace."""
    values = [getattr(trace, name) for name in trace.__struct_fields__]
    return _line([_cell(value) for value in (*values, list(scores))])


def _cell(value: str | float | list[object] | dict[str, object] | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else str(value)
    return _encode(value).decode()


def _line(cells: Sequence[str]) -> bytes:
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
