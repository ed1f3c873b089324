"""Power cuts: what was synced is what survives, and everything acknowledged is in it.

Writers record scores through every dialect while a library loaded into the server writes down, in order, every change
and every sync of its files; each writer notes how far that record was when its answer came. Then the power is cut at
hundreds of places of the record, after the fact: the files are rebuilt as a disk may hold them that kept what was
synced and, of what was not, nothing, everything, or any part in sectors of 512 bytes. The store has to open each of
them and hold every score acknowledged before the cut, as it was sent, none that nobody sent, and a feed that tells of
each. As a control the same is done with a disk that lies about syncing, which has to lose something: else this would
prove nothing.
"""

import asyncio
import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.workloads import prepare
from scorehouse.engines.sql import open_sqlite
from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.storage.queries import EVERYTHING, ChangeQuery, Order, ScoreField, ScoreQuery, Window
from siege.calling import Caller
from siege.faults import Faults
from siege.processes import besieged
from siege.replay import SYNC, Change, Disk, read_record
from siege.report import Report
from siege.voices import PLACE, VOICES, Voice
from tests.server_process import Server

WRITERS = 8
WRITES_S = 20.0
CUTS = 300
LIES = 5
"""Cuts of the control."""

SEED = 20260402
FILLER = "x" * 20_000
"""In every second score, so that the log grows large enough to be moved into the database several times."""

KEEPS = (0.0, 1.0, 0.5, 0.1, 0.9)
"""How much of what was not synced survives."""

PAGE = 1000


@dataclass
class Written:
    """What the writers know: by comment, the number that was sent, and how far the record was when its answer came."""

    sent: dict[str, float] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def run(folder: Path, scale: float) -> Report:
    """Write for a while, then cut 300 times `scale`."""
    report, written = Report(), Written()
    faults = Faults(folder, records=True)
    assert faults.log is not None
    with besieged(folder, faults.variables) as server:
        prepare(server)
        write_for(server, written, faults.log, max(3.0, WRITES_S * scale))
    changes = list(read_record(faults.log))
    syncs = sum(change.what == SYNC for change in changes)
    report.figure(f"{len(written.acknowledged)} scores acknowledged over {syncs} syncs and {len(changes)} changes")
    report.claim(not written.failures, f"writes failed: {written.failures[:1]}")
    cuts = max(20, round(CUTS * scale))
    broken = [found for found in cut_at_random(folder, changes, written, cuts) if found]
    report.claim(not broken, f"{len(broken)} of {cuts} cuts lost or invented something, first: {broken[:1]}")
    report.figure(f"{cuts} power cuts, {cuts - len(broken)} without loss")
    lost = [found for found in cut_at_random(folder, changes, written, LIES, syncs_until=0.5) if found]
    report.figure(f"control: a disk that lies about syncing lost something in {len(lost)} of {LIES} cuts")
    report.claim(
        len(lost) == LIES, "a disk that lies about syncing lost nothing: the siege does not see what it should"
    )
    return report


def write_for(server: Server, written: Written, log: Path, seconds: float) -> None:
    """Have the writers write."""
    over = threading.Event()

    def write(voice: Voice, number: int) -> None:
        caller = Caller(server)
        made = 0
        while not over.is_set():
            made += 1
            comment, value = f"{number}-{made}", made % 1001 / 1000
            wording = voice.create(comment, value, PLACE)
            if made % 2 and voice.edition == "native":
                wording.body["metadata"] = {"filler": FILLER}
            written.sent[comment] = voice.number(value)
            answer = caller.send(voice.edition, wording.method, wording.path, wording.body)
            if answer.status in {200, 201}:
                written.acknowledged[comment] = log.stat().st_size
            else:
                written.failures.append(f"{answer.status} {answer.body[:200]!r}")
        caller.close()

    voices = [VOICES[number % len(VOICES)] for number in range(WRITERS)]
    threads = [threading.Thread(target=write, args=(voice, number)) for number, voice in enumerate(voices)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    over.set()
    for thread in threads:
        thread.join()


def cut_at_random(
    folder: Path, changes: Sequence[Change], written: Written, cuts: int, *, syncs_until: float = 1.0
) -> Iterator[str]:
    """Cut the power at random places; yield what is wrong after each, empty if nothing is.

    After `syncs_until`, a part of the record, syncs have no effect any more.
    """
    chance = random.Random(SEED)  # noqa: S311 - picks places, not secrets
    first = next(number for number, change in enumerate(changes) if change.ends > min(written.acknowledged.values()))
    if syncs_until < 1.0:
        first = round(len(changes) * (syncs_until + 0.4))
    places = sorted(chance.randrange(first, len(changes)) for _ in range(cuts))
    disk, done = Disk(), 0
    for number, place in enumerate(places):
        for change in changes[done : place + 1]:
            done += 1
            disk.syncs = done <= len(changes) * syncs_until
            disk.take(change)
        image = folder / "image"
        disk.write_image(image, chance, KEEPS[number % len(KEEPS)] if syncs_until == 1.0 else 0.0)
        yield asyncio.run(wrong_in(image, written, changes[place].ends))
        shutil.rmtree(image)


async def wrong_in(image: Path, written: Written, cut: int) -> str:
    """Open what is left, and say what is wrong with it; empty if nothing is."""
    try:
        stored, created = await _stored_in(image)
    except Exception as error:  # noqa: BLE001 - whatever the store says to a disk that it should understand is a finding
        return f"the store did not open: {error!r}"
    expected = {comment for comment, answered in written.acknowledged.items() if answered <= cut}
    if missing := expected - stored.keys():
        return f"{len(missing)} acknowledged scores are missing"
    if any(written.sent.get(comment) != number for comment, number in stored.items()):
        return "a score is wrong, or nobody sent it"
    if created != len(stored):
        return f"the feed tells of {created} scores, not of {len(stored)}"
    with sqlite3.connect(image / FILE_NAME) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return "" if verdict == "ok" else f"the database is not whole: {verdict}"


async def _stored_in(image: Path) -> tuple[dict[str, float], int]:
    """Open a store; return the numbers of all scores by their comments, and how many the feed says were created."""
    store = await open_sqlite(image, queue_rows_max=PAGE, read_threads=1)
    try:
        stored: dict[str, float] = {}
        created = 0
        for project in await store.projects():
            after = None
            while True:
                order = Order(ScoreField.CREATED_AT, descending=False)
                page = await store.scores(ScoreQuery(project.number, EVERYTHING, order, Window(PAGE, after=after)))
                for score in page.items:
                    stored[score.comment or ""] = score.value.number if score.value and score.value.number else 0.0
                if (after := page.next) is None:
                    break
            query = ChangeQuery(project.number, PAGE)
            while changes := await store.changes(query):
                created += sum((change.subject, change.action) == ("score", "created") for change in changes)
                query = ChangeQuery(project.number, PAGE, after=changes[-1].mark)
        return stored, created
    finally:
        await store.close()
