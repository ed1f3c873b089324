"""Bad clients by the thousand: idle, slow, silent, endless, deaf: bounded memory and files, and others are served.

Ten thousand connections ask once and stay; a thousand say nothing; a thousand send a byte of their head a second; two
hundred, with a good key, send bodies that never end; two hundred send heads of a megabyte; a hundred ask for long lists
and never read them. Meanwhile an ordinary client writes and reads, and every one of its requests is answered. The
server holds no more connections than it is set to, its memory stays bounded, and when the times that are set for
them have passed, the bad clients are gone, though none of them has closed its connection.
"""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from benchmarks.workloads import prepare
from siege.calling import Caller, Refused
from siege.processes import besieged, open_files, peak_megabytes, resident_megabytes
from siege.report import Report
from siege.voices import PLACE, VOICES
from tests.server_process import Server

IDLE, SILENT, SLOW, ENDLESS, BOMBS, DEAF = 10_000, 1_000, 1_000, 200, 200, 100
HEAD_S, BODY_S, IDLE_S = 30.0, 30.0, 75.0
"""The server's own defaults."""

STALLED_S = 60.0
"""After which a client that takes nothing is let go; not a setting."""

CONNECTIONS_MAX = 5_000
FILES_BESIDES = 100
MEGABYTES_MAX = 400.0
SLOWEST_S_MAX = 25.0
"""10 seconds for a turn to look up the key, 10 for a turn to write, and what it takes then."""

LISTED = 1_000
MARGIN_S = 60.0
"""For answers that come late to those who do not read them: their time runs from there."""


@dataclass
class Ordinary:
    """The client that has to be served."""

    server: Server
    answered: int = 0
    lost: int = 0
    slowest_s: float = 0.0
    others: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Write and read in turn; a connection that was closed while idle is opened again, as every client does."""
        caller = Caller(self.server)
        number = 0
        while not self.over.wait(0.05):
            number += 1
            voice = VOICES[number % len(VOICES)]
            wording = voice.create(f"ordinary-{number}", 0.5, PLACE)
            self._ask(caller, voice.edition, wording.method, wording.path, wording.body)
            self._ask(caller, "native", "GET", "/v1/scores?limit=10")
        caller.close()

    def _ask(self, caller: Caller, edition: str, method: str, path: str, body: object = None) -> None:
        began = time.monotonic()
        try:
            answer = caller.send(edition, method, path, body)
        except Refused as error:
            self.lost += 1
            self.others.append(repr(error))
            return
        self.answered += 1
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        if answer.status not in {200, 201}:
            self.others.append(f"{method} {path}: {answer.status} {answer.body[:100]!r}")


def run(folder: Path, scale: float) -> Report:
    """Bring a `scale` of the bad clients, who are waited for as long."""
    report = Report()
    waits = {"head_timeout_s": HEAD_S, "body_timeout_s": BODY_S, "idle_timeout_s": IDLE_S}
    settings = {name: f"{max(1.0, seconds * scale):g}" for name, seconds in waits.items()}
    most = max(100, round(CONNECTIONS_MAX * scale))
    with besieged(folder, None, connections_max=str(most), **settings) as server:
        prepare(server)
        fill(server)
        ordinary = Ordinary(server)
        thread = threading.Thread(target=ordinary.run)
        thread.start()
        time.sleep(1)
        before = resident_megabytes(server.process.pid), open_files(server.process.pid)
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                files, left = runner.run(besiege(report, server, scale, before[1]))
        finally:
            ordinary.over.set()
            thread.join()
        judge(report, server, ordinary, before, most)
        report.figure(f"files open: {before[1]} before, {files} at most, {left} in the end")
        report.claim(files <= most + FILES_BESIDES, f"{files} files were open, with {most} connections allowed")
        report.claim(left <= before[1] + 5, f"{left - before[1]} bad clients were never let go")
    return report


def judge(report: Report, server: Server, ordinary: Ordinary, before: tuple[float, int], most: int) -> None:
    """Claim what has to hold of memory and of the ordinary client."""
    peak = peak_megabytes(server.process.pid)
    report.figure(f"at most {most} connections; memory {before[0]:.0f} MB before, {peak:.0f} MB at most")
    report.claim(peak < MEGABYTES_MAX, f"memory rose to {peak:.0f} MB")
    report.figure(
        f"the ordinary client: {ordinary.answered} requests answered, {ordinary.lost} lost, the slowest after"
        f" {ordinary.slowest_s:.2f} s"
    )
    report.claim(not ordinary.others, f"the ordinary client was not served: {ordinary.others[:3]}")
    report.claim(ordinary.slowest_s < SLOWEST_S_MAX, f"a request took {ordinary.slowest_s:.1f} s")


def fill(server: Server) -> None:
    """Record what makes a list long."""
    caller = Caller(server)
    target = {"kind": "session", "id": "s"}
    scores = [{"name": "long", "value": 0.5, "target": target, "comment": "x" * 1_000} for _ in range(LISTED)]
    caller.send("native", "POST", "/v1/scores/batch", {"scores": scores})
    caller.close()


async def besiege(report: Report, server: Server, scale: float, files_before: int) -> tuple[int, int]:
    """Bring the bad clients; return how many files were open at most, and how many in the end."""
    parts = urlsplit(server.url)
    key = server.headers("native")["Authorization"]
    get = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    long = f"GET /v1/scores?limit={LISTED} HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n".encode()
    post = f"POST /v1/scores HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nTransfer-Encoding: chunked\r\n"
    kinds: tuple[tuple[int, bytes, bytes], ...] = (
        (IDLE, get, b""),
        (SILENT, b"", b""),
        (SLOW, b"GET / HTTP/1.1\r\nx: ", b"y"),
        (ENDLESS, post.encode() + b"Content-Type: application/json\r\n\r\n", b"1\r\n \r\n"),
        (BOMBS, b"GET / HTTP/1.1\r\n" + b"".join(b"x%d: y\r\n" % n for n in range(100_000)), b""),
        (DEAF, long * 3, b""),
    )
    lines: list[tuple[asyncio.StreamWriter, bytes]] = []
    files = 0
    for count, first, again in kinds:
        for number in range(max(1, round(count * scale))):
            try:
                _, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1024)
            except OSError:
                continue
            writer.write(first)
            lines.append((writer, again))
            if number % 500 == 0:
                files = max(files, open_files(server.process.pid))
    report.figure(f"{len(lines)} bad clients came")
    waits_s = max(IDLE_S * scale, STALLED_S) + MARGIN_S
    until = time.monotonic() + waits_s
    while time.monotonic() < until and open_files(server.process.pid) > files_before + 5:
        files = max(files, open_files(server.process.pid))
        if time.monotonic() < until - waits_s + HEAD_S * scale:
            for writer, again in lines:
                if again and not writer.is_closing():
                    writer.write(again)
        await asyncio.sleep(1)
    left = open_files(server.process.pid)
    report.figure(f"gone after {time.monotonic() - until + waits_s:.0f} s")
    for writer, _ in lines:
        writer.transport.abort()
    return files, left
