"""Who asks: ``Authorization: Bearer sh_<secret>``, and nothing else.

The server's keyring strips whatever vendor's prefix the token wears, so one secret opens every dialect.
"""

from scorehouse.domain.access import Credential
from scorehouse.domain.refusals import Unidentified
from scorehouse.wire.call import Headers
from scorehouse.wire.dialect import KeySpelling, Opened, Paste

SPELLING = KeySpelling(("sh_",))


def read_credential(headers: Headers) -> Credential:
    """Return the bearer token.

    Raises:
        Unidentified: ``missing`` without the header, ``malformed`` where it is not a bearer token.
    """
    header = headers.get("authorization")
    if header is None:
        raise Unidentified("missing")
    scheme, _, token = header.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or " " in token:
        raise Unidentified("malformed")
    return Credential(secret=token)


def paste(opened: Opened) -> Paste:
    """Write the lines that point a program at this house: two variables, one header, one curl."""
    key = SPELLING.spell(opened.secret)
    score = '{"name": "accuracy", "value": 0.92, "target": {"kind": "session", "id": "first"}}'
    return Paste(
        base_url=opened.base_url,
        env={"SCOREHOUSE_URL": opened.base_url, "SCOREHOUSE_API_KEY": key},
        headers={"Authorization": f"Bearer {key}"},
        curl=(
            f"curl -X POST {opened.base_url}/v1/scores -H 'Authorization: Bearer {key}'"
            f" -H 'Content-Type: application/json' -d '{score}'"
        ),
    )
