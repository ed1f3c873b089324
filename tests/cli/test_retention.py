"""``scorehouse retention``: set, shown, cleared and applied beside a running server, which then does it by itself."""

import json
from pathlib import Path

import httpx
import pytest

from tests.cli.test_keys import said, scorehouse
from tests.server_process import Server

WRONG = [
    (["set", "90"], 1, "days: must be days such as 90d, or forever"),
    (["set", "0d"], 1, "days: must be 1 to 36500 days"),
    (["set", "forever"], 1, "days: must end somewhere"),
    (["set", "90d", "--environment", "dev"], 1, "--environment: must be days such as 90d"),
    (["set", "90d", "--environment", "=7d"], 1, "environments.: must not be empty"),
    (["show", "--project", "nobody"], 1, "Project nobody does not exist."),
    (["set"], 2, "DAYS"),
    ([], 2, "action"),
]


@pytest.mark.parametrize(("arguments", "code", "reason"), WRONG)
def test_what_is_wrong_is_said_in_a_line(tmp_path: Path, arguments: list[str], code: int, reason: str) -> None:
    """Expected faults are one line with the reason; misuse ends with 2 as shells expect."""
    ended = scorehouse(tmp_path if arguments else None, "retention", *arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_policy_is_set_and_applied_beside_a_server(server: Server) -> None:
    """What the command line sets, the server reads, and the other way; nothing is old enough to go yet."""
    draft = {"name": "tone", "value": 1, "target": {"kind": "session", "id": "s"}, "environment": "dev"}
    assert httpx.post(f"{server.url}/v1/scores", json=draft, headers=server.headers()).status_code == 201
    assert said(server.data, "retention", "show") == {"days": None, "environments": {}, "since": None}
    wanted = {"days": 90, "environments": {"dev": 7, "production": None}}
    command = ("set", "90d", "--environment", "dev=7d", "--environment", "production=forever")
    assert said(server.data, "retention", *command).items() >= wanted.items()
    read = httpx.get(f"{server.url}/v1/retention", headers=server.headers()).json()
    assert read.items() >= wanted.items()
    assert read["actor"] == {"key": "", "owner": None, "dialect": "command line"}

    shown = scorehouse(server.data, "retention", "show").stdout.splitlines()
    assert shown[1:] == ["  environment dev: 7 days", "  environment production: forever", "  everything else: 90 days"]
    rows = json.loads(scorehouse(server.data, "retention", "apply", "--dry-run", "--json").stdout)
    assert [(row["environment"], row["scores"]) for row in rows] == [(None, 0), ("dev", 0)]
    assert scorehouse(server.data, "retention", "apply").stdout == "Removed 0 scores, 0 traces, 0 spans.\n"

    assert httpx.delete(f"{server.url}/v1/retention", headers=server.headers()).status_code == 204
    assert scorehouse(server.data, "retention", "apply").stdout == "Project default keeps everything.\n"
