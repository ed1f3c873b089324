"""The results that are kept, and the table of docs/reliability.md that is made from them."""

import json
import os
import platform
import sqlite3
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from siege.report import Report

REPOSITORY = Path(__file__).parents[1]
RESULTS = REPOSITORY / "siege" / "results.json"
PAGE = REPOSITORY / "docs" / "reliability.md"

BEGIN = "<!-- results: written by `make siege` -->"
END = "<!-- end of results -->"


def keep(name: str, report: Report, seconds: float, scale: float) -> None:
    """Keep a result in place of the siege's last one, and write the table."""
    results = _kept()
    results[name] = {
        "held": report.held,
        "figures": report.figures,
        "broken": report.broken,
        "scale": scale,
        "seconds": round(seconds),
        "day": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": commit(),
        "machine": machine(),
    }
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


def write_table(headlines: Mapping[str, str]) -> None:
    """Write the table into its page, in the order of the sieges; those that were never run say so."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(headlines, _kept())}\n{END}{after}", "utf-8")


def table(headlines: Mapping[str, str], results: Mapping[str, Any]) -> str:
    """Write the results as Markdown: a part for each siege."""
    return "\n".join(_part(name, headline, results.get(name)) for name, headline in headlines.items())


def _part(name: str, headline: str, result: Mapping[str, Any] | None) -> str:
    head = f"### {name}\n\n{headline}\n\n"
    if result is None:
        return f"{head}Not run at full size yet.\n"
    verdict = "Held" if result["held"] else "**Did not hold**"
    size = "" if result["scale"] == 1 else f" at {result['scale']:g} of the full size"
    lines = [f"- {figure}" for figure in result["figures"]]
    lines += [f"- **not held:** {claim}" for claim in result["broken"]]
    made = f"{verdict}{size}, {result['day']}, {result['seconds']} s, commit {result['commit']}; {result['machine']}."
    return f"{head}{made}\n\n" + "\n".join(lines) + "\n"


def machine() -> str:
    """Say what a result was measured on, and how busy that was in the last quarter of an hour, the siege included."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; load average {os.getloadavg()[2]:.0f}"
    )


def commit() -> str:
    """Return the commit that is checked out; a plus says that there is more than was committed."""
    head = _git("rev-parse", "--short", "HEAD") or "unknown"
    return f"{head}+" if _git("status", "--porcelain", "src") else head


def _git(*arguments: str) -> str:
    command = ["git", "-c", f"safe.directory={REPOSITORY}", *arguments]
    return subprocess.run(command, check=False, cwd=REPOSITORY, capture_output=True, text=True).stdout.strip()


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    return kept
