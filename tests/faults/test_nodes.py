"""Several server processes on one database, written to at once and halted in the middle of transactions."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import httpx
import psycopg
import pytest

from tests.faults.test_database import Ledger, client_of, open_trace, read, wait_for_progress, write_until_over
from tests.server_process import Server, StartServer

NODES = 3
TRIPLES = 20

HALTS = 5
"""Transactions that a node is halted inside of, between its first statement and its commit."""

HALTED_S = 0.3
PATIENCE_S = 60

OPEN = """
    SELECT count(*) FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE state = 'idle in transaction' AND state_change < now() - interval '15 ms'
        AND pg_locks.relation = 'head'::regclass AND mode = 'RowShareLock' AND granted
"""
"""A node that has its turn in a project, and has said nothing for a while."""


@pytest.fixture
def nodes(start_server: StartServer, database_url: str) -> list[Server]:
    """Server processes on one database."""
    return [start_server(database_url=database_url) for _ in range(NODES)]


@pytest.mark.slow
def test_one_score_of_each_triple_whichever_nodes_are_asked(nodes: list[Server]) -> None:
    """Respan: one score of a log by an evaluator and a scorer; of several POSTs at once one is 201, the others 200."""
    paste = nodes[0].headers("respan")
    with httpx.Client(base_url=nodes[0].url, headers=paste, timeout=60) as client:
        for number in range(TRIPLES):
            log = {"unique_id": f"log-{number}", "model": "gpt-4o", "input": "Why?", "output": "Because."}
            assert client.post("/api/request-logs/", json=log).status_code == 201
        evaluator = {"name": "Helpfulness", "type": "human", "score_value_type": "numerical"}
        assert client.post("/api/evaluators/", json=evaluator).status_code == 201

    def score(number: int) -> tuple[int, str, int]:
        body = {"evaluator_slug": "helpfulness", "numerical_value": number % NODES}
        url = f"{nodes[number % NODES].url}/api/logs/log-{number // NODES}/scores/"
        answer = httpx.post(url, json=body, headers=paste, timeout=60)
        return answer.status_code, answer.json()["id"], answer.json()["numerical_value"]

    with ThreadPoolExecutor(2 * NODES) as callers:
        answers = list(callers.map(score, range(TRIPLES * NODES)))
    triples = [answers[start : start + NODES] for start in range(0, len(answers), NODES)]
    assert {tuple(sorted(status for status, _, _ in triple)) for triple in triples} == {(200, 200, 201)}
    assert [len({id for _, id, _ in triple}) for triple in triples] == [1] * TRIPLES
    with client_of(nodes[1]) as client:
        found = read(client, "/v1/scores", {"limit": "1000"})["items"]
    assert sorted(score["id"] for score in found) == sorted({id for _, id, _ in answers})
    # Whoever came first made it, whoever came last is what it says: every one of them was answered what was then so.
    said = {score["id"]: score["value"]["number"] for score in found}
    assert all(said[triple[0][1]] in {value for _, _, value in triple} for triple in triples)


@pytest.mark.slow
def test_a_follower_is_told_each_change_once_while_nodes_stall(nodes: list[Server], database_url: str) -> None:
    """Nodes are halted inside of transactions and commit long after others wanted to: the feed is whole, in order."""
    open_trace(nodes[0])
    ledger, told = Ledger(), list[tuple[int, str]]()
    over = threading.Event()

    def follow() -> None:
        """Read on from the last mark, at the node that is never halted, until nothing more comes."""
        after: dict[str, str] = {}
        with client_of(nodes[-1]) as client:
            while True:
                last = over.is_set()
                part = read(client, "/v1/changes", {"limit": "7", **after})
                told.extend((part_of(change["mark"]), change["id"]) for change in part["changes"])
                if part["changes"]:
                    after = {"after": part["mark"]}
                elif last:
                    return

    with ThreadPoolExecutor(2 * NODES + 1) as threads:
        following = threads.submit(follow)
        writers = [
            threads.submit(write_until_over, nodes[writer % NODES], ledger, writer) for writer in range(2 * NODES)
        ]
        wait_for_progress(ledger)
        try:
            halted = halt_in_transactions(nodes[:-1], database_url)
            wait_for_progress(ledger)
        finally:
            ledger.over.set()
            wait(writers)  # What is still on its way is acknowledged before the follower may end.
            over.set()
        following.result(PATIENCE_S)
    assert halted == HALTS
    assert ledger.others == []
    assert [sequence for sequence, _ in told] == list(range(1, len(told) + 1))
    scores = [id for _, id in told if id.startswith("mine-")]
    assert len(set(scores)) == len(scores)
    assert set(ledger.acknowledged.values()) <= set(scores)


def part_of(mark: str) -> int:
    """Return the place in the feed that a mark says."""
    return int(mark.rpartition(".")[2])


def halt_in_transactions(nodes: list[Server], url: str) -> int:
    """Halt nodes one after another until it happened inside of a transaction often enough; return how often."""
    deadline, caught = time.monotonic() + PATIENCE_S, 0
    with psycopg.connect(url, autocommit=True) as connection:
        while caught < HALTS and time.monotonic() < deadline:
            for node in nodes:
                node.process.send_signal(signal.SIGSTOP)
                time.sleep(0.02)
                is_inside = (connection.execute(OPEN.encode()).fetchone() or (0,))[0] > 0
                time.sleep(HALTED_S if is_inside else 0)
                node.process.send_signal(signal.SIGCONT)
                caught += is_inside and caught < HALTS
                time.sleep(0.02)
    return caught
