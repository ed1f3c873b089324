"""How their command line logs in: a page in a browser, a code for the command line, a key for the code.

Their web application asks who is logged in there. There are no accounts here, so the page asks for a key that may
administer (contract pandaprobe §3.5):

1. ``pandaprobe auth login`` draws a verifier, and opens ``/cli-login`` with the verifier's digest in the address.
2. There an administrator shows a key, picks a project, and allows it: ``POST /cli/auth/codes``. The page takes the code
   to the command line, which listens on its own machine.
3. The command line shows code and verifier, ``POST /cli/auth/exchange``, and gets a key that no browser has seen.
"""

import re
from base64 import urlsafe_b64decode

from scorehouse.dialects.pandaprobe.answers import CodeShape, LoginShape
from scorehouse.dialects.pandaprobe.auth import SPELLING
from scorehouse.dialects.pandaprobe.errors import broken_rule
from scorehouse.dialects.pandaprobe.keys import DEFAULT_SCOPES, LASTING_DAYS, granted, in_90_days, shown_prefix
from scorehouse.dialects.pandaprobe.organizations import find_project
from scorehouse.dialects.pandaprobe.projects import key_id, organization_id
from scorehouse.dialects.pandaprobe.requests import read_body
from scorehouse.dialects.pandaprobe.shapes import CodeExchange, NewCode
from scorehouse.dialects.pandaprobe.writes import write_time
from scorehouse.domain.identity import canonical, hyphenated
from scorehouse.domain.refusals import NotFound
from scorehouse.services.keys import VOUCHER_LASTS_S, issue_voucher, redeem_voucher
from scorehouse.wire.call import Call, Reply, json_reply
from scorehouse.wire.pages import read_page
from scorehouse.wire.times import shortest_offset

NAME_CHARACTERS_MAX = 255
NO_STORE = (("cache-control", "no-store"),)

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
"""256 bits as base64url without padding: what S256 makes of a verifier (RFC 7636 §4.2)."""


async def show_page(call: Call) -> Reply:
    """Show the page on which a login is allowed; all that it does, it does with the paths below."""
    page = read_page("scorehouse.dialects.pandaprobe", "cli-login.html")
    return Reply(200, page.body, page.media, (*page.headers, *NO_STORE, ("referrer-policy", "no-referrer")))


async def issue_code(call: Call) -> Reply:
    """Allow whoever knows the verifier to have a key of a project."""
    given = read_body(call, NewCode)
    if given.code_challenge_method != "S256":
        raise broken_rule("Unsupported code_challenge_method: only 'S256' is.", "code_challenge_method")
    if not _CHALLENGE.fullmatch(given.code_challenge):
        raise broken_rule("code_challenge must be a SHA-256 in base64url.", "code_challenge")
    if given.expires_days != LASTING_DAYS:
        raise broken_rule(f"Only keys of {LASTING_DAYS} days are made.", "expires_days")
    if canonical(given.org_id) != canonical(organization_id(call.project)):
        raise NotFound("organization", hyphenated(given.org_id))
    code = await issue_voucher(
        call.house,
        call.principal,
        await find_project(call, given.project_id),
        challenge=urlsafe_b64decode(given.code_challenge + "="),
        permissions=granted(call, DEFAULT_SCOPES),
        owner=_name(given.label, shortest_offset(call.house.clock())),
        key_expires_at=in_90_days(call),
    )
    return json_reply(201, CodeShape(code=code, expires_in=VOUCHER_LASTS_S), NO_STORE)


async def exchange_code(call: Call) -> Reply:
    """Make the key that a code stands for, and show it this once; no key is asked for, code and verifier are proof."""
    given = read_body(call, CodeExchange)
    new = await redeem_voucher(call.house, given.code, given.code_verifier)
    project = new.key.project
    shape = LoginShape(
        api_key=SPELLING.spell(new.secret),
        project_name=project.name,
        org_id=organization_id(project.within or project.number),
        key_id=key_id(new.key.id),
        key_prefix=shown_prefix(new.secret),
        expires_at=write_time(new.key.expires_at),
    )
    return json_reply(200, shape, NO_STORE)


def _name(label: str, now: str) -> str:
    """Name a key so that it is found again when the machine is lost."""
    return f"pandaprobe-cli — {label.strip() or 'cli'} — {now[:10]}"[:NAME_CHARACTERS_MAX]
