"""The sweeper: looks now and then at what is too old, and removes it a step at a time.

Every step is a small verb among those of the clients, and after it the sweeper rests for as long as the step took, so
that at most half of the writer's time is spent on it. Several nodes may sweep the same record: whatever one has
removed, the other does not find.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from time import perf_counter

import structlog

from scorehouse.domain.refusals import Refusal
from scorehouse.domain.retention import StandingPolicy
from scorehouse.server.telemetry import Telemetry
from scorehouse.services.house import House
from scorehouse.services.retention import remove_aged
from scorehouse.storage.verbs import Removed

_log = structlog.get_logger("scorehouse.retention")

NOTHING = Removed()


class Sweeper:
    """Applies the retention policies of every project.

    Attributes:
        removed: by this process so far.
    """

    def __init__(
        self, house: House, *, period_s: float, step_rows: int, seconds: Callable[[], float] = perf_counter
    ) -> None:
        self.removed = NOTHING
        self._house = house
        self._period_s = period_s
        self._step_rows = step_rows
        self._seconds = seconds
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End after the step in progress."""
        self._stopped.set()

    def show(self, telemetry: Telemetry) -> None:
        """Show what was removed."""
        for kind in ("scores", "traces", "spans"):
            name, description = f"scorehouse_retention_{kind}", f"{kind.capitalize()} that retention removed."
            telemetry.counter(name, description, partial(self._removed, kind))

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Sweep, once now and then after every period, until left."""
        work = asyncio.create_task(self._work(), name="scorehouse-retention")
        try:
            yield
        finally:
            self.stop()
            await work

    async def sweep(self) -> Removed:
        """Remove whatever is too old now, in every project; return what was removed."""
        before = self.removed
        for project in await self._house.store.projects():
            standing = await self._house.store.retention(project.number)
            if standing is not None:
                await self._sweep(standing)
            if self._stopped.is_set():
                break
        return _less(self.removed, before)

    async def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                await self.sweep()
            except Refusal as refusal:
                _log.warning("retention has to wait", reason=refusal.message)
            except Exception:  # noqa: BLE001 - a defect in a sweep must not end retention for good, nor the server
                _log.exception("retention failed")
            await self._rest(self._period_s)

    async def _sweep(self, standing: StandingPolicy) -> None:
        before = self.removed
        try:
            async with aclosing(remove_aged(self._house, standing, self._step_rows)) as steps:
                began = self._seconds()
                async for removed in steps:
                    self.removed = _more(self.removed, removed)
                    await self._rest(self._seconds() - began)
                    if self._stopped.is_set():
                        return
                    began = self._seconds()
        finally:
            gone = _less(self.removed, before)
            if gone != NOTHING:
                counts = {"scores": gone.scores, "traces": gone.traces, "spans": gone.spans}
                _log.info("retention removed", project=standing.project, **counts)

    def _removed(self, kind: str) -> float:
        return float(getattr(self.removed, kind))

    async def _rest(self, seconds: float) -> None:
        """Wait so long, or until the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)


def _more(one: Removed, other: Removed) -> Removed:
    return Removed(one.scores + other.scores, one.traces + other.traces, one.spans + other.spans)


def _less(one: Removed, other: Removed) -> Removed:
    return Removed(one.scores - other.scores, one.traces - other.traces, one.spans - other.spans)
