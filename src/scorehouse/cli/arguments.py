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
    _add_import(commands)
    keys = commands.add_parser("keys", help="make, list and revoke keys")
    actions = keys.add_subparsers(required=True, metavar="action")
    _add_create(actions)
    _add_list(actions)
    _add_revoke(actions)
    _add_retention(commands)
    _add_migrate(commands)
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
    parser.add_argument(
        "--shape", metavar="DIALECT", help="scores as this vendor's API shows them; default: all columns"
    )
    parser.add_argument("--out", default="-", metavar="FILE", help="where to; default: standard output")
    parser.add_argument("--where", metavar="QUERY", help="a filter as of GET /v1/scores: 'name=tone&number.gte=0.5'")
    parser.add_argument("--after", metavar="MARK", help="only what changed after this mark of an earlier export")
    parser.add_argument("--state", metavar="FILE", help="keep the mark here, and go on from the one that is here")


def _add_import(commands: Any) -> None:
    parser = commands.add_parser("import", help="take in what was exported, or what a running vendor holds")
    parser.set_defaults(command="import")
    _add_settings(parser, ("data",))
    _add_project(parser, "project to import into, made if it is new", DEFAULT_PROJECT)
    parser.add_argument("file", nargs="?", metavar="FILE", help="what `export` has written")
    parser.add_argument("--what", choices=list(What), help="what the file holds; default: scores")
    parser.add_argument("--format", choices=list(Format), help="of the file; default: what its name ends with")
    parser.add_argument("--from", dest="vendor", metavar="DIALECT", help="a vendor; its key in SCOREHOUSE_IMPORT_KEY")
    parser.add_argument("--url", help="base URL of the vendor; default: its cloud")
    parser.add_argument("--state", metavar="FILE", help="keep here how far it is, and go on from there")
    parser.add_argument("--refused", metavar="FILE", default="refused.jsonl", help="default: refused.jsonl")


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


def _add_retention(commands: Any) -> None:
    retention = commands.add_parser("retention", help="say how long a project keeps things; remove what is too old")
    actions = retention.add_subparsers(required=True, metavar="action")
    for name, meaning in (
        ("show", "show how long a project keeps things"),
        ("set", "set it: days for everything, and by environment"),
        ("clear", "keep everything"),
        ("apply", "remove now what is too old; a server does so by itself"),
    ):
        parser = actions.add_parser(name, help=meaning)
        parser.set_defaults(command=f"retention {name}")
        _add_settings(parser, ("data",))
        _add_project(parser, "project that is meant", DEFAULT_PROJECT)
        parser.add_argument("--json", action="store_true", help="print JSON")
        if name == "set":
            parser.add_argument("days", metavar="DAYS", help="how long: days as 90d, or forever")
            parser.add_argument(
                "--environment",
                action="append",
                metavar="NAME=DAYS",
                help="how long what says this environment is kept: staging=7d, production=forever; several times",
            )
        if name == "apply":
            parser.add_argument("--dry-run", action="store_true", help="say what would go, and remove nothing")


def _add_migrate(commands: Any) -> None:
    parser = commands.add_parser("migrate", help="bring the schema up to date; copy or spread a store")
    parser.set_defaults(command="migrate")
    _add_settings(parser, ("data",))
    actions = parser.add_subparsers(metavar="action")
    copy = actions.add_parser("copy", help="copy the store elsewhere, or go on with that, and compare the two")
    copy.set_defaults(command="migrate copy")
    _add_settings(copy, ("data",), again=True)
    copy.add_argument("--to", required=True, metavar="PLACE", help="a folder, or postgresql://… of a database")
    shard = actions.add_parser("shard", help="spread a PostgreSQL database over a Citus cluster, by project")
    shard.set_defaults(command="migrate shard")
    shard.add_argument("--dry-run", action="store_true", help="print the statements, and run nothing")


def _add_project(parser: argparse.ArgumentParser, meaning: str, default: str | None) -> None:
    shown = "" if default is None else f" (default: {default})"
    parser.add_argument("--project", default=default, metavar="NAME", help=meaning + shown)


def _add_settings(parser: argparse.ArgumentParser, names: Sequence[str], *, again: bool = False) -> None:
    """Add the flags of settings. `again`: the command above takes them too, and may have been given them."""
    default = argparse.SUPPRESS if again else None
    for setting in Settings.described():
        if setting.name in names and setting.flag is not None:
            shown = f" (default: {setting.default})" if setting.default else ""
            meaning = (setting.description + shown).replace("%", "%%")
            parser.add_argument(setting.flag, dest=setting.name, default=default, metavar="VALUE", help=meaning)
