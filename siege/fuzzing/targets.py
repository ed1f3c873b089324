"""What is fed: the whole application, and each decoder by itself.

A target is a function of bytes that returns or raises a Finding. That of the decoders reads the name of one from the
first line, so that a finding says where it belongs, and what follows is its input.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from scorehouse.dialects import registered
from scorehouse.dialects.langfuse import conditions, filters, trace_filters
from scorehouse.dialects.native.filters import read_tree
from scorehouse.dialects.native.reads import read_mark
from scorehouse.dialects.native.scores import SCORE_FIELDS
from scorehouse.dialects.native.traces import SPAN_FIELDS
from scorehouse.domain.documents import checked_document
from scorehouse.domain.identity import canonical, checked_id, hyphenated
from scorehouse.domain.refusals import Refusal
from scorehouse.server.keyring import Keyring
from scorehouse.server.mounts import Mounts
from scorehouse.server.telemetry import Telemetry
from scorehouse.wire.bodies import decode, parse, read_query
from scorehouse.wire.call import Head
from scorehouse.wire.cursors import read_cursor, write_cursor
from scorehouse.wire.exported import IdRule
from scorehouse.wire.otlp import read_export
from scorehouse.wire.rows import ROWS, Row
from scorehouse.wire.sources import Ask
from scorehouse.wire.table_reading import read_rows
from scorehouse.wire.tables import Format
from scorehouse.wire.times import milliseconds_z, parse_time
from siege.fuzzing import seeds
from siege.fuzzing.house import FOLDERS, MARKER, OTHER_SECRET, SECRET, House
from siege.fuzzing.judging import Finding, judge, judged
from siege.fuzzing.messages import read_message

Decoder = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Something that reads bytes from outside.

    Attributes:
        name: also of its folder of findings.
        feed: returns, or raises a Finding.
        seeds: what to begin with.
        share: of the whole time.
    """

    name: str
    feed: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    share: float


# ── The whole application ────────────────────────────────────────────────────────────────────────────────


class Requests:
    """Feeds requests to a house, and judges its answers."""

    def __init__(self) -> None:
        self._house = House()

    def close(self) -> None:
        """Close the house."""
        self._house.close()

    def __call__(self, data: bytes) -> None:
        """Send one request."""
        message = read_message(data)
        with judged():
            answer = self._house.ask(message)
        said = message.path.encode("latin-1") + message.query.encode("latin-1") + message.body
        said += repr([pair for pair in message.headers if pair[0] not in {"authorization", "x-api-key"}]).encode()
        secrets = tuple(text for text in (SECRET, OTHER_SECRET, MARKER) if text.encode() not in said)
        judge(answer, self._house.is_unsupported(message), secrets)


# ── Decoders ─────────────────────────────────────────────────────────────────────────────────────────────


@cache
def decoders() -> Mapping[str, Decoder]:
    """Return every decoder by its name: those of the routes' tables, and those that no table holds."""
    found: dict[str, Decoder] = {}
    for dialect in registered():
        for route in dialect.routes:
            place = f"{dialect.name} {route.method} {route.path}"
            if route.body is not None:
                found[f"body {place}"] = partial(_body, route.body)
            if route.query is not None:
                found[f"query {place}"] = partial(_query, route.query)
        found[f"credential {dialect.name}"] = partial(_credential, dialect.credential)
        if dialect.source is not None:
            found[f"source {dialect.name}"] = partial(_source, dialect.source.read, dialect.source.first)
    for media in ("application/json", "application/x-protobuf"):
        for any_text in (False, True):
            found[f"otlp {media} {any_text}"] = partial(_export, media, IdRule(any_text=any_text))
    for what, row in ROWS.items():
        for format in (Format.JSONL, Format.CSV):
            found[f"rows {format} {what}"] = partial(_rows, format, row)
    return {**found, **_texts()}


def _texts() -> dict[str, Decoder]:
    langfuse = {"scores": filters.COLUMNS, "traces": trace_filters.TRACE_COLUMNS}
    langfuse["observations"] = trace_filters.OBSERVATION_COLUMNS
    return {
        **{f"filter langfuse {n}": _text(partial(_conditions, columns)) for n, columns in langfuse.items()},
        "filter native scores": _text(lambda text: read_tree(text, SCORE_FIELDS)),
        "filter native spans": _text(lambda text: read_tree(text, SPAN_FIELDS)),
        "mark": _text(lambda text: read_mark(text, "after")),
        "cursor": _text(lambda text: write_cursor(read_cursor(text, "cursor"))),
        "time": _text(lambda text: milliseconds_z(parse_time(text, "at"))),
        "id": _text(lambda text: (canonical(checked_id(text, "id")), hyphenated(text))),
        "document": lambda data: checked_document(parse(data), "metadata") and None,
        "path": _text(lambda text: _mounts().find("GET", text)),
    }


