"""Everything that an export writes comes in again: every kind of thing, in every format, once."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.json import decode

from scorehouse.cli.import_parts import FileSource
from scorehouse.dialects.native.exports import begin_export
from scorehouse.domain.changes import Actor
from scorehouse.domain.frozen import field_names, replace
from scorehouse.domain.instants import Instant
from scorehouse.domain.registry import Choice, Comparison, Config, Constraint, Evaluator, EvaluatorType, PassCondition
from scorehouse.domain.scores import Draft, Origin, Source
from scorehouse.domain.targets import SessionTarget, SpanTarget, TraceTarget
from scorehouse.domain.traces import Health, SpanKind, SpanSketch, TraceSketch
from scorehouse.domain.values import Kind, categorical, numeric
from scorehouse.services.anchor import anchor
from scorehouse.services.export import What
from scorehouse.services.forget import forget_traces
from scorehouse.services.offers import Inlet, Reconciliation, Refused
from scorehouse.services.record import record_score
from scorehouse.services.registry import put_config, put_evaluator
from scorehouse.services.take_in import Intake
from scorehouse.storage.queries import ChangeQuery
from scorehouse.wire.rows import ROWS
from scorehouse.wire.tables import Format
from tests.dialects.speaking import BEGINNING, Speaker, open_speaker

ME = Actor("key-1", "ann", "native")
EARLY = Instant(BEGINNING - 10**12 + 137)
TRACE, SPAN = "0AF76519-16CD-43DD-8448-EB211C80319C", "b7ad6b7169203331"

ORDER = (What.CONFIGS, What.EVALUATORS, What.TRACES, What.SPANS, What.SCORES)
OF_EACH_STORE = frozenset({"created_at", "updated_at"})
"""Of traces and spans the times of recording are those of the store; everything else keeps its own."""

DESCRIBED: Mapping[str, Any] = {
    "started_at": EARLY,
    "ended_at": Instant(EARLY + 1),
    "session": "chat",
    "user": "ann",
    "environment": "Prod (EU)",
    "release": "r 1",
    "version": "v,1",
    "error": 'say "so",\r\nü',
    "tags": ("b", "a,b"),
    "input": {"a": [1, None, 2.5, "x"]},
    "output": "text",
    "metadata": {"k": {"deep": [True]}},
    "residue": {"langfuse": {"odd": 1}},
}
FIGURES: Mapping[str, Any] = {
    "alias": "event-7",
    "parent": "nobody",
    "kind": SpanKind.LLM,
    "model": "m",
    "model_parameters": {"t": 0.5},
    "usage": {"input": 3, "output": 4},
    "cost_usd": 0.1,
    "completion_started_at": EARLY,
}
CONFIG = Config(
    id="config-1",
    name="mood",
    constraint=Constraint(Kind.CATEGORICAL, choices=(Choice("calm", 1.0), Choice("cross"))),
    description="how, it sounds",
    archived=True,
    metadata={"a": 1},
    residue={"langfuse": {"b": [2]}},
    created_at=EARLY,
    updated_at=Instant(EARLY + 5),
)
EVALUATOR = Evaluator(
    id="judge-1",
    key="tone",
    name="Tone",
    type=EvaluatorType.LLM,
    constraint=Constraint(Kind.NUMERIC, 0, 0.5),
    conditions=(
        PassCondition("number", Comparison.AT_LEAST, 0.25),
        PassCondition("number", Comparison.ONE_OF, (0.25, 0.5)),
    ),
    description="d",
    archived=True,
    version=3,
    definition={"prompt": "{{output}}"},
    metadata={"a": 1},
    created_at=EARLY,
    updated_at=EARLY,
)


@dataclass(frozen=True)
class House:
    """Somebody's house, out of which and into which things are moved."""

    speaker: Speaker
    folder: Path

    @property
    def inlet(self) -> Inlet:
        """Return where things are taken in."""
        return Inlet(self.speaker.house, self.speaker.principal.project.number, ME)

    async def write(self, what: What, format: Format, query: str = "") -> Path:
        """Export one kind of thing into a file."""
        begun = await begin_export(
            self.inlet.house, self.speaker.principal.project, f"what={what}&format={format}{query}"
        )
        path = self.folder / f"{what}.{format}"
        path.write_bytes(b"".join([part async for part in begun.parts]))
        return path

    async def take(self, path: Path, what: What) -> tuple[Reconciliation, list[Refused]]:
        """Import a file."""
        intake = Intake(self.inlet)
        refused: list[Refused] = []
        async for part in FileSource(path, Format(path.suffix[1:]), what).parts():
            refused += await intake.take_in(part.offers)
        return intake.sides, refused

    async def rows(self, what: What) -> list[dict[str, Any]]:
        """Return what an export says, in order of ids, without what is of each store."""
        begun = await begin_export(self.inlet.house, self.speaker.principal.project, f"what={what}&format=jsonl")
        lines = b"".join([part async for part in begun.parts]).splitlines()
        own = OF_EACH_STORE if what in {What.TRACES, What.SPANS} else frozenset()
        found = [{name: cell for name, cell in decode(line).items() if name not in own} for line in lines]
        return sorted(found, key=lambda row: str((row["id"], row.get("key"))))

    async def feed(self) -> int:
        """Count the entries of the feed."""
        return len(await self.inlet.house.store.changes(ChangeQuery(self.inlet.project, 1000)))


