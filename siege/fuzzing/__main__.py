"""``python -m siege.fuzzing --minutes 60``: every target gets its share of the time, in rounds, one process at a time.

The environment with atheris is made from ``locks/fuzz.txt`` at the first call. What reached new code is kept in
``siege/results/fuzzing/corpus``, so that the next run begins where this one ended. A finding stands in
``siege/results/fuzzing/found/<target>/`` with its story beside it; once its defect is mended, its input goes to
``siege/fuzzing/findings/<target>/``, which the tests replay. The exit code is 1 if anything was found.
"""

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.sdk.environments import REPOSITORY, built

RESULTS = REPOSITORY / "siege" / "results" / "fuzzing"
LOCK = REPOSITORY / "locks" / "fuzz.txt"
ENVIRONMENT = REPOSITORY / ".venvs" / "fuzz"

SHARES = {"requests": 0.6, "decoders": 0.4}
"""Of the time. Decoders are a tenth of the way, and ten times as fast."""

ROUND_S = 300
"""A round begins anew with the corpus, cut down to what reaches the same code with less."""

_EXECUTIONS = re.compile(r"^stat::number_of_executed_units: +(\d+)$", re.MULTILINE)


@dataclass(slots=True)
class Tally:
    """What was done with a target."""

    executions: int = 0
    seconds: float = 0.0
    findings: int = 0
    hangs: int = 0


def main() -> int:
    """Fuzz, and print what was done."""
    parser = argparse.ArgumentParser(prog="python -m siege.fuzzing", description="Feed garbage to every decoder.")
    parser.add_argument("--minutes", type=float, default=60.0, help="of all targets together")
    parser.add_argument("--target", choices=SHARES, help="only this one")
    options = parser.parse_args()
    shares = SHARES if options.target is None else {options.target: 1.0}
    python = built(ENVIRONMENT, LOCK)
    tallies = {name: Tally() for name in shares}
    for name, share in shares.items():
        end = monotonic() + options.minutes * 60 * share
        while (left := round(end - monotonic())) > 1:
            _round(python, name, min(left, ROUND_S), tallies[name])
    for name, tally in tallies.items():
        print(f"{name:<10} {tally.executions:>12,} executions {tally.seconds / 60:>8.1f} min", end="")
        print(f" {tally.findings:>4} findings {tally.hangs:>4} hangs")
    return int(any(tally.findings or tally.hangs for tally in tallies.values()))


def _round(python: Path, name: str, seconds: int, tally: Tally) -> None:
    """Run one process on a target for some seconds, and count what it did."""
    corpus, found = RESULTS / "corpus" / name, RESULTS / "found" / name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    command = [str(python), "-m", "siege.fuzzing.steered", name, "--seconds", str(seconds)]
    command += ["--corpus", str(corpus), "--found", str(found)]
    paths = os.pathsep.join((str(REPOSITORY / "src"), str(REPOSITORY)))
    began = monotonic()
    process = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    executions = _EXECUTIONS.findall(process.stdout)
    if not executions:
        sys.exit(f"{name}: the fuzzer did not run; it ended with {process.returncode}.\n{process.stdout}")
    found_now = [line for line in process.stdout.splitlines() if line.startswith("FINDING")]
    tally.executions += int(executions[-1])
    tally.seconds += monotonic() - began
    tally.findings += len(found_now)
    tally.hangs += process.returncode != 0
    print("\n".join([*found_now, f"{name}: {tally.executions:,} executions in {tally.seconds:.0f} s"]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
