"""A database that vanishes: PostgreSQL stopped and killed under two nodes and writers of every dialect, over and over.

While it is away every write is refused with 503 and `Retry-After`, `/ready` says so and `/health` that the process
lives; once it is back, both nodes go on by themselves. Nothing acknowledged is lost or wrong, nothing is there that
nobody sent, and the feed tells of each score once. What was refused while the database went away may have been
committed: a database that dies in the middle of COMMIT leaves that open.
"""

import random
import time
from pathlib import Path

import httpx

from benchmarks.workloads import prepare
from siege.calling import Caller
from siege.ledger import hold_against
from siege.report import Report
from siege.steady import Steady
from tests.postgresql_server import PostgresqlServer
from tests.server_process import Server, start

OUTAGES = 30
WRITERS = 16
NODES = 2
AWAY_S = (0.2, 3.0)
SEED = 20260403
BACK_WITHIN_S = 30.0


def run(folder: Path, scale: float) -> Report:
    """Let it vanish 30 times `scale`."""
    report, database = Report(), PostgresqlServer()
    try:
        database.start()
        database.make_template()
        url = database.url(database.new_database())
        nodes = [start(folder / f"data-{n}", folder / f"log-{n}", database_url=url) for n in range(NODES)]
        try:
            _bear(report, database, nodes, max(2, round(OUTAGES * scale)))
        finally:
            for node in nodes:
                node.stop()
    finally:
        database.remove()
    return report


def _bear(report: Report, database: PostgresqlServer, nodes: list[Server], outages: int) -> None:
    chance = random.Random(SEED)  # noqa: S311 - picks moments, not secrets
    prepare(nodes[0])
    steady = Steady(nodes, refusals_are_sure=False)
    backs = []
    with steady.writing(WRITERS):
        for _ in range(outages):
            steady.until_progress()
            time.sleep(chance.uniform(0.05, 0.5))
            chance.choice((database.stop, database.kill))()
            time.sleep(chance.uniform(*AWAY_S))
            for node in nodes:
                ready, health = httpx.get(f"{node.url}/ready"), httpx.get(f"{node.url}/health")
                report.claim(ready.status_code == 503 and "Retry-After" in ready.headers, "/ready did not say 503")
                report.claim(health.status_code == 200, "/health did not say 200")
            database.start()
            backs.append(steady.until_progress())
    report.figure(
        f"{outages} outages under {NODES} nodes: {steady.refused} writes refused with Retry-After; writing again after"
        f" {sorted(backs)[len(backs) // 2]:.1f} s (longest {max(backs):.1f} s)"
    )
    report.claim(max(backs) < BACK_WITHIN_S, f"it took {max(backs):.1f} s to go on")
    report.claim(steady.refused > 0, "nothing was refused: the database was never away")
    caller = Caller(nodes[-1])
    hold_against(steady.ledger, caller, report)
    caller.close()
