"""Who asks: HTTP Basic with the key pair, or Bearer with the public key alone (contract langfuse §3.3).

Of a pair the secret decides; the public key beside it is not compared, as at Langfuse. A public key is the
id of the key, so it opens nothing but the writing of scores. BrowserStack's edition spells both in its own way,
and so says whose rules are meant.
"""

import binascii
from base64 import b64decode, b64encode

from scorehouse.domain.access import Credential
from scorehouse.domain.refusals import Unidentified
from scorehouse.wire.call import Headers
from scorehouse.wire.dialect import KeySpelling, Opened, Paste

BROWSERSTACK = "browserstack"
"""The name of the second edition, which a principal's spelling tells."""

SPELLING = KeySpelling(("sk-lf-",))
BROWSERSTACK_SPELLING = KeySpelling(("sk-lf-bs-",))

PUBLIC_PREFIXES = (("pk-lf-bs-", BROWSERSTACK), ("pk-lf-", "langfuse"))
"""How a public key begins, the longer first, and the edition that it means."""


def read_credential(headers: Headers) -> Credential:
    """Return the secret of a pair, or a public key.

    Raises:
        Unidentified: ``missing`` without the header, ``malformed`` for a pair that cannot be read or another scheme.
    """
    header = headers.get("authorization")
    if header is None:
        raise Unidentified("missing")
    scheme, _, token = header.strip().partition(" ")
    token = token.strip()
    if scheme.lower() == "basic" and token:
        return Credential(secret=_secret_of(token))
    if scheme.lower() != "bearer" or not token:
        raise Unidentified("malformed")
    for prefix, edition in PUBLIC_PREFIXES:
        if token.startswith(prefix):
            return Credential(public=token.removeprefix(prefix), spelling=edition)
    return Credential(public=token)


def paste(opened: Opened) -> Paste:
    """Write the lines that point Langfuse's SDKs at this house."""
    score = '{"traceId": "trace-1", "name": "correctness", "value": 0.92}'
    return _paste(opened, f"pk-lf-{opened.key}", SPELLING.spell(opened.secret), score)


def paste_browserstack(opened: Opened) -> Paste:
    """Write the lines for programs that speak to BrowserStack's evaluation API: they use Langfuse's SDKs, or none."""
    score = '{"traceId": "trace-1", "name": "quality", "dataType": "CATEGORICAL", "stringValue": "good"}'
    return _paste(opened, f"pk-lf-bs-{opened.key}", BROWSERSTACK_SPELLING.spell(opened.secret), score)


def _paste(opened: Opened, public: str, secret: str, score: str) -> Paste:
    basic = b64encode(f"{public}:{secret}".encode()).decode()
    return Paste(
        base_url=opened.base_url,
        env={
            "LANGFUSE_PUBLIC_KEY": public,
            "LANGFUSE_SECRET_KEY": secret,
            "LANGFUSE_BASE_URL": opened.base_url,
            # What releases before LANGFUSE_BASE_URL read, in Python and in JavaScript.
            "LANGFUSE_HOST": opened.base_url,
            "LANGFUSE_BASEURL": opened.base_url,
        },
        headers={"Authorization": f"Basic {basic}"},
        curl=(
            f"curl -X POST {opened.base_url}/api/public/scores -u '{public}:{secret}'"
            f" -H 'Content-Type: application/json' -d '{score}'"
        ),
    )


def _secret_of(token: str) -> str:
    try:
        _, colon, secret = b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise Unidentified("malformed") from None
    if not colon or not secret:
        raise Unidentified("malformed")
    return secret
