"""Changed and deleted through B, seen through all, with history telling who did what through which dialect."""

import json
from asyncio import Runner
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scorehouse.domain.documents import same
from scorehouse.domain.values import Kind
from scorehouse.wire.losses import Loss
from tests.matrix.facts import FACETS, KINDS, TEXTS, Facts, Heard, scores, values
from tests.matrix.law import changed, lies, silences
from tests.matrix.specimens import BESIDE, specimens
from tests.matrix.voice import Changed, Place, Voice, iso, within
from tests.matrix.voices import VOICES
from tests.matrix.voices.native import hear
from tests.matrix.world import World

PLAIN = frozenset({*BESIDE, Loss.OUTCOME, Loss.CONFIG})
"""What scores that are changed go without: what becomes of a second value is each vendor's own, and its tests'."""

Way = Callable[[Place, Heard, Heard], Changed | None]

WAYS = [(voice, way) for voice in VOICES for way in voice.changes]
FORGETFUL = [voice for voice in VOICES if Loss.DELETION not in voice.losses]

ONE_HOUSE = settings(
    max_examples=16,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def drawn(world: World, data: st.DataObject) -> tuple[Voice, Facts]:
    """Draw a speaker, and a score that they can say."""
    speaker = data.draw(st.sampled_from(VOICES), label="speaker")
    facts = world.next(data.draw(scores(speaker.losses | PLAIN, speaker.residue)))
    assume(speaker.utter(facts, iso(world.now)) is not None)
    return speaker, facts


@st.composite
def news(draw: st.DrawFn, kind: Kind, name: str) -> Heard:
    """Make up another value of the same kind, and a comment that no other score has."""
    others = frozenset(loss for one, loss in KINDS.items() if one is not kind)
    value = draw(values(others | PLAIN))
    facts: dict[str, Any] = {facet: getattr(value, facet) for facet in ("kind", "number", "boolean", "labels", "text")}
    document = None if value.json is None else json.loads(value.json)
    return {**facts, "json": document, "comment": f"{draw(TEXTS)}, {name}"}


async def history(world: World, place: Place) -> list[Any]:
    """Return what happened to a score, oldest first."""
    found: list[Any] = (await world.ask(within("/v1/scores/{}/history", place.id)))["changes"]
    return found


def steps(entries: list[Any]) -> list[tuple[str, str, str]]:
    """Return what was done, through which dialect and by whose key."""
    return [(entry["action"], entry["actor"]["dialect"], entry["actor"]["key"]) for entry in entries]


@pytest.mark.parametrize(("changer", "way"), WAYS, ids=lambda part: getattr(part, "edition", None) or part.__name__)
@given(data=st.data())
@ONE_HOUSE
def test_what_one_changes_all_see(runner: Runner, world: World, changer: Voice, way: Way, data: st.DataObject) -> None:
    """A change touches what its vendor says that it touches, in every read of everybody, and nothing else."""
    speaker, facts = drawn(world, data)
    assert facts.value is not None
    new = data.draw(news(facts.value.kind, facts.name))

    async def say_and_change() -> bool:
        place, truth = await world.say(speaker, facts)
        change = way(place, truth, new)
        if change is None or is_nothing_new(truth, change):
            return False
        world.speaker.clock.advance(1.000211)
        status, body = await world.send(changer, change.request)
        assert status < 300, (changer.edition, change.request, body)
        after = changed(truth, seen_by(speaker, changer, truth, change), world.now)
        await world.agree(place, after, speaker)
        entries = await history(world, place)
        assert steps(entries) == [
            ("created", speaker.dialect.name, "key-1"),
            ("changed", changer.dialect.name, "key-1"),
        ]
        before = {**hear(entries[1]["before"])}
        assert [*lies(truth, before, frozenset()), *silences(truth, before, frozenset())] == []
        return True

    assume(runner.run(say_and_change()))


def seen_by(speaker: Voice, changer: Voice, truth: Heard, change: Changed) -> dict[str, Any]:
    """Return what is different after a change, the residue being that of who said the score."""
    facts = dict(change.facts)
    if changer.dialect is not speaker.dialect:
        facts.pop("residue", None)
    if speaker.residue_spells and not all(same(truth[facet], facts[facet]) for facet in FACETS):
        facts["residue"] = {}
    return facts


def is_nothing_new(truth: Heard, change: Changed) -> bool:
    """Tell whether a change says what is so already."""
    return all(same(truth[name], fact) for name, fact in change.facts.items())


@pytest.mark.parametrize("deleter", FORGETFUL, ids=lambda voice: str(voice.edition))
@given(data=st.data())
@settings(ONE_HOUSE, max_examples=10)
def test_what_one_deletes_nobody_sees(runner: Runner, world: World, deleter: Voice, data: st.DataObject) -> None:
    """A deleted score is in no read of anybody, and its history says who deleted it through which dialect."""
    speaker, facts = drawn(world, data)

    async def say_and_delete() -> bool:
        place, _ = await world.say(speaker, facts)
        request = deleter.forget(place)
        if request is None or not is_in_reach(deleter, facts):
            return False
        status, body = await world.send(deleter, request)
        assert status < 300, (deleter.edition, request, body)
        await world.nobody_hears(place)
        assert steps(await history(world, place)) == [
            ("created", speaker.dialect.name, "key-1"),
            ("deleted", deleter.dialect.name, "key-1"),
        ]
        return True

    assume(runner.run(say_and_delete()))


def is_in_reach(voice: Voice, facts: Facts) -> bool:
    """Tell whether a dialect has this kind of score at all: what it does not show it does not delete either."""
    return all(target.target.kind is not facts.target.kind for target in out_of_reach(voice))


def out_of_reach(voice: Voice) -> list[Facts]:
    """Return scores of the kinds of target that a dialect loses."""
    lost = (Loss.TARGET_TRACE, Loss.TARGET_SPAN, Loss.TARGET_SESSION, Loss.TARGET_RUN)
    return [facts for loss in lost if loss in voice.unheard for facts in specimens(loss, frozenset())]
