"""Who asks: ``Authorization: Bearer ts_<secret>`` (contract 2signal-tracia §1.1).

The SDK sends ``Bearer`` with nothing after it where it was given no key; that is no key. The dashboard's
e-mail and password sessions are not served here.
"""

from scorehouse.domain.access import Credential
from scorehouse.domain.refusals import Unidentified
from scorehouse.wire.call import Headers
from scorehouse.wire.dialect import KeySpelling, Opened, Paste

SPELLING = KeySpelling(("ts_", "2s_live_", "2s_"))
"""``ts_`` nearly everywhere; one page of the documentation shows ``2s_live_``."""


def read_credential(headers: Headers) -> Credential:
    """Return the bearer token.

    Raises:
        Unidentified: ``missing`` without a key, ``malformed`` where the header is not a bearer token.
    """
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    token = token.strip()
    if not token and scheme.lower() in {"", "bearer"}:
        raise Unidentified("missing")
    if scheme.lower() != "bearer" or " " in token:
        raise Unidentified("malformed")
    return Credential(secret=token)


def paste(opened: Opened) -> Paste:
    """Write the two variables that the SDK reads, and a curl that lists the newest scores.

    The base URL goes without ``/api/v1``: the SDK appends it by itself (contract 2signal-tracia §1.1).
    """
    key = SPELLING.spell(opened.secret)
    return Paste(
        base_url=opened.base_url,
        env={"TWOSIGNAL_BASE_URL": opened.base_url, "TWOSIGNAL_API_KEY": key},
        headers={"Authorization": f"Bearer {key}"},
        curl=f"curl {opened.base_url}/api/v1/scores -H 'Authorization: Bearer {key}'",
    )
