"""Fill a store with scores: ten million by default, over half a year, 20 names and 500,000 traces of a span each.

Half of them are about traces, half about spans.

Written by the database itself, in the shape in which the writer would have left it (a test holds the two
together), because ten million requests would take an hour.

Run: ``python -m benchmarks.generator FOLDER [SCORES]``; the folder holds a store that the server has made.
"""

import sqlite3
import sys
import time
from pathlib import Path

from scorehouse.engines.sql.connections_sqlite import open_writer

SCORES = 10_000_000
NAMES = 20
SCORES_PER_TRACE = 20
CHUNK = 250_000
HALF_A_YEAR_MICROSECONDS = 182 * 86400 * 1_000_000
NEWEST_MICROSECONDS = 1_790_000_000_000_000
"""When the last of them was recorded."""

_TERMS = """
INSERT INTO term (project, key, kind, text)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :names)
SELECT 1, :base + i, 1, 'generated-' || i FROM n
"""
_TRACES = """
INSERT INTO trace (project, key, external_id, known, started_at, created_at, updated_at)
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :end)
SELECT 1, :base + i, printf('%032x', 0x7ace000000000000 + i), 1, :start + i * :step, :start + i * :step,
       :start + i * :step
FROM n
"""
_SPANS = """
INSERT INTO span (project, key, external_id, trace, known, started_at, tokens_total, created_at, updated_at)
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :end)
SELECT 1, :spans + i, printf('%016x', 0x5ba0000000000000 + i), :base + i, 1, :start + i * :step, 0,
       :start + i * :step, :start + i * :step
FROM n
"""
_SCORES = """
INSERT INTO score (project, key, external_id, target_kind, target, trace, name, kind, number, status, origin,
                   comment, timestamp, created_at, updated_at)
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :end)
SELECT 1, :base + i, printf('%032x', 0x5c0e000000000000 + i), 1 + i / :names % 2,
       iif(i / :names % 2, :spans, :traces) + i / :per_trace, :traces + i / :per_trace,
       :terms + i % :names, 1, (i * 7919 % 1000) / 1000.0, 1, 1, 'generated score number ' || i,
       :start + i * :step, :start + i * :step, :start + i * :step
FROM n
"""
_CHANGES = """
INSERT INTO change (project, sequence, "transaction", at, actor, subject, action, subject_id)
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :end)
SELECT 1, :base + i, 0, :start + i * :step, :actor, 1, 1, printf('%032x', 0x5c0e000000000000 + i)
FROM n
"""


def fill(folder: Path, scores: int = SCORES) -> float:
    """Add so many scores to project 1; returns the seconds it took."""
    began = time.perf_counter()
    connection = open_writer(folder)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -1000000")
    step = HALF_A_YEAR_MICROSECONDS // scores
    base = {table: _last(connection, table, column) + 1 for table, column in _KEYED.items()}
    actor = base["term"] + NAMES
    common = {"start": NEWEST_MICROSECONDS - HALF_A_YEAR_MICROSECONDS, "step": step, "names": NAMES}
    connection.execute(_TERMS, {"names": NAMES, "base": base["term"]})
    connection.execute('INSERT INTO term VALUES (1, ?, 7, \'["generator",null,"native"]\')', (actor,))
    for first in range(0, scores, CHUNK):
        span = {"first": first, "end": min(first + CHUNK, scores), **common}
        of_traces = {**span, "first": first // SCORES_PER_TRACE, "end": -(-span["end"] // SCORES_PER_TRACE)}
        connection.execute("BEGIN")
        of_traces |= {"base": base["trace"], "spans": base["span"], "step": step * SCORES_PER_TRACE}
        connection.execute(_TRACES, of_traces)
        connection.execute(_SPANS, of_traces)
        keys = {"base": base["score"], "traces": base["trace"], "spans": base["span"], "terms": base["term"]}
        connection.execute(_SCORES, {**span, **keys, "per_trace": SCORES_PER_TRACE})
        connection.execute(_CHANGES, {**span, "base": base["change"], "actor": actor})
        connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return time.perf_counter() - began


_KEYED = {"term": "key", "trace": "key", "span": "key", "score": "key", "change": "sequence"}


def _last(connection: sqlite3.Connection, table: str, column: str) -> int:
    row = connection.execute(f"SELECT max({column}) FROM {table} WHERE project = 1").fetchone()  # noqa: S608 - names of our own
    return row[0] or 0


if __name__ == "__main__":
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else SCORES
    print(f"{wanted} scores in {fill(Path(sys.argv[1]), wanted):.0f} s")
