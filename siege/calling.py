"""A small HTTP client for many threads at low cost: one connection each, kept alive."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.server_process import Server

Refused = (OSError, http.client.HTTPException)
"""What a connection raises when the other side is not there, or not any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        headers: names in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)

    @property
    def refuses_well(self) -> bool:
        """Tell a refusal for now that says when to come back."""
        return self.status in {429, 503} and self.headers.get("retry-after", "").isdigit()


class Caller:
    """A client of one server, for one thread."""

    def __init__(self, server: Server, timeout_s: float = 30.0) -> None:
        parts = urlsplit(server.url)
        self._headers = {edition: server.headers(edition) for edition in server.keys}
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)

    def send(self, edition: str, method: str, path: str, body: object = None) -> Answer:
        """Send one request in an edition's spelling; an idle connection that was closed is opened again.

        Raises:
            OSError, HTTPException: no answer, see `Refused`.
        """
        headers = {**self._headers[edition], "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        try:
            self._connection.request(method, path, content, headers)
            got = self._connection.getresponse()
            answered = Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        except Refused:
            self._connection.close()
            raise
        if got.will_close:
            self._connection.close()
        return answered

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
