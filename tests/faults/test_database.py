"""Server processes on PostgreSQL: several at once, and a database that goes away under load and comes back."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.postgresql_server import EMPTY, PostgresqlServer
from tests.server_process import SECRET, START_TIMEOUT_S, Server, StartServer, environment

NODES = 3
WRITERS = 8
TRACE = "0af7651916cd43dd8448eb211c80319c"
RESUMES_WITHIN_S = 20


@pytest.fixture
def own_postgresql() -> Iterator[PostgresqlServer]:
    """A database server that the test may stop and kill."""
    running = PostgresqlServer()
    running.start()
    running.make_template()
    yield running
    running.remove()


def client_of(server: Server) -> httpx.Client:
    """Open a client of a node."""
    return httpx.Client(base_url=server.url, headers=server.headers(), timeout=60)


def open_trace(server: Server) -> None:
    """Send the trace that the scores are about."""
    batch = [{"id": "event", "type": "trace-create", "body": {"id": TRACE, "name": "t"}}]
    answer = httpx.post(f"{server.url}/api/v1/traces", json={"batch": batch}, headers=server.headers("2signal"))
    answer.raise_for_status()


def score_body(**more: object) -> dict[str, object]:
    """Return a score to send."""
    return {"name": "accuracy", "value": 0.5, "target": {"kind": "trace", "id": TRACE}, **more}


def read(client: httpx.Client, path: str, asked: dict[str, str]) -> Any:
    """Read a list, coming back as long as the answer is that it is too early, for five seconds at most."""
    answer = client.get(path, params=asked)
    for _ in range(50):
        if answer.status_code != 503:
            break
        time.sleep(0.1)
        answer = client.get(path, params=asked)
    return answer.raise_for_status().json()


def stored(client: httpx.Client) -> dict[str, dict[str, object]]:
    """Return all scores by their comments."""
    found: dict[str, dict[str, object]] = {}
    cursor: dict[str, str] = {}
    while True:
        page = read(client, "/v1/scores", {"limit": "1000", **cursor})
        found.update({score["comment"]: score for score in page["items"]})
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def created(client: httpx.Client) -> list[str]:
    """Follow the feed from its start; return the ids of the scores that it says were created."""
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        part = read(client, "/v1/changes", {"limit": "1000", **after})
        if not part["changes"]:
            return found
        found += [c["id"] for c in part["changes"] if (c["subject"], c["action"]) == ("score", "created")]
        after = {"after": part["mark"]}


@pytest.mark.slow
def test_several_nodes_start_together_and_lose_and_double_nothing(start_server: StartServer, database_url: str) -> None:
    """Three server processes: every patch of one score is in it, and one of each id, and key, that came at once."""
    with ThreadPoolExecutor(NODES) as starting:
        nodes = list(starting.map(lambda _: start_server(database_url=database_url), range(NODES)))
    open_trace(nodes[0])
    clients = [client_of(node) for node in nodes]
    first = clients[0].post("/v1/scores", json=score_body(id="patched", comment="patched"))
    assert first.status_code == 201, first.text

    def patch(number: int) -> int:
        body = {"metadata": {f"key-{number}": True}}
        return clients[number % NODES].patch("/v1/scores/patched", json=body).status_code

    def create(number: int) -> int:
        body = score_body(id=f"same-{number // NODES}", comment=f"same-{number // NODES}")
        return clients[number % NODES].post("/v1/scores", json=body).status_code

    def repeat(number: int) -> str:
        body = score_body(comment=f"repeated-{number // NODES}")
        headers = {"Idempotency-Key": f"request-{number // NODES}"}
        answer = clients[number % NODES].post("/v1/scores", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    with ThreadPoolExecutor(2 * NODES) as callers:
        assert set(callers.map(patch, range(20 * NODES))) == {200}
        codes = list(callers.map(create, range(20 * NODES)))
        ids = list(callers.map(repeat, range(20 * NODES)))
    assert sorted(codes) == [201] * 20 + [409] * 20 * (NODES - 1)
    assert len(set(ids)) == 20
    scores = stored(clients[-1])
    assert len(scores) == 41
    assert scores["patched"]["metadata"] == {f"key-{number}": True for number in range(20 * NODES)}
    assert sorted(created(clients[0])) == sorted(str(score["id"]) for score in scores.values())
    for client in clients:
        client.close()


@dataclass
class Ledger:
    """What the writers know."""

    sent: set[str] = field(default_factory=set)
    acknowledged: dict[str, str] = field(default_factory=dict)
    refused: int = 0
    others: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def write_until_over(server: Server, ledger: Ledger, writer: int) -> None:
    """Record scores one after another, going on after refusals; note every answer."""
    with client_of(server) as client:
        number = 0
        while not ledger.over.is_set():
            number += 1
            comment = f"{writer}-{number}"
            ledger.sent.add(comment)
            answer = client.post("/v1/scores", json=score_body(id=f"mine-{comment}", comment=comment))
            if answer.status_code == 201:
                ledger.acknowledged[comment] = answer.json()["id"]
            elif answer.status_code == 503 and "Retry-After" in answer.headers:
                ledger.refused += 1
                time.sleep(0.02)
            else:
                ledger.others.append(answer.text)


def wait_for_progress(ledger: Ledger) -> None:
    """Return once more scores have been acknowledged."""
    before, deadline = len(ledger.acknowledged), time.monotonic() + RESUMES_WITHIN_S
    while len(ledger.acknowledged) < before + WRITERS:
        assert time.monotonic() < deadline, "service did not resume"
        time.sleep(0.05)


@pytest.mark.slow
def test_an_outage_of_the_database_loses_nothing(start_server: StartServer, own_postgresql: PostgresqlServer) -> None:
    """Stopped, and killed, under load: 503 with Retry-After meanwhile, then on by itself; nothing answered is lost."""
    url = own_postgresql.url(own_postgresql.new_database())
    nodes = [start_server(database_url=url) for _ in range(2)]
    open_trace(nodes[0])
    ledger = Ledger()
    with ThreadPoolExecutor(WRITERS) as writers:
        for writer in range(WRITERS):
            writers.submit(write_until_over, nodes[writer % 2], ledger, writer)
        for end in (own_postgresql.kill, own_postgresql.stop, own_postgresql.kill):
            wait_for_progress(ledger)
            end()
            time.sleep(0.5)
            ready = httpx.get(f"{nodes[0].url}/ready")
            assert (ready.status_code, "Retry-After" in ready.headers) == (503, True)
            assert httpx.get(f"{nodes[0].url}/health").status_code == 200
            own_postgresql.start()
            wait_for_progress(ledger)
        ledger.over.set()
    assert ledger.others == []
    assert ledger.refused > 0
    with client_of(nodes[1]) as client:
        scores = stored(client)
        told = created(client)
    lost = {comment for comment, id in ledger.acknowledged.items() if scores.get(comment, {}).get("id") != id}
    assert not lost
    assert set(scores) <= ledger.sent
    assert sorted(told) == sorted(str(score["id"]) for score in scores.values())
    assert httpx.get(f"{nodes[0].url}/ready").status_code == 200


@pytest.mark.slow
def test_a_node_waits_for_its_database(own_postgresql: PostgresqlServer, tmp_path: Path) -> None:
    """Started while the database is away it lives, is not ready and refuses; then it serves, without a new start."""
    name = own_postgresql.new_database(EMPTY)
    own_postgresql.stop()
    command = [sys.executable, "-m", "scorehouse.cli", "serve", "--json", "--port", "0"]
    settings = environment(database_url=own_postgresql.url(name), key=SECRET)
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        url = told_url(tmp_path / "log")
        headers = {"Authorization": f"Bearer {SECRET}"}
        assert httpx.get(f"{url}/health").status_code == 200
        for path in ("/ready", "/v1/scores", "/api/public/scores"):
            refused = httpx.get(url + path, headers=headers)
            assert (refused.status_code, "Retry-After" in refused.headers) == (503, True), path
        own_postgresql.start()
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said["url"] == url
        assert httpx.get(f"{url}/ready").status_code == 200
        assert httpx.get(f"{url}/v1/scores", headers=said["dialects"]["native"]["headers"]).json()["items"] == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.slow
@pytest.mark.parametrize("comes", [False, True])
def test_a_node_that_waits_can_be_stopped(own_postgresql: PostgresqlServer, tmp_path: Path, *, comes: bool) -> None:
    """Told to stop it exits with 0; where the database comes with a newer release's data, with 1 and a sentence."""
    name = own_postgresql.new_database()
    own_postgresql.execute("UPDATE alembic_version SET version_num = '9999'", name)
    own_postgresql.stop()
    command = [sys.executable, "-m", "scorehouse.cli", "serve", "--json", "--port", "0"]
    settings = environment(database_url=own_postgresql.url(name), key=SECRET)
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=log, text=True) as process,
    ):
        told_url(tmp_path / "log")
        if comes:
            own_postgresql.start()
        else:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == comes
    assert ("9999" in (tmp_path / "log").read_text()) is comes


def told_url(log: Path) -> str:
    """Return the URL of a server that says in its log that it waits for its database."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())) is None:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return found[0]
