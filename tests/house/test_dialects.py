"""Every dialect's folder is complete, registered, and documents each of its routes."""

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from tests.house.source import DIALECTS, is_spoken

FILES = (
    "__init__.py",
    "shapes.py",
    "auth.py",
    "reads.py",
    "writes.py",
    "paging.py",
    "errors.py",
    "routes.py",
)
REQUIRED = (*FILES, "README.md", "exchanges")

spoken = pytest.mark.skipif(not is_spoken(), reason="no dialect is spoken before there is a room for them")


def missing(folder: Path) -> list[str]:
    """Find what a dialect's folder lacks: a file, a recorded exchange, or the value DIALECT."""
    findings = [f"{folder.name}/{name}" for name in REQUIRED if not (folder / name).exists()]
    if (folder / "exchanges").is_dir() and not any(path.is_file() for path in (folder / "exchanges").rglob("*")):
        findings.append(f"{folder.name}/exchanges is empty")
    if (folder / "__init__.py").exists() and not exports_dialect((folder / "__init__.py").read_text("utf-8")):
        findings.append(f"{folder.name}/__init__.py: DIALECT")
    return findings


def exports_dialect(text: str) -> bool:
    """Tell whether a module makes or imports the name DIALECT."""
    names = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {ast.unparse(target) for target in node.targets}
        elif isinstance(node, ast.AnnAssign):
            names.add(ast.unparse(node.target))
    return "DIALECT" in names


def undocumented(readme: str, routes: list[tuple[str, str]]) -> list[str]:
    """Find the routes whose method and path no single line of a README names together."""
    return [
        f"{method} {path}"
        for method, path in routes
        if not any(
            re.search(rf"\b{method}\b", line) and re.search(rf"(?<![\w/}}]){re.escape(path)}(?![\w/{{])", line)
            for line in readme.splitlines()
        )
    ]


def folders() -> list[Path]:
    """List the folders of the dialects that this repository holds."""
    return sorted(path for path in DIALECTS.glob("[a-z]*") if path.is_dir())


def dialect_of(folder: Path) -> Any:
    """Import the dialect that a folder exports."""
    return importlib.import_module(f"scorehouse.dialects.{folder.name}").DIALECT


def test_the_rule_sees_an_incomplete_folder(tmp_path: Path) -> None:
    """Each missing file, an empty exchanges folder and a missing DIALECT are found; a whole folder passes."""
    folder = tmp_path / "vendor"
    folder.mkdir()
    assert missing(folder) == [f"vendor/{name}" for name in REQUIRED]

    for name in (*FILES, "README.md"):
        (folder / name).touch()
    (folder / "exchanges").mkdir()
    assert missing(folder) == ["vendor/exchanges is empty", "vendor/__init__.py: DIALECT"]

    (folder / "exchanges" / "score.http").touch()
    (folder / "__init__.py").write_text("from scorehouse.dialects.vendor.routes import DIALECT\n")
    assert missing(folder) == []


@pytest.mark.parametrize("text", ["DIALECT = Dialect()", "DIALECT: Dialect = Dialect()", "from a import X as DIALECT"])
def test_a_dialect_may_be_made_or_imported(text: str) -> None:
    """An assignment, an annotated one and an import all export it."""
    assert exports_dialect(text)
    assert not exports_dialect(text.replace("DIALECT", "OTHER"))


def test_the_rule_sees_an_undocumented_route() -> None:
    """Method and path must stand on one line, and a longer path does not document a shorter one."""
    readme = "| POST | `/v1/scores` |\n| GET | `/v1/scores/{id}` |\n"
    assert undocumented(readme, [("POST", "/v1/scores"), ("GET", "/v1/scores/{id}")]) == []
    assert undocumented(readme, [("GET", "/v1/scores"), ("GET", "/scores/{id}"), ("DELETE", "/v1/scores/{id}")]) == [
        "GET /v1/scores",
        "GET /scores/{id}",
        "DELETE /v1/scores/{id}",
    ]


@spoken
def test_every_dialect_folder_is_complete() -> None:
    """A dialect has the same files as every other, recorded exchanges, and exports DIALECT."""
    assert folders()
    assert [finding for folder in folders() for finding in missing(folder)] == []


@spoken
def test_every_dialect_is_registered() -> None:
    """A folder that no line of the registry names would be served by nobody."""
    registered = importlib.import_module("scorehouse.dialects").registered()
    names = [dialect.name for dialect in registered]
    assert len(set(names)) == len(names)
    assert {dialect_of(folder).name for folder in folders()} <= set(names)


@spoken
def test_every_route_is_documented() -> None:
    """Each route of each dialect stands, with its method, in that dialect's README."""
    findings = []
    for folder in folders():
        routes = [(route.method, route.path) for route in dialect_of(folder).routes]
        assert routes, folder.name
        readme = (folder / "README.md").read_text("utf-8")
        findings += [f"{folder.name}: {route}" for route in undocumented(readme, routes)]
    assert findings == []
