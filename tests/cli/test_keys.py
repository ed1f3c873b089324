"""``scorehouse keys``: make, list and revoke, each in a process of its own, as people run it."""

import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from scorehouse.dialects import registered
from tests.server_process import START_TIMEOUT_S, Server, environment

PASSWORD = "correct-horse-battery-staple"


def scorehouse(data: Path | None, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line to its end."""
    where = [] if data is None else ["--data", str(data)]
    command = [sys.executable, "-m", "scorehouse.cli", *arguments, *where]
    return subprocess.run(
        command, env=environment(**settings), timeout=START_TIMEOUT_S, capture_output=True, text=True, check=False
    )


def said(data: Path, *arguments: str, **settings: str) -> Any:
    """Run a command with ``--json`` that succeeds, and return what it said."""
    ended = scorehouse(data, *arguments, "--json", **settings)
    assert (ended.returncode, ended.stderr) == (0, "")
    return json.loads(ended.stdout)


def test_what_create_prints_is_an_interface(tmp_path: Path) -> None:
    """Project, key id, and for every edition of every dialect base URL, variables, headers and a curl; nothing else."""
    key = said(tmp_path / "new" / "data", "keys", "create", "--project", "team a", "--port", "4481")
    assert set(key) == {"project", "key_id", "dialects"}
    assert key["project"] == "team a"
    assert len(bytes.fromhex(key["key_id"])) == 8
    assert list(key["dialects"]) == [edition.name for dialect in registered() for edition in dialect.editions]
    for paste in key["dialects"].values():
        assert set(paste) == {"base_url", "env", "headers", "curl"}
        assert paste["base_url"].startswith("http://127.0.0.1:4481")
        assert all(isinstance(value, str) for value in [*paste["env"].values(), *paste["headers"].values()])


def test_the_public_url_is_pasted(tmp_path: Path) -> None:
    """Behind a proxy the lines name the URL that clients use."""
    key = said(tmp_path, "keys", "create", public_url="https://scores.example.org")
    assert key["dialects"]["native"]["base_url"].startswith("https://scores.example.org")


def test_a_key_made_beside_a_running_server_opens_it(server: Server) -> None:
    """Keys can be made while a server runs on the data, in its project or another; projects stay apart."""
    draft = {"name": "wall", "value": 1, "target": {"kind": "session", "id": "s"}}
    assert httpx.post(f"{server.url}/v1/scores", json=draft, headers=server.headers()).status_code == 201
    same = said(server.data, "keys", "create")["dialects"]["native"]["headers"]
    other = said(server.data, "keys", "create", "--project", "other")["dialects"]["native"]["headers"]
    assert "wall" in httpx.get(f"{server.url}/v1/scores", headers=same).text
    listed = httpx.get(f"{server.url}/v1/scores", headers=other)
    assert listed.status_code == 200
    assert "wall" not in listed.text


SCOPES = [
    ([], ["read", "write"]),
    (["--scope", "read"], ["read"]),
    (["--scope", "read", "--scope", "write-scores"], ["read", "write-scores"]),
    (["--scope", "administer, read"], ["administer", "read"]),
]


@pytest.mark.parametrize(("flags", "scopes"), SCOPES)
def test_scopes_owner_and_expiry_are_kept(tmp_path: Path, flags: list[str], scopes: list[str]) -> None:
    """What a key may do, who answers for it and when it ends, as said; days count from now."""
    key = said(tmp_path, "keys", "create", *flags, "--owner", "ada@example.org", "--expires", "90d")
    (row,) = said(tmp_path, "keys", "list")
    assert (row["key_id"], row["scopes"], row["owner"]) == (key["key_id"], scopes, "ada@example.org")
    ends = datetime.fromisoformat(row["expires_at"])
    assert abs(ends - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=2)


def test_a_scope_holds_at_the_server(server: Server) -> None:
    """A key that may only read is refused a write, one that may only write scores is refused a read."""
    draft = {"name": "n", "value": 1, "target": {"kind": "session", "id": "s"}}
    for scope, statuses in (("read", (200, 403)), ("write-scores", (403, 201)), ("read,write", (200, 201))):
        headers = said(server.data, "keys", "create", "--scope", scope)["dialects"]["native"]["headers"]
        read = httpx.get(f"{server.url}/v1/scores", headers=headers)
        written = httpx.post(f"{server.url}/v1/scores", json=draft, headers=headers)
        assert (read.status_code, written.status_code) == statuses, scope


def made_to_end(data: Path, lasts_s: int = 3) -> tuple[dict[str, str], datetime]:
    """Make a key that ends soon; a busy machine may need longer to make it than it is to be good. Returns its end."""
    ends = datetime.now(UTC) + timedelta(seconds=lasts_s)
    made = scorehouse(data, "keys", "create", "--json", "--expires", ends.isoformat())
    if made.returncode and lasts_s < 100:
        return made_to_end(data, lasts_s * 6)
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)["dialects"]["native"]["headers"], ends


def test_an_expired_key_is_refused(server: Server) -> None:
    """Until its time a key opens its project, after it nothing."""
    headers, ends = made_to_end(server.data)
    with httpx.Client(headers=headers, timeout=60) as client:
        while (asked := datetime.now(UTC)) < ends + timedelta(seconds=1):
            status = client.get(f"{server.url}/v1/scores").status_code
            assert status == 200 or (status == 401 and datetime.now(UTC) >= ends), (status, asked, ends)
            time.sleep(0.05)
        assert client.get(f"{server.url}/v1/scores").status_code == 401


def test_list_shows_no_secret(tmp_path: Path) -> None:
    """Keys are listed oldest first, of one project or of all, and no secret is among what is shown."""
    made = [said(tmp_path, "keys", "create", "--project", project) for project in ("a", "b", "a")]
    assert [row["key_id"] for row in said(tmp_path, "keys", "list")] == [key["key_id"] for key in made]
    assert [row["key_id"] for row in said(tmp_path, "keys", "list", "--project", "b")] == [made[1]["key_id"]]
    plain = scorehouse(tmp_path, "keys", "list").stdout
    for key in made:
        assert key["key_id"] in plain
        assert key["dialects"]["native"]["headers"]["Authorization"].rpartition("_")[2] not in plain


def test_revoke_says_when(tmp_path: Path) -> None:
    """A revoked key is listed as such; revoking it again changes nothing."""
    key = said(tmp_path, "keys", "create")["key_id"]
    assert said(tmp_path, "keys", "list")[0]["state"] == "good"
    revoked = said(tmp_path, "keys", "revoke", key)
    assert revoked["state"] == "revoked"
    assert said(tmp_path, "keys", "revoke", key) == revoked


WRONG = [
    (["keys", "create", "--scope", "everything"], 1, "--scope: 'everything' must be one of read, write"),
    (["keys", "create", "--expires", "tomorrow"], 1, "--expires: must be an ISO 8601"),
    (["keys", "create", "--expires", "2020-01-01"], 1, "--expires: must lie in the future"),
    (["keys", "create", "--expires", "9999999d"], 1, "--expires: must be an ISO 8601"),
    (["keys", "create", "--expires", "0d"], 1, "--expires: must lie in the future"),
    (["keys", "create", "--project", ""], 1, "project: must not be empty"),
    (["keys", "create", "--project", "a\nb"], 1, "project: must not contain control"),
    (["keys", "create", "--owner", "a\x01b"], 1, "owner: must not contain control"),
    (["keys", "create", "--port", "x"], 1, "--port must be a whole number"),
    (["keys", "revoke", "nobody"], 1, "Key nobody does not exist."),
    (["keys", "revoke"], 2, None),
    (["keys"], 2, None),
    ([], 2, None),
    (["fly"], 2, None),
]


@pytest.mark.parametrize(("arguments", "code", "reason"), WRONG)
def test_what_is_wrong_is_said_in_a_line(tmp_path: Path, arguments: list[str], code: int, reason: str | None) -> None:
    """Expected faults are one line with the reason, never a traceback; misuse ends with 2 as shells expect."""
    ended = scorehouse(tmp_path if len(arguments) > 1 else None, *arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert "Traceback" not in ended.stderr
    if code == 1:
        assert ended.stderr.startswith("scorehouse: ")
        assert ended.stderr.count("\n") == 1
    assert reason is None or reason in ended.stderr


@pytest.mark.parametrize("level", ["info", "debug"])
def test_a_database_that_cannot_be_reached_is_said_without_its_password(tmp_path: Path, level: str) -> None:
    """Standard output, which may be read as JSON, stays empty, and no line has the password, at no level of logging."""
    url = f"postgresql://scorehouse:{PASSWORD}@/scores?host={tmp_path}"
    ended = scorehouse(None, "keys", "list", "--json", database_url=url, log_level=level)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"scorehouse: The data in database scores on {tmp_path} cannot be opened" in ended.stderr
    assert PASSWORD not in ended.stderr
    assert ("Traceback" in ended.stderr) == (level == "debug")


def test_the_version() -> None:
    """``--version`` says name and version."""
    ended = scorehouse(None, "--version")
    assert (ended.returncode, ended.stdout) == (0, "scorehouse 0.1.0\n")


def test_keys_are_made_under_load(server: Server) -> None:
    """A busy server and a command line that write to the same data hold each other up, and neither is refused."""
    stop = threading.Event()
    statuses: list[int] = []

    def write() -> None:
        draft = {"name": "load", "value": 1, "target": {"kind": "session", "id": "s"}}
        with httpx.Client(headers=server.headers()) as client:
            while not stop.is_set():
                statuses.append(client.post(f"{server.url}/v1/scores", json=draft).status_code)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    made = [said(server.data, "keys", "create")["key_id"] for _ in range(3)]
    stop.set()
    for writer in writers:
        writer.join()
    assert len(set(made)) == 3
    assert set(statuses) == {201}
