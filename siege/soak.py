"""An hour of mixed load: flat memory, flat latency, no growth in open files.

Eight clients send traces, write through every dialect in turn, read by id, list through several, read the feed, write
batches and export what is new, at a steady low rate. What is held against each other is the second quarter and the last
one, after the caches have filled: resident memory, open files, median latency, and the processor time that a request
costs. Latency is held against that of requests for nothing, which other programs slow down as well.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression, median, quantiles

from siege.calling import Caller, Refused
from siege.processes import besieged, open_files, processor_seconds, resident_megabytes
from siege.report import Report
from siege.voices import NAME, VOICES, Place, sending_of
from tests.server_process import Server

DURATION_S = 3600.0
CLIENTS = 8
REQUESTS_A_SECOND = 45.0
SAMPLES = 240
"""Looks at the process, evenly over the time."""

EXPORT_EVERY = 400
"""Requests of one client between two exports of what is new."""

WRITES_A_TRACE = 50
"""Of one client, before it sends another trace."""

GROWTH_MEGABYTES_MAX = 5.0
"""Of resident memory in the second half of the time."""

OPEN_FILES_GROWTH_MAX = 2
"""Reading threads open their connections when they are first needed."""

CONTROL = "nothing"
SLOWER_MAX = 1.5
"""Of median latency, beyond what a request for nothing slowed down: the machine may have other things to do."""

DEARER_MAX = 1.3
"""Of processor time a request."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the process."""

    at_s: float
    resident_megabytes: float
    open_files: int
    processor_s: float
    requests: int


@dataclass
class Course:
    """What was seen over the time.

    Attributes:
        latencies: by kind of request: when it began and how long it took, in seconds.
        failures: what was answered otherwise than it should.
    """

    began: float = field(default_factory=time.monotonic)
    latencies: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return sum(len(each) for each in list(self.latencies.values()))

    def between(self, kind: str, since_s: float, until_s: float) -> list[float]:
        """Return the latencies of a kind, in ms, of requests that began in a span of time."""
        return [took * 1000 for at, took in self.latencies[kind] if since_s <= at < until_s]


