"""A module's name is the thing it holds, in whole words."""

import re

import pytest

from tests.house.source import Source, package

VAGUE = {
    "base",
    "common",
    "core",
    "helper",
    "helpers",
    "lib",
    "misc",
    "shared",
    "stuff",
    "tools",
    "util",
    "utils",
}
"""Names that hold anything."""

CLIPPED = {"cfg", "conf", "ctx", "db", "err", "exc", "fmt", "impl", "mgr", "msg", "param", "params"}
CLIPPED |= {"proc", "req", "resp", "svc", "tmp", "val", "vals"}
"""Words cut short."""

WORDS = re.compile(r"_?[a-z]+(_[a-z]+)*|__init__|__main__")
REVISIONS = re.compile(r"/migrations/(versions/)?\d{4}_[a-z0-9_]+\.py$")
"""Alembic's revisions are numbered; their order is their name."""


def badly_named(source: Source) -> list[str]:
    """Find a file or folder whose name is vague, clipped, or not words joined by underscores."""
    if REVISIONS.search(source.path):
        return []
    parts = source.path.removesuffix(".py").split("/")
    return [
        f"{source.path}: {part}"
        for part in parts
        if not WORDS.fullmatch(part) or {*part.split("_")} & (VAGUE | CLIPPED)
    ]


@pytest.mark.parametrize("name", ["utils", "http_helpers", "base", "db", "Scores", "scores2", "req_parser"])
def test_the_rule_sees_bad_names(name: str) -> None:
    """Vague, clipped, capitalised and numbered names are found, for files and for folders."""
    assert badly_named(Source(f"scorehouse/{name}.py", ""))
    assert badly_named(Source(f"scorehouse/{name}/scores.py", ""))


@pytest.mark.parametrize("path", ["scores.py", "__init__.py", "_rows.py", "sql/migrations/versions/0001_first.py"])
def test_the_rule_accepts_whole_words(path: str) -> None:
    """Words, dunder modules and numbered revisions pass."""
    assert not badly_named(Source(f"scorehouse/{path}", ""))


def test_every_module_is_named_by_whole_words() -> None:
    """No module or folder of the package is called utils, or cut short."""
    assert [finding for source in package() for finding in badly_named(source)] == []
