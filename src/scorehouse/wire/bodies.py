"""Bytes and query strings → typed structs, with every fault named.

The fast path is one typed decode. Only when that fails is the input taken apart member by member, so
that a refusal names every broken member in the order of its declaration, as good vendors do.

A member declared as `msgspec.Raw` is skipped unread: whoever takes its bytes has to `parse` them.
"""

import re
from array import array
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import accumulate, islice
from math import isfinite
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from scorehouse.domain.documents import DEPTH_MAX
from scorehouse.domain.refusals import Fault, Invalid, Path, Unreadable
from scorehouse.wire.call import query_pairs

ShapeT = TypeVar("ShapeT")

FAULTS_MAX = 100
"""Faults named in one refusal: more help nobody, and a body of broken items would be answered by a larger one."""

CHUNK_BYTES = 65_536
"""Of a body, taken apart at a time: what its pieces take in memory stays small beside a body of megabytes."""

_JSON_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
_WORDS = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "a boolean",
    "array": "an array",
    "object": "an object",
}
_OFFSET = re.compile(r"\(byte (\d+)\)")
_QUOTED = re.compile(r"`([^`]*)`")
_STEP = re.compile(r"\.([^.\[`]+)|\[(\d+)\]")
_NAMED_MEMBER = re.compile(r"Object (missing required|contains unknown) field `(.*)`")
_UP_AND_DOWN = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # as signed bytes: 1 and -1
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


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
        raise _invalid(error, parse(body), shape) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(error, body) from error


def parse(body: bytes) -> Any:
    """Read a JSON body as plain objects, with the same refusals as `decode`."""
    _check_depth(body)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(error, body) from error


def convert(document: Any, shape: type[ShapeT], *path: str | int) -> ShapeT:
    """Read an already parsed value as `shape`; faults stand under `path`."""
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        raise _invalid(error, document, shape, path) from error


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
    return convert_query(given, shape)


def convert_query(given: Mapping[str, Any], shape: type[ShapeT]) -> ShapeT:
    """Read parameters, already taken apart, as a struct; a parameter's value is a text or a list of them.

    Raises:
        Invalid: a parameter has a wrong value.
    """
    try:
        result = msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(error, given, shape, strict=False) from error
    _check_finite(result)
    return result


def find_faults(document: Any, shape: Any, path: Path = (), strict: bool = True) -> Iterator[Fault]:
    """Yield every fault of `document` as a `shape`, in order of declaration; none if there is none."""
    try:
        msgspec.convert(document, shape, strict=strict)
    except msgspec.ValidationError as error:
        message = str(error)
    else:
        return
    inner = _faults_inside(document, shape, path, strict)
    first = next(inner, None)
    if first is not None:
        yield first
        yield from inner
    elif not message.startswith("Expected `raw"):  # what is taken as raw bytes cannot be wrong
        yield _fault(message, path, document, shape)


def json_type_of(document: Any) -> str:
    """Name the JSON type of a parsed value."""
    return "null" if document is None else _JSON_TYPES.get(type(document), "unknown")


def _faults_inside(document: Any, shape: Any, path: Path, strict: bool) -> Iterator[Fault]:
    """Yield the faults of members or elements, where exactly one reading of `shape` fits the document's type."""
    if isinstance(document, dict):
        structs = [option for option in _options(shape) if _is_struct(option)]
        chosen = structs if len(structs) == 1 else [option for option in structs if _is_tagged(option, document)]
        if len(chosen) == 1:
            yield from _member_faults(document, chosen[0], path, strict)
            return
    kind: type = dict if isinstance(document, dict) else list
    options = [option for option in _options(shape) if _holds_items(option, kind)]
    if isinstance(document, dict | list) and len(options) == 1:
        item_shape = get_args(options[0])[1 if kind is dict else 0]
        items = document.items() if isinstance(document, dict) else enumerate(document)
        for place, item in items:
            yield from find_faults(item, item_shape, (*path, place), strict)


def _member_faults(document: dict[str, Any], struct: Any, path: Path, strict: bool) -> Iterator[Fault]:
    members = msgspec.structs.fields(struct)
    for member in members:
        name = member.encode_name
        if name in document:
            yield from find_faults(document[name], member.type, (*path, name), strict)
        elif member.required:
            yield Fault((*path, name), "missing", "is required")
    if struct.__struct_config__.forbid_unknown_fields:
        known = {member.encode_name for member in members} | {struct.__struct_config__.tag_field}
        for name in document:
            if name not in known:
                yield Fault((*path, name), "unknown", "is not known here")


def _options(shape: Any) -> list[Any]:
    """List what a shape may be: the members of a union, without null, UNSET and annotations."""
    origin = get_origin(shape)
    if origin is Annotated:
        return _options(get_args(shape)[0])
    if origin in {Union, UnionType}:
        return [option for part in get_args(shape) for option in _options(part)]
    return [] if shape in {type(None), msgspec.UnsetType} else [shape]


def _is_struct(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, msgspec.Struct)


