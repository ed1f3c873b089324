"""What the tests of every dialect start from."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dialects.speaking import Speaker, open_speaker


@pytest.fixture
async def speaker(tmp_path: Path) -> AsyncIterator[Speaker]:
    """Someone with a key to everything, in a new house."""
    async with open_speaker(tmp_path) as opened:
        yield opened