class Client:
    """One client, which does everything in turn."""

    def __init__(self, server: Server, course: Course, number: int) -> None:
        self._caller = Caller(server)
        self._course = course
        self._number = number
        self._chance = random.Random(number)  # noqa: S311 - picks requests, not secrets
        self._made = 0
        self._writes = 0
        self._own = ""
        self._place = Place()
        self._mark = "0.0"
        self._kinds: tuple[tuple[int, Callable[[], None]], ...] = (
            (60, self._write),
            (15, self._read),
            (10, self._list),
            (5, self._list_theirs),
            (5, self._feed),
            (5, self._batch),
            (10, self._nothing),
        )

    def run(self, pause_s: float) -> None:
        """Send requests at a steady pace until it is over."""
        due = time.monotonic() + self._chance.random() * pause_s
        actions = [action for _, action in self._kinds]
        weights = [weight for weight, _ in self._kinds]
        while not self._course.over.wait(max(0.0, due - time.monotonic())):
            due = max(due + pause_s, time.monotonic() - 1)
            self._made += 1
            try:
                if self._made % EXPORT_EVERY == 0:
                    self._export()
                else:
                    self._chance.choices(actions, weights)[0]()
            except Refused as error:
                self._course.failures.append(repr(error))
        self._caller.close()

    def _ask(self, kind: str, edition: str, method: str, path: str, body: object = None) -> dict[str, str]:
        """Send one request and note how long it took; returns the answer's headers."""
        began = time.monotonic()
        answer = self._caller.send(edition, method, path, body)
        if answer.status >= 300:
            self._course.failures.append(f"{method} {path}: {answer.status} {answer.body[:200]!r}")
        self._course.latencies[kind].append((began - self._course.began, time.monotonic() - began))
        return dict(answer.headers)

    def _write(self) -> None:
        if self._writes % WRITES_A_TRACE == 0:
            self._place = Place(f"{self._chance.getrandbits(128) | 1:032x}", f"{self._chance.getrandbits(64) | 1:016x}")
            sending = sending_of(self._place)
            self._ask("trace", "native", sending.method, sending.path, sending.body)
        self._writes += 1
        voice = VOICES[self._writes % len(VOICES)]
        token = f"{self._number}-{self._writes}"
        if voice.edition == "native":
            self._own = token
        wording = voice.create(token, self._chance.randrange(1001) / 1000, self._place)
        if voice.edition == "respan":
            wording.body["evaluator_slug"] = NAME
        self._ask("write", voice.edition, wording.method, wording.path, wording.body)

    def _batch(self) -> None:
        target = {"kind": "trace", "id": self._place.trace}
        scores = [{"name": NAME, "value": place / 20, "target": target} for place in range(20)]
        if self._writes:
            self._ask("batch", "native", "POST", "/v1/scores/batch", {"scores": scores})

    def _read(self) -> None:
        if self._own:
            self._ask("read", "native", "GET", f"/v1/scores/own-{self._own}")

    def _list(self) -> None:
        self._ask("list", "native", "GET", f"/v1/scores?name={NAME}&number.gte=0.5&limit=50")

    def _list_theirs(self) -> None:
        """List the scores of one trace or span, as a vendor's users do."""
        trace, span = self._place
        edition, path = self._chance.choice(
            (
                ("2signal", f"/api/v1/scores?traceId={trace}"),
                ("langfuse", f"/api/public/traces/{trace}"),
                ("pandaprobe", f"/evaluations/trace-scores/{trace}"),
                ("respan", f"/api/logs/{span}/scores/"),
            )
        )
        if self._writes:
            self._ask("list of a trace", edition, "GET", path)

    def _nothing(self) -> None:
        """Ask for nothing: what slows this down is the machine."""
        self._ask(CONTROL, "native", "GET", "/health")

    def _feed(self) -> None:
        self._ask("feed", "native", "GET", "/v1/changes?limit=50")

    def _export(self) -> None:
        form = ("jsonl", "csv", "parquet")[self._made // EXPORT_EVERY % 3]
        headers = self._ask("export", "native", "GET", f"/v1/export?format={form}&after={self._mark}")
        self._mark = headers.get("scorehouse-mark", self._mark)


def run(folder: Path, scale: float) -> Report:
    """Soak for an hour times `scale`."""
    report, course, duration_s = Report(), Course(), DURATION_S * scale
    with besieged(folder) as server:
        clients = [Client(server, course, number) for number in range(CLIENTS)]
        threads = [threading.Thread(target=client.run, args=(CLIENTS / REQUESTS_A_SECOND,)) for client in clients]
        for thread in threads:
            thread.start()
        for number in range(SAMPLES + 1):
            time.sleep(max(0.0, course.began + duration_s * number / SAMPLES - time.monotonic()))
            course.samples.append(look(server, course))
            if number % (SAMPLES // 12) == 0:
                tell(course.samples[-1])
        course.over.set()
        for thread in threads:
            thread.join()
    judge(report, course, duration_s)
    return report


def look(server: Server, course: Course) -> Sample:
    """Look at the process."""
    id = server.process.pid
    at_s = time.monotonic() - course.began
    return Sample(at_s, resident_megabytes(id), open_files(id), processor_seconds(id), course.requests)


def tell(sample: Sample) -> None:
    """Say how it goes."""
    print(
        f"  {sample.at_s / 60:6.1f} min  {sample.requests:8} requests  {sample.resident_megabytes:6.1f} MB"
        f"  {sample.open_files} files  {sample.processor_s:7.1f} s of processor",
        flush=True,
    )


def judge(report: Report, course: Course, duration_s: float) -> None:
    """Hold the parts of the time against each other."""
    last = course.samples[-1]
    load = last.processor_s / last.at_s
    report.figure(f"{last.requests} requests in {duration_s / 60:.1f} min, {load:.0%} of one processor")
    report.claim(not course.failures, f"{len(course.failures)} requests failed, first: {course.failures[:1]}")
    _judge_memory(report, course, duration_s)
    _judge_latency(report, course, duration_s)


def _judge_memory(report: Report, course: Course, duration_s: float) -> None:
    settled = [sample for sample in course.samples if sample.at_s >= duration_s / 2]
    slope, _ = linear_regression([s.at_s / 3600 for s in settled], [s.resident_megabytes for s in settled])
    growth = slope * duration_s / 2 / 3600
    first, last = settled[0], settled[-1]
    report.figure(
        f"memory {first.resident_megabytes:.0f} MB at half time, {last.resident_megabytes:.0f} MB at the end"
        f" ({slope:+.1f} MB/h)"
    )
    report.claim(growth <= GROWTH_MEGABYTES_MAX, f"memory grew by {growth:.1f} MB in the second half")
    quarter = next(sample for sample in course.samples if sample.at_s >= duration_s / 4)
    report.figure(f"open files {quarter.open_files} after a quarter, {last.open_files} at the end")
    report.claim(last.open_files <= quarter.open_files + OPEN_FILES_GROWTH_MAX, "open files grew")


def _judge_latency(report: Report, course: Course, duration_s: float) -> None:
    quarter_s = duration_s / 4
    nothing = [course.between(CONTROL, quarter * quarter_s, (quarter + 1) * quarter_s) for quarter in (1, 3)]
    machine = max(1.0, median(nothing[1]) / median(nothing[0])) if all(nothing) else 1.0
    for kind in sorted(course.latencies):
        before = course.between(kind, quarter_s, 2 * quarter_s)
        after = course.between(kind, 3 * quarter_s, duration_s)
        if len(before) < 2 or len(after) < 2:
            continue
        was, now = median(before), median(after)
        report.figure(
            f"{kind}: median {was:.1f} → {now:.1f} ms, p99 {quantiles(before, n=100)[-1]:.0f} →"
            f" {quantiles(after, n=100)[-1]:.0f} ms (second → last quarter)"
        )
        is_flat = now <= was * machine * SLOWER_MAX + 1
        report.claim(
            is_flat, f"{kind} slowed from {was:.1f} to {now:.1f} ms, a request for nothing {machine:.1f} times"
        )
    was, now = _cost_ms(course, 1), _cost_ms(course, 3)
    report.figure(f"processor time a request {was:.2f} → {now:.2f} ms (second → last quarter)")
    report.claim(now <= was * DEARER_MAX, f"a request became dearer: {was:.2f} → {now:.2f} ms of processor")


def _cost_ms(course: Course, quarter: int) -> float:
    """Return the processor time of a request in a quarter of the time, 0 to 3."""
    first, last = (course.samples[SAMPLES * place // 4] for place in (quarter, quarter + 1))
    return (last.processor_s - first.processor_s) / max(1, last.requests - first.requests) * 1000
