"""A request and its answer, without a server or a socket."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from scorehouse.domain.access import Permission, Principal
from scorehouse.domain.changes import Actor
from scorehouse.domain.documents import EMPTY
from scorehouse.domain.frozen import Frozen
from scorehouse.domain.refusals import Forbidden, Unreadable
from scorehouse.services.house import House

Headers = Mapping[str, str]
"""Header names in lower case → values; of a repeated header the last."""

QUERY_PAIRS_MAX = 1000
"""Parameters in one query string."""


class Head(Frozen, frozen=True):
    """What is known of a request before its body is read.

    Attributes:
        method: upper case.
        path: as sent, percent-encoded, without the dialect's own mount (``/2signal``).
        query: the query string as sent, without the question mark.
        headers: see Headers.
        origin: scheme, host and mount as the client sees them: ``http://127.0.0.1:4480`` or ``…/2signal``.
        request_id: for logs and answers.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = EMPTY
    origin: str = ""
    request_id: str = ""

    def __repr__(self) -> str:
        """Show the request line, and not the headers: they hold the key."""
        return f"Head({self.method} {self.path}?{self.query}, request_id={self.request_id!r})"


class Call(Frozen, frozen=True):
    """One admitted request, as a handler gets it.

    Attributes:
        head: what came before the body.
        parameters: path parameters, percent-decoded.
        body: whole and decompressed; at most what the route's limits allow.
        principal: who asks; they have the route's permission.
        house: what the handler may do.
        dialect: the name of the dialect spoken.
    """

    head: Head
    parameters: Mapping[str, str]
    body: bytes
    principal: Principal
    house: House
    dialect: str

    @property
    def project(self) -> int:
        """The only project in reach."""
        return self.principal.project.number

    @property
    def actor(self) -> Actor:
        """Who does it, for history."""
        return Actor(self.principal.key, self.principal.owner, self.dialect)

    def require(self, permission: Permission) -> None:
        """Refuse with Forbidden unless the key has the permission."""
        if not self.principal.may(permission):
            raise Forbidden(permission)


class Reply(Frozen, frozen=True):
    """An answer.

    Attributes:
        status: of HTTP.
        body: whole, or a stream of parts.
        media: its content type.
        headers: beside content type and length, names in lower case.
    """

    status: int
    body: bytes | AsyncIterator[bytes] = b""
    media: str = "application/json"
    headers: Sequence[tuple[str, str]] = ()


_encode = msgspec.json.Encoder().encode


def json_reply(status: int, shape: Any, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    """Answer with a wire shape as JSON."""
    return Reply(status, _encode(shape), headers=headers)


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Split a query string into decoded pairs, blank values kept.

    Raises:
        Unreadable: it is not UTF-8 behind its percent signs, or has more than 1,000 parameters.
    """
    try:
        query.encode()  # refuses lone surrogates, which would pass parse_qsl where nothing is percent-encoded
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=QUERY_PAIRS_MAX)
    except (UnicodeDecodeError, ValueError) as error:
        raise Unreadable("The query string cannot be read.") from error
