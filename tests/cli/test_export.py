"""``scorehouse export``: a file of what a running server holds, and another of what changed since."""

import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from scorehouse.cli.progress import Progress, line
from tests.cli.test_keys import scorehouse
from tests.server_process import Server, environment


def record(server: Server, name: str, value: float) -> None:
    """Record a score through the socket."""
    draft = {"name": name, "value": value, "target": {"kind": "session", "id": "s"}}
    assert httpx.post(f"{server.url}/v1/scores", json=draft, headers=server.headers()).status_code == 201


def rows(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON Lines."""
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_a_second_export_goes_on_from_its_state(server: Server, tmp_path: Path) -> None:
    """Beside the server: all that passes the filter, then with the same state file what came since; no part is left."""
    out, state = tmp_path / "scores.jsonl", tmp_path / "state"
    command = ("export", "--out", str(out), "--state", str(state), "--where", "number.gte=0.5&name=tone")
    record(server, "tone", 0.5)
    record(server, "tone", 0.4)
    ended = scorehouse(server.data, *command)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr == f"1 rows; the next export goes on after the mark {state.read_text().strip()}\n"
    assert [row["number"] for row in rows(out)] == [0.5]
    record(server, "tone", 0.75)
    record(server, "else", 1)
    assert scorehouse(server.data, *command).returncode == 0
    assert [row["number"] for row in rows(out)] == [0.75]
    assert {path.name for path in tmp_path.iterdir()} == {"scores.jsonl", "state"}


def test_standard_output_holds_nothing_but_the_rows(server: Server) -> None:
    """What is piped on is the file; everything said to people goes elsewhere."""
    ended = scorehouse(server.data, "export", "evaluators", "--format", "csv")
    header, first = ended.stdout.splitlines()[:2]
    assert header.startswith("id,name,kind,")
    assert '"Quality"' in first
    assert "mark" in ended.stderr


def test_what_a_shape_does_not_say_is_told_in_the_end(server: Server) -> None:
    """Rows in a vendor's shape go to standard output; what has no row, and what rows do not say, is told to people."""
    record(server, "shaped", 0.5)
    trace = {"kind": "trace", "id": "t", "must_exist": False}
    draft = {"name": "shaped", "value": 1, "cost_usd": 0.5, "target": trace}
    assert httpx.post(f"{server.url}/v1/scores", json=draft, headers=server.headers()).status_code == 201
    ended = scorehouse(server.data, "export", "--shape", "2signal", "--where", "name=shaped")
    (row,) = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (row["traceId"], row["evaluatorName"], row["value"]) == ("t", "shaped", 1)
    first, second, third = ended.stderr.splitlines()
    assert first == "1 scores are left out, which have no row in the shape of 2signal: scores of sessions 1"
    assert second.startswith("not said in the rows that are there: ")
    assert "what the evaluation cost 1" in second
    assert third.startswith("1 rows; ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--project", "nobody"), "nobody"),
        (("--where", "nonsense=1"), "nonsense"),
        (("--after", "then"), "mark"),
        (("--shape", "nobody"), "pandaprobe"),
        (("--out", "/proc/none/file"), "cannot be written"),
        (("--out", "/proc"), "cannot be written: is a directory"),
        (("--state", "/proc"), "scorehouse: /proc: is a directory."),
    ],
)
def test_what_is_wrong_is_said_in_a_line(server: Server, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 1 and one line that names it."""
    ended = scorehouse(server.data, "export", *arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="this machine has no /dev/full")
def test_a_full_disk_is_said_in_a_line(server: Server) -> None:
    """Standard output that takes nothing ends a command with 1 and one line, whether it writes much or little."""
    for command in ("export", "keys list"):
        line = shlex.join([sys.executable, "-m", "scorehouse.cli", *command.split(), "--data", str(server.data)])
        ended = subprocess.run(
            ["/bin/sh", "-c", f"{line} >/dev/full"], env=environment(), capture_output=True, text=True, check=False
        )
        assert (ended.returncode, ended.stderr) == (1, "scorehouse: no space left on device.\n"), command


def test_a_pipe_is_written_to_and_a_link_is_followed(server: Server, tmp_path: Path) -> None:
    """What is no plain file stays what it is, devices of the system too; a link goes on leading where it led."""
    pipe, link, behind = tmp_path / "pipe", tmp_path / "link", tmp_path / "behind"
    os.mkfifo(pipe)
    behind.write_text("of yesterday")
    link.symlink_to(behind)
    with ThreadPoolExecutor() as readers:
        read = readers.submit(pipe.read_text)
        for out in (pipe, link):
            ended = scorehouse(server.data, "export", "evaluators", "--out", str(out))
            assert ended.returncode == 0, ended.stderr
        assert "quality" in read.result(10)
    assert pipe.is_fifo()
    assert link.readlink() == behind
    assert "quality" in behind.read_text()


class Terminal(StringIO):
    """A terminal that keeps what was shown."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_progress_tells_rate_and_remaining_time() -> None:
    """Rows so far, of how many, how fast, and how long yet; without a total the last is not known."""
    assert (
        line("exported", 1_200_000, 10_000_000, 10.0) == "exported 1,200,000 of 10,000,000 rows, 120,000/s, 1:13 left"
    )
    assert line("exported", 1_000, 10_000_000, 1.0) == "exported 1,000 of 10,000,000 rows, 1,000/s, 2:46:39 left"
    assert line("exported", 500, None, 2.0) == "exported 500 rows, 250/s"
    assert line("exported", 0, 10, 0.0) == "exported 0 of 10 rows, 0/s"


def test_progress_is_for_terminals() -> None:
    """Nothing is written where nobody looks; on a terminal the line is taken away in the end."""
    silent, shown = StringIO(), Terminal()
    for stream in (silent, shown):
        with Progress("exported", stream) as progress:
            progress.add(5)
        assert progress.rows == 5
    assert silent.getvalue() == ""
    assert shown.getvalue().endswith("\r\x1b[K")
