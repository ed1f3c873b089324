"""SIGKILL at random moments, 200 times, under 32 writers over every dialect: nothing acknowledged is lost or wrong.

The writers record, change and delete scores through every dialect and edition; now and then the server is killed while
it starts, too. In the end every acknowledged score is there and as it was last acknowledged, there is none that nobody
sent, and the feed tells of each score the states that its writer saw acknowledged, in their order, each once. What was
in flight when the server died may have been done or not, and nothing between.
"""

import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.workloads import prepare
from siege.calling import Caller, Refused
from siege.ledger import Ledger, State, Story, hold_against
from siege.report import Report
from siege.voices import PLACE, VOICES, Voice, Wording
from tests.server_process import Server, spawn, start

KILLS = 200
WRITERS = 32
SEED = 20260401
"""Of the moments at which it is killed; the operating system adds what no seed can."""

LIVES_S = (0.05, 1.2)
"""How long the server lives under load: less than the writers need to connect, up to some hundred commits."""

STARTS_S = (0.2, 1.5)
"""How long it lives where it is killed while it starts, or just after."""

KILLED_STARTING = 8
"""One kill in so many."""


@dataclass
class Writer:
    """One writer in one life of the server."""

    server: Server
    ledger: Ledger
    voice: Voice
    prefix: str

    def run(self) -> None:
        """Record scores, change every third, and delete every ninth, until the server is gone."""
        caller = Caller(self.server, timeout_s=10)
        try:
            for number in range(1_000_000):
                self._live(caller, f"{self.prefix}-{number}", number)
        except Refused:
            pass
        finally:
            caller.close()

    def _live(self, caller: Caller, token: str, number: int) -> None:
        story = self.ledger.begin()
        self._put(caller, story, self.voice.create(token, _number(number), PLACE), State(token, _number(number)))
        if number % 3 == 0 and self.voice.revise is not None:
            again = State(f"{token}-again", _number(number + 7))
            self._put(caller, story, self.voice.revise(token, *again), again)
        if number % 9 == 0:
            story.pending = [None]
            answer = caller.send("native", "DELETE", f"/v1/scores/{story.id}")
            if answer.status == 204:
                story.pending, story.deleted = [], True
            else:
                self.ledger.others.append(f"{answer.status} {answer.body[:200]!r}")

    def _put(self, caller: Caller, story: Story, wording: Wording, state: State) -> None:
        state = State(state.comment, self.voice.number(state.number))
        story.pending = [state]
        answer = caller.send(self.voice.edition, wording.method, wording.path, wording.body)
        if answer.status in {200, 201}:
            story.id = answer.json()["id"]
            story.states.append(state)
            story.pending = []
        else:
            self.ledger.others.append(f"{answer.status} {answer.body[:200]!r}")


def _number(number: int) -> float:
    return number % 1001 / 1000


def run(folder: Path, scale: float) -> Report:
    """Kill it 200 times `scale`."""
    report, ledger = Report(), Ledger()
    chance = random.Random(SEED)  # noqa: S311 - picks moments, not secrets
    kills = max(4, round(KILLS * scale))
    data, log = folder / "data", folder / "log"
    server = start(data, log)
    prepare(server)
    starts: list[float] = []
    for life in range(kills):
        if life % KILLED_STARTING == KILLED_STARTING - 1:
            server.kill()
            kill_starting(data, log, chance.uniform(*STARTS_S))
        else:
            kill_writing(server, ledger, life, chance.uniform(*LIVES_S))
        began = time.monotonic()
        server = start(data, log)
        starts.append(time.monotonic() - began)
    caller = Caller(server)
    report.figure(f"{kills} kills; back after {sorted(starts)[len(starts) // 2]:.1f} s (longest {max(starts):.1f} s)")
    hold_against(ledger, caller, report)
    report.claim(ledger.acknowledged > kills * WRITERS / 4, "the writers wrote nothing to speak of")
    caller.close()
    report.claim(server.stop() == 0, "it did not end orderly")
    return report


def kill_writing(server: Server, ledger: Ledger, life: int, lives_s: float) -> None:
    """Have the writers write, and kill it meanwhile."""
    writers = [Writer(server, ledger, VOICES[(life + n) % len(VOICES)], f"{life}-{n}") for n in range(WRITERS)]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    time.sleep(lives_s)
    server.kill()
    for thread in threads:
        thread.join()


def kill_starting(data: Path, log: Path, lives_s: float) -> None:
    """Start it, and kill it while it still does."""
    process = spawn(data, log)
    time.sleep(lives_s)
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
