"""How one input becomes another: by structure, and now and then by bytes.

Bytes alone rarely leave a JSON body or a cursor whole, and what is not whole is refused at the door. So a tree is
changed as a tree, a query by its parameters, a cursor by what it holds; and what was changed is written again.
"""

import base64
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from siege.fuzzing.messages import METHODS, Message, read_message, write_message

MutateBytes = Callable[[bytes, int], bytes]
"""Changes bytes, to at most so many."""

PART_BYTES_MAX = 100_000

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 0.1, -0.0, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**400),
    *(1e308, -1e308, 5e-324, float("nan"), float("inf"), [], {}, [[]], [None], {"": None}, {"a": {"a": {}}}),
    *("", " ", "\0", "\ud800", "\udfff\ud800", "\u202e", "e\u0301", "\U0010ffff", "a" * 300, "a" * 5000, "é" * 801),
    *("NaN", "Infinity", "-0", "1e400", "0x10", "1_000", "٣", "true", "null", "[]", "{}", "%", "%00", "_", "*", "\\"),
    *("' OR 1=1 --", "=1+1", "(a+)+$", "$.a[0]", "__proto__", "../../etc/passwd", "\r\nX-A: b", "a\tb", "<script>"),
    *("0af7651916cd43dd8448eb211c80319c", "0AF76519-16CD-43DD-8448-EB211C80319C", "urn:uuid:" + "0" * 32, "0" * 16),
    *("9999-12-31T23:59:59.999999999-14:00", "0001-01-01T00:00:00+14:00", "2026-02-30", "1969-12-31", "99999999999999"),
)
"""What programs get wrong: limits of numbers, of texts, of times, and what means something somewhere."""


