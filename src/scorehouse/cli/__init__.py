"""The command line: ``scorehouse serve``, ``scorehouse keys``, ``scorehouse export``, ``scorehouse migrate``.

arguments   what may be said
banner      what is shown to people
serve       start the server
export      move out: into files
move_in     move in: from files and from vendors
fetching    ask a vendor, wait, try again
progress    how far a long command is
keys        make, list and revoke keys, whether or not a server runs on that data
retention   how long a project keeps things
migrate     bring the schema up to date, copy a store to another database, spread it over shards
"""

import os
import sys
from collections.abc import Sequence
from pkgutil import resolve_name

import structlog

from scorehouse.cli.arguments import parse
from scorehouse.domain.refusals import Refusal
from scorehouse.server.logs import configure
from scorehouse.settings import BadSetting, Settings

_log = structlog.get_logger("scorehouse.cli")

COMMANDS = {
    "serve": "scorehouse.cli.serve:serve",
    "export": "scorehouse.cli.export:export",
    "import": "scorehouse.cli.move_in:import_all",
    "keys create": "scorehouse.cli.keys:create",
    "keys list": "scorehouse.cli.keys:list_keys",
    "keys revoke": "scorehouse.cli.keys:revoke",
    "retention show": "scorehouse.cli.retention:show",
    "retention set": "scorehouse.cli.retention:set_days",
    "retention clear": "scorehouse.cli.retention:clear",
    "retention apply": "scorehouse.cli.retention:apply",
    "migrate": "scorehouse.cli.migrate:migrate",
    "migrate copy": "scorehouse.cli.migrate:copy",
    "migrate shard": "scorehouse.cli.migrate:shard",
}
"""Where each stands: a command loads what it needs and no other's, and `--help` nearly nothing."""

FAILED = 1
"""Exit code of what went wrong; argparse exits with 2 for what was said wrong, as shells expect."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. An expected fault is one line on standard error."""
    said = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        settings = Settings.read(os.environ, said.flags)
        # For every command: what is logged goes to standard error, for standard output may be a file or JSON.
        configure(settings.logs)
        code: int = resolve_name(COMMANDS[said.command])(settings, said.options)
        sys.stdout.flush()
    except (BadSetting, Refusal) as error:
        print(f"scorehouse: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who read our output has gone (`scorehouse keys list | head -1`); nothing is left to say to them.
        _discard_output()
        return FAILED
    except OSError as error:
        # A disk that is full, a folder where a file should be: a line, and the whole story at level debug.
        _log.debug("a file failed", exc_info=True)
        reason = (error.strerror or str(error)).lower()
        print(f"scorehouse: {f'{error.filename}: ' if error.filename else ''}{reason}.", file=sys.stderr)
        _discard_output()
        return FAILED
    else:
        return code


def _discard_output() -> None:
    """Let what standard output has not taken go, so that the interpreter does not try once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
