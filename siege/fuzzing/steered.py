"""Feed one target for some seconds, steered by what code each input reaches. Needs atheris; see ``__main__``.

A finding does not end the run: it is written once for each place that it comes from, and the run goes on. What hangs
does end it: libFuzzer writes the input and stops, and ``__main__`` goes on with what is left of the time.
"""

import argparse
import hashlib
import logging
import sys
import traceback
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # it ships no types, and is not there when types are checked
import structlog

with atheris.instrument_imports(include=["scorehouse"]):
    from siege.fuzzing.judging import Finding
    from siege.fuzzing.mutations import Mutator
    from siege.fuzzing.targets import Target, decoders, target

HANG_S = 30
"""Of the clock, on a machine that does other things as well."""

INPUT_BYTES_MAX = 8192


class Run:
    """Feeds a target, and writes down its findings."""

    def __init__(self, fed: Target, folder: Path) -> None:
        self._fed = fed
        self._folder = folder
        self._places: set[str] = set()

    def __call__(self, data: bytes) -> None:
        """Feed one input."""
        try:
            self._fed.feed(data)
        except Finding as finding:
            self._note(data, finding)

    def _note(self, data: bytes, finding: Finding) -> None:
        """Write a finding, if none of the same place was written."""
        cause = finding.__cause__ or finding
        frames = traceback.extract_tb(cause.__traceback__)
        last = frames[-1] if frames else None
        place = (
            f"{type(cause).__name__} {str(finding)[:40]} {last.filename if last else ''}:{last.lineno if last else 0}"
        )
        if place in self._places:
            return
        self._places.add(place)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / hashlib.sha256(data).hexdigest()[:16]
        path.write_bytes(data)
        story = "".join(traceback.format_exception(finding))
        path.with_suffix(".story").write_text(story, "utf-8", "replace")
        print(f"FINDING {path.name}: {finding}", flush=True)


def main() -> None:
    """Run until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--found", type=Path, required=True)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    structlog.configure(processors=[_drop])
    options.found.mkdir(parents=True, exist_ok=True)
    fed = target(options.target)
    run = Run(fed, options.found)
    names = tuple(decoders())
    for number, seed in enumerate(fed.seeds()):
        (options.corpus / f"seed-{number}").write_bytes(seed)

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        mutator = Mutator(seed, atheris.Mutate)
        if seed % 10 == 0:
            return bytes(atheris.Mutate(data, size))
        changed = mutator.message(data) if fed.name == "requests" else mutator.named(data, names)
        return changed[:size]

    limits = [f"-max_total_time={options.seconds}", f"-timeout={HANG_S}", f"-max_len={INPUT_BYTES_MAX}"]
    rest = ["-rss_limit_mb=4096", f"-artifact_prefix={options.found}/hang-", "-print_final_stats=1", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *limits, *rest, str(options.corpus)], run, custom_mutator=mutate)
    atheris.Fuzz()


def _drop(*_: object) -> dict[str, object]:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
