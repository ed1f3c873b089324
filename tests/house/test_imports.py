"""Imports point one way: no circles, no stranger in the domain, and contracts that really break."""

import os
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house.source import REPOSITORY, Source, package

Tree = dict[str, str]
"""Source text by path, the synthetic package of a test."""


def circle(sources: list[Source]) -> list[str]:
    """Find one circle of imports between modules, as the way around it; empty if there is none.

    Imports inside functions and for type checking count: they hide a circle, they do not open it.
    """
    modules = {source.module for source in sources}
    graph = {source.module: _imports(source, modules) - {source.module} for source in sources}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def strangers(source: Source) -> list[str]:
    """Find imports of a domain module that are neither of the domain nor of the standard library.

    What all its types are made by is named in one place (decision 0016).
    """
    if not source.module.startswith("scorehouse.domain"):
        return []
    known = {*sys.stdlib_module_names, "scorehouse"}
    if source.module == "scorehouse.domain.frozen":
        known.add("msgspec")
    roots = {(name.partition(".")[0], line) for name, line in source.imports()}
    return [f"{source.at(line)}: {root}" for root, line in sorted(roots) if root not in known]


def _imports(source: Source, modules: set[str]) -> set[str]:
    """Resolve each imported name to the module that it is, or that holds it."""
    names = {name for name, _ in source.imports()}
    return {name if name in modules else name.rpartition(".")[0] for name in names} & modules


def sources_of(tree: Tree) -> list[Source]:
    """Make sources of a synthetic package."""
    return [Source(path, text) for path, text in tree.items()]


def test_the_rule_sees_a_circle() -> None:
    """Two modules around, three around, and a child that imports its package are circles."""
    two = {"scorehouse/a.py": "from scorehouse.b import x", "scorehouse/b.py": "import scorehouse.a"}
    assert circle(sources_of(two)) != []
    three = two | {
        "scorehouse/b.py": "from scorehouse import c",
        "scorehouse/c.py": "def f():\n    import scorehouse.a",
    }
    assert set(circle(sources_of(three))) == {"scorehouse.a", "scorehouse.b", "scorehouse.c"}
    child = {
        "scorehouse/__init__.py": "from scorehouse.a import x",
        "scorehouse/a.py": "from scorehouse import x",
    }
    assert circle(sources_of(child)) != []
    assert circle(sources_of({"scorehouse/a.py": "import scorehouse.b", "scorehouse/b.py": ""})) == []


def test_the_rule_sees_a_stranger_in_the_domain() -> None:
    """A package import in the domain is found; the standard library and other rooms are let off."""
    assert strangers(Source("scorehouse/domain/scores.py", "import json\nfrom msgspec.json import decode")) == [
        "scorehouse/domain/scores.py:2: msgspec"
    ]
    assert strangers(Source("scorehouse/wire/json.py", "import msgspec")) == []


BROKEN = {
    "rooms": {
        "scorehouse/domain/__init__.py": "import scorehouse.storage",
        "scorehouse/storage/__init__.py": "",
    },
    "rooms, side by side": {
        "scorehouse/dialects/__init__.py": "import scorehouse.engines",
        "scorehouse/engines/__init__.py": "",
    },
    "rooms, exhaustive": {"scorehouse/attic/__init__.py": ""},
    "dialects": {
        "scorehouse/dialects/one/__init__.py": "import scorehouse.dialects.two.reads",
        "scorehouse/dialects/two/reads.py": "",
    },
    "engines": {
        "scorehouse/engines/one/__init__.py": "import scorehouse.engines.two",
        "scorehouse/engines/two/__init__.py": "",
    },
    "shapes": {
        "scorehouse/server/__init__.py": "import scorehouse.dialects.one.shapes",
        "scorehouse/dialects/one/shapes.py": "",
    },
    "database": {"scorehouse/services/__init__.py": "from sqlalchemy import select"},
    "web": {"scorehouse/dialects/one/routes.py": "from starlette.routing import Route"},
    "domain": {"scorehouse/domain/scores.py": "import msgspec"},
}
"""For each contract of pyproject.toml a package that breaks it."""

KEPT = {
    "scorehouse/cli/__init__.py": "import uvicorn\nimport scorehouse.server",
    "scorehouse/server/app.py": "from starlette.applications import Starlette\nimport scorehouse.dialects",
    "scorehouse/dialects/__init__.py": "import scorehouse.dialects.one",
    "scorehouse/dialects/one/__init__.py": "from scorehouse.dialects.one.reads import read",
    "scorehouse/dialects/one/reads.py": "from scorehouse.dialects.one.shapes import Shape",
    "scorehouse/dialects/one/shapes.py": "import msgspec",
    "scorehouse/engines/sql/__init__.py": "import scorehouse.storage\nimport scorehouse.engines.sql.rows",
    "scorehouse/engines/sql/rows.py": "import sqlalchemy\nfrom alembic import command",
    "scorehouse/storage/__init__.py": "import scorehouse.domain",
    "scorehouse/domain/frozen.py": "import msgspec",
}
"""A package that keeps every contract and uses every permission in them."""


def lint(tree: Tree, folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Check a synthetic package against the contracts of pyproject.toml."""
    for path, text in ({"scorehouse/__init__.py": "", "scorehouse/domain/__init__.py": ""} | tree).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        for parent in list(file.relative_to(folder).parents)[:-1]:
            (folder / parent / "__init__.py").touch()
        file.write_text(text)
    chosen = [argument for contract in contracts for argument in ("--contract", contract)]
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo", *chosen]
    command += ["--config", str(REPOSITORY / "pyproject.toml")]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("case", BROKEN)
def test_each_contract_can_break(case: str, tmp_path: Path) -> None:
    """Import-linter refuses, under each contract alone, a package that violates it."""
    result = lint(BROKEN[case], tmp_path, case.partition(",")[0])
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout, result.stdout + result.stderr


def test_what_the_contracts_permit_passes(tmp_path: Path) -> None:
    """A package that uses every permission in the contracts is accepted by all of them."""
    result = lint(KEPT, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_there_is_no_circle_of_imports() -> None:
    """No module of the package imports itself by any way around."""
    assert circle(package()) == []


def test_the_domain_has_no_strangers() -> None:
    """No module of the domain imports a package from outside, but for the one that says how its types are made."""
    assert [finding for source in package() for finding in strangers(source)] == []
