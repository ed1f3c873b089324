"""Regular expressions: what one engine finds, the other finds."""

import psycopg
import pytest
import re2

from scorehouse.domain.refusals import Invalid
from scorehouse.engines.sql.patterns import advanced
from scorehouse.storage.operands import compiled
from tests.postgresql_server import PostgresqlServer

PATTERNS = [
    "",
    "a",
    "^a",
    "a$",
    "^$",
    "a.c",
    "(?s)a.c",
    "(?i)ABC",
    "(?is)A.C",
    r"a\.c",
    r"\d+",
    r"^\D+$",
    r"\w\s\w",
    r"\W",
    r"\S\S\S",
    r"\bfoo\b",
    r"\Boo",
    r"\Aa",
    r"c\z",
    "[a-c]+$",
    "[^a-c]",
    r"[\d.]+",
    r"[\w-]+@",
    "[]a]",
    "[^]a]",
    "[[a]",
    "[[:upper:]]",
    r"[\]x]",
    r"[\^a]",
    "a|b",
    "(a|b)c",
    "(?:ab)+",
    "(?P<name>ab)c",
    "a*b",
    "a+?b",
    "a{2}",
    "a{2,}",
    "a{1,2}b",
    "x{",
    "é",
    "[à-ü]",
    r"\t",
    r"\$",
    "(a|)b",
    r"\[x\]",
]
TEXTS = [
    "",
    "a",
    "b",
    "abc",
    "ABC",
    "a\nc",
    "a.c",
    "axc",
    "aab",
    "a b",
    "foo bar",
    "food",
    "oo",
    "x@y.z",
    "user-1@x",
    "42",
    "4.2",
    "]",
    "[",
    "[x]",
    "^",
    "-",
    "é",
    "É",
    "ü",
    "\t",
    "$",
    "x{",
    "ab\n",
    "a\n",
    "_",
    "abab",
    "line\nabc",
]  # fmt: skip - a table of texts is read in lines


@pytest.mark.parametrize("pattern", PATTERNS)
def test_both_databases_find_the_same(pattern: str, postgresql: PostgresqlServer) -> None:
    """What RE2 finds in a text, which SQLite is given, PostgreSQL finds with the pattern respelled."""
    found = [text for text in TEXTS if compiled(pattern).search(text)]
    with psycopg.connect(postgresql.url("postgres")) as connection:
        rows = connection.execute(
            "SELECT text FROM unnest(%s::text[]) WITH ORDINALITY AS t(text, place)"
            ' WHERE text COLLATE "C" ~ %s ORDER BY place',
            (TEXTS, advanced(pattern)),
        ).fetchall()
    assert [row[0] for row in rows] == found


@pytest.mark.parametrize("pattern", [r"\pL", "a(?i)b", "(?m)^a", "a{256}", "a{1,300}", r"[\D]", r"\x41", r"\Qa.c\E"])
def test_what_cannot_be_said_alike_is_refused(pattern: str) -> None:
    """RE2 reads it; it is refused in a sentence rather than read otherwise."""
    assert re2.compile(pattern)
    with pytest.raises(Invalid, match="must not use"):
        advanced(pattern)
