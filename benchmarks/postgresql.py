"""The house on PostgreSQL beside a floor on the same server: one node, and two of them on one project.

Commits are synced to disk, as a server does that nobody has told otherwise. The database runs on the same cores as
what is measured.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from benchmarks.load import Request, press
from benchmarks.processes import floor, house
from benchmarks.workloads import WORKLOADS, bare_request, prepare
from tests.postgresql_server import EMPTY, PostgresqlServer

CONNECTIONS = 16
GOAL_ONE, GOAL_TWO = 0.5, 1.0
SINGLE = "native, one score"


def measure_postgresql(root: Path, seconds: int, rounds: int) -> None:
    """Measure, in turns, and print the median ratios."""
    database = PostgresqlServer(durable=True)
    database.start()
    database.make_template()
    try:
        _measure(database, root, seconds, rounds)
    finally:
        database.remove()


def _measure(database: PostgresqlServer, root: Path, seconds: int, rounds: int) -> None:
    workload = next(each for each in WORKLOADS if each.name == SINGLE)
    url = database.url(database.new_database())
    with (
        floor(database.url(database.new_database(EMPTY))) as floor_url,
        house(root / "node-1", database_url=url) as first,
        house(root / "node-2", database_url=url) as second,
    ):
        prepare(first)
        bare, nodes = bare_request(floor_url), [workload.request(first), workload.request(second)]
        press(nodes[0], CONNECTIONS, seconds)  # Lets the caches fill.
        figures = [(_rate([bare], seconds), _rate(nodes[:1], seconds), _rate(nodes, seconds)) for _ in range(rounds)]
    below, one, two = (median(column) for column in zip(*figures, strict=True))
    ratio = median(each / least for least, each, _ in figures)
    together = median(both / each for _, each, both in figures)
    print(f"\non PostgreSQL, {SINGLE} a request at {CONNECTIONS} connections: floor {below:.0f}/s")
    print(f"  one node {one:.0f}/s, {ratio:.2f} of the floor (goal {GOAL_ONE})")
    print(f"  two nodes on one project {two:.0f}/s together, {together:.2f} of one (goal {GOAL_TWO})", flush=True)


def _rate(requests: list[Request], seconds: int) -> float:
    """Press all at once, the connections shared among them; returns what all were answered a second."""
    with ThreadPoolExecutor(len(requests)) as threads:
        seen = list(threads.map(lambda request: press(request, CONNECTIONS // len(requests), seconds), requests))
    if bad := sum(each.bad for each in seen):
        raise SystemExit(f"on PostgreSQL, {SINGLE}: {bad} answers were not 2xx")
    return sum(each.rate for each in seen)
