"""Overload: ten times what it can do, for two minutes: bounded memory, refusals, bounded latency, and back in seconds.

First it is found out how much of a mix of writes, batches and lists the server does with 64 connections; then ten
times as much is offered over 2,000, whatever the answers are; then 60 clients send batches of 12 MB at once, over and
over. What is not accepted is refused with 503 or 429 and `Retry-After`, what is accepted is answered within the
bounds, memory stays bounded, and right after it the server answers as before.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from benchmarks.workloads import TRACE, prepare
from siege.calling import Caller
from siege.flood import Seen, flood
from siege.processes import besieged, peak_megabytes, resident_megabytes
from siege.report import Report
from siege.voices import PLACE, VOICES
from tests.server_process import Server

LASTS_S = 120.0
CONNECTIONS = 2_000
TIMES = 10
MEASURED_S = 5.0

BATCH_SCORES = 100
LARGE_CLIENTS = 60
LARGE_SCORES, LARGE_COMMENT = 1_000, "x" * 12_000

MEGABYTES_MAX = 1_000.0
LATENCY_S_MAX = 25.0
"""Of the accepted: 10 seconds for a turn to look up the key, 10 for a turn to write, and what it takes then."""

BACK_WITHIN_S = 15.0
"""What was accepted last may still be worked on for so long."""


def run(folder: Path, scale: float) -> Report:
    """Flood for two minutes times `scale`."""
    report, lasts_s = Report(), max(4.0, LASTS_S * scale)
    with besieged(folder) as server:
        prepare(server)
        mix = requests_of(server)
        seen = [press(server, mix, 64, 0, MEASURED_S)]
        calm = seen[0]
        rate = calm.accepted / MEASURED_S
        report.figure(f"able: {rate:.0f} requests/s over 64 connections, p99 {calm.latency_s(0.99) * 1000:.0f} ms")
        before = resident_megabytes(server.process.pid)
        seen.append(press(server, mix, CONNECTIONS, rate * TIMES, lasts_s))
        tell(report, f"offered {TIMES} times that for {lasts_s:.0f} s", seen[-1], lasts_s)
        report.claim(seen[-1].refused > 0, "nothing was refused: that was no overload")
        come_back(report, server, mix, calm)
        seen.append(press(server, [large_batch(server)], LARGE_CLIENTS, 0, max(4.0, lasts_s / 4)))
        tell(report, f"{LARGE_CLIENTS} clients with batches of 12 MB", seen[-1], max(4.0, lasts_s / 4))
        come_back(report, server, mix, calm)
        peak = peak_megabytes(server.process.pid)
        report.figure(f"memory {before:.0f} MB before, {peak:.0f} MB at most")
        report.claim(peak < MEGABYTES_MAX, f"memory rose to {peak:.0f} MB")
        report.claim(server.stop() == 0, "it did not end in order")
    return report


def requests_of(server: Server) -> list[bytes]:
    """Make the mix: of ten requests eight single writes, through every dialect, one batch, one list."""
    singles = []
    for voice in VOICES:
        wording = voice.create("flood", 0.5, PLACE)
        if isinstance(wording.body, dict):
            wording.body.pop("id", None)
        singles.append(_request(server, voice.edition, wording.method, wording.path, wording.body))
    score = {"name": "flood", "value": 0.5, "target": {"kind": "trace", "id": TRACE}}
    batch = _request(server, "native", "POST", "/v1/scores/batch", {"scores": [score] * BATCH_SCORES})
    listing = _request(server, "native", "GET", "/v1/scores?name=flood&limit=50")
    return [*(singles * 8), *([batch] * len(VOICES)), *([listing] * len(VOICES))]


def large_batch(server: Server) -> bytes:
    """Make a batch of 12 MB."""
    score = {"name": "large", "value": 0.5, "target": {"kind": "session", "id": "s"}, "comment": LARGE_COMMENT}
    return _request(server, "native", "POST", "/v1/scores/batch", {"scores": [score] * LARGE_SCORES})


def press(server: Server, requests: Sequence[bytes], connections: int, rate: float, seconds: float) -> Seen:
    """Flood, on an event loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(flood(server.url, requests, connections, rate, seconds))


def tell(report: Report, what: str, seen: Seen, seconds: float) -> None:
    """Say what came of a flood, and claim what has to hold of it."""
    answered = sum(seen.statuses.values())
    report.figure(
        f"{what}: {seen.offered / seconds:.0f} offered/s, {answered / seconds:.0f} answered/s,"
        f" {seen.accepted / seconds:.0f} accepted/s, {seen.refused} refused with Retry-After;"
        f" accepted p50 {seen.latency_s(0.5):.2f} s, p99 {seen.latency_s(0.99):.2f} s, all {seen.latency_s(1):.2f} s"
    )
    others = {status: count for status, count in seen.statuses.items() if status >= 300 and status not in {429, 503}}
    report.claim(not others, f"{what}: other answers {others}")
    report.claim(seen.bare == 0, f"{what}: {seen.bare} refusals without Retry-After")
    report.claim(seen.accepted > 0, f"{what}: nothing was accepted")
    report.claim(seen.latency_s(1) < LATENCY_S_MAX, f"{what}: an answer took {seen.latency_s(1):.1f} s")


def come_back(report: Report, server: Server, mix: Sequence[bytes], calm: Seen) -> None:
    """Claim that it soon answers as before, to one caller and to 64."""
    began = time.monotonic()
    caller = Caller(server)
    body = json.loads(mix[0].partition(b"\r\n\r\n")[2])
    while caller.send("native", "POST", "/v1/scores", body).status != 201:
        if time.monotonic() > began + BACK_WITHIN_S:
            break
    back_s = time.monotonic() - began
    caller.close()
    after = press(server, mix, 64, 0, MEASURED_S)
    report.figure(
        f"  back after {back_s:.2f} s; then {after.accepted / MEASURED_S:.0f} requests/s over 64 connections,"
        f" {after.accepted / max(1, calm.accepted):.2f} of before, p99 {after.latency_s(0.99) * 1000:.0f} ms"
    )
    report.claim(back_s < BACK_WITHIN_S, f"it took {back_s:.1f} s to come back")
    report.claim(after.refused == 0, f"{after.refused} refusals after the flood")
    report.claim(after.accepted > calm.accepted / 3, "afterwards it is slower than before")


def _request(server: Server, edition: str, method: str, path: str, body: object = None) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    headers = {**server.headers(edition), "Host": "siege", "Content-Type": "application/json"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\n{head}Content-Length: {len(content)}\r\n\r\n".encode() + content