async def fill(house: House) -> None:
    """Put in one of everything with every fact, and what is only mentioned."""
    to, project = house.inlet.house, house.inlet.project
    await put_config(to, project, ME, replace(CONFIG, archived=False), create=True)
    await put_evaluator(to, project, ME, replace(EVALUATOR, archived=False), create=True)
    trace = TraceSketch(id=TRACE, name="answer", health=Health.OK, public=True, **DESCRIBED)
    span = SpanSketch(id=SPAN, trace=TRACE, name="call", health=Health.ERROR, **DESCRIBED, **FIGURES)
    await anchor(to, project, ME, [trace], [span, SpanSketch(id="bare", trace="t-2")])
    drafts = [
        Draft(id="s-1", target=SpanTarget(SPAN, TRACE), name="tone", value=numeric(0.5), source=JUDGED),
        Draft(
            id="s-2", target=TraceTarget("only mentioned"), name="mood", value=categorical("calm"), config="config-1"
        ),
        Draft(id="s-3", target=SessionTarget("chat"), name="free", value=numeric(-1e-7), timestamp=EARLY),
    ]
    for draft in drafts:
        await record_score(to, project, ME, draft, must_exist=False)
    await put_config(to, project, ME, CONFIG, create=False)
    await put_evaluator(to, project, ME, EVALUATOR, create=False)
    house.speaker.clock.advance(1000.5)


JUDGED = Source(Origin.EVALUATOR, "ann", "judge-1", "run-1")


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[House]:
    """A house with one of everything."""
    (tmp_path / "there").mkdir()
    async with open_speaker(tmp_path / "there") as speaker:
        house = House(speaker, tmp_path / "there")
        await fill(house)
        yield house


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[House]:
    """An empty house, later than the other."""
    (tmp_path / "here").mkdir()
    async with open_speaker(tmp_path / "here") as speaker:
        speaker.clock.advance(5000.0)
        yield House(speaker, tmp_path / "here")


@pytest.mark.parametrize("format", Format)
async def test_every_kind_of_thing_comes_in_as_it_was(there: House, here: House, format: Format) -> None:
    """Out of one store in any format, into another: what it exports is the same, row by row; and twice is once."""
    for what in ORDER:
        sides, refused = await here.take(await there.write(what, format), what)
        assert (refused, sides.differs) == ([], False), what
    for what in ORDER:
        assert await here.rows(what) == await there.rows(what), what
    before = await here.feed()
    for what in ORDER:
        sides, refused = await here.take(await there.write(what, format), what)
        assert (refused, sides.differs) == ([], False), what
    assert await here.feed() == before, "what is so already has no place in the feed"


async def test_both_sides_add_up(there: House, here: House) -> None:
    """Things are counted by kind, scores by name; of spans the cost is summed up, of scores the number."""
    sides = {what: (await here.take(await there.write(what, Format.JSONL), what))[0] for what in ORDER}
    assert sides[What.SPANS].others.stored == sides[What.SPANS].others.offered
    assert sides[What.SPANS].others.stored["spans"].sum == 0.1
    assert sides[What.EVALUATORS].others.stored["evaluators"].count == 2, "the one that every project starts with, too"
    assert {name: (total.count, total.sum) for name, total in sides[What.SCORES].scores.stored.items()} == {
        "tone": (1, 0.5),
        "mood": (1, 1.0),
        "free": (1, -1e-7),
    }


