"""SIGKILL at random moments under 16 writers: every acknowledged score is there afterwards, and only what was sent.

The process dies without a chance to finish anything, as in a crash or when memory runs out; what it had
answered is on disk, because it answers only after the commit was synced.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.server_process import Server, StartServer

KILLS = 20
WRITERS = 16
ENOUGH = 4
"""Acknowledgements that every other round waits for, so that there is something to lose however slow the machine is."""

PATIENCE_S = 120
TRACE = "0af7651916cd43dd8448eb211c80319c"
SEED = 20260401
"""Of the moments at which it is killed; the operating system adds what no seed can."""


@dataclass
class Ledger:
    """What the writers know: every comment that they sent, and of those acknowledged the score's id."""

    sent: set[str] = field(default_factory=set)
    acknowledged: dict[str, str] = field(default_factory=dict)


def write_native(client: httpx.Client, comment: str) -> httpx.Response:
    """Record a score through the native API, under an id of the client's."""
    target = {"kind": "trace", "id": TRACE}
    body = {"id": f"mine-{comment}", "name": "accuracy", "value": 0.5, "target": target, "comment": comment}
    return client.post("/v1/scores", json=body)


def write_twosignal(client: httpx.Client, comment: str) -> httpx.Response:
    """Record a score through 2signal, under an id of the house's."""
    body = {"traceId": TRACE, "evaluatorName": "accuracy", "value": 0.5, "reasoning": comment}
    return client.post("/api/v1/scores", json=body)


WRITES: tuple[Callable[[httpx.Client, str], httpx.Response], ...] = (write_native, write_twosignal)


def write_until_dead(server: Server, ledger: Ledger, prefix: str) -> None:
    """Record scores one after another until the server is gone."""
    with httpx.Client(base_url=server.url, headers=server.headers(), timeout=60) as client:
        for number in range(1_000_000):
            comment = f"{prefix}-{number}"
            ledger.sent.add(comment)
            try:
                answer = WRITES[number % len(WRITES)](client, comment)
            except httpx.TransportError:
                return
            if answer.status_code == 503:  # It closes, and says so.
                return
            assert answer.status_code == 201, answer.text
            ledger.acknowledged[comment] = answer.json()["id"]


@contextmanager
def writing(server: Server, ledger: Ledger, prefix: str) -> Iterator[None]:
    """Have the writers write, until the server is gone at the end of the block."""
    writers = [
        threading.Thread(target=write_until_dead, args=(server, ledger, f"{prefix}-{writer}"))
        for writer in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    yield
    for writer in writers:
        writer.join()


def await_more(ledger: Ledger, count: int) -> None:
    """Wait until so many more scores are acknowledged."""
    wanted, deadline = len(ledger.acknowledged) + count, time.monotonic() + PATIENCE_S
    while len(ledger.acknowledged) < wanted:
        assert time.monotonic() < deadline, "the writers wrote nothing to speak of"
        time.sleep(0.005)


def open_trace(server: Server) -> None:
    """Send the trace that the scores are about."""
    batch = [{"id": "event", "type": "trace-create", "body": {"id": TRACE, "name": "t"}}]
    answer = httpx.post(f"{server.url}/api/v1/traces", json={"batch": batch}, headers=server.headers("2signal"))
    answer.raise_for_status()


def check(server: Server, ledger: Ledger) -> None:
    """Hold what is stored against what the writers know."""
    with httpx.Client(base_url=server.url, headers=server.headers(), timeout=30) as client:
        stored = {score["comment"]: score for score in all_scores(client)}
        created = [change["id"] for change in all_changes(client) if change["subject"] == "score"]
    lost = {comment for comment, id in ledger.acknowledged.items() if stored.get(comment, {}).get("id") != id}
    assert not lost
    assert set(stored) <= ledger.sent
    assert all(score["value"]["number"] == 0.5 for score in stored.values())
    assert sorted(created) == sorted(score["id"] for score in stored.values())


def all_scores(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """Walk all scores of the project."""
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/v1/scores", params={"limit": "1000", **cursor}).raise_for_status().json()
        yield from page["items"]
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


def all_changes(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """Follow the feed from its start to its present end."""
    after: dict[str, str] = {}
    while True:
        part = client.get("/v1/changes", params={"limit": "1000", **after}).raise_for_status().json()
        if not part["changes"]:
            return
        yield from part["changes"]
        after = {"after": part["mark"]}


@pytest.mark.slow
def test_no_acknowledged_score_is_lost(start_server: StartServer) -> None:
    """After 20 kills: each acknowledged score present and right, none that nobody sent, one place in the feed each."""
    chance = random.Random(SEED)  # noqa: S311 - picks moments, not secrets
    ledger = Ledger()
    server = start_server()
    open_trace(server)
    for round_number in range(KILLS):
        with writing(server, ledger, str(round_number)):
            if round_number % 2:
                await_more(ledger, ENOUGH)
            time.sleep(chance.uniform(0.05, 0.6))
            server.kill()
        server = start_server(data=server.data)
    assert len(ledger.acknowledged) > KILLS
    check(server, ledger)


@pytest.mark.slow
def test_an_orderly_end_finishes_what_was_accepted(start_server: StartServer) -> None:
    """SIGTERM under load ends with exit code 0, and every acknowledged score is there afterwards."""
    ledger = Ledger()
    server = start_server()
    open_trace(server)
    with writing(server, ledger, "orderly"):
        await_more(ledger, ENOUGH)
        time.sleep(0.5)
        assert server.stop() == 0
    check(start_server(data=server.data), ledger)
