"""The environments of the vendors' SDKs are built from their locks, once."""

import subprocess
from pathlib import Path

import pytest

from tests.sdk.environments import EnvironmentNotBuilt, built, python_of


def test_an_environment_is_built_once_for_a_lock(tmp_path: Path) -> None:
    """An unchanged lock leaves the environment alone; a changed one builds it anew."""
    lock = tmp_path / "requirements.txt"
    lock.write_text("# nothing to install\n")
    python = built(tmp_path / "environment", lock)
    mark = python.parent / "mark"
    mark.touch()

    built(tmp_path / "environment", lock)
    assert mark.exists()

    lock.write_text("# still nothing\n")
    built(tmp_path / "environment", lock)
    assert not mark.exists()


def test_a_package_without_a_hash_is_refused(tmp_path: Path) -> None:
    """A lock line that names no hash installs nothing and leaves no stamp behind."""
    lock = tmp_path / "requirements.txt"
    lock.write_text("twosignal==0.1.0\n")
    with pytest.raises(EnvironmentNotBuilt, match="hash"):
        built(tmp_path / "environment", lock)
    assert not (tmp_path / "environment" / "stamp").exists()


def test_an_unknown_sdk_is_refused() -> None:
    """A name without a lock says so instead of building an empty environment."""
    with pytest.raises(EnvironmentNotBuilt, match="no lock"):
        python_of("nobody")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["twosignal", "tracia"])
def test_a_published_sdk_can_be_imported(name: str) -> None:
    """Each lock holds all that its SDK needs to be imported."""
    subprocess.run([python_of(name), "-c", f"import {name}"], check=True, timeout=60)
