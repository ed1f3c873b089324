"""``scorehouse serve``."""

import argparse
import asyncio
import json
import socket
from contextlib import AsyncExitStack, closing, suppress

import structlog

from scorehouse.cli.banner import banner
from scorehouse.server.composition import Premises, StoreAway, application, base_url, open_premises, place_of
from scorehouse.server.keys import first_key, key_document
from scorehouse.server.serving import listen, run
from scorehouse.server.serving import serve as serve_until_stopped
from scorehouse.server.waiting import Doorway, absent_premises, until_it_comes
from scorehouse.services.keys import NewKey
from scorehouse.settings import Settings

_log = structlog.get_logger("scorehouse.server")


def serve(settings: Settings, options: argparse.Namespace) -> int:
    """Serve until stopped; an empty store gets its first project and key."""
    run(_serve(settings, as_json=options.json))
    return 0


async def _serve(settings: Settings, *, as_json: bool) -> None:
    with closing(listen(settings)) as listener:
        url = base_url(settings, listener.getsockname()[1])
        async with AsyncExitStack() as opened:
            try:
                premises = await opened.enter_async_context(open_premises(settings))
            except StoreAway as away:
                await _serve_once_it_comes(settings, listener, opened, away, as_json=as_json)
                return
            greeting = await _greeting(premises, url, as_json=as_json)
            await opened.enter_async_context(premises.sweeper.at_work())
            await serve_until_stopped(
                application(premises),
                listener,
                settings.bounds,
                ready=lambda: print(greeting, flush=True),
                stopping=premises.stop,
            )


async def _serve_once_it_comes(
    settings: Settings, listener: socket.socket, opened: AsyncExitStack, away: StoreAway, *, as_json: bool
) -> None:
    """Serve refusals until the database can be reached, then go on as usual."""
    door = Doorway(absent_premises(settings))
    url = base_url(settings, listener.getsockname()[1])

    async def open_up() -> None:
        premises = await opened.enter_async_context(open_premises(settings))
        greeting = await _greeting(premises, url, as_json=as_json)
        await opened.enter_async_context(premises.sweeper.at_work())
        door.lead_to(premises)
        print(greeting, flush=True)

    opening = asyncio.create_task(until_it_comes(open_up))
    await serve_until_stopped(
        door,
        listener,
        settings.bounds,
        ready=lambda: _log.warning("waiting for the database", url=url, reason=str(away)),
        stopping=door.close,
    )
    opening.cancel()
    with suppress(asyncio.CancelledError):
        await opening


async def _greeting(premises: Premises, url: str, *, as_json: bool) -> str:
    record, is_new = premises.settings.record, not await premises.house.store.keys()
    # A key that nobody would see is not made.
    made = record.show_key or record.key is not None
    key = await first_key(premises.house, premises.keyring, record.key) if made else None
    shown = key if record.show_key else None
    return _as_json(premises, shown, url) if as_json else _as_text(premises, shown, url, is_new)


def _as_text(premises: Premises, key: NewKey | None, url: str, is_new: bool) -> str:
    return banner(premises.dialects, key, url, place_of(premises.settings.record), is_new)


def _as_json(premises: Premises, key: NewKey | None, url: str) -> str:
    """Write ``{"url": …}``, and what ``keys create --json`` prints if there is a key to show."""
    shown = {} if key is None else key_document(premises.dialects, key, url)
    return json.dumps({"url": url, **shown})
