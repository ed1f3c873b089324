"""SQL functions that every dialect of SQL spells differently, under one name each.

Each is a FunctionElement with one compilation a dialect of SQL, so that filters are written once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Numeric, Text, TypeDecorator
from sqlalchemy import Dialect as SqlDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.engines.sql.patterns import advanced


class JsonText(FunctionElement[str]):
    """``(document, path)``: the scalar at a path as a text, NULL where there is none or JSON null."""

    inherit_cache = True
    type = Text()
    name = "json_text"


class JsonNumber(FunctionElement[Any]):
    """``(document, path)``: the number at a path, NULL or anything where there is none."""

    inherit_cache = True
    type = Numeric(asdecimal=False)
    name = "json_number"


class JsonSort(FunctionElement[str]):
    """``(document, path)``: what is there.

    ``integer`` or ``real``, ``text``, ``true``, ``false``, ``null``, ``array``, ``object``.
    """

    inherit_cache = True
    type = Text()
    name = "json_sort"


class ByCodePoint(FunctionElement[str]):
    """``(text)``: the text, ordered and compared by code point."""

    inherit_cache = True
    type = Text()
    name = "by_code_point"


class EndsWith(FunctionElement[bool]):
    """``(text, part)``: whether a text ends with another that is not empty."""

    inherit_cache = True
    type = Boolean()
    name = "ends_with"


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


class AnyPresent(FunctionElement[bool]):
    """``(column, …)``, of any types and of any number: whether one of them is not NULL; false if none is."""

    inherit_cache = True
    type = Boolean()
    name = "any_present"


class PackedArray(FunctionElement[str]):
    """``(column)``, an aggregate: all its values as one JSON array, absent ones as null; of no rows empty or NULL."""

    inherit_cache = True
    type = Text()
    name = "packed_array"


class PackableDouble(FunctionElement[Any]):
    """``(number)``: what READ_PACKED makes that very double of, once it was in a `PackedArray`; ODD if nothing does.

    SQLite writes a double with 15 digits, which are not enough for each, and reads 15 digits not always as what they
    came from. So where a whole number of billionths divided by a billion is the double, that whole number stands for
    it: division of doubles is exact to the last bit everywhere. PostgreSQL writes every digit that it takes.
    """

    inherit_cache = True
    type = Numeric(asdecimal=False)
    name = "packable_double"


ODD = "odd"
"""Stands for a double that has to be read by itself."""

READ_PACKED: Mapping[str, Callable[[Sequence[Any]], list[float | None]]] = {
    "sqlite": lambda billionths: [None if number is None else number / 1e9 for number in billionths],
    "postgresql": lambda numbers: [None if number is None else float(number) for number in numbers],
}
"""Dialect of SQL → what reads `PackableDouble`s."""


class MemberMatches(FunctionElement[bool]):
    """``(list, pattern)``: whether a regular expression is found in a member of a delimited list."""

    inherit_cache = True
    type = Boolean()
    name = "member_matches"


class NumberText(FunctionElement[str]):
    """``(number)``: a double as the text that spells it (`scorehouse.storage.readings`)."""

    inherit_cache = True
    type = Text()
    name = "number_text"


class JsonMembers(FunctionElement[str]):
    """``(document, path)``: the texts in the array at a path as a delimited list, NULL where there are none."""

    inherit_cache = True
    type = Text()
    name = "json_members"


class JsonNumberText(FunctionElement[str]):
    """``(document, path, keys)``: the number at a path as the text that spells it; anything where there is none."""

    inherit_cache = True
    type = Text()
    name = "json_number_text"


class MomentText(FunctionElement[str]):
    """``(microseconds)``: a moment as the text that spells it (`scorehouse.storage.readings`)."""

    inherit_cache = True
    type = Text()
    name = "moment_text"


class Pattern(TypeDecorator[str]):
    """A regular expression of RE2 as an operand, respelled where the database reads another kind."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: SqlDialect) -> str | None:
        """Spell it for the database. Raises Invalid where that cannot be."""
        return advanced(value) if value is not None and dialect.name == "postgresql" else value


def json_path(keys: tuple[str, ...]) -> str:
    """Write a path of keys as both databases read it.

    Raises:
        Invalid: a key has a quote, a backslash or a control character, which such a path cannot hold.
    """
    for key in keys:
        if not key or any(character in '"\\' or character < " " for character in key):
            raise Invalid(Fault(("filter",), "bad_key", f"cannot look under the key {key!r}"))
    return "$" + "".join(f'."{key}"' for key in keys)


def json_keys(keys: tuple[str, ...]) -> str:
    """Write a path of keys that `json_path` takes as the text of an array."""
    return "{" + ",".join(f'"{key}"' for key in keys) + "}"


def _sqlite(element: type[FunctionElement[Any]], template: str) -> None:
    _compiles(element, "sqlite", template)


def _postgresql(element: type[FunctionElement[Any]], template: str) -> None:
    _compiles(element, "postgresql", template)