def feed_decoder(data: bytes) -> None:
    """Give what follows the first line to the decoder that it names; another name is no input at all."""
    name, _, rest = data.partition(b"\n")
    decoder = decoders().get(name.decode("latin-1"))
    if decoder is not None:
        with judged():
            decoder(rest)


def decoder_seeds() -> Iterator[bytes]:
    """Give every decoder of bodies every recorded body of its route's dialect, every other one what it may mean."""
    every = decoders()
    mounts = _mounts()
    for dialect, message in seeds.recorded():
        found = mounts.find(message.method, f"/{dialect.name}{message.path}")
        path = getattr(found, "seats", (None,))[0]
        place = "" if path is None else f"{dialect.name} {path.route.method} {path.route.path}"
        for kind, rest in (("body", message.body), ("query", message.query.encode())):
            if f"{kind} {place}" in every:
                yield f"{kind} {place}\n".encode() + rest
    for name in every:
        yield f"{name}\n".encode() + _sample(name)


SAMPLES: Mapping[str, bytes] = {
    "body": b"{}",
    "query": b"limit=10",
    "credential": b"authorization: Bearer " + SECRET.encode(),
    "source": b'{"data":[{"id":"1","name":"n","value":1}],"items":[],"results":[],"meta":{"totalPages":1}}',
    "otlp application/json": b'{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"stringValue":"b"}}]},'
    b'"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"n",'
    b'"startTimeUnixNano":"1767225600000000000","attributes":[{"key":"k","value":{"arrayValue":{"values":[]}}}]}]}]}]}',
    "otlp application/x-protobuf": bytes.fromhex(
        "0a2b122912270a100af7651916cd43dd8448eb211c80319c1208b7ad6b71692033312a016e390000c52d3b7d8618"
    ),
    "rows jsonl": b'{"name":"n","target_kind":"trace","target":"t","kind":"numeric","number":1}\n',
    "rows csv": b'name,target_kind,target,kind,number,labels\n"n","trace","t","numeric",1,"[""a""]"\n',
    "filter langfuse": b'[{"type":"number","column":"value","operator":">","value":1}]',
    "filter native": b'{"all":[{"field":"name","operator":"=","value":"n"}]}',
    "mark": b"1-1",
    "cursor": b"WzEsMV0",
    "time": b"2026-01-01T00:00:00.123456789+01:00",
    "id": b"0AF76519-16CD-43DD-8448-EB211C80319C",
    "document": b'{"a":[1,{"b":null}]}',
    "path": b"/v1/scores/%2F",
}
"""What decoders begin with, by how their name begins."""


def _sample(name: str) -> bytes:
    return next(sample for begin, sample in SAMPLES.items() if name.startswith(begin))


def _body(shape: type, data: bytes) -> None:
    decode(data, shape)


def _query(shape: type, data: bytes) -> None:
    read_query(data.decode("latin-1"), shape)


def _credential(read: Callable[..., object], data: bytes) -> None:
    lines = (line.partition(":") for line in data.decode("latin-1").split("\n"))
    credential = read({name.strip().lower(): text.strip() for name, _, text in lines})
    token = getattr(credential, "secret", None)
    if token is not None:
        Keyring(registered()).read(token)


def _source(read: Callable[..., object], first: tuple[Ask, ...], data: bytes) -> None:
    for ask in first:
        read(ask, data)


def _export(media: str, ids: IdRule, data: bytes) -> None:
    read_export(Head("POST", "/v1/traces", headers={"content-type": media}), data, ids)


def _rows(format: Format, row: Row, data: bytes) -> None:
    with TemporaryDirectory(prefix="fuzzing-", dir=FOLDERS) as folder:
        path = Path(folder, "rows")
        path.write_bytes(data)
        for source, given in read_rows(path, format, row.columns, row.shape):
            offer = given if isinstance(given, Refusal) else row.offer(given, source)
            repr(offer).encode()


def _conditions(columns: Mapping[str, conditions.Column], text: str) -> object:
    return conditions.read_conditions(text, columns)


def _text(read: Callable[[str], object]) -> Decoder:
    """Feed a reader of texts: what is not UTF-8 comes as Latin-1, as in a header."""

    def feed(data: bytes) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        read(text)

    return feed


@cache
def _mounts() -> Mounts:
    return Mounts(registered(), Telemetry())


def targets() -> tuple[Target, ...]:
    """Return every target."""
    return (
        Target("requests", Requests(), seeds.requests, 0.6),
        Target("decoders", feed_decoder, decoder_seeds, 0.4),
    )


def target(name: str) -> Target:
    """Return the target of this name."""
    return next(each for each in targets() if each.name == name)


__all__ = ["Finding", "Target", "decoders", "target", "targets"]
