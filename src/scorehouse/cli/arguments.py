"""What may be said on the command line.

Every setting is a flag of ``serve``, made from the settings' own list; ``keys`` takes those that it needs.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import scorehouse
from scorehouse.domain.access import Permission
from scorehouse.server.keys import DEFAULT_PROJECT
from scorehouse.services.export import What
from scorehouse.settings import Settings
from scorehouse.wire.tables import Format

KEY_SETTINGS = ("data", "host", "port", "public_url")
"""Settings that ``keys`` takes: where the data is, and the address that it prints."""

DEFAULT_SCOPES = (Permission.READ, Permission.WRITE)


@dataclass(frozen=True, slots=True)
class Said:
    """A parsed command line.

    Attributes:
        command: ``serve``, ``keys create`` …
        flags: settings given as flags, by the setting's name; None where not given.
        options: the command's own.
    """

    command: str
    flags: Mapping[str, str | None]
    options: argparse.Namespace


def parse(arguments: Sequence[str]) -> Said:
    """Parse a command line; exits, with 0 for help and version, with 2 for what cannot be understood."""
    options = _parser().parse_args(arguments)
    names = {setting.name for setting in Settings.described()}
    flags = {name: value for name, value in vars(options).items() if name in names}
    return Said(options.command, flags, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "scorehouse",
        description="One self-hosted home for the scores of LLM applications.",
        epilog="Every flag of a setting can also be given as a variable: --log-level as SCOREHOUSE_LOG_LEVEL.",
    )
    parser.add_argument("--version", action="version", version=f"scorehouse {scorehouse.__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_serve(commands)
    _add_export(commands)
    keys = commands.add_parser("keys", help="make, list and revoke keys")
    actions = keys.add_subparsers(required=True, metavar="action")
    _add_create(actions)
    _add_list(actions)
    _add_revoke(actions)
    return parser


def _add_serve(commands: Any) -> None:
    parser = commands.add_parser("serve", help="serve until stopped")
    parser.set_defaults(command="serve")
    _add_settings(parser, tuple(setting.name for setting in Settings.described()))
    parser.add_argument("--json", action="store_true", help="print where it serves as one line of JSON")


def _add_export(commands: Any) -> None:
    parser = commands.add_parser("export", help="write scores, traces, configs, evaluators or history into a file")
    parser.set_defaults(command="export")
    _add_settings(parser, ("data",))
    _add_project(parser, "project to export", DEFAULT_PROJECT)
    parser.add_argument("what", nargs="?", choices=list(What), default=What.SCORES, help="default: scores")
    parser.add_argument("--format", choices=list(Format), default=Format.JSONL, help="default: jsonl")
    parser.add_argument("--out", default="-", metavar="FILE", help="where to; default: standard output")
    parser.add_argument("--where", metavar="QUERY", help="a filter as of GET /v1/scores: 'name=tone&number.gte=0.5'")
    parser.add_argument("--after", metavar="MARK", help="only what changed after this mark of an earlier export")
    parser.add_argument("--state", metavar="FILE", help="keep the mark here, and go on from the one that is here")


def _add_create(actions: Any) -> None:
    parser = actions.add_parser("create", help="make a key and print what to paste for every dialect")
    parser.set_defaults(command="keys create")
    _add_settings(parser, KEY_SETTINGS)
    _add_project(parser, "project that the key opens, made if it is new", DEFAULT_PROJECT)
    parser.add_argument(
        "--scope",
        action="append",
        metavar="SCOPE",
        help=f"what the key may do: {', '.join(Permission)}; several times or as a comma list "
        f"(default: {','.join(DEFAULT_SCOPES)})",
    )
    parser.add_argument("--owner", help="who answers for the key; becomes the author where a vendor derives it")
    parser.add_argument("--expires", metavar="WHEN", help="when the key ends: an ISO 8601 time, or days as 90d")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_list(actions: Any) -> None:
    parser = actions.add_parser("list", help="list keys; their secrets are not kept and cannot be shown")
    parser.set_defaults(command="keys list")
    _add_settings(parser, ("data",))
    _add_project(parser, "only the keys of this project", None)
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_revoke(actions: Any) -> None:
    parser = actions.add_parser("revoke", help="revoke a key; a running server stops taking it within a second")
    parser.set_defaults(command="keys revoke")
    _add_settings(parser, ("data",))
    parser.add_argument("id", help="the key's public id")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_project(parser: argparse.ArgumentParser, meaning: str, default: str | None) -> None:
    shown = "" if default is None else f" (default: {default})"
    parser.add_argument("--project", default=default, metavar="NAME", help=meaning + shown)


def _add_settings(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    for setting in Settings.described():
        if setting.name in names and setting.flag is not None:
            shown = f" (default: {setting.default})" if setting.default else ""
            meaning = (setting.description + shown).replace("%", "%%")
            parser.add_argument(setting.flag, dest=setting.name, metavar="VALUE", help=meaning)
