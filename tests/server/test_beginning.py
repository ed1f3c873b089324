"""Begun awaitables: what is there is there at once, what is not can be waited for, bounded and cancelled."""

import asyncio

import pytest

from scorehouse.server.beginning import Begun


async def at_once(result: str) -> str:
    """Return without waiting."""
    return result


async def test_what_is_there_needs_no_waiting() -> None:
    """The result is there as soon as it is begun, and again when it is awaited."""
    begun = Begun(at_once("here"))
    assert begun.results == ("here",)
    assert await begun == "here"


async def test_what_is_not_there_is_waited_for() -> None:
    """The result of several waits comes as it would have come without having been begun."""
    event = asyncio.Event()

    async def later() -> str:
        await event.wait()
        await asyncio.sleep(0)
        return "later"

    begun = Begun(later())
    assert begun.results == ()
    asyncio.get_running_loop().call_soon(event.set)
    assert await begun == "later"


async def test_a_wait_can_be_bounded() -> None:
    """A time limit around the wait ends it, and what was begun is told."""
    told: list[str] = []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    begun = Begun(never())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await begun
    assert told == ["cancelled"]


async def test_errors_come_through() -> None:
    """What is raised at once is raised by beginning; what is raised later by waiting."""

    async def fail(event: asyncio.Event) -> None:
        await event.wait()
        raise KeyError("no")

    event = asyncio.Event()
    begun = Begun(fail(event))
    asyncio.get_running_loop().call_soon(event.set)
    with pytest.raises(KeyError):
        await begun
    event.set()
    with pytest.raises(KeyError):
        await Begun(fail(event))
