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
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from scorehouse.server.application import Application
from scorehouse.settings import BadSetting, Bounds, Settings

BACKLOG = 2048
KEEP_ALIVE_S = 75
"""Longer than the pools of common clients keep an idle connection, so that it is they who close it."""

GARBAGE_OBJECTS = 20_000
"""Objects made, beyond those let go, before the collector looks for cycles; a request makes hundreds and no cycle."""

HEAD_BYTES_MAX = 65_536
"""Request line and headers; the longest path that is served has a quarter of that."""

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
    application: Application,
    listener: socket.socket,
    bounds: Bounds,
    ready: Callable[[], None],
    stopping: Callable[[], None],
) -> None:
    """Serve until a signal says stop, then finish what is in progress.

    `ready` is called once it accepts, `stopping` when it has been told to stop: what does not end by itself ends then.
    """
    config = uvicorn.Config(
        application,
        http=_BoundedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(1, round(bounds.shutdown_grace_s)),
    )
    server = _Server(config, ready, stopping)
    await server.serve(sockets=[listener])


class _BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which does not collect an endless head: its parser has no limit of its own."""

    _in_head = False
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        continues_head = self._in_head
        super().data_received(data)
        if continues_head and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
                self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()


def _settle_memory() -> None:
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
        _settle_memory()
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
