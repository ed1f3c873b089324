"""Ask a vendor: one request at a time, with patience. What a vendor asks for (429, 503, Retry-After) is done."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from scorehouse.settings import BadSetting
from scorehouse.wire.sources import Ask

TIMEOUT_S = 60.0
ATTEMPTS = 8
"""Tries of one request before an import gives up: with the pauses below about two minutes of outage."""

PAUSE_S_MAX = 60.0
"""Longest pause that nobody asked for."""

RETRY_AFTER_S_MAX = 3600.0
"""Longest pause that is done because a vendor asked for it."""

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be another time."""

GONE = frozenset({404, 405, 410})
"""Statuses of what is not there, or not to be had in this way."""


class Gone(BadSetting):
    """What was asked for is not there."""


Sleep = Callable[[float], Awaitable[None]]


async def fetch(base_url: str, ask: Ask, headers: Mapping[str, str], sleep: Sleep = asyncio.sleep) -> bytes:
    """Ask, and return the body of a good answer.

    Raises:
        Gone: it is not there.
        BadSetting: the vendor refuses, or cannot be reached, for good.
    """
    reason = ""
    for attempt in range(ATTEMPTS):
        try:
            return await asyncio.to_thread(_ask, base_url, ask, headers)
        except HTTPError as error:
            with error:
                said = error.read(300).decode(errors="replace")
            if error.code in GONE:
                raise Gone(f"{base_url}{ask.path} answered {error.code}: {said}") from error
            if error.code not in AGAIN:
                raise BadSetting(f"{base_url}{ask.path} answered {error.code}: {said}") from error
            reason = f"answered {error.code}"
            pause_s = asked_pause(error.headers, datetime.now(UTC))
        except (URLError, HTTPException, OSError) as error:
            reason = f"cannot be reached: {error}"
            pause_s = None
        await sleep(min(2.0**attempt, PAUSE_S_MAX) if pause_s is None else pause_s)
    raise BadSetting(f"{base_url}{ask.path} {reason}, {ATTEMPTS} times.")


def asked_pause(headers: Message, now: datetime) -> float | None:
    """Read Retry-After, seconds or a date, as seconds from now; None where it is missing or unreadable."""
    said = headers.get("Retry-After", "").strip()
    try:
        seconds = float(said) if said[:1].isdigit() else (parsedate_to_datetime(said) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_S_MAX)


def _ask(base_url: str, ask: Ask, headers: Mapping[str, str]) -> bytes:
    if not base_url.startswith(("http://", "https://")):
        raise BadSetting(f"--url must be a URL such as https://scores.example.org, not {base_url!r}.")
    body = None if ask.body is None else ask.body.encode()
    sent = {"Accept": "application/json", "User-Agent": "scorehouse", **headers}
    if body is not None:
        sent["Content-Type"] = "application/json"
    request = Request(base_url + ask.path, body, sent)  # noqa: S310 - the scheme was checked above
    with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the scheme was checked above
        read: bytes = answer.read()
        return read