def _compiles(element: type[FunctionElement[Any]], dialect: str, template: str) -> None:
    """Say how a function is written: `template` with its arguments in the places {0}, {1}."""

    def write(function: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
        return template.format(*(compiler.process(clause, **options) for clause in function.clauses))

    compiles(element, dialect)(write)


def _compiles_many(element: type[FunctionElement[Any]], dialect: str, template: str) -> None:
    """Say how a function of any number of arguments is written: {0} is all of them, with a comma between two."""

    def write(function: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
        arguments = [compiler.process(clause, **options) for clause in function.clauses]
        return template.format(", ".join([*arguments, "NULL"]))

    compiles(element, dialect)(write)


_AT = "jsonb_path_query_first({0}::jsonb, ('strict ' || {1})::jsonpath, '{{}}', true)"
"""What is at a path. Strict: an array is not searched for the key. Silent: a path that leads nowhere is no error."""

_sqlite(JsonText, "json_extract({0}, {1})")
_postgresql(JsonText, f"(({_AT} #>> '{{{{}}}}') COLLATE \"C\")")

_sqlite(JsonNumber, "json_extract({0}, {1})")
_postgresql(JsonNumber, f"(CASE WHEN jsonb_typeof({_AT}) = 'number' THEN ({_AT})::numeric END)")

_sqlite(JsonSort, "json_type({0}, {1})")
_postgresql(
    JsonSort,
    f"(CASE jsonb_typeof({_AT}) WHEN 'number' THEN 'real' WHEN 'string' THEN 'text'"
    f" WHEN 'boolean' THEN ({_AT})::text ELSE jsonb_typeof({_AT}) END)",
)

_sqlite(ByCodePoint, "{0}")
_postgresql(ByCodePoint, '({0} COLLATE "C")')

_sqlite(Holds, "(instr({0}, {1}) > 0)")
_postgresql(Holds, "(strpos({0}, {1}) > 0)")

_sqlite(EndsWith, "(substr({0}, -length({1})) = {1})")
_postgresql(EndsWith, "(right({0}, length({1})) = {1})")

_sqlite(LowerAscii, "lower({0})")
_postgresql(LowerAscii, 'lower({0} COLLATE "C")')

_compiles_many(AnyPresent, "sqlite", "(coalesce({0}, NULL) IS NOT NULL)")
_compiles_many(AnyPresent, "postgresql", "(num_nonnulls({0}) > 0)")

_sqlite(PackedArray, "json_group_array({0})")
_postgresql(PackedArray, "json_agg({0})::text")

_WHOLE = "CAST(round({0} * 1e9) AS INTEGER)"
_sqlite(PackableDouble, f"(CASE WHEN {_WHOLE} / 1e9 = {{0}} THEN {_WHOLE} WHEN {{0}} IS NOT NULL THEN '{ODD}' END)")
_postgresql(PackableDouble, "{0}")

_sqlite(Matches, "scorehouse_matches({0}, {1})")
_postgresql(Matches, "({0} ~ {1})")

_MEMBERS = "string_to_array({0}, chr(31))"
"""The members of a delimited list between two empty ones, where it begins and ends."""

_sqlite(MemberMatches, "scorehouse_member_matches({0}, {1})")
_postgresql(
    MemberMatches,
    f"(EXISTS (SELECT 1 FROM unnest(({_MEMBERS})[2:cardinality({_MEMBERS}) - 1])"  # noqa: S608 - a constant, no input
    " AS member WHERE member ~ {1}))",
)

_DOUBLE_TEXT = (
    "(CASE WHEN {0}::text ~ '^-?[0-9]+$' THEN {0}::text || '.0'"
    " WHEN {0}::text !~ 'e[+]15$' THEN {0}::text"
    " WHEN {0} = trunc({0}) THEN {0}::bigint::text || '.0'"
    r" ELSE regexp_replace({0}::text, '^(-?\d)\.(\d{{15}})(\d*)e[+]15$', '\1\2.\3') END)"
)
"""From 1e15 to 1e16 PostgreSQL writes an exponent that is undone here: what is more than the whole is the fraction."""

_sqlite(NumberText, "scorehouse_number_text({0})")
_postgresql(NumberText, _DOUBLE_TEXT.replace("{0}", "({0})"))

_JSON_TEXT = "({0}::json #>> ({2})::text[])"
_sqlite(JsonNumberText, "scorehouse_number_text({0} -> {1})")
_postgresql(
    JsonNumberText,
    f"(CASE WHEN {_JSON_TEXT} ~ '^-?[0-9]+$' THEN {_JSON_TEXT}"
    f" ELSE {_DOUBLE_TEXT.replace('{0}', f'({_JSON_TEXT}::double precision)')} END)",
)

_sqlite(
    JsonMembers,
    "(SELECT char(31) || group_concat(value, char(31)) || char(31) FROM json_each({0}, {1})"
    " WHERE type = 'text' AND instr(value, char(31)) = 0)",
)
_postgresql(
    JsonMembers,
    "(SELECT chr(31) || string_agg(member #>> '{{}}', chr(31)) || chr(31)"  # noqa: S608 - a constant, no input
    f" FROM jsonb_array_elements({_AT}) AS member"
    " WHERE jsonb_typeof(member) = 'string' AND strpos(member #>> '{{}}', chr(31)) = 0)",
)

_sqlite(MomentText, "scorehouse_moment_text({0})")
_postgresql(
    MomentText,
    "to_char(timestamp '1970-01-01' + ({0}) * interval '1 microsecond', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
)
