"""What is installed is what is locked, and may be used: the part of the audit of dependencies that needs no network.

Whether a version is known to be vulnerable is asked by ``make audit``, where a service that knows can be reached.
"""

import re
from importlib.metadata import metadata, version
from typing import Any

import pytest

from tests.house.source import REPOSITORY

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\]+)", re.MULTILINE)

ALLOWED = frozenset(
    {
        *("MIT", "BSD-2-Clause", "BSD-3-Clause", "BSD License", "3-Clause BSD License", "Apache-2.0", "PSF-2.0"),
        *("Apache Software License", "MIT License"),
        "LGPL-3.0-only",  # psycopg: imported, neither changed nor linked into ours
    }
)
"""Licences under which what serves may be, as packages write them."""


def locked(name: str) -> dict[str, str]:
    """Return the packages of a lock with their versions."""
    return dict(PINNED.findall((REPOSITORY / "locks" / f"{name}.txt").read_text("utf-8")))


def licences(package: Any) -> set[str]:
    """Return what a package says of its licence, the newest way of saying it first."""
    expression = package.get("License-Expression")
    if expression:
        return set(re.split(r" (?:AND|OR) ", expression))
    classified = [line.rpartition(" :: ")[2] for line in package.get_all("Classifier") or () if "License ::" in line]
    return set(classified or [package.get("License") or "none"])


@pytest.mark.parametrize("name", sorted(locked("runtime")))
def test_what_serves_may_be_used(name: str) -> None:
    """Every package that a server loads is installed as locked, under a licence that is allowed."""
    assert version(name) == locked("runtime")[name]
    assert licences(metadata(name)) <= ALLOWED


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "AGPL-3.0", "none", "Proprietary"])
def test_another_licence_is_found(licence: str) -> None:
    """What is not allowed is not, whichever way it is written."""
    assert not licences({"License-Expression": licence}) <= ALLOWED


def test_the_fuzzer_runs_what_serves() -> None:
    """What is fuzzed stands on the versions that serve."""
    fuzzed = locked("fuzz")
    assert locked("runtime").items() <= fuzzed.items()
    assert "atheris" in fuzzed
