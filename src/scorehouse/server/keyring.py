"""Any vendor's spelling of a key → the bare secret.

One secret opens its project through every dialect, and is accepted in any spelling by all of them. How it was spelled
still says something: which dialect the caller means on a path that two share, and which edition.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scorehouse.domain.refusals import Unidentified
from scorehouse.wire.dialect import Dialect, KeySpelling

SECRET = re.compile(r"[A-Za-z0-9]{32,128}")
"""A bare secret. Minted ones are 64 hex digits; a key that an operator brings may look like any of these."""

TOKEN_CHARACTERS_MAX = 200
"""A bare secret with the longest prefix is far shorter."""


@dataclass(frozen=True, slots=True)
class Unspelled:
    """A token, read.

    Attributes:
        secret: bare.
        edition: in whose spelling it was shown; None for a bare secret.
        dialect: the edition's dialect; None for a bare secret.
    """

    secret: str = field(repr=False)
    edition: str | None = None
    dialect: str | None = None


TOKENS_MAX = 1000
"""Tokens whose reading is remembered, in memory only; it says how one is spelled, not that it opens anything."""


class Keyring:
    """Every spelling of every edition of every dialect."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._spellings: list[tuple[KeySpelling, str, str]] = [
            (edition.spelling, edition.name, dialect.name) for dialect in dialects for edition in dialect.editions
        ]
        self._read: dict[str, Unspelled] = {}

    def read(self, token: str) -> Unspelled:
        """Find the bare secret in a token; what was read lately is remembered.

        Raises:
            Unidentified: it is spelled in no dialect's way.
        """
        read = self._read.get(token)
        if read is None:
            read = self._parse(token)
            if len(self._read) >= TOKENS_MAX:
                self._read.clear()
            self._read[token] = read
        return read

    def _parse(self, token: str) -> Unspelled:
        if len(token) <= TOKEN_CHARACTERS_MAX:
            if SECRET.fullmatch(token):
                return Unspelled(token)
            for spelling, edition, dialect in self._spellings:
                secret = spelling.bare(token)
                if secret is not None and SECRET.fullmatch(secret):
                    return Unspelled(secret, edition, dialect)
        raise Unidentified("unknown")

    def spellings(self) -> Mapping[str, KeySpelling]:
        """Return how each edition spells, by its name."""
        return {edition: spelling for spelling, edition, _ in self._spellings}
