"""What is committed works on any machine: no package host, no index, no path of a person's machine."""

import re

import pytest

from tests.house.source import REPOSITORY, repository_files

FOREIGN = (
    re.compile(r"\bpypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|registry\.(?:yarnpkg|npm)"),
    re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host"),
    re.compile(r"(?<![\w.$}/~-])/(?:work|root|home|Users|opt|mnt)/[\w.]"),
)
"""Hosts of package registries, options that name one, and absolute paths below somebody's folder."""

NAMES_THEM = "tests/house/test_repository.py"
"""This file, which cannot forbid them without naming them."""

OPTIONS_OFF = re.compile(r"--no-emit-[a-z-]+")
"""`make lock` names the options to say that they must not be written."""


def foreign(path: str, text: str) -> list[str]:
    """Find what ties a file to one machine or one registry."""
    findings = []
    for number, line in enumerate(text.splitlines(), 1):
        kept = OPTIONS_OFF.sub("", line)
        findings += [f"{path}:{number}: {hit[0]}" for rule in FOREIGN if (hit := rule.search(kept))]
    return findings


def text_of(path: str) -> str:
    """Read a file of the repository; empty if it is not text."""
    try:
        return (REPOSITORY / path).read_text("utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://mirror.example/simple",
        "--find-links wheels",
        "https://files.pythonhosted.org/packages/a.whl",
        "see https://pypi.org/project/a",
        "#    pip-compile --output-file=/work/main/locks/test.txt",
        "python = '/root/.pyenv/bin/python'",
        "cd /home/somebody",
    ],
)
def test_the_rule_sees_what_ties_to_a_machine(line: str) -> None:
    """Registry hosts, index options and paths of machines are found."""
    assert foreign("a.txt", line) != []


@pytest.mark.parametrize(
    "line",
    [
        "https://example.com/home/page",
        "src/work/main.py",
        "$HOME/work/data",
        "--no-emit-index-url",
        "/v1/scores",
    ],
)
def test_the_rule_leaves_addresses_and_relative_paths_alone(line: str) -> None:
    """Paths of an address, relative paths and the switches against index options pass."""
    assert foreign("a.txt", line) == []


def test_nothing_committed_names_a_registry_or_a_machine() -> None:
    """No file that git has or would take is tied to a registry or to a machine."""
    paths = [path for path in repository_files() if path != NAMES_THEM]
    assert [finding for path in paths for finding in foreign(path, text_of(path))] == []


def test_every_lock_is_hashed() -> None:
    """Every line of a lock names one version, followed by at least one hash."""
    locks = [path for path in repository_files() if re.fullmatch(r"locks/.*\.txt|tests/sdk/.*\.txt", path)]
    assert len(locks) >= 4
    for path in locks:
        pinned = re.findall(r"^(?!#)(\S.*)\n(.*)", text_of(path), re.MULTILINE)
        assert pinned, path
        for package, hashed in pinned:
            assert re.fullmatch(r"[\w.\[\],-]+==[\w.+!]+( ; .*)? \\", package), f"{path}: {package}"
            assert "--hash=sha256:" in hashed, f"{path}: {package}"
