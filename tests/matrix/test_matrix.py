"""Written through A, read through B: all pairs, by the law of losses, over generated scores."""

from asyncio import Runner

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scorehouse.dialects import registered
from tests.matrix.facts import Facts, scores
from tests.matrix.voice import Voice, iso
from tests.matrix.voices import VOICES
from tests.matrix.world import World

SCORES_OF_A_VOICE = 25
"""Generated for each; every one is read in every way that anybody has."""

ONE_HOUSE = settings(
    max_examples=SCORES_OF_A_VOICE,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
"""All examples go into one house: a score never has to be alone to be found."""

everybody = pytest.mark.parametrize("voice", VOICES, ids=lambda voice: str(voice.edition))


def test_every_edition_has_a_voice() -> None:
    """A dialect that is registered without a codec in the test tree would be in no pair."""
    editions = [edition.name for dialect in registered() for edition in dialect.editions]
    assert sorted(editions) == sorted(voice.edition for voice in VOICES)


def drawn(world: World, voice: Voice, data: st.DataObject) -> Facts:
    """Draw a score that a voice can say."""
    facts = world.next(data.draw(scores(voice.losses, voice.residue)))
    assume(voice.utter(facts, iso(world.now)) is not None)
    return facts


@everybody
@given(data=st.data())
@ONE_HOUSE
def test_what_is_said_through_one_is_heard_through_all(
    runner: Runner, world: World, voice: Voice, data: st.DataObject
) -> None:
    """Every fact that the speaker does not lose is right in every read of everybody who does not lose it either."""
    facts = drawn(world, voice, data)

    async def say_and_hear() -> None:
        place, truth = await world.say(voice, facts)
        await world.agree(place, truth, voice)

    runner.run(say_and_hear())
