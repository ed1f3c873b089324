"""Pin packages without their dependencies: `python locks/alone.py alone.in` prints lines for a lock file.

`pip-compile` always resolves what a package declares. For a package that declares more than it needs,
this asks pip which file it would install and prints that version with its hash.
"""

import json
import subprocess
import sys


def main(requirements: str) -> None:
    """Print `name==version` and the hash of its file for every package named in the file `requirements`."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps"]
    command += ["--quiet", "--report", "-", "--requirement", requirements]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for chosen in report["install"]:
        name, version = chosen["metadata"]["name"], chosen["metadata"]["version"]
        digest = chosen["download_info"]["archive_info"]["hashes"]["sha256"]
        sys.stdout.write(f"{name}=={version} \\\n    --hash=sha256:{digest}\n    # via -r {requirements}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
