"""Recorded exchanges: what a vendor's client sends, and what it has to be answered.

A file ``exchanges/<name>.json`` of a dialect holds one conversation, a list of ::

    {"request": {"method": …, "path": …, "headers": {…}, "body": …, "text": …},
     "reply": {"status": …, "headers": {…}, "body": …, "text": …}}

in a new house, in order. A request may name an ``edition``, in whose spelling the key is shown. ``body``
is JSON, ``text`` is anything else, neither is nothing. What is recorded comes from the vendor: its documents,
its SDK, a capture; never from an answer of ours.
A reply's body has to be equal, but for these texts in it:

=============  ================================================================================
``<any>``      anything
``<time>``     an ISO 8601 time
``<new:x>``    any text that is not empty, remembered as ``x``
``<x>``        what was remembered as ``x``; in a request too, there also inside a text
=============  ================================================================================

and an object with the member ``"...": "..."`` may have members beyond those that are named. Headers may have others.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scorehouse.domain.frozen import replace
from scorehouse.wire.call import Reply
from scorehouse.wire.dialect import Dialect
from tests.dialects.speaking import Speaker, whole

OTHERS = "..."

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?")
_NEW = re.compile(r"<new:(\w+)>")
_REMEMBERED = re.compile(r"<(\w+)>")


@dataclass(slots=True)
class Memory:
    """What placeholders stood for so far."""

    texts: dict[str, str] = field(default_factory=dict)

    def filled(self, document: Any) -> Any:
        """Put what is remembered into a request."""
        if isinstance(document, str):
            return _REMEMBERED.sub(lambda found: self.texts.get(found[1], found[0]), document)
        if isinstance(document, dict):
            return {self.filled(name): self.filled(value) for name, value in document.items()}
        return [self.filled(item) for item in document] if isinstance(document, list) else document

    def differences(self, expected: Any, given: Any, place: str = "$") -> Iterator[str]:
        """Yield where `given` is not what was expected, remembering what is new."""
        if isinstance(expected, dict) and isinstance(given, dict):
            yield from self._differing_members(expected, given, place)
        elif isinstance(expected, list) and isinstance(given, list):
            if len(expected) != len(given):
                yield f"{place}: {len(given)} items instead of {len(expected)}"
            for position, (wanted, item) in enumerate(zip(expected, given, strict=False)):
                yield from self.differences(wanted, item, f"{place}[{position}]")
        elif not (self._matches(expected, given) if isinstance(expected, str) else _same(expected, given)):
            yield f"{place}: {given!r} instead of {expected!r}"

    def _differing_members(self, expected: dict[str, Any], given: dict[str, Any], place: str) -> Iterator[str]:
        for name, wanted in expected.items():
            if name == OTHERS:
                continue
            if name not in given:
                yield f"{place}.{name}: is missing"
            else:
                yield from self.differences(wanted, given[name], f"{place}.{name}")
        if OTHERS not in expected:
            yield from (f"{place}.{name}: is not expected" for name in given if name not in expected)

    def _matches(self, expected: str, given: Any) -> bool:
        new = _NEW.fullmatch(expected)
        if expected == "<any>":
            return True
        if expected == "<time>":
            return isinstance(given, str) and _TIME.fullmatch(given) is not None
        if new is None:
            return bool(self.filled(expected) == given)
        if isinstance(given, str) and given:
            self.texts[new[1]] = given
            return True
        return False


def conversations(folder: Path) -> list[Path]:
    """List the recorded conversations of a dialect's folder."""
    return sorted((folder / "exchanges").glob("*.json"))


async def replay(speaker: Speaker, dialect: Dialect, recorded: list[dict[str, Any]]) -> list[str]:
    """Hold a conversation; return what was answered otherwise than recorded."""
    memory = Memory()
    findings: list[str] = []
    for number, exchange in enumerate(recorded, 1):
        request, wanted = memory.filled(exchange["request"]), exchange["reply"]
        body = request["body"] if "body" in request else request.get("text", "").encode()
        method, path = request["method"], request["path"]
        spelled = replace(speaker.principal, spelling=request.get("edition"))
        headers = request.get("headers")
        reply = await speaker.speak(dialect, method, path, body, headers=headers, principal=spelled)
        findings += [
            f"{number}. {method} {path}: {finding}" for finding in _compared(memory, wanted, await whole(reply))
        ]
    return findings


def _compared(memory: Memory, wanted: dict[str, Any], reply: Reply) -> Iterator[str]:
    assert isinstance(reply.body, bytes)
    if reply.status != wanted["status"]:
        yield f"status {reply.status} instead of {wanted['status']}: {reply.body.decode(errors='replace')}"
        return
    if "body" in wanted:
        yield from memory.differences(wanted["body"], json.loads(reply.body or b"null"))
    else:
        yield from memory.differences(wanted.get("text", ""), reply.body.decode())
    headers = {"content-type": reply.media, **dict(reply.headers)}
    for name, value in wanted.get("headers", {}).items():
        yield from memory.differences(value, headers.get(name.lower()), f"header {name}")


def _same(expected: Any, given: Any) -> bool:
    """Tell whether two scalars are the same JSON: 1 is 1.0, but true is not 1."""
    return isinstance(expected, bool) is isinstance(given, bool) and bool(expected == given)
