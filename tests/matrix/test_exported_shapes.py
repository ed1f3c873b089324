"""Moving out in a vendor's shape: the law of losses holds of what is exported, and what is lost is counted.

One score for every fact that there is goes out in every shape, and whoever speaks that vendor's dialect hears it there.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from scorehouse.dialects import registered
from scorehouse.dialects.native.exports import Begun, begin_export
from scorehouse.domain.targets import TargetKind
from scorehouse.storage.score_values import asks_others
from scorehouse.wire.dialect import Dialect
from scorehouse.wire.losses import Loss
from tests.matrix.facts import PLAIN, Heard
from tests.matrix.law import BLANKS, lies, silences
from tests.matrix.specimens import DEEDS, specimens
from tests.matrix.voices import NATIVE, langfuse, pandaprobe, respan, tracia, twosignal
from tests.matrix.world import World

HEAR: Mapping[str, Callable[[Mapping[str, Any]], Heard]] = {
    "2signal": twosignal.hear,
    "langfuse": langfuse.hear,
    "pandaprobe": pandaprobe.hear,
    "respan": respan.hear,
    "tracia": lambda row: {**tracia.hear(row), "target": (TargetKind.SPAN, row["spanId"])},
}
"""How somebody who speaks a dialect hears its rows."""

NOT_HEARD: Mapping[str, frozenset[Loss]] = {
    "tracia": frozenset({Loss.EVALUATOR}),
    "pandaprobe": pandaprobe.SESSION_LACKS,
}
"""What a row leaves out although the dialect does not lose it: Tracia names the evaluator by the score's own name, and
PandaProbe says less of sessions."""

COUNTED = (
    *(Loss.COMMENT, Loss.METADATA, Loss.ENVIRONMENT, Loss.ORIGIN, Loss.AUTHOR, Loss.EVALUATOR, Loss.SOURCE_RUN),
    *(Loss.CONFIG, Loss.QUEUE, Loss.PASSED, Loss.COST),
)
"""Losses that take one whole fact away, which is there or blank."""

DIALECTS = [dialect for dialect in registered() if dialect.shape is not None]


async def everything(world: World) -> dict[str, dict[str, Any]]:
    """Record scores with every fact, on traces and on spans; returns what has to be known of each, by its name."""
    truths: dict[str, dict[str, Any]] = {}
    for loss in sorted(set(Loss) - DEEDS):
        for without in (frozenset[Loss](), frozenset({Loss.TARGET_TRACE, Loss.UNREGISTERED_NAME})):
            for facts in specimens(loss, without):
                _, truth = await world.say(NATIVE, world.next(facts))
                truths[truth["name"]] = truth
    return truths


async def exported(world: World, query: str) -> tuple[Begun, str]:
    """Export, and return the whole file."""
    speaker = world.speaker
    begun = await begin_export(speaker.house, speaker.principal.project, query)
    return begun, b"".join([part async for part in begun.parts]).decode()


def rows_of(file: str) -> Sequence[dict[str, Any]]:
    """Read JSON Lines."""
    return [json.loads(line) for line in file.splitlines()]


def test_every_vendor_has_a_shape() -> None:
    """Whoever can be moved into can be moved out to; a shape asks for nothing that a score alone does not tell."""
    assert {dialect.name for dialect in DIALECTS} == set(HEAR) == {d.name for d in registered()} - {"native"}
    assert not any(asks_others(dialect.speakable) for dialect in DIALECTS)


async def test_the_law_holds_of_what_is_exported(world_of_tasks: World) -> None:
    """What a vendor does not declare lost is in its rows and right; what has no row is left out and counted."""
    truths = await everything(world_of_tasks)
    found: list[str] = []
    for dialect in DIALECTS:
        begun, file = await exported(world_of_tasks, f"shape={dialect.name}")
        heard = {one["name"]: one for one in map(HEAR[dialect.name], rows_of(file))}
        assert 0 < len(heard) == len(rows_of(file))
        assert begun.tally.left_out == len(truths) - len(heard)
        found += [f"{dialect.name}: {one}" for one in broken(dialect, truths, heard)]
        found += [f"{dialect.name}: {one}" for one in miscounted(dialect, [truths[name] for name in heard], begun)]
        _, table = await exported(world_of_tasks, f"shape={dialect.name}&format=csv")
        assert_same_rows(rows_of(file), list(csv.DictReader(StringIO(table, newline=""))))
    assert found == []


def broken(dialect: Dialect, truths: Mapping[str, Heard], heard: Mapping[str, Heard]) -> Iterator[str]:
    """Yield what a dialect's rows say wrongly, or leave out without its having declared that."""
    unheard = (dialect.losses - dialect.shown) | NOT_HEARD.get(dialect.name, frozenset())
    for name, truth in truths.items():
        own = {**truth, "residue": {}}
        yield from lies(own, heard.get(name, {}), dialect.losses)
        if name in heard or truth["evaluator"] is not None or Loss.UNREGISTERED_NAME not in unheard:
            yield from silences(own, heard.get(name), unheard)


def miscounted(dialect: Dialect, truths: Sequence[Heard], begun: Begun) -> Iterator[str]:
    """Yield the facts that were counted otherwise than they are missing in the rows of some scores."""
    for loss in COUNTED:
        (fact,) = PLAIN[loss]
        there = sum(truth[fact] != BLANKS.get(fact) for truth in truths)
        expected = there if loss in dialect.losses - dialect.shown else 0
        if begun.tally.unsaid[str(loss)] != expected:
            yield f"{loss!r} counted {begun.tally.unsaid[str(loss)]} times instead of {expected}"


def assert_same_rows(rows: Sequence[Mapping[str, Any]], table: Sequence[Mapping[str, str]]) -> None:
    """Hold CSV against JSON Lines: a column for every member; what is a list or an object is JSON in its cell."""
    assert len(table) == len(rows)
    for row, cells in zip(rows, table, strict=True):
        assert row.keys() <= cells.keys()
        for name, cell in cells.items():
            expected = row.get(name)
            is_plain = expected is None or isinstance(expected, str)
            assert (cell if is_plain else json.loads(cell)) == (expected or "" if is_plain else expected)
