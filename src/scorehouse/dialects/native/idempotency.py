"""``Idempotency-Key``: a request that may come again and is carried out once.

PATCH, PUT and DELETE say what should be and may be repeated as they are, so only what creates takes a key.
"""

from hashlib import sha256

from scorehouse.domain.identity import checked_name
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.storage.verbs import Idempotency
from scorehouse.wire.call import Call

IDEMPOTENCY_KEY = "Idempotency-Key"
"""The header, as people spell it; in `Headers` it stands in lower case."""

KEY_CHARACTERS_MAX = 255


def read_idempotency(call: Call) -> Idempotency | None:
    """Return the key of a request that may come again, with a digest of what it asks.

    Raises:
        Invalid: the key is empty, longer than 255 characters, or has control characters.
    """
    key = call.head.headers.get(IDEMPOTENCY_KEY.lower())
    if key is None:
        return None
    checked_name(key, IDEMPOTENCY_KEY)
    if len(key) > KEY_CHARACTERS_MAX:
        fault = Fault((IDEMPOTENCY_KEY,), "too_long", f"must not exceed {KEY_CHARACTERS_MAX} characters")
        raise Invalid(fault)
    asked = f"{call.head.method} {call.head.path}\n".encode("utf-8", "surrogatepass")
    return Idempotency(key, sha256(asked + call.body).digest())


def refuse_idempotency(call: Call) -> None:
    """Refuse a key where it would not be honoured, rather than ignore it; an id chosen by the client serves instead."""
    if IDEMPOTENCY_KEY.lower() in call.head.headers:
        raise Invalid(Fault((IDEMPOTENCY_KEY,), "not_allowed", "is not taken here; choose the id yourself"))
