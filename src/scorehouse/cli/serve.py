"""``scorehouse serve``."""

import argparse
import json
from contextlib import closing

from scorehouse.cli.banner import banner
from scorehouse.server.composition import Premises, application, base_url, open_premises, place_of
from scorehouse.server.keys import first_key, key_document
from scorehouse.server.logs import configure
from scorehouse.server.serving import listen, run
from scorehouse.server.serving import serve as serve_until_stopped
from scorehouse.services.keys import NewKey
from scorehouse.settings import Settings


def serve(settings: Settings, options: argparse.Namespace) -> int:
    """Serve until stopped; an empty store gets its first project and key."""
    configure(settings.logs)
    run(_serve(settings, as_json=options.json))
    return 0


async def _serve(settings: Settings, *, as_json: bool) -> None:
    with closing(listen(settings)) as listener:
        async with open_premises(settings) as premises:
            is_new = not await premises.house.store.keys()
            key = await first_key(premises.house, premises.keyring, settings.record.key)
            url = base_url(settings, listener.getsockname()[1])
            greeting = _as_json(premises, key, url) if as_json else _as_text(premises, key, url, is_new)
            await serve_until_stopped(
                application(premises),
                listener,
                settings.bounds,
                ready=lambda: print(greeting, flush=True),
                stopping=premises.house.followers.closing.set,
            )


def _as_text(premises: Premises, key: NewKey | None, url: str, is_new: bool) -> str:
    return banner(premises.dialects, key, url, place_of(premises.settings.record), is_new)


def _as_json(premises: Premises, key: NewKey | None, url: str) -> str:
    """Write ``{"url": …}``, and what ``keys create --json`` prints if there is a key to show."""
    shown = {} if key is None else key_document(premises.dialects, key, url)
    return json.dumps({"url": url, **shown})
