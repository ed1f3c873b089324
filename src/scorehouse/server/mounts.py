"""Paths → routes.

Every dialect stands twice: at its vendor's own paths, and again under ``/<name>/``. Matching works on the
path as it was sent: it is split first and percent-decoded after, so that an id with a slash in it
(``%2F``) stays one segment (contract 2signal-tracia §2.3). A path without parameters is one dictionary
look-up. The others walk a trie of segments, in which a fixed segment wins over a parameter; a path that
lacks the method goes on to the next best one that has it, so ``DELETE /scores/list`` may
mean the score of id ``list`` where ``GET /scores/list`` is a page.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from scorehouse.domain.refusals import Refusal, TooLarge, UnknownPath, Unreadable, WrongMethod
from scorehouse.server.telemetry import RouteFigures, Telemetry
from scorehouse.wire.dialect import Dialect, Slash
from scorehouse.wire.route import Route

PATH_BYTES_MAX = 16_384
"""An id has at most 800 characters, percent-encoded at most 9,600 bytes; twice that fits two of them."""

_HEX = frozenset(b"0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Seat:
    """A route where it stands.

    Attributes:
        dialect: whose route it is.
        route: itself.
        names: of its parameters, in order of the path.
        figures: what is counted of its requests.
        redirects: whether this is the spelling with a trailing slash, which leads to the one without.
    """

    dialect: Dialect
    route: Route
    names: tuple[str, ...]
    figures: RouteFigures
    redirects: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The routes that a request may mean: one, or on a shared path one of each dialect, in order of registration.

    Attributes:
        seats: at least one.
        values: of the path's parameters, decoded, in order.
        mount: ``/<name>``, or empty at the root.
    """

    seats: tuple[Seat, ...]
    values: tuple[str, ...]
    mount: str

    def parameters(self, seat: Seat) -> Mapping[str, str]:
        """Return the path's parameters by the names that this seat gives them."""
        return dict(zip(seat.names, self.values, strict=True)) if self.values else {}


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing stands there.

    Attributes:
        owners: the dialects of which one writes the refusal, in order of registration.
        refusal: why.
        mount: as in Found.
    """

    owners: tuple[Dialect, ...]
    refusal: Refusal
    mount: str


@dataclass(slots=True)
class _Node:
    """A place in the trie: what follows it, and what stands here, by method."""

    fixed: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    seats: dict[str, tuple[Seat, ...]] = field(default_factory=dict)


class Mounts:
    """All paths of all dialects."""

    def __init__(self, dialects: Sequence[Dialect], telemetry: Telemetry) -> None:
        self._by_mount = {f"/{dialect.name}": dialect for dialect in dialects}
        self._territories = _territories(dialects)
        self._root = _Node()
        self._default = next((d for d in dialects if d.name == "native"), dialects[0])
        for dialect in dialects:
            for route in dialect.routes:
                figures = telemetry.route(dialect.name, route.method, route.path)
                self._plant(dialect, route, figures)
        self._fixed = {(method, path): found for method, path, found in self._walk_fixed(self._root, "")}

    def find(self, method: str, path: str) -> Found | Lost:
        """Match a method and a raw path, percent-encoded, without query."""
        found = self._fixed.get((method, path))
        return found if found is not None else self._search(method, path)

    # ── Building ─────────────────────────────────────────────────────────────────────────────────────────

    def _plant(self, dialect: Dialect, route: Route, figures: RouteFigures) -> None:
        segments = route.path.split("/")[1:]
        names = tuple(segment[1:-1] for segment in segments if _is_parameter(segment))
        seat = Seat(dialect, route, names, figures)
        for start in ((), (dialect.name,)):
            self._seat(seat, (*start, *segments))
            if dialect.slash is Slash.DIFFERENT or segments[-1] == "":
                continue
            redirects = dialect.slash is Slash.REDIRECT
            self._seat(Seat(dialect, route, names, figures, redirects), (*start, *segments, ""))

    def _seat(self, seat: Seat, segments: Iterable[str]) -> None:
        node = self._root
        for segment in segments:
            if _is_parameter(segment):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.fixed.setdefault(segment, _Node())
        method = seat.route.method
        node.seats[method] = (*node.seats.get(method, ()), seat)

    def _walk_fixed(self, node: _Node, path: str) -> Iterator[tuple[str, str, Found]]:
        mount = self._mount_of(path)
        for method, seats in node.seats.items():
            yield method, path, Found(seats, (), mount)
        for segment, child in node.fixed.items():
            yield from self._walk_fixed(child, f"{path}/{segment}")

    # ── Searching ────────────────────────────────────────────────────────────────────────────────────────

    def _search(self, method: str, path: str) -> Found | Lost:
        mount = self._mount_of(path)
        owner = self._owner(path, mount)
        if len(path) > PATH_BYTES_MAX:
            return Lost((owner,), TooLarge("path", PATH_BYTES_MAX, "bytes"), mount)
        try:
            segments = [_decoded(segment) for segment in path.split("/")[1:]]
        except ValueError:
            return Lost((owner,), Unreadable("The path cannot be read."), mount)
        passed: dict[str, tuple[Seat, ...]] = {}
        for node, values in _matches(self._root, segments, 0, ()):
            seats = node.seats.get(method)
            if seats is not None:
                return Found(seats, values, mount)
            for other, others in node.seats.items():
                passed[other] = (*passed.get(other, ()), *others)
        if passed:
            owners = {seat.dialect.name: seat.dialect for seats in passed.values() for seat in seats}
            return Lost(tuple(owners.values()), WrongMethod(method, sorted(passed)), mount)
        return Lost((owner,), UnknownPath(method, path[len(mount) :]), mount)

    def _mount_of(self, path: str) -> str:
        """Return the mount that a path stands under; empty at the root."""
        end = path.find("/", 1)
        first = path if end < 0 else path[:end]
        return first if first in self._by_mount else ""

    def _owner(self, path: str, mount: str) -> Dialect:
        """Return who refuses an unknown path."""
        if mount:
            return self._by_mount[mount]
        slashed = f"{path}/"
        return next((owner for prefix, owner in self._territories if slashed.startswith(prefix)), self._default)


def _territories(dialects: Sequence[Dialect]) -> list[tuple[str, Dialect]]:
    """List prefixes of whole segments with their owners, the longest first, of equal ones the first registered."""
    prefixes = [(f"{prefix.rstrip('/')}/", dialect) for dialect in dialects for prefix in dialect.territory]
    return sorted(prefixes, key=lambda territory: -len(territory[0]))


def _matches(
    node: _Node, segments: Sequence[str], depth: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    """Yield every place that a path leads to, with its parameters, the most fixed first."""
    if depth == len(segments):
        if node.seats:
            yield node, values
        return
    segment = segments[depth]
    fixed = node.fixed.get(segment)
    if fixed is not None:
        yield from _matches(fixed, segments, depth + 1, values)
    if node.parameter is not None and segment:
        yield from _matches(node.parameter, segments, depth + 1, (*values, segment))


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _decoded(segment: str) -> str:
    """Decode a segment's percent signs as UTF-8.

    Raises:
        ValueError: a percent sign without two hex digits, bytes that are not UTF-8, or a NUL, which no id holds.
    """
    if "%" not in segment and segment.isascii():
        return segment
    encoded = segment.encode("latin-1", "replace")
    for part in encoded.split(b"%")[1:]:
        if not (len(part) >= 2 and part[0] in _HEX and part[1] in _HEX):
            raise ValueError(segment)
    text = unquote_to_bytes(encoded).decode("utf-8")
    if "\0" in text:
        raise ValueError(segment)
    return text
