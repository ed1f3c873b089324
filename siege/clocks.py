"""A clock that jumps back and forward by hours: ids, times and the feed stay in order, nothing is lost or refused.

While writers of every dialect go on, the clock of the server's machine is set back and forward. Along the feed the
times never run back, the ids that the house mints only grow, and nothing is lost, refused or told twice. After a
restart with the clock set back the feed goes on behind what was there, though the times of then are earlier.
"""

import time
from pathlib import Path

from benchmarks.workloads import prepare
from siege.calling import Caller
from siege.faults import Faults
from siege.ledger import all_changes, all_scores, hold_against
from siege.processes import besieged
from siege.report import Report
from siege.steady import Steady

WRITERS = 16
HOUR_S = 3600
JUMPS_S = (-HOUR_S, -6 * HOUR_S, 2 * HOUR_S, -HOUR_S, 24 * HOUR_S, 0)
LASTS_S = 10.0
MINTED = ("2signal", "pandaprobe", "respan")
"""Dialects whose scores get ids of the house, as they are."""


def run(folder: Path, scale: float) -> Report:
    """Let each jump last for 10 seconds times `scale`."""
    report, lasts_s = Report(), max(0.3, LASTS_S * scale)
    faults = Faults(folder)
    marks = []
    for life in range(2):
        with besieged(folder, faults.variables) as server:
            prepare(server)
            steady = Steady([server])
            with steady.writing(WRITERS):
                for jump_s in JUMPS_S:
                    steady.until_progress()
                    faults.set(clock_offset_s=jump_s)
                    time.sleep(lasts_s)
            caller = Caller(server)
            report.claim(steady.refused == 0, f"{steady.refused} writes were refused")
            changes = list(all_changes(caller))
            marks.append([int(change["mark"].rpartition(".")[2]) for change in changes])
            if life == 0:
                hold_against(steady.ledger, caller, report)
                _claim_order(report, caller, changes)
            caller.close()
        faults.set(clock_offset_s=-12 * HOUR_S)
    first, second = marks
    report.claim(second[: len(first)] == first, "a restart with the clock set back changed what the feed had told")
    report.claim(second == sorted(set(second)), "after a restart with the clock set back the feed is out of order")
    report.figure(f"{len(second)} changes in order over {len(JUMPS_S)} jumps, twice, with a restart 12 hours earlier")
    return report


def _claim_order(report: Report, caller: Caller, changes: list[dict[str, object]]) -> None:
    times = [str(change["at"]) for change in changes]
    report.claim(times == sorted(times), "times run back along the feed")
    born = [change for change in changes if change["action"] == "created" and change["subject"] == "score"]
    minted = [str(change["id"]) for change in born if dict(change["actor"])["dialect"] in MINTED]  # type: ignore[call-overload]  # an object of JSON
    report.claim(minted == sorted(set(minted)), "ids that the house minted do not grow along the feed")
    odd = [score["id"] for score in all_scores(caller) if score["updated_at"] < score["created_at"]]
    report.claim(not odd, f"{len(odd)} scores were changed before they were made")
    report.figure(f"{len(times)} changes of one run: times never back, {len(minted)} minted ids only growing")
