"""The floor: the least that a server can do which still syncs every acknowledged score to disk.

A bare ASGI app on the same web server and the same SQLite settings. It decodes the same JSON into a typed struct
and inserts one row into a table with the same columns and the same indexes as ours, in group commit like ours:
what waits is inserted on the event loop, and only COMMIT goes to a thread. It knows no keys, no traces, no names,
no history and no feed, checks nothing, and reads nothing back. What it does a second is what this machine gives.

Run: ``python -m benchmarks.floor FOLDER PORT``.
"""

import asyncio
import itertools
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from sqlalchemy import create_engine
from sqlalchemy.schema import CreateIndex, CreateTable

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


class Floor:
    """The app."""

    def __init__(self, folder: Path) -> None:
        self._connection = open_writer(folder)
        self._insert = _create(self._connection)
        self._keys = itertools.count(1)
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._disk = ThreadPoolExecutor(1)
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
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                group, self._waiting = self._waiting, []
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(self._insert, (row for row, _ in group))
                await loop.run_in_executor(self._disk, self._connection.execute, "COMMIT")
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


def _create(connection: sqlite3.Connection) -> str:
    """Make the same table with the same indexes; return the insert."""
    dialect = create_engine("sqlite://").dialect
    connection.execute(str(CreateTable(score).compile(dialect=dialect)))
    for index in score.indexes:
        connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    return f"INSERT INTO score VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - made of question marks only


def main() -> None:
    """Serve until stopped."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    uvicorn.run(Floor(folder), port=port, loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
