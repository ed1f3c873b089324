"""Begun: an awaitable taken as far as it goes without waiting.

Most bodies are there when their request is served, and a timer for what is there costs more than reading it. So the
wait is begun first, and guarded only if it turns out to be one.
"""

from collections.abc import Awaitable, Generator
from typing import Any, Generic, TypeVar

ResultT = TypeVar("ResultT")


class Begun(Generic[ResultT]):
    """What has been begun; to be awaited once, in the task that began it, and at once: it may hold a future.

    Attributes:
        results: the result, if there was nothing to wait for; empty otherwise.
    """

    __slots__ = ("_steps", "_waits_for", "results")

    def __init__(self, awaitable: Awaitable[ResultT]) -> None:
        self._steps: Generator[Any, Any, ResultT] = awaitable.__await__()
        self.results: tuple[ResultT, ...] = ()
        self._waits_for: Any = None
        try:
            self._waits_for = next(self._steps)
        except StopIteration as end:
            self.results = (end.value,)

    def __await__(self) -> Generator[Any, Any, ResultT]:
        """Go on with it."""
        if self.results:
            return self.results[0]
        try:
            while True:
                try:
                    given = yield self._waits_for
                except BaseException as error:  # noqa: BLE001 - what is thrown at us is meant for what we stand for
                    self._waits_for = self._steps.throw(error)
                else:
                    self._waits_for = self._steps.send(given)
        except StopIteration as end:
            result: ResultT = end.value
            return result
