"""The floor: the least that a server can do which still syncs every acknowledged score to disk.

A bare ASGI app on the same web server and the same SQLite settings. It decodes the same JSON into a typed struct
and inserts one row into a table with the same columns and the same indexes as ours, in group commit like ours:
what waits is inserted on the event loop, and only COMMIT goes to a thread, which was measured to be faster than both
there. It knows no keys, no traces, no names, no history and no feed, checks nothing, and reads nothing back. What it
does a second is what this machine gives.

On PostgreSQL it does the same with a group's rows in one statement, sent with BEGIN and COMMIT in one round trip.

Run: ``python -m benchmarks.floor PLACE PORT``; a place is a folder, or the URL of a database.
"""

import asyncio
import itertools
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import uvicorn
from sqlalchemy import Dialect, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql import ClauseElement

from scorehouse.engines.sql.connections_sqlite import open_writer
from scorehouse.engines.sql.tables import score

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Offer(msgspec.Struct, rename="camel"):
    """The body of 2signal's POST /api/v1/scores."""

    trace_id: str
    evaluator_name: str
    value: float
    span_id: str | None = None
    label: str | None = None
    reasoning: str | None = None


class Answer(msgspec.Struct, rename="camel"):
    """Its answer."""

    id: str
    trace_id: str
    span_id: str | None
    evaluator_name: str
    value: float
    label: str | None
    reasoning: str | None


Rows = list[tuple[Any, ...]]


class SqliteDisk:
    """A file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._connection = open_writer(folder)
        for statement in _schema(create_engine("sqlite://").dialect):
            self._connection.execute(statement)
        self._insert = f"INSERT INTO score VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - made of question marks only
        self._thread = ThreadPoolExecutor(1)

    async def write(self, rows: Rows) -> None:
        """Insert rows and return once they are on disk."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(self._insert, rows)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.execute, "COMMIT")


class PostgresqlDisk:
    """A database."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        for statement in _schema(PGDialect_psycopg()):  # type: ignore[no-untyped-call]  # of the library
            self._connection.execute(statement.encode())
        self._thread = ThreadPoolExecutor(1)

    async def write(self, rows: Rows) -> None:
        """Insert rows and return once they are on disk."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)

    def _write(self, rows: Rows) -> None:
        width = len(_COLUMNS)
        marks = (", ".join(f"${row * width + place}" for place in range(1, width + 1)) for row in range(len(rows)))
        insert = f"INSERT INTO score VALUES {', '.join(f'({row})' for row in marks)}"  # noqa: S608 - numbered marks only
        with self._connection.pipeline():
            cursor = psycopg.RawCursor(self._connection)
            cursor.execute(b"BEGIN")
            cursor.execute(insert.encode(), [value for row in rows for value in row], prepare=True)
            cursor.execute(b"COMMIT")


class Floor:
    """The app."""

    def __init__(self, disk: SqliteDisk | PostgresqlDisk) -> None:
        self._disk = disk
        self._keys = itertools.count(1)
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._decode = msgspec.json.Decoder(Offer).decode
        self._encode = msgspec.json.Encoder().encode
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Take a score and answer once it is on disk (ASGI)."""
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        offer = self._decode((await receive())["body"])
        key = next(self._keys)
        id = f"{key:032x}"
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((_row(key, id, offer), stored))
        self._wake.set()
        await stored
        fields = (offer.trace_id, offer.span_id, offer.evaluator_name, offer.value, offer.label, offer.reasoning)
        body = self._encode(Answer(id, *fields))
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                group, self._waiting = self._waiting, []
                await self._disk.write([row for row, _ in group])
                for _, stored in group:
                    stored.set_result(None)


def _row(key: int, id: str, offer: Offer) -> tuple[Any, ...]:
    """Fill the columns of `score` with what a score on one known trace has there."""
    now = 1_700_000_000_000_000 + key
    given = {
        "project": 1,
        "key": key,
        "external_id": id,
        "target_kind": 1,
        "target": 1,
        "trace": 1,
        "name": 1,
        "kind": 1,
        "number": offer.value,
        "labels": offer.label,
        "status": 1,
        "origin": 1,
        "comment": offer.reasoning,
        "timestamp": now,
        "created_at": now,
        "updated_at": now,
    }
    return tuple(map(given.get, _COLUMNS))


_COLUMNS = tuple(column.name for column in score.c)


def _schema(dialect: Dialect) -> list[str]:
    """Write the same table with the same indexes."""
    made: list[ClauseElement] = [CreateTable(score), *(CreateIndex(index) for index in score.indexes)]
    return [str(each.compile(dialect=dialect)) for each in made]


def main() -> None:
    """Serve until stopped."""
    place, port = sys.argv[1], int(sys.argv[2])
    disk = PostgresqlDisk(place) if place.startswith("postgresql://") else SqliteDisk(Path(place))
    uvicorn.run(Floor(disk), port=port, loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
