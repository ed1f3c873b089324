"""Stores for the conformance suite: every engine, opened empty in a folder of its own, with time and ids handed in."""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from itertools import count

from scorehouse.domain.access import Project
from scorehouse.domain.changes import START, Actor, Change
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Refusal
from scorehouse.domain.scores import Draft, Patch, Score
from scorehouse.domain.targets import TraceTarget
from scorehouse.domain.traces import SpanSketch, TraceSketch
from scorehouse.domain.values import numeric
from scorehouse.storage.port import Store
from scorehouse.storage.queries import (
    EVERYTHING,
    ChangeQuery,
    Filter,
    Order,
    ScoreField,
    ScoreQuery,
    SpanField,
    SpanQuery,
    TraceField,
    TraceQuery,
    Window,
)
from scorehouse.storage.verbs import (
    Anchor,
    ForgetScore,
    ForgetTraces,
    OpenProject,
    Recorded,
    Recording,
    RecordScores,
    ReviseScore,
)

ACTOR = Actor("key-1", "owner@example.com", "native")

FIRST_INSTANT = 1_700_000_000_000_000


@dataclass
class Room:
    """A store with one project open, and a clock that ticks once a question."""

    store: Store
    project: Project
    ticks: Iterator[int] = field(default_factory=lambda: count(FIRST_INSTANT))
    minted: Iterator[int] = field(default_factory=lambda: count(1))

    def now(self) -> Instant:
        """Tell the next moment."""
        return Instant(next(self.ticks))

    def mint(self) -> str:
        """Make the next id: 32 hex digits, counting up."""
        return f"{next(self.minted):032x}"

    @property
    def number(self) -> int:
        """The project's number."""
        return self.project.number

    async def anchor(self, *sketches: TraceSketch | SpanSketch) -> int:
        """Take in sketches, in one verb."""
        traces = tuple(sketch for sketch in sketches if isinstance(sketch, TraceSketch))
        spans = tuple(sketch for sketch in sketches if isinstance(sketch, SpanSketch))
        return await self.store.perform(Anchor(self.number, ACTOR, self.now(), traces, spans))

    async def try_recording(self, *recordings: Recording, **more: object) -> tuple[Recorded | Refusal, ...]:
        """Record, and return what each one is answered."""
        verb = RecordScores(self.number, ACTOR, self.now(), recordings, **more)  # type: ignore[arg-type]  # passed on to the verb as they are
        return await self.store.perform(verb)

    async def record(self, draft: Draft, *, must_exist: bool = False, if_exists: Patch | None = None) -> Score:
        """Record one score that nobody refuses."""
        recording = Recording(draft=draft, id=self.mint(), must_exist=must_exist, if_exists=if_exists)
        (answer,) = await self.try_recording(recording)
        assert isinstance(answer, Recorded), answer
        return answer.score

    async def revise(self, id: str, patch: Patch) -> Score:
        """Change a score."""
        return await self.store.perform(ReviseScore(self.number, ACTOR, self.now(), id, patch))

    async def forget(self, id: str) -> Score:
        """Delete a score."""
        return await self.store.perform(ForgetScore(self.number, ACTOR, self.now(), id))

    async def forget_traces(self, *ids: str) -> int:
        """Delete traces."""
        return await self.store.perform(ForgetTraces(self.number, ACTOR, self.now(), ids))

    async def scores(self, filter: Filter = EVERYTHING) -> list[Score]:
        """List all scores in order of recording."""
        query = ScoreQuery(self.number, filter, Order(ScoreField.CREATED_AT, descending=False), Window(1000))
        return list((await self.store.scores(query)).items)

    async def trace_ids(self, filter: Filter = EVERYTHING) -> list[str]:
        """List the ids of all traces in order of recording."""
        query = TraceQuery(self.number, filter, Order(TraceField.CREATED_AT, descending=False), Window(1000))
        return [trace.id for trace in (await self.store.traces(query)).items]

    async def span_ids(self, filter: Filter = EVERYTHING) -> list[str]:
        """List the ids of all spans in order of recording."""
        query = SpanQuery(self.number, filter, Order(SpanField.CREATED_AT, descending=False), Window(1000))
        return [span.id for span in (await self.store.spans(query)).items]

    async def changes(self, id: str | None = None) -> tuple[Change, ...]:
        """Read the feed from its start, of everything or of one thing."""
        return await self.store.changes(ChangeQuery(self.number, 1000, id=id))


async def told_while(room: Room, writing: Awaitable[object]) -> list[Change]:
    """Follow the feed while others write, always after the last mark that was seen; return what was told."""
    told: list[Change] = []
    done = asyncio.Event()

    async def follow() -> None:
        mark = START
        while True:
            last = done.is_set()
            part = await room.store.changes(ChangeQuery(room.number, 7, mark))
            told.extend(part)
            mark = part[-1].mark if part else mark
            if last and not part:
                return

    following = asyncio.create_task(follow())
    await writing
    done.set()
    await following
    return told


async def open_room(store: Store, name: str = "default") -> Room:
    """Open a project in a store."""
    project = await store.perform(OpenProject(name, Instant(FIRST_INSTANT)))
    return Room(store, project)


def draft(trace: str = "trace-1", number: float = 0.5, **more: object) -> Draft:
    """Offer a numeric score on a trace."""
    said = {"target": TraceTarget(trace), "name": "accuracy", "value": numeric(number), **more}
    return Draft(**said)  # type: ignore[arg-type]  # any field of a draft may be among them
