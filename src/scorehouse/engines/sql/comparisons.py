"""How the fields of a query compare, by what kind of column holds them.

Each class answers two questions: `compare` (an operator with an operand, as a condition) and `place` (what to
order by). Absent values make a condition NULL or false; `filters` takes care of the difference.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Double,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.sql import ColumnElement

from scorehouse.domain.identity import canonical
from scorehouse.engines.sql import tables
from scorehouse.engines.sql.codes import Codes, TermKind
from scorehouse.engines.sql.functions import (
    ByCodePoint,
    EndsWith,
    Holds,
    JsonNumber,
    JsonSort,
    JsonText,
    LowerAscii,
    Matches,
    MemberMatches,
    Pattern,
    json_path,
)
from scorehouse.storage.operands import compiled
from scorehouse.storage.queries import Operand, Operator
from scorehouse.storage.readings import SEPARATOR

Condition = ColumnElement[bool]

PROJECT: ColumnElement[int] = bindparam("project", type_=Integer)
"""The project asked about, given when a statement is run. A look-up that compared with the row's own project instead
could not be done once, before the rows, and so would keep the database from using an index."""

NUMBER = frozenset({int, float})
TEXT = frozenset({str})
TRUTH = frozenset({bool})


class Comparable(Protocol):
    """A field of a query, in SQL."""

    @property
    def place(self) -> ColumnElement[Any]:
        """What to order by."""
        ...

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Return the comparison as a condition."""
        ...


@dataclass(frozen=True, slots=True)
class Scalar:
    """A column, or an expression, of one sort.

    Attributes:
        column: it.
        sorts: Python types of the operands it compares with; any other never matches.
        is_id: whether operands are read in their canonical spelling.
    """

    column: ColumnElement[Any]
    sorts: frozenset[type] = TEXT
    is_id: bool = False

    @property
    def place(self) -> ColumnElement[Any]:
        """The column."""
        return self.column

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Compare the column."""
        if operator is Operator.IS_NULL:
            return self.column.is_(None) if operand else self.column.is_not(None)
        if isinstance(operand, tuple):
            usable = [self._read(item) for item in operand if type(item) in self.sorts and _storable(item)]
            if operator is not Operator.ONE_OF or not usable:
                return false()
            return self.column.in_([_typed(item) for item in usable] if self.sorts is NUMBER else usable)
        if type(operand) not in self.sorts or not _storable(operand):
            return false()
        return compare_scalar(operator, self.column, _typed(self._read(operand)))

    def _read(self, operand: Any) -> Any:
        if isinstance(operand, str):
            return canonical(operand) if self.is_id else operand
        # SQLite's driver takes no integer beyond 64 bits; as a double it compares as it should.
        return float(operand) if type(operand) is int and not -(2**63) <= operand < 2**63 else operand


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of codes, compared by the words that they stand for."""

    column: ColumnElement[Any]
    codes: Codes[Any]

    @property
    def place(self) -> ColumnElement[Any]:
        """The word."""
        return ByCodePoint(case({number: str(word) for number, word in self.codes.word.items()}, value=self.column))

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Compare the word; equality compares the code."""
        if operator is Operator.EQUALS or operator is Operator.ONE_OF:
            words = operand if isinstance(operand, tuple) else (operand,)
            numbers = [number for word, number in self.codes.number.items() if word in words]
            return self.column.in_(numbers) if numbers else false()
        return Scalar(self.place).compare(operator, operand, key)


@dataclass(frozen=True, slots=True)
class Termed:
    """A column of term keys, compared by the term's text. `only` are conditions under which it counts."""

    column: ColumnElement[Any]
    kind: TermKind
    only: tuple[Condition, ...] = ()

    @property
    def place(self) -> ColumnElement[Any]:
        """The text."""
        owned = tables.term.c.project == PROJECT
        text = select(tables.term.c.text).where(owned, tables.term.c.key == self.column, *self.only)
        return text.correlate_except(tables.term).scalar_subquery()

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Compare the text: first find the terms, then the rows that have them."""
        if operator is Operator.IS_NULL:
            absent = or_(self.column.is_(None), not_(and_(*self.only))) if self.only else self.column.is_(None)
            return absent if operand else not_(absent)
        matching = self._keys().where(Scalar(tables.term.c.text).compare(operator, operand, key))
        found = self.column == matching.scalar_subquery() if operator is Operator.EQUALS else self.column.in_(matching)
        return and_(found, *self.only)

    def _keys(self) -> Select[Any]:
        term = tables.term
        owned = (term.c.project == PROJECT, term.c.kind == int(self.kind))
        return select(term.c.key).where(*owned).correlate_except(term)


@dataclass(frozen=True, slots=True)
class Referred:
    """A field of another row, to which `column` refers by key. Absent where that row or its field is."""

    column: ColumnElement[Any]
    other: FromClause
    field: Comparable
    unique: bool = False

    @property
    def place(self) -> ColumnElement[Any]:
        """The other row's field."""
        return self._keys(self.field.place).where(self.other.c.key == self.column).scalar_subquery()

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Compare the other row's field: first find those rows, then the ones that refer to them."""
        if operator is Operator.IS_NULL:
            present = self._keys(self.other.c.key).where(self.field.compare(operator, False, key))
            here = and_(self.column.is_not(None), self.column.in_(present))
            return not_(here) if operand else here
        matching = self._keys(self.other.c.key).where(self.field.compare(operator, operand, key))
        if self.unique and operator is Operator.EQUALS:
            return self.column == matching.scalar_subquery()
        return self.column.in_(matching)

    def _keys(self, column: ColumnElement[Any]) -> Select[Any]:
        return select(column).where(self.other.c.project == PROJECT).correlate_except(self.other)


