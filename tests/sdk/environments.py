"""One environment a vendor's SDK, of Python or Node, built when a test first asks for it.

SDKs disagree with each other and with the server about versions, so each lives in `.venvs/<name>`, made
from `tests/sdk/<name>/requirements.txt`. A stamp holds the digest of the lock that the environment was
made from; while both agree nothing is done, so plain `pytest` needs no set-up step of its own.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
INSTALL_SECONDS_MAX = 600


class EnvironmentNotBuilt(Exception):
    """An SDK's packages could not be installed; carries what pip said."""


def python_of(name: str) -> Path:
    """Return the Python that has the SDK `name` installed, building its environment if its lock changed.

    Safe to call from several processes at once: one builds, the others wait for it.

    Raises:
        EnvironmentNotBuilt: the lock is missing or pip refused it.
    """
    lock = REPOSITORY / "tests" / "sdk" / name / "requirements.txt"
    if not lock.exists():
        raise EnvironmentNotBuilt(f"no lock for the SDK {name!r} at {lock.relative_to(REPOSITORY)}")
    return built(REPOSITORY / ".venvs" / name, lock)


def built(environment: Path, lock: Path) -> Path:
    """Return the Python of `environment` after making sure that it holds exactly what `lock` names."""
    python = environment / "bin" / "python"
    stamp = environment / "stamp"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    with _held(environment.with_suffix(".lock")):
        if not (stamp.exists() and stamp.read_text() == digest):
            _build(environment, python, lock)
            stamp.write_text(digest)
    return python


def _build(environment: Path, python: Path, lock: Path) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    venv.create(environment, symlinks=True, with_pip=False)
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    command += ["--require-hashes", "--no-deps", "--requirement", str(lock)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS_MAX)
    if result.returncode:
        raise EnvironmentNotBuilt(f"pip could not install {lock}:\n{result.stderr}")


def node_folder_of(name: str) -> Path:
    """Return a folder with the npm packages of the SDK `name`, installed anew if its lock changed.

    Node finds packages beside the program that asks for them, so programs are copied into this folder to be run.

    Raises:
        EnvironmentNotBuilt: npm refused the lock.
    """
    source = REPOSITORY / "tests" / "sdk" / name
    folder = REPOSITORY / ".venvs" / name
    stamp = folder / "stamp"
    digest = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
    with _held(folder.with_suffix(".lock")):
        if not (stamp.exists() and stamp.read_text() == digest):
            _install_packages(source, folder)
            stamp.write_text(digest)
        for program in source.glob("*.mjs"):
            shutil.copy(program, folder)
    return folder


def _install_packages(source: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder)
    command = [shutil.which("npm") or "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS_MAX
    )
    if result.returncode:
        raise EnvironmentNotBuilt(f"npm could not install {source}:\n{result.stderr}")


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path` among all processes of this machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
