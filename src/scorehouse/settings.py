"""Settings: one frozen tree, read once, from flags, then from the environment, then from the defaults.

A setting has one name, from which everything follows: ``shutdown_grace_s`` is the variable
``SCOREHOUSE_SHUTDOWN_GRACE_S`` and the flag ``--shutdown-grace-s``. The tree below is the only list;
the command line's help and the table in ``docs/operating.md`` are checked against it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar, get_type_hints
from urllib.parse import urlsplit

PREFIX = "SCOREHOUSE_"
FOREVER_S = 86_400
"""Longest duration that a setting takes: a day."""

SectionT = TypeVar("SectionT")
Reader = Callable[[str], Any]
"""Reads a setting's text; raises ValueError with a sentence that ends ``must be …``."""


class BadSetting(Exception):
    """A setting has a value that cannot be used. The message is one sentence that names it."""


class LogFormat(StrEnum):
    """How log lines are written."""

    JSON = "json"
    TEXT = "text"


class LogLevel(StrEnum):
    """From which level on log lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Setting(NamedTuple):
    """One setting, for people.

    Attributes:
        name: in the tree.
        variable: of the environment.
        flag: of the command line; None for secrets, which every user of the machine could read there.
        default: as it would be written.
        description: one line.
    """

    name: str
    variable: str
    flag: str | None
    default: str
    description: str


# ── Readers ──────────────────────────────────────────────────────────────────────────────────────────────


def _text(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError("must be a text without control characters")
    return text


def _path(text: str) -> Path:
    return Path(_text(text)).expanduser()


def _count(low: int, high: int) -> Reader:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text[:12]) <= high):
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= FOREVER_S:
        raise ValueError(f"must be a number of seconds above 0 and up to {FOREVER_S}")
    return seconds


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1_000_000:
        raise ValueError("must be a number of requests a second, 0 for no limit")
    return rate


def _choice(choices: type[StrEnum]) -> Reader:
    def read(text: str) -> StrEnum:
        try:
            return choices(text.lower())
        except ValueError:
            raise ValueError(f"must be one of {', '.join(choices)}") from None

    return read


def _switch(text: str) -> bool:
    truth = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in truth:
        raise ValueError("must be true or false")
    return truth[text.lower()]


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
        parts = urlsplit("")
    if not sound or parts.query or parts.fragment or not text.isprintable() or " " in text:
        raise ValueError("must be a URL such as https://scores.example.org")
    return text.rstrip("/")


def _database_url(text: str) -> str:
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        scheme = ""
    if scheme not in {"postgresql", "postgres"} or "://" not in text or not text.isprintable() or " " in text:
        raise ValueError("must be a URL such as postgresql://user:password@host:5432/database")
    return text


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip() for part in text.split(",") if part.strip())
    for origin in origins:
        if origin != "*" and (_url(origin) != origin or urlsplit(origin).path):
            raise ValueError("must be * or a comma list of origins such as https://app.example.org")
    return origins


# ── The tree ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is known of a setting beside its name, type and default.

    Attributes:
        read: reads its text.
        description: one line for people.
        secret: never shown, and not taken as a flag.
    """

    read: Reader
    description: str
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the server is reached."""

    host: Annotated[str, Leaf(_text, "Address to listen on; 0.0.0.0 for every one.")] = "127.0.0.1"
    port: Annotated[int, Leaf(_count(0, 65_535), "Port to listen on; 0 for any free one.")] = 4480
    public_url: Annotated[
        str | None, Leaf(_url, "URL under which clients reach the server, where that is not http://host:port.")
    ] = None
    cors_origins: Annotated[
        tuple[str, ...],
        Leaf(_origins, "Origins whose pages may call the server from a browser, as a comma list; * for all."),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Where the record is kept, and who may open it first."""

    data: Annotated[Path, Leaf(_path, "Folder of the data; made if it is missing.")] = Path("scorehouse-data")
    database_url: Annotated[
        str | None,
        Leaf(
            _database_url,
            "PostgreSQL database of the record, as postgresql://…; else it is in the folder.",
            secret=True,
        ),
    ] = field(default=None, repr=False)
    write_connections: Annotated[
        int, Leaf(_count(1, 64), "Connections that write to PostgreSQL; a project always goes to the same one.")
    ] = 4
    prepare_statements: Annotated[
        bool, Leaf(_switch, "Prepare statements in PostgreSQL; false behind a pooler that does not keep track of them.")
    ] = True
    key: Annotated[
        str | None,
        Leaf(_text, "First key of an empty store, instead of a minted one; in any spelling.", secret=True),
    ] = field(default=None, repr=False)
    show_key: Annotated[
        bool, Leaf(_switch, "Print the first key with the lines to paste; false where the output is kept as a log.")
    ] = True
    read_threads: Annotated[int, Leaf(_count(1, 64), "Threads that read from the database, each on a connection.")] = 2
    queue_rows_max: Annotated[
        int,
        Leaf(_count(1, 10_000_000), "Rows that may wait to be written; beyond, writes are refused with 503."),
    ] = 20_000
    read_timeout_s: Annotated[
        float,
        Leaf(_seconds, "Seconds that a list may take to be found; what takes longer is refused as too expensive."),
    ] = 10.0
    queue_timeout_s: Annotated[
        float, Leaf(_seconds, "Seconds that a read or write may wait for its turn; then it is refused with 503.")
    ] = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much at once, and for how long."""

    requests_max: Annotated[
        int, Leaf(_count(1, 1_000_000), "Requests in progress; beyond, more are refused with 503.")
    ] = 500
    bodies_bytes_max: Annotated[
        int,
        Leaf(_count(1_048_576, 1 << 40), "Bytes of large request bodies in memory at once; beyond, 503."),
    ] = 100_663_296
    connections_max: Annotated[
        int,
        Leaf(
            _count(1, 1_000_000), "Connections open at once; beyond, those that have been quiet for longest are closed."
        ),
    ] = 5_000
    head_timeout_s: Annotated[
        float, Leaf(_seconds, "Seconds within which a request's head has to arrive, and a connection's first one.")
    ] = 30.0
    idle_timeout_s: Annotated[
        float, Leaf(_seconds, "Seconds that a connection is kept open after an answer for the next request.")
    ] = 75.0
    rate_limit: Annotated[
        float, Leaf(_rate, "Requests a second that one key may make, in bursts of as many; 0 for no limit.")
    ] = 0.0
    body_timeout_s: Annotated[float, Leaf(_seconds, "Seconds within which a request's body has to arrive.")] = 30.0
    shutdown_grace_s: Annotated[
        float, Leaf(_seconds, "Seconds that requests in progress have to finish when the server is stopped.")
    ] = 30.0
    streams_max: Annotated[
        int, Leaf(_count(0, 100_000), "Live streams open at once; beyond, more are refused with 503.")
    ] = 100
    stream_heartbeat_s: Annotated[
        float, Leaf(_seconds, "Seconds without news after which a live stream says that it is still there.")
    ] = 15.0
    retention_period_s: Annotated[
        float, Leaf(_seconds, "Seconds between two looks for what a project's retention policy says is too old.")
    ] = 600.0
    retention_step_rows: Annotated[
        int, Leaf(_count(1, 2_000), "Rows that retention removes at a time; writers take their turns in between.")
    ] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """What is logged, on standard error."""

    log_level: Annotated[LogLevel, Leaf(_choice(LogLevel), "Least level to log: debug, info, warning, error.")] = (
        LogLevel.INFO
    )
    log_format: Annotated[
        LogFormat, Leaf(_choice(LogFormat), "Log lines for people (text) or for machines (json).")
    ] = LogFormat.TEXT
    log_requests: Annotated[
        bool, Leaf(_switch, "Log a line for every request, not only for failures of the server.")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """Where a dialect behaves otherwise than this house would by itself; each is a switch of that dialect's."""

    langfuse_acknowledge_drops: Annotated[
        bool,
        Leaf(
            _switch,
            "Answer 200 to a single Langfuse score that breaks its config, and drop it, as Langfuse does; else 400.",
        ),
    ] = False
    respan_lenient_filters: Annotated[
        bool,
        Leaf(_switch, "Drop Respan filters on unknown fields or with unknown operators, as Respan once did; else 400."),
    ] = False
    respan_strict_values: Annotated[
        bool,
        Leaf(_switch, "Refuse Respan scores outside of their evaluator's range or choices; else they are kept."),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of a process."""

    address: Address = field(default_factory=Address)
    record: Record = field(default_factory=Record)
    bounds: Bounds = field(default_factory=Bounds)
    logs: Logs = field(default_factory=Logs)
    manners: Manners = field(default_factory=Manners)

    @classmethod
    def read(cls, environment: Mapping[str, str], flags: Mapping[str, str | None] | None = None) -> "Settings":
        """Read the settings: a flag (by its setting's name) wins over its variable, a variable over the default.

        A variable that is set to nothing counts as not set, as container tools leave it.

        Raises:
            BadSetting: a value that cannot be used; the first one found.
        """
        given = flags or {}
        return cls(
            address=_read_section(Address, environment, given),
            record=_read_section(Record, environment, given),
            bounds=_read_section(Bounds, environment, given),
            logs=_read_section(Logs, environment, given),
            manners=_read_section(Manners, environment, given),
        )

    @classmethod
    def described(cls) -> tuple[Setting, ...]:
        """List every setting, for help texts and documents."""
        return tuple(setting for section in (Address, Record, Bounds, Logs, Manners) for setting, _ in _leaves(section))


def _read_section(section: type[SectionT], environment: Mapping[str, str], flags: Mapping[str, str | None]) -> SectionT:
    values: dict[str, Any] = {}
    for setting, leaf in _leaves(section):
        from_flag = flags.get(setting.name)
        text = from_flag if from_flag is not None else environment.get(setting.variable)
        if text is None or (from_flag is None and not text):
            continue
        try:
            values[setting.name] = leaf.read(text)
        except ValueError as error:
            shown = "" if leaf.secret else f", not {text!r}"
            told = setting.flag if from_flag is not None else setting.variable
            raise BadSetting(f"{told} {error}{shown}.") from None
    return section(**values)


def _leaves(section: Any) -> Iterator[tuple[Setting, Leaf]]:
    """Yield the settings of a section in order of declaration."""
    hints = get_type_hints(section, include_extras=True)
    for member in fields(section):
        (leaf,) = hints[member.name].__metadata__
        flag = None if leaf.secret else "--" + member.name.replace("_", "-")
        variable = PREFIX + member.name.upper()
        yield Setting(member.name, variable, flag, _written(member.default), leaf.description), leaf


def _written(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)
