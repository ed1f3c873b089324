"""The composition root: settings → a house and an application, wired.

Everything that reads a clock, draws a random number or touches a disk is made here, and handed down.
"""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from urllib.parse import parse_qsl, urlsplit

import structlog

from scorehouse.dialects import registered
from scorehouse.engines.sql import SqlStore, open_sqlite
from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.server.admission import Admission, RateLimiter
from scorehouse.server.application import Application
from scorehouse.server.clock import steady_clock, uuid7_mint
from scorehouse.server.keyring import Keyring
from scorehouse.server.mounts import Mounts
from scorehouse.server.public import Public
from scorehouse.server.retention import Sweeper
from scorehouse.server.telemetry import Telemetry
from scorehouse.services.admit import Doorkeeper
from scorehouse.services.followers import Followers
from scorehouse.services.house import House
from scorehouse.settings import BadSetting, Record, Settings
from scorehouse.storage.port import Store
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.shapes import shapes_of

_log = structlog.get_logger("scorehouse.server")

WILDCARD_HOSTS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - named to be recognised, not listened on


class StoreAway(BadSetting):
    """The database cannot be reached now; it may come."""


@dataclass(frozen=True, slots=True)
class Premises:
    """An open house with its dialects.

    Attributes:
        house: its store is open.
        dialects: in order of registration.
        keyring: reads their keys.
        settings: that it was opened with.
        queued_rows: tells how many rows wait to be written.
        sweeper: removes what is too old, once it is put to work.
    """

    house: House
    dialects: tuple[Dialect, ...]
    keyring: Keyring
    settings: Settings
    queued_rows: Callable[[], float]
    sweeper: Sweeper

    def stop(self) -> None:
        """Tell what does not end by itself to end."""
        self.house.followers.closing.set()
        self.sweeper.stop()


@asynccontextmanager
async def open_premises(settings: Settings) -> AsyncIterator[Premises]:
    """Open the store and everything around it; on leaving, what was accepted is finished and the store closed.

    Raises:
        BadSetting: the data folder cannot be used, or what is in it cannot be read.
        StoreAway: the database cannot be reached now.
    """
    store = await _open_store(settings.record)
    try:
        yield premises_on(store, settings, lambda: store.queued_rows)
    finally:
        await store.close()


def premises_on(store: Store, settings: Settings, queued_rows: Callable[[], float]) -> Premises:
    """Put everything around a store."""
    clock = steady_clock()
    switched_on = {name for name, on in asdict(settings.manners).items() if on}
    dialects = tuple(dialect.switched(switched_on) for dialect in registered())
    bounds = settings.bounds
    followers = Followers(most=bounds.streams_max, heartbeat_s=bounds.stream_heartbeat_s)
    shapes = shapes_of(dialects)
    house = House(store, clock, uuid7_mint(clock), secrets.token_hex, followers=followers, shapes=shapes)
    sweeper = Sweeper(house, period_s=bounds.retention_period_s, step_rows=bounds.retention_step_rows)
    return Premises(house, dialects, Keyring(dialects), settings, queued_rows, sweeper)


def application(premises: Premises) -> Application:
    """Build the ASGI application of a house."""
    telemetry = Telemetry()
    telemetry.gauge("scorehouse_queued_rows", "Rows that wait to be written.", premises.queued_rows)
    premises.sweeper.show(telemetry)
    settings = premises.settings
    limiter = RateLimiter(settings.bounds.rate_limit, perf_counter)
    return Application(
        house=premises.house,
        mounts=Mounts(premises.dialects, telemetry),
        admission=Admission(premises.keyring, Doorkeeper(premises.house), limiter),
        public=Public(premises.house, premises.dialects, telemetry),
        telemetry=telemetry,
        settings=settings,
    )


def base_url(settings: Settings, port: int | None = None) -> str:
    """Return the URL that clients use: the public one if set, else of host and port (the one really bound, if told)."""
    address = settings.address
    if address.public_url is not None:
        return address.public_url
    host = "127.0.0.1" if address.host in WILDCARD_HOSTS else address.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port if port is not None else address.port}"


def place_of(record: Record) -> str:
    """Say where the record is, for people; a password is left out."""
    if record.database_url is None:
        return str(record.data)
    parts = urlsplit(record.database_url)
    host = parts.hostname or dict(parse_qsl(parts.query)).get("host", "this machine")
    return f"database {parts.path.lstrip('/') or 'of the default name'} on {host}"


async def _open_store(record: Record) -> SqlStore:
    if record.database_url is None:
        _check_folder(record.data)
    try:
        return await _open_engine(record)
    except Exception as error:
        # Whatever an engine finds in its files, the operator gets a line, and the whole story at level debug.
        _log.debug("opening the store failed", exc_info=True)
        reason = str(error).partition("\n")[0].rstrip(".")
        fault = StoreAway if isinstance(error, ConnectionError) else BadSetting
        raise fault(f"The data in {place_of(record)} cannot be opened: {reason}.") from error


async def _open_engine(record: Record) -> SqlStore:
    if record.database_url is None:
        return await open_sqlite(
            record.data,
            queue_rows_max=record.queue_rows_max,
            read_threads=record.read_threads,
            queue_timeout_s=record.queue_timeout_s,
            longest_read_s=record.read_timeout_s,
        )
    from scorehouse.engines.sql.opening_postgresql import open_postgresql  # noqa: PLC0415 - SQLite does without the driver

    return await open_postgresql(
        record.database_url,
        queue_rows_max=record.queue_rows_max,
        read_threads=record.read_threads,
        writers=record.write_connections,
        prepares=record.prepare_statements,
        queue_timeout_s=record.queue_timeout_s,
        longest_read_s=record.read_timeout_s,
    )


def _check_folder(data: Path) -> None:
    """Make the data folder, or say in one sentence why that cannot be.

    To be called before this process has the store open: closing a file ends the locks that SQLite holds on it here.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _unwritable(f"data folder {data}", error) from error
    for file in data.glob(f"{FILE_NAME}*"):  # Someone else's, if a backup was put back by another user.
        try:
            file.open("r+b").close()
        except FileNotFoundError:  # Gone meanwhile, as SQLite's own are when a command line ends.
            continue
        except OSError as error:
            raise _unwritable(f"file {file}", error) from error


def _unwritable(what: str, error: OSError) -> BadSetting:
    reason = error.strerror or "unknown error"
    return BadSetting(f"The {what} cannot be written: {reason.lower()}.")
