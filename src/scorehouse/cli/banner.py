"""What is shown to people: where the server is, and the lines to paste."""

import shlex
from collections.abc import Iterator, Mapping, Sequence

from scorehouse.server.keys import pastes
from scorehouse.services.keys import NewKey
from scorehouse.wire.dialect import Dialect, Paste

RULE = "─" * 78


def banner(dialects: Sequence[Dialect], new: NewKey | None, base_url: str, data: str, fresh: bool) -> str:
    """Write what ``serve`` prints. `fresh` says that the key was made just now."""
    lines = [RULE, f"Scorehouse serves on {base_url}", f"  data in {data}"]
    if new is None:
        lines += ["  a key is shown when it is made; make one with: scorehouse keys create"]
        lines += [f"    {dialect.title}: {base_url}/{dialect.name}/docs" for dialect in dialects]
        return "\n".join([*lines, RULE, ""])
    lines += [f"  project {new.key.project.name}, key {new.key.id}"]
    if fresh:
        lines += ["  The key is shown this once: only a digest of it is kept."]
    lines += [RULE, "", *paste_lines(dialects, pastes(dialects, new, base_url)), RULE, ""]
    return "\n".join(lines)


def paste_lines(dialects: Sequence[Dialect], by_edition: Mapping[str, Paste]) -> Iterator[str]:
    """Yield, for every edition, the variables of the vendor's SDK and one curl, ready to paste."""
    for dialect in dialects:
        for edition in dialect.editions:
            paste = by_edition[edition.name]
            yield f"# {edition.title}"
            yield from (f"export {name}={shlex.quote(value)}" for name, value in paste.env.items())
            yield paste.curl
            yield ""
