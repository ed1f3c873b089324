"""Who asks: ``Authorization: Bearer tr_<secret>`` (contract 2signal-tracia §2.1).

The SDKs do not check the prefix, and neither does anything here: the server's keyring reads any vendor's spelling.
"""

from scorehouse.domain.access import Credential
from scorehouse.domain.refusals import Unidentified
from scorehouse.wire.call import Headers
from scorehouse.wire.dialect import KeySpelling, Opened, Paste

SPELLING = KeySpelling(("tr_",))

SPAN = (
    '{"spanId": "sp_1234567890abcdef", "model": "gpt-4o", "provider": "openai", "input": {"messages": []},'
    ' "status": "SUCCESS", "latencyMs": 1, "inputTokens": 1, "outputTokens": 1, "totalTokens": 2}'
)
EVALUATION = '{"evaluatorKey": "quality", "value": 1, "note": "ok"}'


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
    """Write the lines that point a program at this house.

    The Python SDK reads no variable at all: both go to its constructor, ``Tracia(api_key, base_url=…)``; these names
    are for programs to read. An evaluation needs its span, so the one curl sends both.
    """
    key = SPELLING.spell(opened.secret)
    headers = f"-H 'Authorization: Bearer {key}' -H 'Content-Type: application/json'"
    spans = f"{opened.base_url}/api/v1/spans"
    return Paste(
        base_url=opened.base_url,
        env={"TRACIA_BASE_URL": opened.base_url, "TRACIA_API_KEY": key},
        headers={"Authorization": f"Bearer {key}"},
        curl=(
            f"curl -X POST {spans} {headers} -d '{SPAN}'"
            f" --next -X POST {spans}/sp_1234567890abcdef/evaluations {headers} -d '{EVALUATION}'"
        ),
    )
