"""How the house rules read the source: files, syntax trees, functions, and dotted names.

A rule is a function from source to findings, each a line "where: what". It is applied twice: to a small
wrong example, to prove that it can fail, and to the repository.
"""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "src" / "scorehouse"
DIALECTS = PACKAGE / "dialects"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file: where it stands, relative to its tree's root, and what it says."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @property
    def module(self) -> str:
        """The dotted name, for a path relative to an import root."""
        parts = self.path.removesuffix(".py").split("/")
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def at(self, node: ast.stmt | ast.expr | int) -> str:
        """Say where something stands, as `path:line`."""
        return f"{self.path}:{node if isinstance(node, int) else node.lineno}"

    def functions(self) -> Iterator[Function]:
        """Yield every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imports(self) -> Iterator[tuple[str, int]]:
        """Yield what each import names, `a.b` for `import a.b` and `from a import b`, with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)

    def names(self) -> Iterator[tuple[str, int]]:
        """Yield every dotted name that is used or imported, import aliases resolved, with its line."""
        aliases = _aliases(self.tree)
        yield from self.imports()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute | ast.Name) and (name := _dotted(node)):
                head, dot, rest = name.partition(".")
                if head in aliases:
                    yield aliases[head] + dot + rest, node.lineno


def package() -> list[Source]:
    """Read the modules of scorehouse; paths begin with `scorehouse/`."""
    return _sources(PACKAGE, PACKAGE.parent)


def trees() -> dict[str, list[Source]]:
    """Read all Python of the repository by tree: src, tests, benchmarks, siege; paths begin with the tree."""
    return {name: _sources(REPOSITORY / name, REPOSITORY) for name in ("src", "tests", "benchmarks", "siege")}


def everything() -> list[Source]:
    """Read all Python of the repository."""
    return [source for sources in trees().values() for source in sources]


def is_spoken() -> bool:
    """Tell whether there is any dialect yet; what serves and documents dialects is due from then on."""
    return any(DIALECTS.rglob("*.py"))


def repository_files() -> list[str]:
    """List the files that git has or would take, by path from the root of the repository."""
    command = ["git", "-c", f"safe.directory={REPOSITORY}", "ls-files", "-z"]
    command += ["--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    return sorted(path for path in listed.split("\0") if path and (REPOSITORY / path).is_file())


def _sources(folder: Path, root: Path) -> list[Source]:
    paths = sorted(folder.rglob("*.py"))
    return [Source(path.relative_to(root).as_posix(), path.read_text("utf-8")) for path in paths]


def _aliases(tree: ast.Module) -> dict[str, str]:
    aliases = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                head = alias.name.partition(".")[0]
                aliases[alias.asname or head] = alias.name if alias.asname else head
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return aliases


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := _dotted(node.value)):
        return f"{head}.{node.attr}"
    return None