class Mutator:
    """Changes inputs; the same seed makes the same change."""

    def __init__(self, seed: int, mutate_bytes: MutateBytes) -> None:
        self._random = random.Random(seed)  # noqa: S311 - chooses what to try, guards nothing
        self._mutate_bytes = mutate_bytes

    def message(self, data: bytes) -> bytes:
        """Change one part of a request."""
        message = read_message(data)
        changes = (self._with_body, self._with_body, self._with_query, self._with_query, self._with_path)
        change = self._random.choice((*changes, self._with_header, self._with_method))
        return write_message(change(message))

    def named(self, data: bytes, names: tuple[str, ...]) -> bytes:
        """Change what follows the first line; now and then the name that stands there."""
        name, _, rest = data.partition(b"\n")
        if self._random.random() < 0.05:
            name = self._random.choice(names).encode()
        kind = name.partition(b" ")[0]
        if kind == b"query":
            return name + b"\n" + self._query(rest.decode("latin-1")).encode("latin-1", "replace")
        return name + b"\n" + self.document(rest)

    def document(self, data: bytes) -> bytes:
        """Change a JSON document as a tree; what is none, and now and then one, byte by byte."""
        if self._random.random() < 0.25:
            return self._bytes(data)
        try:
            tree = json.loads(data)
        except (ValueError, RecursionError):
            return self._bytes(data)
        for _ in range(self._random.choice((1, 1, 1, 2, 4))):
            tree = self._tree(tree)
        try:
            written = json.dumps(tree, ensure_ascii=self._random.random() < 0.7)
        except (ValueError, RecursionError):
            return self._bytes(data)
        return written.encode("utf-8", "surrogatepass")

    def _bytes(self, data: bytes) -> bytes:
        return self._mutate_bytes(data, min(PART_BYTES_MAX, max(64, len(data) * 2)))

    def _text(self, text: str) -> str:
        return self._bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")

    def _tree(self, node: Any) -> Any:
        """Change a place somewhere in a tree."""
        if isinstance(node, dict) and node and self._random.random() < 0.85:
            return self._object(node)
        if isinstance(node, list) and node and self._random.random() < 0.85:
            place = self._random.randrange(len(node))
            changed = [*node[:place], self._tree(node[place]), *node[place + 1 :]]
            return self._random.choice((changed, changed, changed, node[:place] + node[place + 1 :], node * 2))
        return self._leaf(node)

    def _object(self, node: dict[str, Any]) -> dict[str, Any]:
        name = self._random.choice(list(node))
        rest = {other: value for other, value in node.items() if other != name}
        match self._random.randrange(10):
            case 0:
                return rest
            case 1:
                return {**rest, str(self._random.choice(ODD)): node[name]}
            case 2:
                return {**node, self._text(name): self._random.choice(list(node.values()))}
            case _:
                return {**node, name: self._tree(node[name])}

    def _leaf(self, node: Any) -> Any:
        chance = self._random.random()
        if isinstance(node, str) and chance < 0.4:
            return self._text(node)
        if isinstance(node, int | float) and chance < 0.3:
            return node * self._random.choice((-1, 2, 0.5, 1e300)) if abs(node) < 1e300 else -node
        if chance > 0.97:
            return self._nested(node)
        return self._random.choice(ODD)

    def _nested(self, node: Any) -> Any:
        for _ in range(self._random.choice((3, 33, 70, 200))):
            node = self._random.choice(([node], {"a": node}))
        return node

    # ── Parts of a request ───────────────────────────────────────────────────────────────────────────────

    def _with_body(self, message: Message) -> Message:
        return replace(message, body=self.document(message.body))

    def _with_query(self, message: Message) -> Message:
        return replace(message, query=self._query(message.query))

    def _with_path(self, message: Message) -> Message:
        parts = message.path.split("/")
        place = self._random.randrange(len(parts))
        odd = str(self._random.choice(ODD)).encode("utf-8", "surrogatepass")
        raw = odd.decode("latin-1")
        encoded = "".join(f"%{byte:02x}" for byte in odd)
        parts[place] = self._random.choice((raw, encoded, encoded, self._text(parts[place])))
        path = "/".join(parts).replace("\n", "%0a").replace(" ", "%20").replace("?", "%3f")
        return replace(message, path=path if path.startswith("/") else f"/{path}")

    def _with_header(self, message: Message) -> Message:
        if not message.headers:
            return message.with_headers(authorization=str(self._random.choice(ODD)))
        headers = list(message.headers)
        place = self._random.randrange(len(headers))
        name, text = headers[place]
        changed = self._random.choice((self._text(text), str(self._random.choice(ODD)), text.upper(), text[:-1]))
        headers[place] = (name, changed.encode("utf-8", "replace").decode("latin-1").replace("\n", " "))
        return replace(message, headers=tuple(headers))

    def _with_method(self, message: Message) -> Message:
        return replace(message, method=self._random.choice(METHODS))

    def _query(self, query: str) -> str:
        """Change a parameter: its value, its name, or how often it stands there."""
        pairs = parse_qsl(query, keep_blank_values=True, errors="replace")
        if not pairs or self._random.random() < 0.1:
            return self._text(query).encode("utf-8", "replace").decode("latin-1").replace("\n", "%0a")
        place = self._random.randrange(len(pairs))
        name, value = pairs[place]
        match self._random.randrange(8):
            case 0:
                pairs.append((name, str(self._random.choice(ODD))))
            case 1:
                pairs[place] = (str(self._random.choice(ODD)), value)
            case 2:
                del pairs[place]
            case 3:
                pairs[place] = (name, str(self._random.choice(ODD)))
            case _:
                pairs[place] = (name, self._value(value))
        return urlencode(pairs, errors="surrogatepass")

    def _value(self, value: str) -> str:
        """Change a value by what it may be: JSON, a cursor of JSON, or a text."""
        if value[:1] in {"{", "["}:
            return self.document(value.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
        try:
            inside = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            json.loads(inside)
        except ValueError:
            return self._text(value)
        return base64.urlsafe_b64encode(self.document(inside)).decode().rstrip("=")