@dataclass(frozen=True, slots=True)
class Listed:
    """A column with a delimited list of texts."""

    column: ColumnElement[Any]

    @property
    def place(self) -> ColumnElement[Any]:
        """The delimited list."""
        return self.column

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Look for members that compare so; orders never hold of a list."""
        if operator is Operator.IS_NULL:
            return self.column.is_(None) if operand else self.column.is_not(None)
        if not isinstance(operand, tuple):
            return self._member(operator, operand)
        members = [self._member(Operator.EQUALS, item) for item in operand]
        return and_(self.column.is_not(None), *members) if operator is Operator.HAS_ALL else or_(false(), *members)

    def _member(self, operator: Operator, item: Any) -> Condition:
        """Look for one member: delimiters stand where the item must begin or end one."""
        if operator is Operator.MATCHES:
            compiled(item)  # Refuses a bad pattern here, where a refusal can be told.
            return MemberMatches(self.column, literal(item, Pattern()))
        as_written = _AS_WRITTEN.get(operator, operator)
        ends = _MEMBER_ENDS.get(as_written)
        if ends is None or not isinstance(item, str) or SEPARATOR in item or not _storable(item):
            return false()
        if as_written is operator:
            return Holds(self.column, literal(f"{ends[0]}{item}{ends[1]}"))
        return Holds(LowerAscii(self.column), literal(f"{ends[0]}{_folded(item)}{ends[1]}"))


_MEMBER_ENDS: Mapping[Operator, tuple[str, str]] = {
    Operator.EQUALS: (SEPARATOR, SEPARATOR),
    Operator.CONTAINS: ("", ""),
    Operator.STARTS_WITH: (SEPARATOR, ""),
    Operator.ENDS_WITH: ("", SEPARATOR),
}
_AS_WRITTEN: Mapping[Operator, Operator] = {
    Operator.EQUALS_ANY_CASE: Operator.EQUALS,
    Operator.CONTAINS_ANY_CASE: Operator.CONTAINS,
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column with a JSON object, compared under a path of keys."""

    column: ColumnElement[Any]

    @property
    def place(self) -> ColumnElement[Any]:
        """The object's text; nobody orders by it."""
        return self.column

    def compare(self, operator: Operator, operand: Operand, key: tuple[str, ...]) -> Condition:
        """Compare what stands under the path, with operands of its own sort only."""
        if not key:
            return Scalar(self.column).compare(operator, operand, key)
        path = literal(json_path(key))
        sort = JsonSort(self.column, path)
        if operator is Operator.IS_NULL:
            absent = or_(sort.is_(None), sort == "null", and_(sort == "array", JsonText(self.column, path) == "[]"))
            return absent if operand else not_(absent)
        if not isinstance(operand, tuple):
            return self._compare_at(operator, path, operand)
        if operator is not Operator.ONE_OF:
            return false()
        return or_(false(), *(self._compare_at(Operator.EQUALS, path, item) for item in operand))

    def _compare_at(self, operator: Operator, path: ColumnElement[str], operand: Any) -> Condition:
        """Compare what stands at a path with an operand of its own sort; JSON tells true from 1."""
        sort = JsonSort(self.column, path)
        if isinstance(operand, bool):
            return sort == ("true" if operand else "false") if operator is Operator.EQUALS else false()
        if isinstance(operand, str):
            return and_(sort == "text", Scalar(JsonText(self.column, path)).compare(operator, operand, ()))
        return and_(
            sort.in_(["integer", "real"]), Scalar(JsonNumber(self.column, path), NUMBER).compare(operator, operand, ())
        )


