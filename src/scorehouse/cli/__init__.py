"""The command line: ``scorehouse serve``, ``scorehouse keys``, ``scorehouse export``.

arguments   what may be said
banner      what is shown to people
serve       start the server
export      move out: into files
progress    how far a long command is
keys        make, list and revoke keys, whether or not a server runs on that data
"""

import os
import sys
from collections.abc import Sequence

from scorehouse.cli.arguments import parse
from scorehouse.cli.export import export
from scorehouse.cli.keys import create, list_keys, revoke
from scorehouse.cli.serve import serve
from scorehouse.domain.refusals import Refusal
from scorehouse.settings import BadSetting, Settings

COMMANDS = {"serve": serve, "export": export, "keys create": create, "keys list": list_keys, "keys revoke": revoke}

FAILED = 1
"""Exit code of what went wrong; argparse exits with 2 for what was said wrong, as shells expect."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. An expected fault is one line on standard error."""
    said = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        settings = Settings.read(os.environ, said.flags)
        return COMMANDS[said.command](settings, said.options)
    except (BadSetting, Refusal) as error:
        print(f"scorehouse: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who read our output has gone (`scorehouse keys list | head -1`); nothing is left to say to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
