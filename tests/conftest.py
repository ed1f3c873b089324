"""What every test may rely on: coroutine tests run on asyncio, as the server does."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run coroutine tests on asyncio only: the server has one event loop, and it is asyncio's."""
    return "asyncio"
