"""Pages that come with the package: one file each, style and script inside of it, and nothing else allowed to run."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from re import DOTALL, search

from scorehouse.wire.call import Reply

HTML_MEDIA = "text/html; charset=utf-8"


def read_page(package: str, name: str) -> Reply:
    """Read the page of this name in a package's folder ``pages``; what it fetches can only come from this server."""
    text = files(package).joinpath("pages", name).read_text("utf-8")
    policy = (
        "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        f"style-src {_digest(text, 'style')}; script-src {_digest(text, 'script')}"
    )
    # Browsers that do not know frame-ancestors know x-frame-options.
    return Reply(200, text.encode(), HTML_MEDIA, (("content-security-policy", policy), ("x-frame-options", "DENY")))


def _digest(text: str, element: str) -> str:
    """Return the source expression that allows a page's own inline element, by its hash."""
    inside = search(f"<{element}>(.*?)</{element}>", text, DOTALL)
    if inside is None:
        return "'none'"
    return f"'sha256-{b64encode(sha256(inside[1].encode()).digest()).decode()}'"
