"""What dialects declare, held to what they do, in both directions.

A dialect that promises too much loses people's facts; one that promises too little keeps them from moving.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from scorehouse.wire.losses import Loss
from tests.matrix.facts import Facts, Heard, flat
from tests.matrix.law import agrees
from tests.matrix.specimens import BESIDE, DEEDS, NAMES, specimens
from tests.matrix.voice import Voice, iso
from tests.matrix.voices import NATIVE, VOICES
from tests.matrix.world import World

everybody = pytest.mark.parametrize("voice", VOICES, ids=lambda voice: str(voice.edition))

DELIBERATE: dict[tuple[str, Loss], str] = {
    ("respan", Loss.TRACE_OF_SPAN): "a score names its log only; whoever reads the log as well finds the trace there",
}
"""Edition and loss → why it is declared although it survives."""


async def survives(world: World, writer: Voice, reader: Voice, loss: Loss, facts: Facts) -> bool:
    """Tell whether the facts of a loss are right in some read of the reader, after the writer said the score."""
    facts = world.next(facts)
    await world.prepare(facts)
    request = writer.utter(facts, iso(world.now))
    if request is None:
        return False
    status, _ = await world.send(writer, request)
    if status >= 300:
        return False
    place = await world.newest(facts)
    expected = flat(facts) | {"id": facts.id or place.id, "created_at": world.now, "updated_at": world.now}
    heard = (await world.heard(reader, place)).values()
    return any(_is_right(expected, one, loss) for one in heard if one is not None)


def _is_right(expected: Heard, heard: Heard, loss: Loss) -> bool:
    coarse = frozenset({Loss.MICROSECONDS} - {loss})
    return all(name in heard and agrees(name, expected[name], heard[name], coarse) for name in NAMES[loss])


async def findings(world: World, voice: Voice, loss: Loss) -> AsyncIterator[str]:
    """Yield what is declared of one loss otherwise than it is."""
    cases = list(specimens(loss, voice.losses - {loss}))
    if not cases:
        if loss not in NEVER_ALONE:
            yield "cannot be tried"
        return
    written = all([await survives(world, voice, NATIVE, loss, facts) for facts in cases])
    shown = all([await survives(world, NATIVE, voice, loss, facts) for facts in cases])
    if loss not in voice.losses:
        if not written:
            yield "is not written, and not declared lost"
        if not shown and Loss.RECALL not in voice.losses:
            yield "is not shown, and not declared lost"
    if loss in voice.losses and (voice.edition, loss) not in DELIBERATE:
        if written and shown:
            yield "is declared lost, and survives"
        if shown and loss not in voice.shown:
            yield "is shown, and not declared so"
        if not shown and loss in voice.shown:
            yield "is declared to be shown, and is not"


@everybody
async def test_facts_are_declared_as_they_are(world_of_tasks: World, voice: Voice) -> None:
    """What is not declared lost is written and shown; what is, is not both; and it is shown where that is declared."""
    found = [
        f"{voice.edition}: {loss!r} {finding}"
        for loss in sorted(set(Loss) - DEEDS)
        async for finding in findings(world_of_tasks, voice, loss)
    ]
    assert found == []


async def test_a_wrong_declaration_is_found(world_of_tasks: World) -> None:
    """An over-declaration, a hidden loss, and something shown that is not declared so: each is told as what it is."""
    lie = {
        Loss.COMMENT: "is declared lost, and survives",
        Loss.AUTHOR: "is shown, and not declared so",
        Loss.COST: "is not written, and not declared lost",
    }
    langfuse = next(voice for voice in VOICES if voice.edition == "langfuse")
    losses = langfuse.losses - {Loss.COST} | {Loss.COMMENT}
    liar = Liar(voice=langfuse, losses=losses, shown=langfuse.shown - {Loss.AUTHOR})
    for loss, finding in lie.items():
        assert finding in [one async for one in findings(world_of_tasks, cast("Voice", liar), loss)]


@dataclass(frozen=True, slots=True)
class Liar:
    """Somebody who speaks as a voice does, and declares something else."""

    voice: Voice
    losses: frozenset[Loss]
    shown: frozenset[Loss]

    def __getattr__(self, name: str) -> Any:
        """Be the voice in everything else."""
        return getattr(self.voice, name)


NEVER_ALONE = frozenset({Loss.COUNTING, *BESIDE})
"""Facts that take another one: where no two values stand side by side, nobody has to say which one counts."""


@everybody
def test_deeds_are_declared_as_they_are(voice: Voice) -> None:
    """Who declares no way to read, change or delete has none, and who has none declares it."""
    dialect = voice.dialect
    assert (Loss.CHANGE in voice.losses) is (not voice.changes)
    methods = {route.method for route in dialect.routes if "score" in route.path and not route.unsupported}
    assert (Loss.DELETION in voice.losses) is ("DELETE" not in methods)
    facts = next(iter(specimens(Loss.COMMENT, voice.losses)))
    assert (Loss.RECALL in voice.losses) is (not voice.reads(World.place("id", facts, 0)))


@everybody
def test_only_losses_are_shown_all_the_same(voice: Voice) -> None:
    """`shown` says something of losses only."""
    assert voice.shown <= voice.losses
