"""``scorehouse serve``: what people see on the first start and on later ones."""

import json
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from scorehouse.dialects import registered
from tests.server_process import SECRET, environment


def greeting(data: Path, rules: int = 3, **settings: str) -> tuple[str, int]:
    """Start a server, read what it prints until its last rule, stop it; return text and exit code."""
    command = [sys.executable, "-m", "scorehouse.cli", "serve", "--port", "0", "--data", str(data)]
    with subprocess.Popen(
        command, env=environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        patience = threading.Timer(30, process.kill)
        patience.start()
        lines: list[str] = []
        while sum(line.startswith("──") for line in lines) < rules and (line := process.stdout.readline()):
            lines.append(line)
        process.terminate()
        code = process.wait(30)
        patience.cancel()
        return "".join(lines), code


def test_the_first_start_makes_everything(tmp_path: Path) -> None:
    """Data folder, project, key: made and shown with the lines to paste for every edition."""
    text, code = greeting(tmp_path / "deep" / "data")
    assert code == 0
    assert "project default" in text
    assert "shown this once" in text
    for dialect in registered():
        for edition in dialect.editions:
            assert f"# {edition.title}\n" in text
    assert re.search(r"sh_[0-9a-f]{64}", text)
    exports = [line for line in text.splitlines() if line.startswith("export ")]
    assert exports
    assert all(len(shlex.split(line)) == 2 for line in exports)


def test_a_later_start_cannot_show_the_key(tmp_path: Path) -> None:
    """The secret is printed once; later it is said how to make another key."""
    first, _ = greeting(tmp_path)
    second, code = greeting(tmp_path, rules=2)
    assert code == 0
    assert "scorehouse keys create" in second
    (token,) = set(re.findall(r"sh_([0-9a-f]{64})", first))
    assert token not in second


def test_a_key_that_is_brought_is_the_first(tmp_path: Path) -> None:
    """SCOREHOUSE_KEY makes the first key of an empty store, and shows its lines again on every start."""
    for _ in range(2):
        text, code = greeting(tmp_path, key=f"sh_{SECRET}")
        assert code == 0
        assert f"sh_{SECRET}" in text


def test_a_key_that_is_brought_later_opens_nothing(tmp_path: Path) -> None:
    """SCOREHOUSE_KEY is for an empty store only: it adds no key to one that has keys."""
    greeting(tmp_path)
    text, _ = greeting(tmp_path, key=f"sh_{SECRET}", rules=2)
    assert SECRET not in text


@pytest.mark.parametrize("brought", [{}, {"key": SECRET}], ids=["none", "brought"])
def test_no_key_is_shown_where_the_output_is_a_log(tmp_path: Path, brought: dict[str, str]) -> None:
    """With `show_key` off no key is printed, nor made unseen; one that is brought opens the store all the same."""
    text, code = greeting(tmp_path, rules=2, show_key="false", **brought)
    assert code == 0
    assert "scorehouse keys create" in text
    assert re.search(r"[0-9a-f]{64}", text) is None
    command = [sys.executable, "-m", "scorehouse.cli", "keys", "list", "--json", "--data", str(tmp_path)]
    listed = subprocess.run(command, env=environment(), timeout=30, capture_output=True, text=True, check=True)
    assert len(json.loads(listed.stdout)) == len(brought)


BAD_STARTS = [
    ({"key": "short"}, "SCOREHOUSE_KEY must be 32 to 128 letters and digits"),
    ({"host": "192.0.2.1"}, "Cannot listen on 192.0.2.1"),
    ({"host": "no such host"}, "Cannot listen on no such host"),
    ({"log_level": "loud"}, "SCOREHOUSE_LOG_LEVEL must be one of debug, info, warning, error, not 'loud'."),
    ({"data": "/dev/null/data"}, "The data folder /dev/null/data cannot be written: not a directory."),
]


@pytest.mark.parametrize(("settings", "reason"), BAD_STARTS)
def test_it_refuses_to_start_in_a_line(tmp_path: Path, settings: dict[str, str], reason: str) -> None:
    """What keeps it from starting is said in one line, without a traceback and without the key."""
    command = [sys.executable, "-m", "scorehouse.cli", "serve", "--port", "0"]
    ended = subprocess.run(
        command,
        env=environment(**{"data": str(tmp_path), **settings}),
        timeout=30,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"scorehouse: {reason}")
    assert ended.stderr.count("\n") == 1
    assert "short" not in ended.stderr


def test_a_file_that_cannot_be_written_is_refused_in_a_line(tmp_path: Path) -> None:
    """As after a backup was put back by another user: said at the start, not at the first write."""
    file = tmp_path / "scorehouse.sqlite3"
    file.mkdir()  # Root may write any file, but nobody a folder.
    command = [sys.executable, "-m", "scorehouse.cli", "serve", "--port", "0", "--data", str(tmp_path)]
    ended = subprocess.run(command, env=environment(), timeout=30, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"scorehouse: The file {file} cannot be written: is a directory.\n"


def test_data_that_is_not_ours_is_refused_in_a_line(tmp_path: Path) -> None:
    """A file that is no database where the database should be is a plain fault, not a traceback."""
    (tmp_path / "scorehouse.sqlite3").write_bytes(b"this is no database, but long enough to be read as one" * 100)
    command = [sys.executable, "-m", "scorehouse.cli", "keys", "list", "--data", str(tmp_path)]
    ended = subprocess.run(command, env=environment(), timeout=30, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("scorehouse: ")
    assert "Traceback" not in ended.stderr


def test_a_public_host_is_reached_at_home(tmp_path: Path) -> None:
    """Listening on every address, the lines to paste still name one that works."""
    text, _ = greeting(tmp_path, host="0.0.0.0")  # noqa: S104 - that is what is tried
    assert "http://0.0.0.0" not in text
    assert "http://127.0.0.1:" in text


def test_ipv6_is_served(tmp_path: Path) -> None:
    """An IPv6 address stands in brackets in the lines to paste."""
    text, code = greeting(tmp_path, host="::1")
    if code == 1:
        pytest.skip("this machine has no IPv6")
    assert "http://[::1]:" in text
    assert httpx.URL(re.findall(r"http://\[::1\]:\d+", text)[0]).host == "::1"
