"""Small dialects, a small store and a way to call the application, for tests of the server without sockets."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, cast

import msgspec
from anyio import sleep_forever

from scorehouse.domain.access import EVERYTHING, Credential, Key, Permission, Project
from scorehouse.domain.instants import Instant
from scorehouse.domain.refusals import Refusal, Unavailable, Unidentified
from scorehouse.server.admission import Admission, RateLimiter
from scorehouse.server.application import Application
from scorehouse.server.keyring import Keyring
from scorehouse.server.mounts import Mounts
from scorehouse.server.public import Public
from scorehouse.server.telemetry import Telemetry
from scorehouse.services.admit import Doorkeeper, digest_of
from scorehouse.services.house import House
from scorehouse.settings import Settings
from scorehouse.storage.port import Store
from scorehouse.storage.queries import EVERYTHING as ALL_SCORES
from scorehouse.wire.call import Call, Head, Headers, Reply, json_reply
from scorehouse.wire.dialect import (
    Dialect,
    Edition,
    KeySpelling,
    Opened,
    Paste,
    Slash,
    claims_nothing,
    enter_as_is,
)
from scorehouse.wire.route import Limits, Route

SECRET = "ab" * 32
READER = "cd" * 32
SCORER = "ef" * 32

STATUS = {
    "Unreadable": 400,
    "Invalid": 400,
    "TooLarge": 413,
    "UnsupportedMedia": 415,
    "Unidentified": 401,
    "Forbidden": 403,
    "UnknownPath": 404,
    "WrongMethod": 405,
    "NotFound": 404,
    "Conflict": 409,
    "Unsupported": 501,
    "Throttled": 429,
    "Unavailable": 503,
    "Broken": 500,
}
"""How the tiny dialects answer: plainly, so that tests can tell a refusal by its class."""


class TinyStore:
    """A store that knows three keys, and can be told to refuse."""

    def __init__(self) -> None:
        project = Project(1, "default", Instant(0))
        self.keys_by_digest = {
            digest_of(secret): Key(id, project, None, permissions, Instant(0))
            for secret, id, permissions in (
                (SECRET, "k-all", EVERYTHING),
                (READER, "k-read", frozenset({Permission.READ})),
                (SCORER, "k-score", frozenset({Permission.WRITE_SCORES})),
            )
        }
        self.down = False

    async def key(self, digest: bytes) -> Key | None:
        """Return one of the three keys."""
        return self.keys_by_digest.get(digest)

    async def key_of(self, id: str) -> Key | None:
        """Return one of the three keys."""
        return next((key for key in self.keys_by_digest.values() if key.id == id), None)

    async def ready(self) -> None:
        """Refuse if told to be down."""
        if self.down:
            raise Unavailable("The disk refuses.", 7)


def bearer(headers: Headers) -> Credential:
    """Read a bearer token, or a public key id after ``Public``, which is spelled by the edition ``open``."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme == "Public":
        return Credential(public=token, spelling="open")
    if scheme != "Bearer" or not token:
        raise Unidentified("missing")
    return Credential(secret=token)


@dataclass
class Tiny:
    """What a tiny dialect is made of; `build` makes it."""

    name: str
    prefixes: tuple[str, ...] = ()
    routes: Sequence[Route] = ()
    territory: tuple[str, ...] = ()
    slash: Slash = Slash.SAME
    editions: Mapping[str, str] = field(default_factory=dict)
    claims: Any = claims_nothing
    enter: Any = enter_as_is
    refuse: Any = None

    def build(self) -> Dialect:
        """Make the dialect: it refuses with ``{"by": its name, "refusal": the class, "message": …}``."""
        spelled = {self.name: self.prefixes or (f"{self.name}_",), **{k: (v,) for k, v in self.editions.items()}}
        return Dialect(
            name=self.name,
            title=self.name.title(),
            editions=tuple(
                Edition(name, name, KeySpelling(prefixes), paste_of(KeySpelling(prefixes)))
                for name, prefixes in spelled.items()
            ),
            routes=tuple(self.routes),
            territory=self.territory,
            credential=bearer,
            refuse=self.refuse or self._refuse,
            enter=self.enter,
            claims=self.claims,
            losses=frozenset(),
            speakable=ALL_SCORES,
            slash=self.slash,
        )

    def _refuse(self, refusal: Refusal, head: Head) -> Reply:
        kind = type(refusal).__name__
        body = {"by": self.name, "refusal": kind, "message": refusal.message, "path": head.path}
        return json_reply(STATUS[kind], body)


