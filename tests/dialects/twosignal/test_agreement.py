"""Generated scores: what is posted, exported, listed, tabled and read natively is one and the same."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from anyio import run
from hypothesis import given, settings
from hypothesis import strategies as st

from scorehouse.dialects.twosignal import DIALECT
from scorehouse.dialects.twosignal.routes import LOSSES
from scorehouse.wire.losses import Loss
from tests.dialects.speaking import Speaker, open_speaker
from tests.dialects.twosignal.twosignal import exported, ingest, native, score, scores, send, span_event, trace_event

ANY = st.characters(blacklist_characters="\0\x1f", blacklist_categories=["Cs"])
PLAIN = st.characters(blacklist_categories=["Cc", "Cs"])
IDS = st.text(PLAIN, min_size=1, max_size=40)
TEXTS = st.none() | st.text(ANY, max_size=60)
SCORES = st.lists(
    st.fixed_dictionaries(
        {
            "evaluatorName": st.text(PLAIN, min_size=1, max_size=40),
            "value": st.floats(0, 1) | st.sampled_from([0, 1]),
            "label": TEXTS,
            "reasoning": TEXTS,
            "by": st.sampled_from(["trace", "span", "event"]),
        }
    ),
    max_size=6,
)


@given(trace=IDS, span=IDS, event=IDS, wanted=SCORES)
@settings(max_examples=20, deadline=None)
def test_every_way_of_reading_agrees(trace: str, span: str, event: str, wanted: list[dict[str, Any]]) -> None:
    """A score says the same wherever it is read, whatever ids and texts clients choose."""

    async def converse() -> None:
        with TemporaryDirectory() as folder:
            async with open_speaker(Path(folder)) as speaker:
                await _agree(speaker, (trace, span, event), wanted)

    run(converse)


async def _agree(speaker: Speaker, ids: tuple[str, str, str], wanted: list[dict[str, Any]]) -> None:
    trace, span, event = ids
    await ingest(speaker, span_event(span, event, traceId=trace), trace_event(trace, "the-traces-own"))
    posted: list[dict[str, Any]] = []
    for each in wanted:
        by = {"trace": None, "span": span, "event": event}[each["by"]]
        body = {name: value for name, value in each.items() if name != "by"}
        answer = await score(speaker, **body, traceId=trace, spanId=by)
        assert answer == {"id": answer["id"], "traceId": trace, "spanId": by, **body}
        posted.append({**answer, "spanId": by and span})

    encoded = "".join(f"%{byte:02X}" for byte in trace.encode())
    export = (await exported(speaker, encoded))["scores"]
    assert [_without(found, "projectId", "createdAt") for found in export] == posted
    assert (await scores(speaker))[::-1] == export
    assert await _from_table(speaker) == export
    for found, original in zip(export, wanted, strict=True):
        stored = await native(speaker, "GET", f"/v1/scores/{found['id']}")
        assert stored["name"] == original["evaluatorName"]
        assert stored["value"]["number"] == original["value"]
        assert stored["value"]["labels"] == ([] if original["label"] is None else [original["label"]])
        assert stored["comment"] == original["reasoning"]
        assert stored["target"]["kind"] == ("trace" if original["by"] == "trace" else "span")
        assert stored["target"]["id"] == (trace if original["by"] == "trace" else span)


async def _from_table(speaker: Speaker) -> Any:
    reply = await send(speaker, "GET", "/api/v1/export/traces?format=csv")
    assert isinstance(reply.body, bytes)
    (row,) = csv.DictReader(io.StringIO(reply.body.decode(), newline=""), strict=True)
    return json.loads(row["scores"])


def _without(members: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in names}


def test_the_losses_are_what_the_contract_leaves_out() -> None:
    """A score of 2signal says a number from 0 to 1, a label, a reasoning, a trace or span, and when (contract §3.3)."""
    kept = set(Loss) - LOSSES
    assert kept == {
        Loss.TARGET_TRACE,
        Loss.TARGET_SPAN,
        Loss.TRACE_OF_SPAN,
        Loss.UNREGISTERED_NAME,
        Loss.NUMERIC,
        Loss.LABEL_FACET,
        Loss.COMMENT,
        Loss.CREATED_AT,
        Loss.FREE_ID,  # The page's own example is trace-abc-123 (contract §1.3).
        Loss.RECALL,  # The export shows them (contract §1.6).
        Loss.COUNTING,  # There is one value, and it is the one that counts.
    }
    assert DIALECT.losses == LOSSES
