"""SQL functions that every dialect of SQL spells differently, under one name each.

Each is a FunctionElement with one compilation a dialect of SQL, so that filters are written once.
"""

from typing import Any

from sqlalchemy import Boolean, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from scorehouse.domain.refusals import Fault, Invalid


class JsonValue(FunctionElement[Any]):
    """``(document, *keys)``: the scalar at a path of keys, NULL where there is none or JSON null."""

    inherit_cache = True
    name = "json_value"


class JsonSort(FunctionElement[str]):
    """``(document, *keys)``: what is at a path: ``integer``, ``real``, ``text``, ``true``, ``false``, ``null``."""

    inherit_cache = True
    type = Text()
    name = "json_sort"


class Holds(FunctionElement[bool]):
    """``(text, part)``: whether a text contains another, case-sensitively."""

    inherit_cache = True
    type = Boolean()
    name = "holds"


class LowerAscii(FunctionElement[str]):
    """``(text)``: A to Z in lower case, all else as it is."""

    inherit_cache = True
    type = Text()
    name = "lower_ascii"


class Matches(FunctionElement[bool]):
    """``(text, pattern)``: whether a regular expression is found in a text (RE2 syntax, linear time)."""

    inherit_cache = True
    type = Boolean()
    name = "matches"


def json_path(keys: tuple[str, ...]) -> str:
    """Write a path of keys as SQLite reads it.

    Raises:
        Invalid: a key has a quote, a backslash or a control character, which such a path cannot hold.
    """
    for key in keys:
        if not key or any(character in '"\\' or character < " " for character in key):
            raise Invalid(Fault(("filter",), "bad_key", f"cannot look under the key {key!r}"))
    return "$" + "".join(f'."{key}"' for key in keys)


@compiles(JsonValue, "sqlite")
def _sqlite_json_value(element: JsonValue, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **options)})"


@compiles(JsonSort, "sqlite")
def _sqlite_json_sort(element: JsonSort, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_type({compiler.process(element.clauses, **options)})"


@compiles(Holds, "sqlite")
def _sqlite_holds(element: Holds, compiler: SQLCompiler, **options: Any) -> str:
    return f"(instr({compiler.process(element.clauses, **options)}) > 0)"


@compiles(LowerAscii, "sqlite")
def _sqlite_lower_ascii(element: LowerAscii, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(Matches, "sqlite")
def _sqlite_matches(element: Matches, compiler: SQLCompiler, **options: Any) -> str:
    return f"scorehouse_matches({compiler.process(element.clauses, **options)})"