async def test_an_evaluator_is_its_key(there: House, here: House) -> None:
    """An evaluator of the same key is the same one under its id of here, and its scores come in linked to it."""
    to, project = here.inlet.house, here.inlet.project
    mine = Evaluator(id="mine", key="tone", name="Old", created_at=EARLY, updated_at=EARLY)
    await put_evaluator(to, project, ME, mine, create=True)
    for what in ORDER:
        _, refused = await here.take(await there.write(what, Format.JSONL), what)
        assert refused == [], what
    (found,) = [row for row in await here.rows(What.EVALUATORS) if row["key"] == "tone"]
    assert (found["id"], found["name"], found["version"]) == ("mine", "Tone", 3)
    (score,) = [row for row in await here.rows(What.SCORES) if row["id"] == "s-1"]
    assert (score["evaluator"], score["passed"]) == ("mine", True)


async def test_a_score_of_an_unknown_evaluator_or_config_is_told(there: House, here: House) -> None:
    """Scores before what they name are refused with the reason, and come in once it is there."""
    scores = await there.write(What.SCORES, Format.JSONL)
    sides, refused = await here.take(scores, What.SCORES)
    assert sides.differs
    assert sorted(str(one.refusal).partition(" ")[0] for one in refused) == ["config:", "source.evaluator:"], refused
    for what in (What.CONFIGS, What.EVALUATORS):
        await here.take(await there.write(what, Format.JSONL), what)
    assert (await here.take(scores, What.SCORES))[1] == []


async def test_a_trace_that_was_deleted_goes_here_too(there: House, here: House) -> None:
    """A second export of what changed brings the deletion, which takes the spans and scores along as it did there."""
    for what in ORDER:
        await here.take(await there.write(what, Format.JSONL), what)
    mark = (await begin_export(there.inlet.house, there.speaker.principal.project, "what=traces")).mark
    await forget_traces(there.inlet.house, there.inlet.project, ME, [TRACE])
    sides, refused = await here.take(await there.write(What.TRACES, Format.JSONL, f"&after={mark}"), What.TRACES)
    assert (sides.gone, refused) == (1, [])
    for what in ORDER:
        assert await here.rows(what) == await there.rows(what), what


async def test_what_cannot_be_deleted_by_itself_is_told(here: House) -> None:
    """Configs, evaluators and spans are not deleted one by one; a row that says so is refused."""
    for what in (What.CONFIGS, What.EVALUATORS, What.SPANS):
        path = here.folder / f"{what}.jsonl"
        path.write_text('{"id": "x", "deleted": true}\n')
        _, refused = await here.take(path, what)
        assert [str(one.refusal).partition(" ")[0] for one in refused] == ["deleted:"]


@pytest.mark.parametrize(
    ("what", "line", "said"),
    [
        (What.TRACES, '{"id": ""}', "id"),
        (What.TRACES, '{"id": "a", "colour": 1}', "colour"),
        (What.TRACES, '{"id": "a", "health": "fine"}', "health"),
        (What.TRACES, '{"id": "a", "started_at": "soon"}', "started_at"),
        (What.SPANS, '{"id": "a"}', "trace"),
        (What.SPANS, '{"id": "a", "trace": "t", "usage": {"input": -1}}', "usage"),
        (What.CONFIGS, '{"id": "a"}', "name"),
        (What.CONFIGS, '{"id": "a", "name": "n"}', "created_at"),
        (What.CONFIGS, '{"id": "a", "name": "n", "choices": [{"label": 1}]}', "choices"),
        (What.EVALUATORS, '{"id": "a", "name": "n", "created_at": "2025-01-01"}', "key"),
    ],
)
async def test_what_cannot_be_read_is_told(here: House, what: What, line: str, said: str) -> None:
    """A bad row of any kind is refused at the column that is wrong, and nothing of it is stored."""
    path = here.folder / "in.jsonl"
    path.write_text(line + "\n")
    before = await here.feed()
    sides, refused = await here.take(path, what)
    (one,) = refused
    assert str(one.refusal).startswith(said)
    assert (sides.refused, await here.feed()) == (1, before)


def test_every_column_of_an_export_is_read() -> None:
    """A column that an export writes and no reader knows would refuse every row."""
    assert set(ROWS) == set(What) - {What.HISTORY}
    for what, row in ROWS.items():
        assert {column.name for column in row.columns} == set(row.shape.__struct_fields__), what


def test_every_fact_of_a_sketch_is_in_the_round_trip() -> None:
    """The traces and spans above say everything that one can say."""
    said = {"id", "name", "health", *DESCRIBED}
    assert set(field_names(TraceSketch)) - {"shallow", "first_wins"} == said | {"public"}
    own = set(field_names(SpanSketch)) - {"shallow", "first_wins", "replace"}
    assert own == said | {"trace", *FIGURES}
