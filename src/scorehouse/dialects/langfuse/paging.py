"""Pages: by number for v1 and v2, by cursor for v3 and v2 observations (contract langfuse §3.5, §9.5).

A cursor is unpadded base64url of a small JSON object: a version, the last place, and the key of the last row, so that
rows of equal timestamps neither repeat nor vanish. Clients take it as it is.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from scorehouse.dialects.langfuse.parameters import Issue, Parameters
from scorehouse.dialects.langfuse.shapes import CursorMeta, PageMeta
from scorehouse.domain.refusals import Invalid
from scorehouse.storage.queries import Cursor, Window

LIMIT_DEFAULT = 50
LIMIT_MAX = 100
CURSOR_VERSION = 1
PAGE_MAX = 10**9


class _Envelope(msgspec.Struct, rename="camel"):
    """What a cursor carries."""

    v: int
    last_timestamp: int | None
    last_key: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Envelope).decode


class NumberedPage(msgspec.Struct, frozen=True):
    """Which page was asked for."""

    page: int
    limit: int

    @property
    def window(self) -> Window:
        """Return the rows that it means."""
        return Window(self.limit, offset=(self.page - 1) * self.limit, total=True)

    def meta(self, total: int | None) -> PageMeta:
        """Write where the page stands."""
        items = total or 0
        return PageMeta(self.page, self.limit, items, -(-items // self.limit))


def read_page(parameters: Parameters) -> NumberedPage:
    """Read ``page`` and ``limit``."""
    page = parameters.integer("page", 1, least=1, most=PAGE_MAX)
    return NumberedPage(page, parameters.integer("limit", LIMIT_DEFAULT, least=1, most=LIMIT_MAX))


def read_cursor_window(parameters: Parameters, least: int, most: int) -> Window:
    """Read ``limit`` and ``cursor``."""
    limit = parameters.integer("limit", LIMIT_DEFAULT, least=least, most=most)
    text = parameters.text("cursor")
    after = None
    if text is not None:
        try:
            after = read_cursor(text)
        except Invalid as refusal:
            parameters.faults.extend(refusal.faults)
    return Window(limit, after=after)


def write_cursor(following: Cursor | None) -> str | None:
    """Write where the next page starts; None where there is none."""
    if following is None:
        return None
    place = following.value if isinstance(following.value, int) else None
    return urlsafe_b64encode(_encode(_Envelope(CURSOR_VERSION, place, following.key))).decode().rstrip("=")


def cursor_meta(limit: int, following: Cursor | None) -> CursorMeta:
    """Write where a page with a cursor stands."""
    cursor = write_cursor(following)
    return CursorMeta(limit=limit) if cursor is None else CursorMeta(limit=limit, cursor=cursor)


def read_cursor(text: str) -> Cursor:
    """Read a cursor that a client sends back.

    Raises:
        Invalid: it does not decode, or has another version.
    """
    try:
        envelope = _decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise _bad_cursor() from error
    if envelope.v != CURSOR_VERSION or not _fits(envelope.last_timestamp or 0) or not _fits(envelope.last_key):
        raise _bad_cursor()
    return Cursor(envelope.last_timestamp, envelope.last_key)


def _bad_cursor() -> Invalid:
    return Invalid(Issue(("cursor",), "custom", "Invalid cursor"))


def _fits(number: int) -> bool:
    return abs(number) < 2**63
