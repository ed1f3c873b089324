"""``make bench``: the house beside a bare floor, in the same run, as ratios.

    python -m benchmarks                 everything, with ten million scores in the store
    python -m benchmarks --scores 0      without the large store
    python -m benchmarks --imported 0    without the import
    python -m benchmarks --seconds 2     a quick look
    python -m benchmarks --postgresql    PostgreSQL only

Absolute figures are this machine's; the ratios are the product's.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import generator, imports
from benchmarks.exports import measure_exports
from benchmarks.load import Measured, press
from benchmarks.postgresql import measure_postgresql
from benchmarks.processes import floor, house, resident_megabytes
from benchmarks.reads import measure_reads
from benchmarks.workloads import WORKLOADS, Workload, bare_request, prepare
from tests.server_process import Server

CONNECTIONS = (1, 16, 64)
SINGLE = "native, one score"
"""The workload that the large store is held against."""

ROUNDS = 3
"""Times that the floor and the house take turns; the median round counts."""

POSTGRESQL_ROUNDS = 15
"""More of them: what two nodes do beside one differs by a fifth from round to round."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--scores", type=int, default=generator.SCORES, help="in the large store; 0 leaves it out")
    parser.add_argument("--folder", type=Path, help="where to put the stores; default: a temporary one")
    parser.add_argument("--imported", type=int, default=imports.ROWS, help="scores to import; 0 leaves it out")
    parser.add_argument("--postgresql", action="store_true", help="measure PostgreSQL only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        root = Path(folder)
        measure_postgresql(root, options.seconds, POSTGRESQL_ROUNDS)
        if options.postgresql:
            return
        with floor(root / "floor") as floor_url, house(root / "house") as server:
            prepare(server)
            floors = measure_workloads(floor_url, server, options.seconds)
            print(f"\nresident after it: {resident_megabytes(server.process.pid):.0f} MB")
        if options.imported:
            imports.measure_import(root, options.imported)
        if options.scores:
            measure_large(root / "large", options.scores, options.seconds, floors)


def measure_workloads(floor_url: str, server: Server, seconds: int) -> Measured:
    """Measure every workload in turns with the floor; returns the house's figures for SINGLE at 16 connections."""
    print(f"{'':28}{'conns':>6}{'floor/s':>10}{'house/s':>10}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'scores/s':>10}")
    reference = Measured(0, 0, 0, 0)
    for workload in WORKLOADS:
        if workload.edition not in server.keys:
            print(f"{workload.name:28}  not registered, not measured")
            continue
        for connections in CONNECTIONS if workload.goal else (16,):
            measured = measure_in_turns(floor_url, server, workload, connections, seconds)
            if workload.name == SINGLE and connections == 16:
                reference = measured
    return reference


def measure_in_turns(floor_url: str, server: Server, workload: Workload, connections: int, seconds: int) -> Measured:
    """Let the floor and the house take turns, print the median round by ratio, and return the house's part."""
    bare = bare_request(floor_url)
    rounds: list[tuple[float, Measured, Measured]] = []
    for _ in range(ROUNDS):
        below = press(bare, connections, seconds)
        above = press(workload.request(server), connections, seconds)
        if below.bad or above.bad:
            raise SystemExit(f"{workload.name}: {below.bad} and {above.bad} answers were not 2xx")
        rounds.append((above.rate / below.rate, below, above))
    ratio, below, above = sorted(rounds, key=lambda item: item[0])[ROUNDS // 2]
    goal = f"  (goal {workload.goal})" if workload.goal and connections == 16 else ""
    print(
        f"{workload.name:28}{connections:>6}{below.rate:>10.0f}{above.rate:>10.0f}{ratio:>8.2f}"
        f"{above.p50_ms:>9.2f}{above.p99_ms:>9.2f}{above.rate * workload.scores:>10.0f}{goal}",
        flush=True,
    )
    return above


def measure_large(folder: Path, scores: int, seconds: int, empty: Measured) -> None:
    """Measure writes and reads with many scores in the store."""
    with house(folder) as server:
        prepare(server)
    print(f"\nwith {scores} scores in the store (made in {generator.fill(folder, scores):.0f} s)", flush=True)
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e9
    with house(folder) as server:
        writing = next(workload for workload in WORKLOADS if workload.name == SINGLE).request(server)
        press(writing, 16, seconds)  # Lets the caches fill.
        measured = press(writing, 16, seconds)
        print(f"  one score a request at 16 connections: {measured.rate:.0f}/s, {measured.rate / empty.rate:.2f} of")
        print(f"  the empty store's {empty.rate:.0f}/s (goal 0.8); p99 {measured.p99_ms:.1f} ms; {size:.1f} GB on disk")
        measure_reads(server)
        print(f"  resident after it: {resident_megabytes(server.process.pid):.0f} MB (goal under 150)")
    measure_exports(folder, scores)


if __name__ == "__main__":
    main()
