"""A real server process, for tests that go through a socket: vendors' SDKs, fuzzing, kills.

In a test::

    def test_something(server: Server) -> None:
        paste = server.keys["2signal"]  # what `scorehouse keys create --json` prints for an edition:
        paste["base_url"], paste["env"], paste["headers"], paste["curl"]
        httpx.get(f"{server.url}/v1/scores", headers=server.headers("native"))

The fixtures stand in ``tests/conftest.py``: `server` is one process a module, with a data folder of its own;
`start_server` starts more of them, with settings as keyword arguments, and stops them after the test::

    def test_restart(start_server: StartServer) -> None:
        first = start_server(rate_limit="5")
        first.stop()  # SIGTERM; returns the exit code, 0 for an orderly end
        again = start_server(data=first.data)  # the same data, the same secret

An SDK that runs in a process of its own gets ``{**os.environ, **server.env("tracia")}``.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Any

import scorehouse

SECRET = "5c0de" * 12 + "5c0d"
"""The bare secret of the first key: what SCOREHOUSE_KEY brings, 64 hex digits as a minted one."""

START_TIMEOUT_S = 120.0
"""A machine that does much else takes its time."""
STOP_TIMEOUT_S = 30.0

SOURCE = str(Path(scorehouse.__file__).parents[1])


def environment(**settings: str) -> dict[str, str]:
    """Return the environment for a command of ours: no settings but these, no proxy, our own source first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCOREHOUSE_")}
    ours = {f"SCOREHOUSE_{name.upper()}": value for name, value in settings.items()}
    path = os.pathsep.join(filter(None, (SOURCE, os.environ.get("PYTHONPATH"))))
    return {**kept, "PYTHONPATH": path, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", **ours}


@dataclass(frozen=True)
class Server:
    """A server process.

    Attributes:
        url: of the server, without trailing slash.
        secret: of its key, bare; the key has every scope.
        project: that the key opens.
        key_id: public.
        keys: what to paste, by edition.
        data: its data folder.
        process: itself.
        log: what it wrote on standard error.
    """

    url: str
    secret: str
    project: str
    key_id: str
    keys: Mapping[str, Mapping[str, Any]]
    data: Path
    process: "subprocess.Popen[str]"
    log: Path

    def headers(self, edition: str = "native") -> dict[str, str]:
        """Return what a plain HTTP client sends to speak an edition."""
        return dict(self.keys[edition]["headers"])

    def env(self, edition: str) -> dict[str, str]:
        """Return the variables of a vendor's SDK."""
        return dict(self.keys[edition]["env"])

    def stop(self) -> int:
        """Stop it orderly, if it still runs, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._wait()

    def kill(self) -> int:
        """Kill it with SIGKILL, and return its exit code."""
        self.process.kill()
        return self._wait()

    def _wait(self) -> int:
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not stop; it wrote: {self.log.read_text()}") from None
        finally:
            if self.process.stdout is not None:
                self.process.stdout.close()


StartServer = Callable[..., Server]
"""``start_server(*, data=None, **settings)``: see the module."""


def spawn(
    data: Path, log: Path, variables: Mapping[str, str] | None = None, /, **settings: str
) -> "subprocess.Popen[str]":
    """Start a server on a free port, and do not wait for it; `variables` are added to its environment as they are."""
    command = [sys.executable, "-m", "scorehouse.cli", "serve", "--json", "--port", "0", "--data", str(data)]
    with log.open("a") as errors:
        return subprocess.Popen(
            command,
            env={**environment(**{"key": SECRET, **settings}), **(variables or {})},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def start(data: Path, log: Path, variables: Mapping[str, str] | None = None, /, **settings: str) -> Server:
    """Start a server on a free port, and return once it accepts connections."""
    process = spawn(data, log, variables, **settings)
    assert process.stdout is not None
    readable, _, _ = select([process.stdout], [], [], START_TIMEOUT_S)
    line = process.stdout.readline() if readable else ""
    if not line:
        process.kill()
        process.wait()
        process.stdout.close()
        raise AssertionError(f"the server did not start; it wrote: {log.read_text()}")
    said = json.loads(line)
    return Server(
        url=said["url"],
        secret=SECRET,
        project=said["project"],
        key_id=said["key_id"],
        keys=said["dialects"],
        data=data,
        process=process,
        log=log,
    )
