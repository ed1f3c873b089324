"""Bytes and query strings → typed structs, with every fault named.

The fast path is one typed decode. Only when that fails is the input taken apart member by member, so
that a refusal names every broken member in the order of its declaration, as good vendors do.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from scorehouse.domain.documents import checked_document
from scorehouse.domain.refusals import Fault, Invalid, Path, Unreadable
from scorehouse.wire.call import query_pairs

ShapeT = TypeVar("ShapeT")

BRACKETS_HARMLESS_MAX = 100
"""A body with so few opening brackets cannot be nested too deep; most bodies are told by that alone."""

_JSON_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
_WORDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "a boolean",
    "array": "an array",
    "object": "an object",
}
_TYPE_NAMES = re.compile(r"\b(?:str|int|float|bool|array|object)\b")
_INSIDE = re.compile(r"(?<=\.)[^.\[\]`]+|(?<=\[)\d+(?=\])")
_OFFSET = re.compile(r"\(byte (\d+)\)")


def decode(body: bytes, shape: type[ShapeT]) -> ShapeT:
    """Read a JSON body as `shape`.

    Raises:
        Unreadable: it is not JSON, or not UTF-8, or a number in it fits no double.
        Invalid: it is JSON of another shape, or nested too deep.
    """
    _check_depth(body)
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        document = parse(body)
        faults = tuple(find_faults(document, shape))
        raise Invalid(*faults or (_fault(str(error), (), None),)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError, ValueError) as error:
        raise _unreadable(error) from error


def parse(body: bytes) -> Any:
    """Read a JSON body as plain objects, with the same refusals as `decode`."""
    _check_depth(body)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError, ValueError) as error:
        raise _unreadable(error) from error


def convert(document: Any, shape: type[ShapeT], *path: str | int, strict: bool = True) -> ShapeT:
    """Read an already parsed value as `shape`; faults stand under `path`.

    Without `strict`, texts are read as the numbers and booleans that the shape wants.
    """
    try:
        return msgspec.convert(document, shape, strict=strict)
    except msgspec.ValidationError as error:
        faults = tuple(find_faults(document, shape, path, strict))
        raise Invalid(*faults or (_fault(str(error), path, document),)) from error


def read_query(query: str, shape: type[ShapeT], repeated: frozenset[str] = frozenset()) -> ShapeT:
    """Read a query string as a struct; of a repeated parameter the last counts, unless it is in `repeated`.

    Raises:
        Unreadable: it is not UTF-8.
        Invalid: a parameter has a wrong value.
    """
    given: dict[str, Any] = {}
    for name, value in query_pairs(query):
        if name in repeated:
            given.setdefault(name, []).append(value)
        else:
            given[name] = value
    return convert(given, shape, strict=False)


def find_faults(document: Any, shape: Any, path: Path = (), strict: bool = True) -> Iterator[Fault]:
    """Yield every fault of `document` as a `shape`, in order of declaration; none if there is none."""
    try:
        msgspec.convert(document, shape, strict=strict)
        return  # noqa: TRY300 - an else block would hold the rest of the function
    except msgspec.ValidationError as error:
        message = str(error)
    struct = _struct_in(shape)
    if struct is not None and isinstance(document, dict):
        yield from _member_faults(document, struct, path, strict)
    elif get_origin(shape) in {list, tuple} and isinstance(document, list):
        for position, item in enumerate(document):
            yield from find_faults(item, get_args(shape)[0], (*path, position), strict)
    else:
        yield _fault(message, path, document, _choices_in(shape))


def _member_faults(document: dict[str, Any], struct: type[msgspec.Struct], path: Path, strict: bool) -> Iterator[Fault]:
    for member in msgspec.structs.fields(struct):
        name = member.encode_name
        if name in document:
            yield from find_faults(document[name], member.type, (*path, name), strict)
        elif member.required:
            yield Fault((*path, name), "missing", "is required")
    if struct.__struct_config__.forbid_unknown_fields:
        known = {member.encode_name for member in msgspec.structs.fields(struct)}
        unknown = (name for name in document if name not in known)
        yield from (Fault((*path, name), "unknown_member", "is not known here") for name in unknown)


def _struct_in(shape: Any) -> Any:
    """Return the only struct that `shape` is or has among its alternatives; None if it has none."""
    if get_origin(shape) in {list, tuple, dict}:
        return None
    options = get_args(shape) or (shape,)
    structs = [option for option in options if isinstance(option, type) and issubclass(option, msgspec.Struct)]
    return structs[0] if len(structs) == 1 else None


def _choices_in(shape: Any) -> tuple[str, ...]:
    """Return the values of the enumeration that `shape` is or has among its alternatives."""
    options = get_args(shape) or (shape,)
    enumerations = [option for option in options if isinstance(option, type) and issubclass(option, Enum)]
    return tuple(str(choice.value) for enumeration in enumerations for choice in enumeration)


def _fault(message: str, path: Path, document: Any, choices: tuple[str, ...] = ()) -> Fault:
    """Turn msgspec's sentence into a Fault; `choices` are the right answers, where they are a closed set."""
    sentence, _, inside = message.partition(" - at ")
    deeper = tuple(int(part) if part.isdecimal() else part for part in _INSIDE.findall(inside))
    given = "null" if document is None else _JSON_TYPES.get(type(document))
    path, given = (*path, *deeper), None if deeper else given
    if sentence.startswith("Invalid enum value"):
        message = f"must be one of {', '.join(choices)}" if choices else _plain(sentence)
        return Fault(path, "not_a_choice", message, given, choices)
    if ", got " in sentence:
        return Fault(path, "wrong_type", _plain(sentence.partition(", got ")[0]), given)
    if "of length" in sentence:
        return Fault(path, "too_short" if ">=" in sentence else "too_long", _plain(sentence), given)
    if ">" in sentence or "<" in sentence:
        return Fault(path, "out_of_range", _plain(sentence), given)
    return Fault(path, "malformed", _plain(sentence), given)


def _plain(sentence: str) -> str:
    """Write msgspec's sentence in the house's way: ``must be a string or null``."""
    named = _TYPE_NAMES.sub(lambda found: _WORDS[found[0]], sentence)
    return named.replace("`", "").replace(" | ", " or ").replace("Expected ", "must be ", 1)


def _check_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= BRACKETS_HARMLESS_MAX:
        return
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError, ValueError) as error:
        raise _unreadable(error) from error
    checked_document(document)


def _unreadable(error: Exception) -> Unreadable:
    if isinstance(error, RecursionError):
        return Unreadable("The body is nested too deep.")
    offset = _OFFSET.search(str(error))
    return Unreadable("The body is not valid JSON.", int(offset[1]) if offset else None)
