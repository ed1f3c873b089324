"""The generator of large stores leaves them as the writer would have."""

import sqlite3
from pathlib import Path

from benchmarks.generator import fill
from scorehouse.domain.scores import Patch
from scorehouse.engines.sql import open_sqlite
from scorehouse.engines.sql.connections_sqlite import FILE_NAME
from scorehouse.storage.queries import Compare, Operator, ScoreField
from tests.engines.stores import Room, draft, open_room


async def test_generated_scores_are_scores(tmp_path: Path) -> None:
    """They are listed, found by name and trace, are in the feed, and writing goes on after them."""
    store = await open_sqlite(tmp_path, queue_rows_max=100, read_threads=1)
    room = await open_room(store)
    first = await room.record(draft("before"))
    await store.close()
    fill(tmp_path, 200)
    store = await open_sqlite(tmp_path, queue_rows_max=100, read_threads=1)
    again = Room(store, room.project, ticks=room.ticks, minted=room.minted)
    last = await again.record(draft("before"))
    scores = await again.scores()
    assert (scores[0], scores[-1], len(scores)) == (first, last, 202)
    assert len(await again.scores(Compare(ScoreField.NAME, Operator.EQUALS, "generated-7"))) == 10
    generated = scores[1]
    assert generated.value is not None
    assert await again.store.score(again.number, generated.id) == generated
    assert {score.target.kind for score in scores} == {"trace", "span"}
    same_trace = await again.scores(Compare(ScoreField.TRACE, Operator.EQUALS, generated.target.id))
    assert len(same_trace) == 20
    assert [change.id for change in await again.changes()] == [score.id for score in scores]
    await again.revise(generated.id, Patch(comment="changed"))
    await store.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
