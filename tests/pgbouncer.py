"""PgBouncer in front of the tests' PostgreSQL, in transaction mode, where the machine has it."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from time import monotonic, sleep

from tests.postgresql_server import NOBODY, PostgresqlServer

START_TIMEOUT_S = 30.0

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")

CHOSEN = "TEST_PGBOUNCER"
"""Set to anything, it puts the pooler between the conformance suite and its PostgreSQL."""

PORT = 6432
"""Of the name of its socket; no address is listened on."""

SETTINGS = """
[databases]
* = host={server} user=scorehouse
[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
logfile = {folder}/log
"""

PREPARING = "max_prepared_statements = 200\n"
"""What older releases do not know, and do not start with."""

PREPARES_FROM = (1, 22)
"""The release from which statements may be prepared: 1.21 keeps track of them, but not of their being dropped."""


@cache
def prepares() -> bool:
    """Tell whether statements may be prepared through the PgBouncer of this machine."""
    if PROGRAM is None:
        return False
    told = subprocess.run([PROGRAM, "--version"], check=True, capture_output=True, text=True).stdout
    found = re.match(r"PgBouncer (\d+)\.(\d+)", told)
    assert found is not None, told
    return (int(found[1]), int(found[2])) >= PREPARES_FROM


@contextmanager
def pooled(server: PostgresqlServer) -> Iterator[str]:
    """Run a pooler of four connections a database; gives the folder of its socket."""
    assert PROGRAM is not None
    folder = server.folder / "pgbouncer"
    folder.mkdir(mode=0o777, exist_ok=True)
    folder.chmod(0o777)
    settings = folder / "settings"
    text = SETTINGS.format(server=server.folder, folder=folder, port=PORT)
    settings.write_text(text + (PREPARING if prepares() else ""))
    identity = ["-u", NOBODY] if os.geteuid() == 0 else []
    process = subprocess.Popen([PROGRAM, "-q", *identity, settings], stderr=subprocess.DEVNULL)
    try:
        deadline = monotonic() + START_TIMEOUT_S
        while not (folder / f".s.PGSQL.{PORT}").exists():
            assert monotonic() < deadline
            assert process.poll() is None
            sleep(0.02)
        yield str(folder)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_TIMEOUT_S)


def pooled_url(folder: str, database: str) -> str:
    """Return the URL of a database behind the pooler."""
    return f"postgresql://scorehouse@/{database}?host={folder}&port={PORT}"
