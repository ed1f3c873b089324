"""Parts of lists: ``limit`` and ``cursor``, answered with ``nextCursor``.

A cursor is unpadded base64url of a JSON object with the last ``id`` of its page, as the documentation's own
examples are (contract 2signal-tracia §1.5). An id alone does not say where to go on once its thing is deleted,
so the place itself stands beside it.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.storage.queries import Cursor, Window
from scorehouse.wire.cursors import read_cursor, write_cursor


class _Place(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    after: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Place).decode


def read_window(limit: int, cursor: str | None) -> Window:
    """Return the part of a list that was asked for; an empty cursor means its beginning.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    return Window(limit, after=_read_place(cursor) if cursor else None)


def write_next(cursor: Cursor | None, last_id: str) -> str | None:
    """Write where to go on after the thing with this id; None where there is no more."""
    after = write_cursor(cursor)
    if after is None:
        return None
    return urlsafe_b64encode(_encode(_Place(last_id, after))).decode().rstrip("=")


def _read_place(text: str) -> Cursor:
    try:
        place = _decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise Invalid(Fault(("cursor",), "bad_cursor", "must be a cursor from a previous page")) from error
    return read_cursor(place.after, "cursor")
