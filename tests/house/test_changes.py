"""One note a change, in one form, so that the release notes can be put together from them."""

import re

import pytest

from tests.house.source import REPOSITORY

KINDS = ("added", "changed", "fixed", "removed", "security")
NAME = re.compile(r"(?P<number>\d{4})(?:-[a-z0-9]+)+\.md")
NOTE = re.compile(rf"# (?P<title>\S.*)\n\nKind: (?:{'|'.join(KINDS)})\n\n(?P<text>\S.*)", re.DOTALL)


def malformed(name: str, text: str) -> list[str]:
    """Find what is wrong with a note: its name, or its title, kind and text."""
    findings = []
    if not NAME.fullmatch(name):
        findings.append(f"changes/{name}: the name is not a four-digit number and words, 0001-like-this.md")
    if not NOTE.fullmatch(text):
        findings.append(f"changes/{name}: not '# title', 'Kind: {'|'.join(KINDS)}' and a text")
    return findings


def notes() -> dict[str, str]:
    """Read every note by file name; the README is not one."""
    paths = sorted((REPOSITORY / "changes").glob("*"))
    return {path.name: path.read_text("utf-8") for path in paths if path.name != "README.md"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("house.md", "# The house\n\nKind: added\n\nIt stands.\n"),
        ("0001-house.txt", "# The house\n\nKind: added\n\nIt stands.\n"),
        ("0001-house.md", "The house\n\nKind: added\n\nIt stands.\n"),
        ("0001-house.md", "# The house\n\nKind: improved\n\nIt stands.\n"),
        ("0001-house.md", "# The house\n\nIt stands.\n"),
        ("0001-house.md", "# The house\n\nKind: added\n"),
    ],
)
def test_the_rule_sees_a_malformed_note(name: str, text: str) -> None:
    """A wrong name, a missing title, an unknown kind and an empty text are found."""
    assert malformed(name, text) != []


def test_every_note_is_well_formed() -> None:
    """There is at least one note, and each has a name, a title, a kind and a text."""
    assert notes()
    assert [finding for name, text in notes().items() for finding in malformed(name, text)] == []


def test_no_number_is_given_twice() -> None:
    """Each note has a number of its own."""
    numbers = [name[:4] for name in notes()]
    assert len(set(numbers)) == len(numbers)
