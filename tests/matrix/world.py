"""A house in which everybody speaks: scores are said through one voice and read through all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from scorehouse.domain.changes import Actor
from scorehouse.domain.frozen import replace
from scorehouse.domain.instants import Instant
from scorehouse.domain.targets import SessionTarget, SpanTarget, TraceTarget
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.domain.values import Kind
from scorehouse.services.anchor import anchor
from scorehouse.wire.call import Reply
from tests.dialects.speaking import Speaker, read_reply, whole
from tests.matrix.facts import Facts, Heard, numbered
from tests.matrix.law import lies, silences, truth_of
from tests.matrix.voice import Place, Request, Voice, iso
from tests.matrix.voices import NATIVE, VOICES

STEP_S = 1.000137
"""Between two scores; finer than any vendor's milliseconds, so that rounding shows."""


@dataclass(slots=True)
class World:
    """A house, and who speaks to it.

    Attributes:
        numbers: every score gets ids and a name of its own.
    """

    speaker: Speaker
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def now(self) -> Instant:
        """The house's time."""
        return self.speaker.clock.now

    def next(self, facts: Facts) -> Facts:
        """Return the same score with ids that nobody used before."""
        return numbered(facts, next(self.numbers))

    async def send(self, voice: Voice, request: Request) -> tuple[int, Any]:
        """Send a request with a key in the edition's spelling; answers status and body."""
        principal = replace(self.speaker.principal, spelling=voice.edition)
        reply = await self.speaker.speak(
            voice.dialect, request.method, request.path, request.body, headers=request.headers, principal=principal
        )
        reply = await whole(reply)
        return reply.status, _read(reply)

    async def prepare(self, facts: Facts) -> None:
        """Make known what a score is about: its trace, span, config and evaluator."""
        actor, at = Actor("key-1", "tester", "native"), self.speaker.clock.advance(STEP_S)
        target, traces, spans = facts.target, [], []
        if isinstance(target, TraceTarget | SpanTarget):
            traces.append(TraceSketch(id=target.trace or "", name="trace", started_at=at))
        if isinstance(target, SpanTarget):
            spans.append(SpanSketch(id=target.span, trace=target.trace, name="span", started_at=at))
        if isinstance(target, SessionTarget):
            traces.append(TraceSketch(id=f"of {target.session}", session=target.session, started_at=at))
        await anchor(self.speaker.house, self.speaker.principal.project.number, actor, traces, spans)
        if facts.evaluator is not None:
            await self._make("/v1/evaluators", {"id": facts.evaluator, "key": facts.name})
        if facts.config is not None:
            await self._make("/v1/configs", {"id": facts.config, "name": facts.name, **_constraint(facts)})

    async def say(self, voice: Voice, facts: Facts) -> tuple[Place, dict[str, Any]]:
        """Record a score through a voice; answers where it is, and what has to be known of it from now on."""
        await self.prepare(facts)
        at = self.now
        request = voice.utter(facts, iso(at))
        assert request is not None
        status, body = await self.send(voice, request)
        assert status < 300, (voice.edition, request, status, body)
        if status == 207:
            assert not body["errors"], body
        place = await self.newest(facts)
        truth = truth_of(facts, voice.assumed(facts), facts.id or place.id, at)
        said = voice.echo(body)
        assert list(lies(truth, said, voice.losses)) == [], (voice.edition, "answered", body)
        return place, truth

    async def newest(self, facts: Facts) -> Place:
        """Return where the score is that was recorded last."""
        newest = await self.ask("/v1/scores?order=-created_at&limit=1")
        return self.place(newest["items"][0]["id"], facts, self.now)

    @staticmethod
    def place(id: str, facts: Facts, at: int) -> Place:
        """Return where a score is that was recorded at this time."""
        return Place(id=id, facts=facts, since=iso(at))

    async def heard(self, voice: Voice, place: Place) -> dict[str, Heard | None]:
        """Read one score in every way that a voice has."""
        return {read.name: read.hear((await self.send(voice, read.request))[1]) for read in voice.reads(place)}

    async def disagreements(self, voice: Voice, place: Place, truth: Heard) -> list[str]:
        """List what any read of a voice says wrongly, or leaves out without having declared it."""
        found: list[str] = []
        for read in voice.reads(place):
            _, body = await self.send(voice, read.request)
            heard = read.hear(body)
            wrong = [*lies(truth, heard or {}, voice.losses), *silences(truth, heard, voice.unheard | read.lacks)]
            found += [f"{voice.edition}, {read.name}: {one}" for one in wrong]
        return found

    async def agree(self, place: Place, truth: Heard, speaker: Voice) -> None:
        """Hold every read of everybody against the truth; only the speaker knows of its own residue."""
        found: list[str] = []
        for voice in VOICES:
            own = truth if voice.dialect is speaker.dialect else {**truth, "residue": {}}
            found += await self.disagreements(voice, place, own)
        assert found == [], "\n".join([f"said through {speaker.edition}", *found])

    async def nobody_hears(self, place: Place) -> None:
        """Hold that a score is in no read of anybody."""
        for voice in VOICES:
            assert set((await self.heard(voice, place)).values()) <= {None}, voice.edition

    async def ask(self, path: str) -> Any:
        """Read something of the house's own."""
        status, body = await self.send(NATIVE, Request("GET", path))
        assert status == 200, (path, body)
        return body

    async def _make(self, path: str, body: Mapping[str, Any]) -> None:
        status, answer = await self.send(NATIVE, Request("POST", path, dict(body)))
        assert status == 201, answer


def _constraint(facts: Facts) -> dict[str, Any]:
    """Return a constraint that a score meets: of its kind, and of its labels where they are what counts."""
    value = facts.value
    assert value is not None
    choices = [{"label": label} for label in value.labels] if value.kind is Kind.CATEGORICAL else []
    return {"kind": value.kind, "choices": choices}


def _read(reply: Reply) -> Any:
    if reply.media.startswith(("text/csv", "application/x-ndjson")):
        assert isinstance(reply.body, bytes)
        return reply.body.decode()
    return read_reply(reply)
