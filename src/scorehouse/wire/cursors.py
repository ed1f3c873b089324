"""Opaque page cursors: the core's Cursor as unpadded base64url of a small JSON object."""

from base64 import b64decode, urlsafe_b64encode

import msgspec

from scorehouse.domain.identity import checked_text
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.storage.queries import Cursor


class _Envelope(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    value: str | int | float | None
    key: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Envelope).decode


def write_cursor(cursor: Cursor | None) -> str | None:
    """Write a cursor for the client; None stays None: there is no next page."""
    if cursor is None:
        return None
    return urlsafe_b64encode(_encode(_Envelope(cursor.value, cursor.key))).decode().rstrip("=")


def read_cursor(text: str, *path: str | int) -> Cursor:
    """Read a cursor that a client sends back.

    Raises:
        Invalid: it is not one of ours, with the fault at `path`.
    """
    try:
        envelope = _decode(b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if isinstance(envelope.value, str):
            checked_text(envelope.value)
    except (ValueError, msgspec.MsgspecError, Invalid) as error:
        raise Invalid(Fault(path, "bad_cursor", "must be a cursor from a previous page")) from error
    if not abs(envelope.key) < 2**63 or (isinstance(envelope.value, int) and not abs(envelope.value) < 2**63):
        raise Invalid(Fault(path, "bad_cursor", "must be a cursor from a previous page"))
    return Cursor(envelope.value, envelope.key)
