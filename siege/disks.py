"""A disk that is slow, full, read-only, or fails to sync: refusals with Retry-After, then on again without a restart.

Sixteen writers of every dialect go on all the time while a library loaded into the server does to its files what such a
disk does. While nothing can be written, every write is refused with 503 and `Retry-After`, reads and `/health` are
answered, and what was refused is not stored; once the disk is well, writes go on by themselves within seconds. A
slow disk makes writes slow and refuses none. In the end, and after a restart, what is stored is what was acknowledged.
"""

import errno
import time
from pathlib import Path

from benchmarks.workloads import prepare
from siege.calling import Caller
from siege.faults import Faults
from siege.ledger import hold_against
from siege.processes import besieged
from siege.report import Report
from siege.steady import Steady
from tests.server_process import Server, start

WRITERS = 16
LASTS_S = 20.0
"""Each fault."""

SLOW_MS = 500
SETTLED_WITHIN_S = 30.0
BACK_WITHIN_S = 10.0

FAULTS = {
    "full": {"write_errno": errno.ENOSPC},
    "read-only": {"write_errno": errno.EROFS},
    "failing to write": {"write_errno": errno.EIO},
    "failing to sync": {"sync_errno": errno.EIO},
}


def run(folder: Path, scale: float) -> Report:
    """Let each fault last for 20 seconds times `scale`."""
    report, lasts_s = Report(), max(2.0, LASTS_S * scale)
    faults = Faults(folder)
    with besieged(folder, faults.variables) as server:
        prepare(server)
        steady = Steady([server])
        with steady.writing(WRITERS):
            steady.until_progress()
            bear_slowness(report, faults, steady, server, lasts_s)
            for name, fault in FAULTS.items():
                with faults.fault(**fault):
                    bear_refusal(report, name, steady, server, lasts_s)
                back_s = steady.until_progress()
                report.figure(f"{name}: writing again {back_s:.2f} s after it was well")
                report.claim(back_s < BACK_WITHIN_S, f"{name}: it took {back_s:.1f} s to go on")
        _hold(report, steady, server)
        server.stop()
    again = start(folder / "data", folder / "log")
    _hold(report, steady, again)
    again.stop()
    return report


def bear_slowness(report: Report, faults: Faults, steady: Steady, server: Server, lasts_s: float) -> None:
    """Claim that writes wait for a slow disk, and reads do not."""
    before, acknowledged = steady.refused, steady.ledger.acknowledged
    steady.slowest_s = 0.0
    with faults.fault(sync_delay_ms=SLOW_MS):
        slowest_read_s = look_in(report, "slow", server, lasts_s)
    written = steady.ledger.acknowledged - acknowledged
    report.figure(
        f"slow ({SLOW_MS} ms a sync): {written} scores acknowledged in {lasts_s:.0f} s, none refused, the slowest after"
        f" {steady.slowest_s:.1f} s; the slowest read {slowest_read_s * 1000:.0f} ms"
    )
    report.claim(steady.refused == before, "a slow disk led to refusals")
    report.claim(written >= lasts_s, "hardly anything was written on a slow disk")


def bear_refusal(report: Report, name: str, steady: Steady, server: Server, lasts_s: float) -> None:
    """Claim that nothing is acknowledged while it cannot be written, and everything else goes on."""
    refused, over = steady.refused, time.monotonic() + SETTLED_WITHIN_S
    while steady.refused < refused + 3 * WRITERS and time.monotonic() < over:
        time.sleep(0.05)  # What was on its way when the fault set in is answered first.
    refused, acknowledged = steady.refused, steady.ledger.acknowledged
    look_in(report, name, server, lasts_s)
    report.figure(f"{name}: {steady.refused - refused} writes refused with Retry-After in {lasts_s:.0f} s")
    report.claim(steady.refused > refused, f"{name}: nothing was refused")
    report.claim(steady.ledger.acknowledged == acknowledged, f"{name}: something was acknowledged")


def look_in(report: Report, name: str, server: Server, lasts_s: float) -> float:
    """Read, over and over; returns how long the slowest read took, in seconds."""
    caller, slowest_s = Caller(server), 0.0
    over = time.monotonic() + lasts_s
    while time.monotonic() < over:
        for path in ("/v1/scores?limit=10", "/health"):
            began = time.monotonic()
            answer = caller.send("native", "GET", path)
            slowest_s = max(slowest_s, time.monotonic() - began)
            report.claim(answer.status == 200, f"{name}: {path} was answered {answer.status}")
        time.sleep(0.1)
    caller.close()
    return slowest_s


def _hold(report: Report, steady: Steady, server: Server) -> None:
    caller = Caller(server)
    hold_against(steady.ledger, caller, report)
    caller.close()
