r"""A request as text: a line ``METHOD /path?query``, headers line by line, an empty line, the body as it is.

Reading is total, so that any bytes are some request. Only ``\n`` ends a line; what is no header is left out.
"""

from dataclasses import dataclass, replace

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Message:
    """One request.

    Attributes:
        method: upper case.
        path: as sent.
        query: as sent, without question mark.
        headers: names in lower case.
        body: as sent.
    """

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def with_headers(self, **more: str) -> "Message":
        """Return the request with further headers, ``_`` for ``-``."""
        return replace(self, headers=(*self.headers, *((name.replace("_", "-"), text) for name, text in more.items())))


def read_message(data: bytes) -> Message:
    """Read bytes as a request."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, _, target = first.partition(" ")
    path, _, query = target.partition("?")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.strip().lower(), text.strip()) for name, colon, text in pairs if colon and name.strip())
    return Message(method.upper() or "GET", path if path.startswith("/") else f"/{path}", query, headers, body)


def write_message(message: Message) -> bytes:
    """Write a request as bytes."""
    target = f"{message.path}?{message.query}" if message.query else message.path
    lines = [f"{message.method} {target}", *(f"{name}: {text}" for name, text in message.headers)]
    return "\n".join(lines).encode("latin-1", "replace") + b"\n\n" + message.body