def compare_scalar(operator: Operator, column: ColumnElement[Any], operand: Any) -> Condition:
    """Compare a column with an operand of its own sort; false for an operator that does not fit the operand."""
    if isinstance(operand, str):
        return _TEXT_OPERATORS.get(operator, _never)(column, operand)
    if isinstance(operand, bool) and operator is not Operator.EQUALS:
        return false()
    return _ORDER_OPERATORS.get(operator, _never)(column, operand)


def _typed(operand: Any) -> Any:
    """Give a number its own type: by the column's, PostgreSQL would round 1.5 before it compares it with integers."""
    if isinstance(operand, bool | str):
        return operand
    return literal(operand, Double if isinstance(operand, float) else BigInteger)


def _never(column: ColumnElement[Any], operand: Any) -> Condition:
    return false()


def _folded(text: str) -> str:
    return "".join(character.lower() if character.isascii() else character for character in text)


def _starts(column: ColumnElement[Any], operand: str) -> Condition:
    return func.substr(column, 1, len(operand)) == operand


def _ends(column: ColumnElement[Any], operand: str) -> Condition:
    return EndsWith(column, literal(operand)) if operand else column.is_not(None)


def _matches(column: ColumnElement[Any], operand: str) -> Condition:
    compiled(operand)  # Refuses a bad pattern here, where a refusal can be told, and not inside the database.
    return Matches(column, literal(operand, Pattern()))


Compiler = Callable[[ColumnElement[Any], Any], Condition]

_ORDER_OPERATORS: Mapping[Operator, Compiler] = {
    Operator.EQUALS: lambda column, operand: column == operand,
    Operator.BELOW: lambda column, operand: column < operand,
    Operator.AT_MOST: lambda column, operand: column <= operand,
    Operator.ABOVE: lambda column, operand: column > operand,
    Operator.AT_LEAST: lambda column, operand: column >= operand,
}
_TEXT_OPERATORS: Mapping[Operator, Compiler] = {
    **_ORDER_OPERATORS,
    Operator.CONTAINS: lambda column, operand: Holds(column, literal(operand)),
    Operator.CONTAINS_ANY_CASE: lambda column, operand: Holds(LowerAscii(column), literal(_folded(operand))),
    Operator.STARTS_WITH: _starts,
    Operator.ENDS_WITH: _ends,
    Operator.EQUALS_ANY_CASE: lambda column, operand: LowerAscii(column) == _folded(operand),
    Operator.MATCHES: _matches,
}


def _storable(operand: Any) -> bool:
    """Tell whether the driver can bind it: a lone surrogate has no UTF-8, and so is in no row."""
    return not isinstance(operand, str) or operand.isascii() or not any("\ud800" <= c <= "\udfff" for c in operand)
