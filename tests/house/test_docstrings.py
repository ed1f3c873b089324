"""Public names say what they are; tests say what they prove."""

import ast
from collections.abc import Iterator

from tests.house.source import Function, Source, everything, package, trees

Named = Function | ast.ClassDef


def public(body: list[ast.stmt]) -> Iterator[Named]:
    """Yield the public classes and functions of a body, and those of public classes in it."""
    for node in body:
        if isinstance(node, Named) and not node.name.startswith("_") and not _is_variant(node):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def without_docstring(source: Source) -> list[str]:
    """Find public classes and functions without a docstring; private and nested ones may go without."""
    nodes = public(source.tree.body)
    return [f"{source.at(node)}: {node.name}" for node in nodes if not ast.get_docstring(node)]


def modules_without_docstring(source: Source) -> list[str]:
    """Find a module that says nothing at its head; an empty file has nothing to say."""
    return [source.path] if source.tree.body and not ast.get_docstring(source.tree) else []


def silent_tests(source: Source) -> list[str]:
    """Find tests that do not say what they prove."""
    tests = (node for node in source.functions() if node.name.startswith("test_"))
    return [f"{source.at(node)}: {node.name}" for node in tests if not ast.get_docstring(node)]


def _is_variant(node: Named) -> bool:
    """Tell an overload or a property's setter: its docstring stands at the first of its name."""
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(names & {"overload", "setter", "deleter"})


BARE = """
class Public:
    def method(self):
        def nested(): ...
    def _private(self): ...
    def __len__(self): ...
    @property
    def size(self):
        \"\"\"The size.\"\"\"
    @size.setter
    def size(self, size): ...
class _Private:
    def method(self): ...
async def test_something(): ...
"""


def test_the_rules_see_what_is_missing() -> None:
    """Public names without a docstring are found; private, dunder, nested and setter ones are let off."""
    source = Source("a.py", BARE)
    assert without_docstring(source) == ["a.py:2: Public", "a.py:3: method", "a.py:14: test_something"]
    assert silent_tests(source) == ["a.py:14: test_something"]
    assert modules_without_docstring(source) == ["a.py"]
    assert modules_without_docstring(Source("a.py", '"""Said."""')) == []


def test_every_module_has_a_docstring() -> None:
    """Every module of src, tests, benchmarks and siege says what it is for."""
    assert [finding for source in everything() for finding in modules_without_docstring(source)] == []


def test_every_public_name_has_a_docstring() -> None:
    """Every public class, function and method of the package has a docstring."""
    assert [finding for source in package() for finding in without_docstring(source)] == []


def test_every_test_says_what_it_proves() -> None:
    """Every test has a docstring."""
    assert [finding for source in trees()["tests"] for finding in silent_tests(source)] == []
