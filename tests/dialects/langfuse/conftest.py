"""What the tests of the Langfuse dialect start from."""

import pytest

from tests.dialects.langfuse.langfuse import Langfuse
from tests.dialects.speaking import Speaker


@pytest.fixture
def langfuse(speaker: Speaker) -> Langfuse:
    """A client of Langfuse's API in a new house."""
    return Langfuse(speaker)
