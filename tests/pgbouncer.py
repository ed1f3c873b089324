"""PgBouncer in front of the tests' PostgreSQL, in transaction mode, where the machine has it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def pooled(server: PostgresqlServer) -> Iterator[str]:
    """Run a pooler of four connections a database; gives the folder of its socket."""
    assert PROGRAM is not None
    folder = server.folder / "pgbouncer"
    folder.mkdir(mode=0o777, exist_ok=True)
    folder.chmod(0o777)
    settings = folder / "settings"
    settings.write_text(SETTINGS.format(server=server.folder, folder=folder, port=PORT))
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
