"""Moving in: JSON Lines of scores into an empty store, with every check and with history, by the command itself."""

import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.generator import NAMES, SCORES_PER_TRACE
from benchmarks.processes import LOOKS_EVERY_S, most_resident_megabytes
from tests.server_process import environment

ROWS = 1_000_000
ROWS_PER_SECOND_MIN = 20_000
MEGABYTES_MAX = 200


def measure_import(folder: Path, rows: int) -> None:
    """Write a file, import it, import it again, and print how fast that was and how much memory it took at most."""
    file, data = folder / "scores.jsonl", folder / "data"
    write_scores(file, rows)
    print(f"\nimport of {rows} scores as JSON Lines ({file.stat().st_size / rows:.0f} bytes a row)", flush=True)
    for what, goal in (("into an empty store", f"  (goal {ROWS_PER_SECOND_MIN})"), ("again, nothing new", "")):
        seconds, megabytes = _import(file, data)
        print(
            f"  {what:24}{rows / seconds:>10.0f} rows/s{goal}, {megabytes:.0f} MB at most (goal under {MEGABYTES_MAX})",
            flush=True,
        )


def write_scores(path: Path, rows: int) -> None:
    """Write scores as an export does: names, traces, comments and metadata as a judge leaves them."""
    with path.open("w") as file:
        for number in range(rows):
            at = f"2025-05-{number // 2_000_000 % 28 + 1:02}T{number // 60 // 60 % 24:02}:{number // 60 % 60:02}"
            row = {
                "id": f"{0x0190A0B0C0D070008000000000000000 + number:032x}",
                "name": f"generated-{number % NAMES}",
                "target_kind": "trace",
                "target": f"{(0x7ACE << 112) + number // SCORES_PER_TRACE:032x}",
                "trace": None,
                "kind": "numeric",
                "number": number % 1000 / 1000,
                "status": "completed",
                "origin": "evaluator",
                "author": f"judge-{number % 3}",
                "comment": f"generated score number {number}",
                "metadata": {"model": "m-1", "tokens": number % 977},
                "environment": "production",
                "timestamp": f"{at}:{number % 60:02}.{number % 1_000_000:06}Z",
                "created_at": f"{at}:{number % 60:02}.{number % 1_000_000:06}Z",
                "deleted": False,
            }
            file.write(json.dumps(row) + "\n")


def _import(file: Path, data: Path) -> tuple[float, float]:
    """Run the command; answers its seconds and its greatest resident size in MB of 10^6 bytes."""
    command = [sys.executable, "-m", "scorehouse.cli", "import", str(file), "--data", str(data)]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, cwd=file.parent)
    megabytes = 0.0
    while process.poll() is None:
        megabytes = most_resident_megabytes(process.pid) or megabytes
        time.sleep(LOOKS_EVERY_S)
    if process.returncode != 0:
        raise SystemExit(f"the import ended with {process.returncode}")
    return time.perf_counter() - began, megabytes
