"""The process: one socket, one event loop, and an orderly end.

On SIGTERM or SIGINT the server stops accepting, finishes the requests that it has, closes the store, which commits
what waits, and exits with 0. A second SIGINT does not wait for the requests.
"""

import asyncio
import gc
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import uvicorn
import uvloop

from scorehouse.server.application import Application
from scorehouse.server.connections import Connections
from scorehouse.server.waiting import Doorway
from scorehouse.settings import BadSetting, Bounds, Settings

BACKLOG = 2048
GARBAGE_OBJECTS = 5_000
"""Objects made, beyond those let go, before the collector looks for cycles; a request makes hundreds and no cycle.
More of them make nothing faster and every look longer: with 50,000 one answer in a hundred took 17 ms instead of 6."""

ResultT = TypeVar("ResultT")


def run(main: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine on the event loop that the server uses."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def listen(settings: Settings) -> socket.socket:
    """Bind the address; from here on clients may connect, and wait until `serve` accepts them.

    Raises:
        BadSetting: the address is taken, or not one of this machine.
    """
    host, port = settings.address.host, settings.address.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise BadSetting(f"Cannot listen on {host}, port {port}: {reason}.") from error
    listener.setblocking(False)
    return listener


async def serve(
    application: Application | Doorway,
    listener: socket.socket,
    bounds: Bounds,
    ready: Callable[[], None],
    stopping: Callable[[], None],
) -> None:
    """Serve until a signal says stop, then finish what is in progress.

    `ready` is called once it accepts, `stopping` when it has been told to stop: what does not end by itself ends then.
    """
    connections = Connections(bounds)
    config = uvicorn.Config(
        application,
        http=connections.protocol,  # type: ignore[arg-type]  # uvicorn only ever calls it
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=max(1, round(bounds.shutdown_grace_s)),
    )
    server = _Server(config, ready, stopping)
    looking = asyncio.create_task(connections.look_after(), name="scorehouse-connections")
    try:
        await server.serve(sockets=[listener])
    finally:
        looking.cancel()


def settle_memory() -> None:
    """Keep the garbage collector from walking, over and over, the code and tables that stay for good."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves the process to us: it does not raise again the signal that ended it."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        settle_memory()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for each in signals:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)
