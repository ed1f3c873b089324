"""The judge of the sieges can say no: each way of losing, inventing or mistelling a score is found."""

import json
from typing import Any, cast

import pytest

from siege.calling import Answer, Caller
from siege.ledger import Ledger, State, Story, hold_against
from siege.report import Report

FIRST, SECOND = State("a", 0.25), State("b", 0.5)


def score(id: str, state: State) -> dict[str, Any]:
    """Write a score as the native API does, as far as the judge looks."""
    return {"id": id, "comment": state.comment, "value": {"number": state.number}}


def change(mark: int, action: str, id: str, before: State | None) -> dict[str, Any]:
    """Write a change as the feed does, as far as the judge looks."""
    told = None if before is None else score(id, before)
    return {"mark": f"0.{mark}", "subject": "score", "action": action, "id": id, "before": told}


class Stored:
    """A server that has these scores and this feed."""

    def __init__(self, scores: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
        self._scores = scores
        self._changes = changes

    def send(self, edition: str, method: str, path: str) -> Answer:
        """Answer a list or the feed, the whole of it at once."""
        assert (edition, method) == ("native", "GET")
        if path.startswith("/v1/scores"):
            return Answer(200, {}, json.dumps({"items": self._scores, "next": None}).encode())
        changes = [] if "after=" in path else self._changes
        return Answer(200, {}, json.dumps({"changes": changes, "mark": "0.9"}).encode())


CREATED = [change(1, "created", "x", None)]
CHANGED = [*CREATED, change(2, "changed", "x", FIRST)]
DELETED = [*CHANGED, change(3, "deleted", "x", SECOND)]

HELD = {
    "as created": (Story("x", [FIRST]), [score("x", FIRST)], CREATED),
    "as changed": (Story("x", [FIRST, SECOND]), [score("x", SECOND)], CHANGED),
    "deleted": (Story("x", [FIRST, SECOND], deleted=True), [], DELETED),
    "never answered, not done": (Story(pending=[FIRST]), [], []),
    "never answered, done": (Story(pending=[FIRST]), [score("x", FIRST)], CREATED),
    "a change never answered, not done": (Story("x", [FIRST], [SECOND]), [score("x", FIRST)], CREATED),
    "a change never answered, done": (Story("x", [FIRST], [SECOND]), [score("x", SECOND)], CHANGED),
    "a deletion never answered, done": (Story("x", [FIRST, SECOND], [None]), [], DELETED),
}

BROKEN = {
    "lost": (Story("x", [FIRST]), [], []),
    "lost from the list alone": (Story("x", [FIRST]), [], CREATED),
    "not in the feed": (Story("x", [FIRST]), [score("x", FIRST)], []),
    "another number": (Story("x", [FIRST]), [score("x", State("a", 0.3))], CREATED),
    "another id": (Story("y", [FIRST]), [score("x", FIRST)], CREATED),
    "an older state": (Story("x", [FIRST, SECOND]), [score("x", FIRST)], CREATED),
    "a change without its history": (Story("x", [FIRST, SECOND]), [score("x", SECOND)], CREATED),
    "back from deletion": (Story("x", [FIRST], deleted=True), [score("x", FIRST)], CREATED),
    "created twice": (Story("x", [FIRST]), [score("x", FIRST)], [*CREATED, change(2, "created", "x", None)]),
    "a mark twice": (
        Story("x", [FIRST, SECOND]),
        [score("x", SECOND)],
        [*CREATED, change(1, "changed", "x", FIRST)],
    ),
    "nobody sent it": (Story(pending=[SECOND]), [score("x", FIRST)], CREATED),
}


def judged(story: Story, scores: list[dict[str, Any]], changes: list[dict[str, Any]]) -> Report:
    """Judge what is stored against one story."""
    report = Report()
    hold_against(Ledger([story]), cast("Caller", Stored(scores, changes)), report)
    return report


@pytest.mark.parametrize("case", HELD)
def test_what_may_have_happened_holds(case: str) -> None:
    """What was acknowledged is there; what was not answered may be there or not."""
    assert judged(*HELD[case]).broken == []


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_have_happened_is_found(case: str) -> None:
    """Every kind of loss, invention and untold history breaks a claim."""
    assert judged(*BROKEN[case]).broken != []
