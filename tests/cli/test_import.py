"""``scorehouse import`` from files: what was exported comes in as it was, once, and what does not is told."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.test_keys import scorehouse
from tests.server_process import Server, StartServer

SPAN = {"kind": "span", "id": "s-1", "trace": "t-1", "must_exist": False}
SESSION = {"kind": "session", "id": "chat"}

SCORES: list[dict[str, Any]] = [
    {"name": "tone", "value": 0.25, "target": SESSION, "comment": 'say "so",\r\nü', "metadata": {"k": [1, None]}},
    {"name": "tone", "value": -1e-7, "target": SPAN, "source": {"origin": "human", "author": "ann", "run": "r"}},
    {"name": "thumbs", "value": True, "target": {"kind": "run", "id": "run-1"}, "environment": "production"},
    {"name": "mood", "value": "calm", "target": SESSION, "comment": "", "timestamp": "2025-01-01T00:00:00.000001Z"},
    {"name": "moods", "value": ["a", 'b"c'], "target": SESSION, "queue": "q", "cost_usd": 0.5, "passed": False},
    {"name": "facts", "value": {"json": {"a": [1.5, "x"]}, "number": 2, "text": ""}, "target": SESSION},
    {"name": "lost", "value": None, "target": SESSION, "outcome": {"status": "failed", "reason": "timeout"}},
    {"name": "soon", "value": None, "target": SESSION, "outcome": {"status": "pending"}},
]
"""Scores of every kind, target and outcome, with what is hard to write."""


def fill(server: Server) -> None:
    """Record the scores, once."""
    numbered = [{**score, "id": f"score-{number}", "if_exists": "update"} for number, score in enumerate(SCORES)]
    made = httpx.post(f"{server.url}/v1/scores/batch", json={"scores": numbered}, headers=server.headers())
    assert made.status_code == 200, made.text


def exported(data: Path, out: Path, *more: str) -> Path:
    """Export scores into a file."""
    ended = scorehouse(data, "export", "--out", str(out), "--format", out.suffix[1:], *more)
    assert ended.returncode == 0, ended.stderr
    return out


def rows(path: Path) -> list[dict[str, Any]]:
    """Read exported rows without the times at which they were recorded, which are of each store."""
    read = [json.loads(line) for line in path.read_text().splitlines()]
    return [{name: cell for name, cell in row.items() if name not in {"created_at", "updated_at"}} for row in read]


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_what_was_exported_comes_in_as_it_was(server: Server, tmp_path: Path, format: str) -> None:
    """Out of one store in any format, into another, and out again: the same rows; both sides add up."""
    fill(server)
    file = exported(server.data, tmp_path / f"all.{format}")
    other = tmp_path / "other"
    ended = scorehouse(other, "import", str(file), "--refused", str(tmp_path / "refused"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"{len(SCORES)} rows, 0 deleted, 0 refused" in ended.stdout
    assert not (tmp_path / "refused").exists()
    before = rows(exported(server.data, tmp_path / "before.jsonl"))
    assert rows(exported(other, tmp_path / "after.jsonl")) == before


def test_a_score_that_has_to_be_the_only_one_stays_so(
    server: Server, start_server: StartServer, tmp_path: Path
) -> None:
    """Scored again where it moved to, by the same person through Respan, a log has one score, changed, and not two."""
    moved, file = tmp_path / "moved", tmp_path / "scores.jsonl"
    first = score_log(server, owner_of(server), 1.0)
    exported(server.data, file, "--where", "author=ann@example.com")
    assert scorehouse(moved, "import", str(file)).returncode == 0
    other = start_server(data=moved)
    ann = owner_of(other)
    assert score_log(other, ann, 2.0)["id"] == first["id"]
    listed = httpx.get(f"{other.url}/api/logs/moved-log/scores/", headers=ann).json()["results"]
    assert [(score["id"], score["numerical_value"]) for score in listed] == [(first["id"], 2.0)]


def owner_of(server: Server) -> dict[str, str]:
    """Make Ann a key, and return the headers that carry it."""
    made = scorehouse(server.data, "keys", "create", "--owner", "ann@example.com", "--json")
    headers: dict[str, str] = json.loads(made.stdout)["dialects"]["respan"]["headers"]
    return headers


def score_log(server: Server, headers: dict[str, str], number: float) -> dict[str, Any]:
    """Score a log through Respan, made if it is new."""
    log = httpx.post(f"{server.url}/api/request-logs/", json={"unique_id": "moved-log"}, headers=headers)
    assert log.status_code == 201, log.text
    body = {"evaluator_slug": "moved-quality", "numerical_value": number}
    answer = httpx.post(f"{server.url}/api/logs/moved-log/scores/", json=body, headers=headers)
    assert answer.status_code in {200, 201}, answer.text
    score: dict[str, Any] = answer.json()
    return score


def test_twice_is_once(server: Server, tmp_path: Path) -> None:
    """Importing again changes nothing: no row, and nothing in the feed."""
    fill(server)
    file = exported(server.data, tmp_path / "all.jsonl")
    other = tmp_path / "other"
    histories = []
    for _ in range(2):
        assert scorehouse(other, "import", str(file)).returncode == 0
        histories.append(scorehouse(other, "export", "history").stdout)
    assert histories[0] == histories[1]


def test_changes_are_taken_in_after_what_they_change(server: Server, tmp_path: Path) -> None:
    """A first export and then what changed since: the other store has what changed, and no longer what was deleted."""
    fill(server)
    other, state, out = tmp_path / "other", tmp_path / "state", tmp_path / "out.jsonl"
    for _ in range(2):
        exported(server.data, out, "--state", str(state))
        assert scorehouse(other, "import", str(out)).returncode == 0
        httpx.patch(f"{server.url}/v1/scores/score-0", json={"comment": "new"}, headers=server.headers())
        httpx.delete(f"{server.url}/v1/scores/score-1", headers=server.headers())
    exported(server.data, out, "--state", str(state))
    assert scorehouse(other, "import", str(out)).returncode == 0
    assert rows(exported(other, tmp_path / "there.jsonl")) == rows(exported(server.data, tmp_path / "here.jsonl"))


def test_what_cannot_come_in_is_told_with_its_reasons(tmp_path: Path) -> None:
    """Every bad row is in the file of refusals with a reason, the good ones are stored, and the exit code is 1."""
    good = {"id": "good", "name": "tone", "target_kind": "session", "target": "s", "kind": "numeric", "number": 0.5}
    bad = [
        "nonsense",
        "[1]",
        json.dumps({**good, "id": "a", "number": "high"}),
        json.dumps({**good, "id": "b", "colour": "red"}),
        json.dumps({**good, "id": "c", "kind": "categorical"}),
        json.dumps({**good, "id": "d", "timestamp": "soon"}),
        json.dumps({**good, "id": "e", "config": "nobody-made-it"}),
        json.dumps({**good, "id": "f", "number": 10**400}),
        json.dumps({**good, "id": "g", "comment": "\0"}),
    ]
    file, refused = tmp_path / "in.jsonl", tmp_path / "refused.jsonl"
    file.write_text("\n".join([json.dumps(good), *bad, ""]))
    ended = scorehouse(tmp_path / "data", "import", str(file), "--refused", str(refused))
    assert ended.returncode == 1
    assert f"{len(bad) + 1} rows, 0 deleted, {len(bad)} refused" in ended.stdout
    told = [json.loads(line) for line in refused.read_text().splitlines()]
    assert len(told) == len(bad)
    assert all(line["reasons"] and all(line["reasons"]) for line in told)
    words = {line["row"]["id"]: line["reasons"][0].partition(":")[0] for line in told if isinstance(line["row"], dict)}
    assert words == {
        "a": "number",
        "b": "colour",
        "c": "value",
        "d": "timestamp",
        "e": "config",
        "f": words["f"],
        "g": "comment",
    }
    stored = scorehouse(tmp_path / "data", "export").stdout
    assert [json.loads(line)["id"] for line in stored.splitlines()] == ["good"]


def test_a_score_that_stands_otherwise_is_told(tmp_path: Path) -> None:
    """Target and time of a score that is here already cannot be changed, and that is not passed over."""
    row = {"id": "a", "name": "tone", "target_kind": "session", "target": "s", "kind": "numeric", "number": 0.5}
    file, refused = tmp_path / "in.jsonl", tmp_path / "refused.jsonl"
    for given, code in ((row, 0), ({**row, "target": "other"}, 1), ({**row, "timestamp": "2020-01-01"}, 1)):
        file.write_text(json.dumps(given) + "\n")
        ended = scorehouse(tmp_path / "data", "import", str(file), "--refused", str(refused))
        assert ended.returncode == code, ended.stdout
    assert len(refused.read_text().splitlines()) == 2


def test_a_row_without_an_id_is_the_same_score_again(tmp_path: Path) -> None:
    """Files of other makers have no ids; twice is once all the same, and different rows are different scores."""
    file = tmp_path / "in.csv"
    file.write_text(
        'name,target_kind,target,kind,number\n"tone","trace","t-1","numeric",0.5\ntone,trace,t-2,numeric,1\n'
    )
    for _ in range(2):
        ended = scorehouse(tmp_path / "data", "import", str(file))
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    stored = [json.loads(line) for line in scorehouse(tmp_path / "data", "export").stdout.splitlines()]
    assert [(row["target"], row["number"]) for row in stored] == [("t-1", 0.5), ("t-2", 1.0)]


OTHERS = {
    "number": (0.5, ("numeric", 0.5)),
    "boolean": (True, ("boolean", 1.0)),
    "labels": (["calm"], ("categorical", None)),
    "text": ("well said", ("text", None)),
    "json": ({"a": 1}, ("json", None)),
}
"""Column of a value → what a file of another maker says in it, and the kind and number that come of it."""


def test_a_value_without_a_kind_is_of_the_kind_that_it_looks_like(tmp_path: Path) -> None:
    """Name, target and a value are enough of a score, as it is for `POST /v1/scores`; several labels are several."""
    row = {"name": "tone", "target_kind": "session", "target": "s"}
    given = [{**row, "id": column, column: said} for column, (said, _) in OTHERS.items()]
    given += [{**row, "id": "many", "labels": ["a", "b"]}, {**row, "id": "none"}]
    file, refused = tmp_path / "in.jsonl", tmp_path / "refused.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in given))
    ended = scorehouse(tmp_path / "data", "import", str(file), "--refused", str(refused))
    assert "7 rows, 0 deleted, 1 refused" in ended.stdout, ended.stderr
    stored = [json.loads(line) for line in scorehouse(tmp_path / "data", "export").stdout.splitlines()]
    expected = {column: stands for column, (_, stands) in OTHERS.items()} | {"many": ("multi", None)}
    assert {row["id"]: (row["kind"], row["number"]) for row in stored} == expected
    assert json.loads(refused.read_text())["reasons"] == ["value: a completed score needs a value"]


def test_an_interrupted_import_goes_on(tmp_path: Path) -> None:
    """With a state file an import begins behind what was taken in; another file is read from its start."""
    file, state = tmp_path / "in.jsonl", tmp_path / "state"
    row = {"name": "tone", "target_kind": "session", "kind": "numeric"}
    lines = [json.dumps({**row, "id": f"id-{n}", "target": f"s-{n % 7}", "number": n}) for n in range(2500)]
    file.write_text("\n".join(lines) + "\n")
    command = ("import", str(file), "--state", str(state))
    state.write_text(json.dumps({"size": file.stat().st_size, "rows": 2000}))
    assert "500 rows" in scorehouse(tmp_path / "data", *command).stdout
    assert json.loads(state.read_text())["rows"] == 2500
    assert "0 rows" in scorehouse(tmp_path / "data", *command).stdout
    file.write_text("\n".join(lines[:1200]) + "\n")
    assert "1200 rows" in scorehouse(tmp_path / "data", *command).stdout


def test_what_was_taken_in_before_an_interruption_counts(tmp_path: Path) -> None:
    """The state holds both sides as they were, so that the end adds up over all; once done, it begins anew."""
    file, state = tmp_path / "in.jsonl", tmp_path / "state"
    row = {"name": "tone", "target_kind": "session", "target": "s", "kind": "numeric"}
    file.write_text("".join(json.dumps({**row, "id": f"id-{n}", "number": n}) + "\n" for n in range(3)))
    sides = {"scores": {"offered": {"tone": {"count": 2, "sum": 1.0}}, "stored": {"tone": {"count": 1, "sum": 1.0}}}}
    place = {"size": file.stat().st_size, "rows": 2}
    state.write_text(json.dumps({**place, "sides": {**sides, "rows": 2, "refused": 1}}))
    command = ("import", str(file), "--state", str(state), "--refused", str(tmp_path / "refused"))
    ended = scorehouse(tmp_path / "data", *command)
    assert ended.returncode == 1
    assert "3 rows, 0 deleted, 1 refused" in ended.stdout
    assert ended.stdout.splitlines()[1].split() == ["tone", "3", "3", "2", "3", "differs"]
    assert json.loads(state.read_text()) == {**place, "rows": 3}
    assert "0 rows, 0 deleted, 0 refused" in scorehouse(tmp_path / "data", *command).stdout


def test_what_the_file_holds_is_said(server: Server, tmp_path: Path) -> None:
    """`--what` takes in what `export` of the same word wrote; history is refused with the way to take it along."""
    out = tmp_path / "out.csv"
    written = scorehouse(server.data, "export", "evaluators", "--out", str(out), "--format", "csv")
    assert written.returncode == 0
    ended = scorehouse(tmp_path / "data", "import", str(out), "--what", "evaluators")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[1].split() == ["all", "evaluators", "1", "0", "1", "0"]
    ended = scorehouse(tmp_path / "data", "import", str(out), "--what", "history")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "migrate copy" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say what to import"),
        (("none.jsonl",), "cannot be read"),
        (("scores.xlsx",), "--format"),
        (("x.jsonl", "--from", "langfuse"), "not both"),
        (("--from", "nobody"), "--from must be one of"),
        (("in.jsonl", "--state", "scores.xlsx"), "not the state"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 1 and one line that names it."""
    (tmp_path / "scores.xlsx").touch()
    paths = [str(tmp_path / word) if "." in word else word for word in arguments]
    ended = scorehouse(tmp_path / "data", "import", *paths)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    """Whatever its name says."""
    (tmp_path / "x.parquet").write_text("hello")
    ended = scorehouse(tmp_path / "data", "import", str(tmp_path / "x.parquet"))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "Parquet" in ended.stderr
