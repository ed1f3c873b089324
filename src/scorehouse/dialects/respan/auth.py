"""Who asks: ``Authorization: Bearer <key>``, or ``Api-Key <key>`` as the vendor's first documents had it.

A key is spelled as the vendor's are: eight characters, a dot, the rest (contract respan §1.2).
"""

from scorehouse.domain.access import Credential, Principal
from scorehouse.domain.refusals import Unidentified
from scorehouse.wire.call import Headers
from scorehouse.wire.dialect import KeySpelling, Opened, Paste

SPELLING = KeySpelling(("",), dot_after=8)

SCHEMES = frozenset({"bearer", "api-key"})


def read_credential(headers: Headers) -> Credential:
    """Return the token of either scheme.

    Raises:
        Unidentified: ``missing`` without the header, ``malformed`` where it is of another scheme.
    """
    header = headers.get("authorization")
    if header is None:
        raise Unidentified("missing")
    scheme, _, token = header.strip().partition(" ")
    token = token.strip()
    if scheme.lower() not in SCHEMES or not token or " " in token:
        raise Unidentified("malformed")
    return Credential(secret=token)


def scorer_of(principal: Principal) -> str:
    """Return who scores with this key: its owner, as the vendor takes the acting user's e-mail; else the key's id."""
    return principal.owner or principal.key


def paste(opened: Opened) -> Paste:
    """Write the lines that point the vendor's clients here.

    The base URL is what `respan-api` and the MCP server want; `respan-tracing` wants ``/api`` after it, and
    `keywordsai` takes either (contract respan §1.1).
    """
    key = SPELLING.spell(opened.secret)
    base = opened.base_url
    score = '{"evaluator_slug": "quality", "numerical_value": 0.9}'
    return Paste(
        base_url=base,
        env={
            "RESPAN_API_KEY": key,
            "RESPAN_BASE_URL": f"{base}/api",
            "RESPAN_API_BASE_URL": base,
            "KEYWORDSAI_API_KEY": key,
            "KEYWORDS_AI_BASE_URL": base,
        },
        headers={"Authorization": f"Bearer {key}"},
        curl=(
            f"""curl -X POST {base}/api/request-logs/ -H 'Authorization: Bearer {key}'"""
            f""" -H 'Content-Type: application/json' -d '{{"unique_id": "first", "input": "Hi", "output": "Hello"}}'"""
            f""" && curl -X POST {base}/api/logs/first/scores/ -H 'Authorization: Bearer {key}'"""
            f""" -H 'Content-Type: application/json' -d '{score}'"""
        ),
    )
