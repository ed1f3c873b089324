"""Where fuzzing begins: every request of every recorded exchange, with a good key; and what no exchange holds."""

import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from scorehouse.dialects import OURS
from scorehouse.wire.dialect import Dialect, Opened
from scorehouse.wire.route import Route
from siege.fuzzing.house import KEY_ID, SECRET
from siege.fuzzing.messages import Message, write_message

FINDINGS = Path(__file__).with_name("findings")
"""What was found, by target: a folder each."""

OPENED = Opened("http://house", SECRET, KEY_ID, "default")


def recorded() -> Iterator[tuple[Dialect, Message]]:
    """Yield every recorded request, with the key that its dialect's lines to paste have."""
    for name in OURS:
        package = import_module(name)
        dialect: Dialect = package.DIALECT
        for path in sorted((Path(package.__path__[0]) / "exchanges").glob("*.json")):
            for exchange in json.loads(path.read_text("utf-8")):
                yield dialect, _message(dialect, exchange["request"])


def of_routes() -> Iterator[tuple[Dialect, Message]]:
    """Yield a request for every route: what is not recorded is reached all the same."""
    for name in OURS:
        dialect: Dialect = import_module(name).DIALECT
        for route in dialect.routes:
            body = b"" if route.body is None else b"{}"
            yield dialect, Message(route.method, _filled(route), "", _headers(dialect, {}), body)


def requests() -> Iterator[bytes]:
    """Yield what the target of whole requests begins with."""
    for _, message in (*recorded(), *of_routes()):
        yield write_message(message)


def bodies() -> Iterator[bytes]:
    """Yield every recorded body."""
    yield from {message.body for _, message in recorded() if message.body}


def queries() -> Iterator[bytes]:
    """Yield every recorded query string."""
    yield from {message.query.encode() for _, message in recorded() if message.query}


def _message(dialect: Dialect, request: Mapping[str, Any]) -> Message:
    path, _, query = request["path"].partition("?")
    body = json.dumps(request["body"]).encode() if "body" in request else request.get("text", "").encode()
    headers = _headers(dialect, request.get("headers", {}), request.get("edition"))
    return Message(request["method"], path, query, headers, body)


def _headers(dialect: Dialect, given: Mapping[str, str], edition: str | None = None) -> tuple[tuple[str, str], ...]:
    spoken = next((each for each in dialect.editions if each.name == edition), dialect.editions[0])
    headers = {"content-type": "application/json"}
    headers |= {name.lower(): text for name, text in {**spoken.paste(OPENED).headers, **given}.items()}
    return tuple(headers.items())


def _filled(route: Route) -> str:
    return "/".join("0af7651916cd43dd8448eb211c80319c" if part[:1] == "{" else part for part in route.path.split("/"))
