"""What the tests of every dialect start from."""

from collections.abc import AsyncIterator

import pytest

from tests.dialects.speaking import Speaker, open_speaker
from tests.empty_stores import Place


@pytest.fixture
async def speaker(place: Place) -> AsyncIterator[Speaker]:
    """Someone with a key to everything, in a new house, on each engine."""
    async with open_speaker(place) as opened:
        yield opened
