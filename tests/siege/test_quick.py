"""Sieges at a small scale: power cuts, broken disks and a jumping clock; kills and outages stand in tests/faults."""

from importlib import import_module
from pathlib import Path
from shutil import which

import pytest

SCALE = 0.02


@pytest.mark.slow
@pytest.mark.skipif(which("cc") is None, reason="a library has to be compiled that stands between server and disk")
@pytest.mark.parametrize("name", ["powercut", "disks", "clocks"])
def test_a_small_siege_is_withstood(name: str, tmp_path: Path) -> None:
    """Every claim of the siege holds, for seconds instead of minutes."""
    assert import_module(f"siege.{name}").run(tmp_path, SCALE).broken == []
