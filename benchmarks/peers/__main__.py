"""``make bench-peers``: Scorehouse beside Arize Phoenix, MLflow and the bare floor, on the same work, in turns.

    python -m benchmarks.peers               three rounds of five seconds each
    python -m benchmarks.peers --seconds 2   a quick look, written nowhere

The table and what its numbers mean go to docs/benchmarks.md, every single measurement to benchmarks/peers/results.json.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.load import Measured, Request, press
from benchmarks.peers.contenders import Standing
from benchmarks.peers.mlflow import mlflow
from benchmarks.peers.ours import scorehouse
from benchmarks.peers.phoenix import phoenix
from benchmarks.peers.report import FLOOR, OURS, Row, goals, table, write_report
from benchmarks.processes import floor
from benchmarks.workloads import bare_request
from tests.sdk.environments import built

REPOSITORY = Path(__file__).parents[2]
ROUNDS = 3
CONNECTIONS = (1, 16, 64)
DRAIN_S = 30.0
"""How long what was answered before it was stored may take to be stored."""


@dataclass(frozen=True)
class Take:
    """One measurement: who, what, at how many connections, in which turn, and how much of it a second."""

    who: str
    what: str
    connections: int
    turn: int
    rate: float
    p50_ms: float
    p99_ms: float
    refused: int


def main() -> None:
    """Measure, print, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement; less than 5 is not written down")
    options = parser.parse_args()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        standing = {name: stack.enter_context(start(root)) for name, start in _contenders().items()}
        floor_url = stack.enter_context(floor(root / "floor"))
        at_rest = {name: each.memory_megabytes() for name, each in standing.items()}
        takes = [take for turn in range(ROUNDS) for take in _round(standing, floor_url, options.seconds, turn)]
        rows = [
            *_rates(takes),
            Row("memory at rest", "MB", at_rest, lower_is_better=True),
            Row("memory after it", "MB", _each(standing, Standing.memory_megabytes), lower_is_better=True),
            Row("disk", "bytes a score", _each(standing, _bytes_a_score), lower_is_better=True),
            Row("from start to ready", "s", _each(standing, lambda one: one.ready_s), lower_is_better=True),
        ]
        notes = {name: each.notes for name, each in standing.items()}
    print(table(rows))
    print(goals(rows))
    if options.seconds >= 5:
        raw = [asdict(take) for take in takes]
        (REPOSITORY / "benchmarks" / "peers" / "results.json").write_text(json.dumps(raw, indent=1) + "\n")
        write_report(REPOSITORY / "docs" / "benchmarks.md", rows, notes, options.seconds)


def _contenders() -> dict[str, Callable[[Path], AbstractContextManager[Standing]]]:
    """Return who is measured, installing the peers where their locks have changed."""

    def python(name: str) -> Path:
        lock = Path(__file__).with_name(name) / "requirements.txt"
        return built(REPOSITORY / ".venvs" / f"peer_{name}", lock)

    phoenix_python, mlflow_python = python("phoenix"), python("mlflow")
    return {
        OURS: lambda root: scorehouse(root / "scorehouse"),
        "Phoenix": lambda root: phoenix(phoenix_python, root / "phoenix"),
        "MLflow": lambda root: mlflow(mlflow_python, root / "mlflow"),
    }


def _round(standing: dict[str, Standing], floor_url: str, seconds: int, turn: int) -> Iterator[Take]:
    """Let all take turns, once at each kind of work."""
    for connections in CONNECTIONS:
        yield _take(FLOOR, "write", connections, turn, press(bare_request(floor_url), connections, seconds))
        for name, one in standing.items():
            for kind, request in one.writes.items():
                what = "write" if kind == next(iter(one.writes)) else f"write, {kind}"
                yield _stored(one, request, Take(name, what, connections, turn, 0, 0, 0, 0), seconds)
    for name, one in standing.items():
        if one.batch is not None:
            yield _stored(one, one.batch, Take(name, "batch of 100", 16, turn, 0, 0, 0, 0), seconds)
        for what, request in (("scores of a trace", one.trace), ("filtered list", one.page)):
            yield _take(name, what, 16, turn, press(request, 16, seconds))


def _take(who: str, what: str, connections: int, turn: int, measured: Measured) -> Take:
    take = Take(who, what, connections, turn, measured.rate, measured.p50_ms, measured.p99_ms, measured.bad)
    print(f"turn {turn + 1}  {who:12}{what:22}{connections:>4}{take.rate:>12.1f}/s  {take.refused} refused", flush=True)
    return take


def _stored(one: Standing, request: Request, blank: Take, seconds: int) -> Take:
    """Press, and count what is stored once nothing more arrives: rows a second, until the last one was there."""
    before, began = one.stored(), time.perf_counter()
    measured = press(request, blank.connections, seconds)
    ended, count = time.perf_counter(), one.stored()
    while time.perf_counter() - ended < DRAIN_S:
        time.sleep(0.5)
        more = one.stored()
        if more == count:
            break
        count, ended = more, time.perf_counter()
    rate = (count - before) / (ended - began)
    counted = Measured(rate, measured.p50_ms, measured.p99_ms, measured.bad)
    return _take(blank.who, blank.what, blank.connections, blank.turn, counted)


def _rates(takes: list[Take]) -> list[Row]:
    """Return the median over the rounds of each kind of work at each number of connections."""
    rates: dict[tuple[str, int], dict[str, list[float]]] = {}
    for take in takes:
        rates.setdefault((take.what, take.connections), {}).setdefault(take.who, []).append(take.rate)
    return [
        Row(f"{what}, {connections} connection{'s' * (connections > 1)}", _unit(what), _medians(of))
        for (what, connections), of in rates.items()
    ]


def _unit(what: str) -> str:
    return "scores/s" if what.startswith(("write", "batch")) else "requests/s"


def _medians(of: dict[str, list[float]]) -> dict[str, float]:
    return {who: median(values) for who, values in of.items()}


def _each(standing: dict[str, Standing], read: Callable[[Standing], float]) -> dict[str, float]:
    return {name: read(one) for name, one in standing.items()}


def _bytes_a_score(one: Standing) -> float:
    return one.disk_bytes() / one.stored()


if __name__ == "__main__":
    main()
