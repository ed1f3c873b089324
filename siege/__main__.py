"""``python -m siege NAME…``: run sieges; with ``--record`` the results are kept and docs/reliability.md is written."""

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from siege.report import Report
from siege.results import keep, write_table

NAMES = ("kills", "powercut", "disks", "outage", "clocks", "overload", "clients", "soak")
"""Every siege, in the order in which they are run and told; each is a module of this package."""


def main() -> int:
    """Run what was named; exit code 1 if anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m siege", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)}; or all")
    parser.add_argument("--scale", type=float, default=1.0, help="of counts and durations; 1 is the full size")
    parser.add_argument("--record", action="store_true", help="keep the results, and write docs/reliability.md")
    options = parser.parse_args()
    if not options.names:
        print("\n".join(f"{name:10} {headline(name)}" for name in NAMES))
        return 0
    reports = []
    for name in NAMES if options.names == ["all"] else options.names:
        began = time.monotonic()
        reports.append(besiege(name, options.scale))
        if options.record:
            keep(name, reports[-1], time.monotonic() - began, options.scale)
            write_table({name: headline(name) for name in NAMES})
    return 0 if all(report.held for report in reports) else 1


def headline(name: str) -> str:
    """Return the first line of a siege's docstring."""
    return (import_module(f"siege.{name}").__doc__ or "").partition("\n")[0]


def besiege(name: str, scale: float) -> Report:
    """Run one siege in a folder of its own, which is gone afterwards."""
    print(f"{name}: {headline(name)}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"siege-{name}-") as folder:
        report: Report = import_module(f"siege.{name}").run(Path(folder), scale)
    print(f"{'held' if report.held else 'NOT HELD'}, {time.monotonic() - began:.0f} s\n", flush=True)
    return report


if __name__ == "__main__":
    sys.exit(main())