def paste_of(spelling: KeySpelling) -> Any:
    """Make a writer of paste lines."""

    def paste(opened: Opened) -> Paste:
        token = spelling.spell(opened.secret)
        return Paste(opened.base_url, {"KEY": token}, {"Authorization": f"Bearer {token}"}, "curl")

    return paste


async def echo(call: Call) -> Reply:
    """Answer what was understood of the call."""
    return json_reply(
        200,
        {
            "dialect": call.dialect,
            "parameters": dict(call.parameters),
            "body": call.body.decode(),
            "key": call.principal.key,
            "spelling": call.principal.spelling,
            "path": call.head.path,
            "query": call.head.query,
            "origin": call.head.origin,
            "request_id": call.head.request_id,
        },
    )


def route(
    method: str,
    path: str,
    handler: Any = echo,
    permission: Permission | None = Permission.READ,
    limits: Limits | None = None,
    **rest: Any,
) -> Route:
    """Make a route that echoes."""
    return Route(
        method=method,
        path=path,
        handler=handler,
        permission=permission,
        summary=f"{method} {path}",
        limits=limits or Limits(),
        **rest,
    )


@dataclass(frozen=True)
class Answer:
    """What the application sent; `complete` tells whether it sent the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool = True

    @property
    def json(self) -> Any:
        """The body, read."""
        return msgspec.json.decode(self.body)


class Client:
    """Calls an application as a server would."""

    def __init__(self, dialects: Iterable[Dialect], settings: Settings | None = None) -> None:
        every = tuple(dialects)
        self.store = TinyStore()
        self.now_us = 1_000_000
        self.now_s = 0.0
        self.minted = 0
        house = House(cast("Store", self.store), lambda: Instant(self.now_us), self._mint, token_hex)
        self.telemetry = Telemetry()
        used = settings or Settings()
        self.application = Application(
            house=house,
            mounts=Mounts(every, self.telemetry),
            admission=Admission(
                Keyring(every), Doorkeeper(house), RateLimiter(used.bounds.rate_limit, lambda: self.now_s)
            ),
            public=Public(house, every, self.telemetry),
            telemetry=self.telemetry,
            settings=used,
            seconds=lambda: self.now_s,
        )

    async def __call__(
        self,
        method: str,
        target: str,
        body: bytes | Sequence[bytes] = b"",
        key: str | None = SECRET,
        gone: bool = False,
        **headers: str,
    ) -> Answer:
        """Send one request; a sequence of parts is sent chunked, and `gone` breaks off instead of ending it."""
        path, _, query = target.partition("?")
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            given.setdefault("authorization", f"Bearer {key}")
        parts = [body] if isinstance(body, bytes) else list(body)
        if not isinstance(body, bytes):
            given["transfer-encoding"] = "chunked"
        elif body or gone:
            given.setdefault("content-length", str(len(body)))
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "scheme": "http",
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in {"host": "house", **given}.items()],
        }
        sent: list[Any] = []
        await self.application(scope, _receiver(parts, gone), _collector(sent))
        return _answer(sent)

    def _mint(self) -> str:
        self.minted += 1
        return f"{self.minted:032x}"


def _receiver(parts: Sequence[bytes], gone: bool) -> Any:
    messages = [
        {"type": "http.request", "body": part, "more_body": gone or index + 1 < len(parts)}
        for index, part in enumerate(parts)
    ]

    async def receive() -> Any:
        if not messages and not gone:
            # Who waits for the answer stays connected, as a server's protocol would tell it.
            await sleep_forever()
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return receive


def _collector(sent: list[Any]) -> Any:
    async def send(message: Any) -> None:
        sent.append(message)

    return send


def _answer(sent: Sequence[Any]) -> Answer:
    if not sent:
        return Answer(0, {}, b"", complete=False)
    start, *parts = sent
    headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    complete = bool(parts) and not parts[-1].get("more_body", False)
    return Answer(start["status"], headers, b"".join(part["body"] for part in parts), complete)


async def stream(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield parts, as a handler that streams does."""
    for part in parts:
        yield part
