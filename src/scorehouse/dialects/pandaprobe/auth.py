"""Who asks: ``X-API-Key: sk_pp_<secret>``, or ``Authorization: Bearer <secret>`` (contract pandaprobe §2).

Their bearer tokens are the web application's; here the same secret is both, in any spelling. The key wins
when both are sent, so that a stale token beside a good key does no harm.
"""

from scorehouse.domain.access import Credential
from scorehouse.domain.refusals import Unidentified
from scorehouse.wire.call import Headers
from scorehouse.wire.dialect import KeySpelling, Opened, Paste

SPELLING = KeySpelling(("sk_pp_",))

API_KEY = "x-api-key"
AUTHORIZATION = "authorization"


def read_credential(headers: Headers) -> Credential:
    """Return the key, or else the bearer token.

    Raises:
        Unidentified: neither was sent; an empty key and a scheme other than Bearer count as nothing.
    """
    token = headers.get(API_KEY, "").strip() or bearer_token(headers)
    if not token:
        raise Unidentified("missing")
    return Credential(secret=token)


def bearer_token(headers: Headers) -> str:
    """Return the bearer token, empty if there is none."""
    scheme, _, token = headers.get(AUTHORIZATION, "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def paste(opened: Opened) -> Paste:
    """Write the three variables of their SDKs and command line, the headers, and a curl that lists scores."""
    key = SPELLING.spell(opened.secret)
    headers = {"X-API-Key": key, "X-Project-Name": opened.project}
    said = " ".join(f"-H '{name}: {value}'" for name, value in headers.items())
    return Paste(
        base_url=opened.base_url,
        env={
            "PANDAPROBE_ENDPOINT": opened.base_url,
            "PANDAPROBE_API_KEY": key,
            "PANDAPROBE_PROJECT_NAME": opened.project,
        },
        headers=headers,
        curl=f"curl {opened.base_url}/evaluations/trace-scores {said}",
    )
