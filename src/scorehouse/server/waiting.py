"""Until the database can be reached: the process lives, says that it is not ready, and refuses in each dialect's words.

A node that starts before its database, or restarts while it is away, so needs nobody to start it again: it tries by
itself, and goes on as if nothing had been.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, cast

import structlog

from scorehouse.domain.refusals import Unavailable
from scorehouse.server.application import Scope
from scorehouse.server.composition import Premises, StoreAway, application, premises_on
from scorehouse.server.intake import Receive
from scorehouse.server.sending import Send
from scorehouse.settings import Settings
from scorehouse.storage.port import Store

RETRY_S = 1.0
"""Between two attempts; each of them waits for a connection as long as a connection may take."""

_log = structlog.get_logger("scorehouse.server")


class Doorway:
    """Leads to the application of the house that is open at the moment."""

    def __init__(self, premises: Premises) -> None:
        self.lead_to(premises)

    def lead_to(self, premises: Premises) -> None:
        """Lead requests there from now on."""
        self._premises = premises
        self._application = application(premises)

    def close(self) -> None:
        """End what does not end by itself."""
        self._premises.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        await self._application(scope, receive, send)


class _Absent:
    """A store that refuses whatever it is asked; it has every verb of the port."""

    def __getattr__(self, verb: str) -> Callable[..., Awaitable[NoReturn]]:
        async def refuse(*_: Any, **__: Any) -> NoReturn:
            raise Unavailable("The database cannot be reached.")

        return refuse


def absent_premises(settings: Settings) -> Premises:
    """Open a house without a store."""
    return premises_on(cast("Store", _Absent()), settings, lambda: 0)


async def until_it_comes(open_up: Callable[[], Awaitable[None]]) -> None:
    """Try to open until it works; what cannot be cured by waiting stops the process.

    Raises:
        BadSetting: the database came, and cannot be served.
    """
    try:
        while True:
            await asyncio.sleep(RETRY_S)
            try:
                return await open_up()
            except StoreAway as away:
                _log.warning("waiting for the database", reason=str(away))
    except asyncio.CancelledError:
        raise
    except BaseException:
        # Whoever awaits the server's end finds the reason here.
        signal.raise_signal(signal.SIGTERM)
        raise