def _is_tagged(struct: Any, document: dict[str, Any]) -> bool:
    config = struct.__struct_config__
    return config.tag_field is not None and document.get(config.tag_field) == config.tag


def _holds_items(option: Any, kind: type) -> bool:
    """Tell whether `option` is a homogeneous container of this kind, with the shape of its items told."""
    origin, arguments = get_origin(option), get_args(option)
    if kind is dict:
        return origin is dict
    return origin in {list, set, frozenset} or (origin is tuple and arguments[1:] == (...,))


def _invalid(
    error: msgspec.ValidationError, document: Any, shape: Any, path: Path = (), strict: bool = True
) -> Invalid:
    faults = tuple(islice(find_faults(document, shape, path, strict), FAULTS_MAX))
    return Invalid(*faults or (_fault(str(error), path, None, None),))


def _fault(message: str, path: Path, document: Any, shape: Any) -> Fault:
    """Turn msgspec's sentence (``Expected `int`, got `str` - at `$.a[0]```) into a Fault."""
    sentence, _, where = message.partition(" - at ")
    path = (*path, *_steps(where))
    named = _NAMED_MEMBER.fullmatch(sentence)
    if named and named[1] == "missing required":
        return Fault((*path, named[2]), "missing", "is required")
    if named:
        return Fault((*path, named[2]), "unknown", "is not known here")
    given = json_type_of(document)
    if sentence.startswith("Invalid enum value"):
        allowed = _choices(shape)
        return Fault(path, "not_a_choice", f"must be one of {', '.join(allowed)}", given, allowed)
    expected, got, _ = sentence.partition(", got ")
    return Fault(path, "wrong_type" if got else _code(sentence), _plain(expected), given)


def _code(sentence: str) -> str:
    """Tell from msgspec's sentence what kind of wrong a value of the right type is."""
    if "matching regex" in sentence:
        return "malformed"
    if "of length" in sentence:
        return "too_short" if ">=" in sentence else "too_long"
    return "out_of_range" if re.search(r"[<>]=? |out of range|multiple of", sentence) else "malformed"


def _steps(where: str) -> Path:
    """Read msgspec's path as far as it names its steps: ``$.a[0]`` → a, 0."""
    steps: list[str | int] = []
    position = where.find("$") + 1
    while step := _STEP.match(where, position):
        steps.append(step[1] if step[1] is not None else int(step[2]))
        position = step.end()
    return tuple(steps)


def _choices(shape: Any) -> tuple[str, ...]:
    choices: list[str] = []
    for option in _options(shape):
        if get_origin(option) is Literal:
            choices += [str(choice) for choice in get_args(option) if choice is not None]
        elif isinstance(option, type) and issubclass(option, Enum):
            choices += [str(choice.value) for choice in option]
    return tuple(choices)


def _plain(sentence: str) -> str:
    """Write msgspec's sentence in the house's way: ``must be a string of length <= 5``."""

    def in_words(quoted: re.Match[str]) -> str:
        return " or ".join(_WORDS.get(word, word) for word in quoted[1].split(" | "))

    if not sentence.startswith("Expected "):
        return sentence.replace("`", "")
    return "must be " + _QUOTED.sub(in_words, sentence.removeprefix("Expected "), count=1)


def _check_finite(struct: Any) -> None:
    """Refuse ``nan`` and ``inf``, which a query string could spell and JSON cannot."""
    faults = [
        Fault((written,), "not_finite", "must be a finite number")
        for name, written in zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
        if _has_infinity(getattr(struct, name))
    ]
    if faults:
        raise Invalid(*faults)


def _has_infinity(value: Any) -> bool:
    items = value if isinstance(value, list | tuple) else (value,)
    return any(isinstance(item, float) and not isfinite(item) for item in items)


def _check_depth(body: bytes) -> None:
    """Refuse what is nested too deep, before anything walks it.

    Without its strings a body is brackets and filling; the depth is how far the brackets climb. Where they
    do not pair, or a quote stands where none may, the decoder stops before the depth means anything.
    """
    if body.count(b"[") + body.count(b"{") <= DEPTH_MAX:
        return
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")  # every quote that is left opens or closes
    height = quotes = 0
    for start in range(0, len(body), CHUNK_BYTES):
        parts = body[start : start + CHUNK_BYTES].split(b'"')
        outside = b"".join(parts[quotes % 2 :: 2])
        heights = list(accumulate(array("b", outside.translate(_UP_AND_DOWN, _NO_BRACKETS)), initial=height))
        if max(heights) > DEPTH_MAX:
            raise Invalid(Fault((), "too_deep", f"must not be nested deeper than {DEPTH_MAX} levels"))
        height = heights[-1]
        quotes += len(parts) - 1


def _unreadable(error: Exception, body: bytes) -> Unreadable:
    if not body.strip():
        return Unreadable("The body is empty.")
    if isinstance(error, RecursionError):
        return Unreadable("The body is nested too deep.")
    offset = _OFFSET.search(str(error))
    return Unreadable("The body is not valid JSON.", int(offset[1]) if offset else None)
