"""Dialect: a vendor's API as a value.

Not a base class and not a framework's sub-application: a table of routes, a reader of credentials, a
*total* writer of refusals, and two honest declarations. The server mounts it at its vendor's own
paths and once more under ``/<name>/``. Every folder under ``scorehouse.dialects`` has the same files::

    shapes    the vendor's wire shapes, typed structs
    auth      headers → Credential; how the vendor spells a key; the lines to paste
    reads     their shapes → our words
    writes    our words → their shapes
    paging    their cursors and pages
    errors    our refusals → their statuses and bodies
    routes    the table, and DIALECT
    README.md, exchanges/    for people; recorded requests and answers, replayed by the tests
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scorehouse.domain.access import Credential, Principal
from scorehouse.domain.refusals import Refusal
from scorehouse.services.house import House
from scorehouse.services.shapes import Shape
from scorehouse.storage.queries import Filter
from scorehouse.wire.call import Head, Headers, Reply
from scorehouse.wire.losses import Loss
from scorehouse.wire.route import Route
from scorehouse.wire.sources import VendorSource


class Slash(StrEnum):
    """What a trailing slash means to a vendor: nothing, another path, or a redirect (307) to the path without."""

    SAME = "same"
    DIFFERENT = "different"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class KeySpelling:
    """How a vendor spells a key around the bare secret.

    Attributes:
        prefixes: what may stand before it; the first is the one to print.
        dot_after: digits of the secret after which a dot stands; 0 for none (Respan: 8).
    """

    prefixes: tuple[str, ...]
    dot_after: int = 0

    def spell(self, secret: str) -> str:
        """Write a bare secret as this vendor's key."""
        spelled = f"{secret[: self.dot_after]}.{secret[self.dot_after :]}" if self.dot_after else secret
        return self.prefixes[0] + spelled

    def bare(self, token: str) -> str | None:
        """Read the secret out of a key spelled this way; None if it is not spelled so."""
        for prefix in self.prefixes:
            if token.startswith(prefix):
                rest = token[len(prefix) :]
                if rest and not self.dot_after:
                    return rest
                if self.dot_after and rest[self.dot_after : self.dot_after + 1] == ".":
                    return rest[: self.dot_after] + rest[self.dot_after + 1 :]
        return None


@dataclass(frozen=True, slots=True)
class Opened:
    """A key just made, as the writer of paste lines needs it.

    Attributes:
        base_url: of the server, no trailing slash.
        secret: bare.
        key: public id.
        project: name.
    """

    base_url: str
    secret: str = field(repr=False)
    key: str
    project: str


@dataclass(frozen=True, slots=True)
class Paste:
    """What to paste to point the vendor's clients here.

    Attributes:
        base_url: what the vendor's SDK wants as its base URL.
        env: variables of the vendor's SDK.
        headers: what a plain HTTP client sends.
        curl: one command that records a score or lists them.
    """

    base_url: str
    env: Mapping[str, str]
    headers: Mapping[str, str]
    curl: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One way of being addressed: a dialect has at least one, Langfuse's second is BrowserStack's.

    Attributes:
        name: as `scorehouse keys create --json` prints it.
        title: for people.
        spelling: of its keys.
        paste: writes the lines to paste.
        losses, shown: as in Dialect, beyond those of its dialect.
    """

    name: str
    title: str
    spelling: KeySpelling
    paste: Callable[[Opened], Paste]
    losses: frozenset[Loss] = frozenset()
    shown: frozenset[Loss] = frozenset()


def claims_nothing(head: Head, body: bytes) -> bool:
    """Claim no request on a path shared with another dialect."""
    return False


async def enter_as_is(head: Head, principal: Principal, house: House) -> Principal:
    """Let the principal in as the key says."""
    return principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A vendor's API.

    Attributes:
        name: also the mount: ``/<name>/``.
        title: for people.
        editions: how it is addressed; the first is the dialect itself, of the same name.
        routes: the table.
        territory: path prefixes, in whole segments, whose unknown paths this dialect refuses in its words.
        credential: reads what the caller showed; raises Unidentified where nothing usable was.
        refuse: writes any Refusal; total.
        enter: after admission, may narrow or move the principal (PandaProbe's project header) or refuse.
        claims: on a path that two dialects share, tells whether the request is in this one's language.
            Asked after the key's spelling, which decides alone where it names one of them.
        losses: facts of the core that the dialect cannot say; what is not declared must survive write-then-read.
        shown: those of the losses that it shows all the same where another dialect said them.
        speakable: the scores that it can express; every listing of scores starts from it.
        slash: what a trailing slash means.
        source: how the vendor itself is read, for moving in; None where it cannot be.
        shape: how it shows scores, for moving out in that shape; None where it shows none.
        switches: name of a setting that is on or off → the dialect as it is where the setting is on.
    """

    name: str
    title: str
    editions: tuple[Edition, ...]
    routes: tuple[Route, ...]
    territory: tuple[str, ...]
    credential: Callable[[Headers], Credential]
    refuse: Callable[[Refusal, Head], Reply]
    enter: Callable[[Head, Principal, House], Awaitable[Principal]] = enter_as_is
    claims: Callable[[Head, bytes], bool] = claims_nothing
    losses: frozenset[Loss]
    shown: frozenset[Loss] = frozenset()
    speakable: Filter
    slash: Slash = Slash.SAME
    source: VendorSource | None = None
    shape: Shape | None = None
    switches: Mapping[str, Callable[["Dialect"], "Dialect"]] = field(default_factory=dict, hash=False)

    def switched(self, on: Collection[str]) -> "Dialect":
        """Return the dialect as it is with these switches on; names of other dialects' switches mean nothing to it."""
        dialect = self
        for name, change in self.switches.items():
            if name in on:
                dialect = change(dialect)
        return dialect
