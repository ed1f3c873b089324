"""An exception to a rule carries its reason, where the exception stands."""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.house.source import REPOSITORY, Source, everything

WORDS_MIN = 3
"""A reason of fewer words is a label."""

MARKERS = (
    re.compile(r"#\s*(?:ruff:\s*)?noqa\b(?::?\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)?(?P<reason>.*)"),
    re.compile(r"#\s*type:\s*ignore\b(?:\[[^]]*\])?(?P<reason>.*)"),
    re.compile(r"#\s*(?:pragma:\s*no\s*(?:cover|branch)|fmt:\s*(?:off|skip)|isort:\s*skip)(?P<reason>.*)"),
)
"""The comments that switch a check off; what follows the codes is the reason."""

SKIPS = {"pytest.skip", "pytest.xfail", "pytest.importorskip"}
SKIPS |= {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}


def silenced_without_reason(source: Source) -> list[str]:
    """Find comments that silence a check and do not say why; strings that look like them do not count."""
    findings = []
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        for marker in MARKERS:
            silenced = marker.search(token.string)
            if silenced and not _is_reason(silenced["reason"]):
                findings.append(f"{source.at(token.start[0])}: {token.string}")
    return findings


def skipped_without_reason(source: Source) -> list[str]:
    """Find tests that are skipped or expected to fail and do not say why."""
    reasons = {id(call.func): _reason_of(call) for call in ast.walk(source.tree) if isinstance(call, ast.Call)}
    return [
        f"{source.at(node)}: {ast.unparse(node)}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in SKIPS
        if not _is_reason(reasons.get(id(node), ""))
    ]


def configured_without_reason(text: str) -> list[str]:
    """Find what pyproject.toml lets through (lint, warnings, imports, types) without saying why."""
    excepted = set(_exceptions(tomllib.loads(text)["tool"]))
    findings, before = [], ""
    for number, line in enumerate(text.splitlines(), 1):
        entry = re.match(r"\s*(?:\"(?P<name>[^\"]+)\",?|\[\[tool\.mypy\.overrides\]\])\s*(?:#(?P<reason>.*))?$", line)
        if entry and (entry["name"] in excepted or entry["name"] is None):
            reason = entry["reason"] or (before if before.startswith("#") else "")
            findings += [] if _is_reason(reason) else [f"pyproject.toml:{number}: {line.strip()}"]
        before = line
    return findings


def _exceptions(tool: dict[str, Any]) -> Iterator[str]:
    lint = tool.get("ruff", {}).get("lint", {})
    yield from lint.get("ignore", [])
    for ignores in lint.get("per-file-ignores", {}).values():
        yield from ignores
    for contract in tool.get("importlinter", {}).get("contracts", []):
        yield from contract.get("ignore_imports", [])
    warnings = tool.get("pytest", {}).get("ini_options", {}).get("filterwarnings", [])
    yield from (warning for warning in warnings if warning != "error")


def _reason_of(call: ast.Call) -> str:
    """Read the reason of a skip: the keyword, or the first text among the arguments."""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "reason"] + call.args
    texts = (_text(node) for node in given)
    return next((text for text in texts if text), "")


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ast.unparse(node) if isinstance(node, ast.JoinedStr) else ""


def _is_reason(text: str) -> bool:
    return len(re.findall(r"[A-Za-z]{2,}|\d+", text)) >= WORDS_MIN


@pytest.mark.parametrize(
    "line",
    [
        "import os  # noqa",
        "import os  # noqa: F401",
        "import os  # noqa: F401, E501 - because",
        "# ruff: noqa: F401",
        "call()  # type: ignore[arg-type]",
        "call()  # type: ignore[arg-type]  # stubs",
        "call()  # pragma: no cover",
        "table = {}  # fmt: skip",
    ],
)
def test_the_rule_sees_a_silenced_check_without_a_reason(line: str) -> None:
    """A comment that switches a check off needs three words more than its codes; in a string it is text."""
    assert silenced_without_reason(Source("a.py", line)) != []
    assert silenced_without_reason(Source("a.py", f"{line} - read by the plugin at start")) == []
    assert silenced_without_reason(Source("a.py", repr(line))) == []


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.mark.skip\ndef test_a(): ...",
        "@pytest.mark.skipif(slow, reason='slow')\ndef test_a(): ...",
        "@pytest.mark.xfail(strict=True)\ndef test_a(): ...",
        "def test_a():\n    pytest.skip()",
        "library = pytest.importorskip('library')",
    ],
)
def test_the_rule_sees_a_skip_without_a_reason(text: str) -> None:
    """A bare mark, a one-word reason and an argument that is no reason are found."""
    assert skipped_without_reason(Source("a.py", text)) != []


def test_the_rule_accepts_a_skip_with_a_reason() -> None:
    """A reason as keyword or as the first argument is enough."""
    keyword = "@pytest.mark.skipif(not LINUX, reason='the kernel must have flock')\ndef test_a(): ..."
    argument = "def test_a():\n    pytest.skip('the kernel has no flock')"
    assert skipped_without_reason(Source("a.py", keyword)) == []
    assert skipped_without_reason(Source("a.py", argument)) == []


def test_the_rule_sees_a_setting_without_a_reason() -> None:
    """An ignored lint rule, a warning let through, an import let through and a type override need a why."""
    config = """
[tool.ruff.lint]
ignore = [
    "D1",  # short
    "E1",  # the formatter decides this
]
[tool.pytest.ini_options]
filterwarnings = [
    "error",
    "ignore::UserWarning",
]
[[tool.importlinter.contracts]]
ignore_imports = [
    "a -> b",
]
[[tool.mypy.overrides]]
module = "untyped"
# The library ships no types.
[[tool.mypy.overrides]]
module = "untyped_too"
"""
    found = [finding.split(":")[1] for finding in configured_without_reason(config)]
    assert found == ["4", "10", "14", "16"]


def test_every_silenced_check_says_why() -> None:
    """Every noqa, type ignore, coverage and format exception in the repository has its reason on the line."""
    assert [finding for source in everything() for finding in silenced_without_reason(source)] == []


def test_every_skip_says_why() -> None:
    """Every test that is skipped or expected to fail has a reason."""
    assert [finding for source in everything() for finding in skipped_without_reason(source)] == []


def test_every_configured_exception_says_why() -> None:
    """Every exception in pyproject.toml has its reason beside it."""
    assert configured_without_reason((REPOSITORY / "pyproject.toml").read_text("utf-8")) == []
