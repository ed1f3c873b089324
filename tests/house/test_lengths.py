"""Functions and files stay short, held by a maximum and by the share of short ones."""

from textwrap import dedent

import pytest

from tests.house.source import Source, everything, trees

FUNCTION_LINES_MAX = 70
FUNCTION_LINES_AIM = 40
SHORT_SHARE_MIN = 0.95
SHARE_COUNTS_FROM = 50
"""Functions in a tree before the share means anything: below, one long function would break it."""
FILE_LINES_MAX = 500


def lengths(source: Source) -> list[tuple[int, str]]:
    """Measure every function, from `def` to its last line, docstring included."""
    return [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{source.at(node)} {node.name}")
        for node in source.functions()
    ]


def long_functions(source: Source) -> list[str]:
    """Find the functions beyond the alarm."""
    return [f"{where}: {lines} lines" for lines, where in lengths(source) if lines > FUNCTION_LINES_MAX]


def short_share(sources: list[Source]) -> float:
    """Compute the share of functions within the aim; 1.0 while there are too few to say."""
    measured = [lines for source in sources for lines, _ in lengths(source)]
    if len(measured) <= SHARE_COUNTS_FROM:
        return 1.0
    return sum(lines <= FUNCTION_LINES_AIM for lines in measured) / len(measured)


def long_files(source: Source) -> list[str]:
    """Find a file beyond the maximum."""
    lines = len(source.text.splitlines())
    return [f"{source.path}: {lines} lines"] if lines > FILE_LINES_MAX else []


def function_of(lines: int, name: str = "example") -> str:
    """Write a function of so many lines."""
    return f"def {name}():\n" + "    call()\n" * (lines - 1)


def test_the_rules_see_what_is_too_long() -> None:
    """One line over each maximum is found, nested and method alike; the maximum itself passes."""
    assert not long_functions(Source("a.py", function_of(70)))
    assert long_functions(Source("a.py", function_of(71))) == ["a.py:1 example: 71 lines"]
    method = "class Example:\n" + function_of(71).replace("\n", "\n    ").replace("def", "    async def", 1)
    assert long_functions(Source("a.py", dedent(method).rstrip()))
    assert not long_files(Source("a.py", "call()\n" * 500))
    assert long_files(Source("a.py", "call()\n" * 501))


def test_the_share_counts_functions_over_the_aim() -> None:
    """Six long functions in a hundred break the share; five do not, nor six among few."""
    short, long = Source("a.py", function_of(40)), Source("b.py", function_of(41))
    assert short_share([short] * 95 + [long] * 5) >= SHORT_SHARE_MIN
    assert short_share([short] * 94 + [long] * 6) < SHORT_SHARE_MIN
    assert short_share([short] * 44 + [long] * 6) >= SHORT_SHARE_MIN


def test_no_function_is_over_the_alarm() -> None:
    """Every function of the repository has at most 70 lines."""
    assert [finding for source in everything() for finding in long_functions(source)] == []


@pytest.mark.parametrize("tree", ["src", "tests", "benchmarks", "siege"])
def test_functions_are_short(tree: str) -> None:
    """In each tree 95 of 100 functions have at most 40 lines."""
    assert short_share(trees()[tree]) >= SHORT_SHARE_MIN


def test_no_source_file_is_too_long() -> None:
    """Every file under src has at most 500 lines."""
    assert [finding for source in trees()["src"] for finding in long_files(source)] == []
