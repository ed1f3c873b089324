"""Writers that go on, whatever happens: every answer is a success, or a refusal that says when to come back."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from siege.calling import Answer, Caller, Refused
from siege.ledger import Ledger, State
from siege.voices import PLACE, VOICES
from tests.server_process import Server

PAUSE_S = 0.02
"""After a refusal; less than it asks for, so that the moment of recovery is seen."""

PATIENCE_S = 60.0
"""How long recovery may take before it counts as none."""


@dataclass
class Steady:
    """Writers of all dialects, and what they know.

    Attributes:
        refusals_are_sure: what was refused was not done; a database that goes away while it commits leaves that open.
        refused: how many writes were.
    """

    servers: Sequence[Server]
    refusals_are_sure: bool = True
    ledger: Ledger = field(default_factory=Ledger)
    refused: int = 0
    slowest_s: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def writing(self, writers: int) -> Iterator[None]:
        """Have so many writers write during the block."""
        threads = [threading.Thread(target=self._write, args=(number,)) for number in range(writers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def until_progress(self, least: int = 8) -> float:
        """Return how many seconds it takes until some more scores are acknowledged."""
        began, before = time.monotonic(), self.ledger.acknowledged
        while self.ledger.acknowledged < before + least:
            if time.monotonic() > began + PATIENCE_S:
                raise TimeoutError(f"nothing was acknowledged for {PATIENCE_S:g} s")
            time.sleep(0.01)
        return time.monotonic() - began

    def _write(self, writer: int) -> None:
        voice = VOICES[writer % len(VOICES)]
        caller = Caller(self.servers[writer % len(self.servers)], timeout_s=PATIENCE_S)
        number = 0
        while not self._over.is_set():
            number += 1
            story = self.ledger.begin()
            state = State(f"{writer}-{number}", number % 1001 / 1000)
            wording = voice.create(*state, PLACE)
            story.pending = [State(state.comment, voice.number(state.number))]
            began = time.monotonic()
            try:
                answer = caller.send(voice.edition, wording.method, wording.path, wording.body)
            except Refused as error:
                self.ledger.others.append(repr(error))
                continue
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            if answer.status in {200, 201}:
                story.id = answer.json()["id"]
                story.states = [state for state in story.pending if state is not None]
                story.pending = []
            else:
                self._note_refusal(answer)
                if self.refusals_are_sure:
                    story.pending = []
                time.sleep(PAUSE_S)
        caller.close()

    def _note_refusal(self, answer: Answer) -> None:
        if answer.refuses_well:
            self.refused += 1
        else:
            self.ledger.others.append(f"{answer.status} {answer.headers} {answer.body[:200]!r}")
