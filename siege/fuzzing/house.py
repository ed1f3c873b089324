"""A whole house under fire: the real composition on SQLite, called as a server would call it, without sockets."""

import asyncio
import shutil
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import uvloop

from scorehouse.domain.access import EVERYTHING
from scorehouse.server.composition import Premises, application, open_premises
from scorehouse.server.keys import open_project
from scorehouse.server.mounts import Found, Mounts
from scorehouse.server.telemetry import Telemetry
from scorehouse.services.admit import digest_of
from scorehouse.settings import Record, Settings
from scorehouse.storage.verbs import CreateKey
from scorehouse.wire.route import EVENT_STREAM
from siege.fuzzing.judging import Answer
from siege.fuzzing.messages import Message, read_message

SECRET = "f022" * 16
KEY_ID = "f022f022f022f022"
OTHER_SECRET = "0b57" * 16
MARKER = "behind-the-wall"
"""Stands in everything that the other project holds."""

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of this process's own is made inside
FOLDERS = MEMORY if MEMORY.is_dir() else None
"""In memory where the machine has that: what is fuzzed need not survive."""

REQUESTS_MAX = 20_000
"""To one house; then a new one is opened, so that what was stored before does not slow down what comes."""

FILLING = (
    f'POST /v1/evaluators\n\n{{"id":"{MARKER}-e","key":"{MARKER}-k","name":"{MARKER}"}}',
    f'POST /v1/configs\n\n{{"id":"{MARKER}-c","name":"{MARKER}","kind":"numeric"}}',
    (
        'POST /v1/traces\n\n{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0b570b570b570b570b570b570b570b57",'
        f'"spanId":"0b570b570b570b57","name":"{MARKER}","attributes":[{{"key":"session.id","value":'
        f'{{"stringValue":"{MARKER}-s"}}}}]}}]}}]}}]}}'
    ),
    (
        f'POST /v1/scores\n\n{{"id":"{MARKER}-1","name":"{MARKER}","value":1,'
        f'"target":{{"kind":"trace","id":"{MARKER}-t","must_exist":false}}}}'
    ),
)
"""What the other project holds."""


class House:
    """Opens when it is first asked, and anew after REQUESTS_MAX requests; `close` ends it."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._stack = AsyncExitStack()
        self._folder = Path()
        self._application: Any = None
        self._mounts: Any = None
        self._left = 0

    def ask(self, message: Message) -> Answer:
        """Send one request; answers when its answer is complete."""
        if self._left == 0:
            self.close()
            self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
            self._runner.run(self._open())
        self._left -= 1
        return self._runner.run(self._ask(message))

    def is_unsupported(self, message: Message) -> bool:
        """Tell whether a request is for what its route says it does not speak."""
        found = self._mounts.find(message.method, message.path)
        return isinstance(found, Found) and any(seat.route.unsupported for seat in found.seats)

    def close(self) -> None:
        """Close the house and forget it."""
        if self._application is not None:
            self._runner.run(self._stack.aclose())
            shutil.rmtree(self._folder)
            self._application = None
        self._runner.close()
        self._left = 0

    async def _open(self) -> None:
        self._folder = Path(mkdtemp(prefix="fuzzing-", dir=FOLDERS))
        settings = replace(Settings(), record=Record(data=self._folder))
        premises = await self._stack.enter_async_context(open_premises(settings))
        await _give_keys(premises)
        self._mounts = Mounts(premises.dialects, Telemetry())
        self._application = application(premises)
        for text in FILLING:
            answer = await self._ask(_authorized(read_message(text.encode()), OTHER_SECRET))
            assert answer.status < 300, answer
        self._left = REQUESTS_MAX

    async def _ask(self, message: Message) -> Answer:
        headers = {"content-length": str(len(message.body)), "host": "house", **dict(message.headers)}
        scope = {
            "type": "http",
            "method": message.method,
            "raw_path": message.path.encode("latin-1"),
            "query_string": message.query.encode("latin-1"),
            "scheme": "http",
            "headers": [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()],
        }
        ended = asyncio.Event()
        sent: list[Any] = []
        waiting = [{"type": "http.request", "body": message.body, "more_body": False}]

        async def receive() -> Any:
            if waiting:
                return waiting.pop()
            await ended.wait()
            return {"type": "http.disconnect"}

        async def send(part: Any) -> None:
            sent.append(part)
            # What never ends by itself has said enough with its first part.
            if sent[0]["headers"] and (b"content-type", EVENT_STREAM.encode()) in sent[0]["headers"]:
                ended.set()

        await self._application(scope, receive, send)
        return _answer(sent)


async def _give_keys(premises: Premises) -> None:
    for name, secret, key in (("default", SECRET, KEY_ID), (MARKER, OTHER_SECRET, KEY_ID[::-1])):
        project = await open_project(premises.house, name)
        verb = CreateKey(
            id=key,
            project=project,
            digest=digest_of(secret),
            owner="somebody",
            permissions=EVERYTHING,
            at=premises.house.clock(),
        )
        await premises.house.store.perform(verb)


def _authorized(message: Message, secret: str) -> Message:
    return message.with_headers(authorization=f"Bearer {secret}", x_api_key=secret, content_type="application/json")


def _answer(sent: list[Any]) -> Answer:
    if not sent:
        return Answer(0, "", b"")
    headers = tuple((name.decode("latin-1"), text.decode("latin-1")) for name, text in sent[0]["headers"])
    body = b"".join(part.get("body", b"") for part in sent[1:])
    return Answer(sent[0]["status"], dict(headers).get("content-type", ""), body, headers)
