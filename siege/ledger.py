"""What the writers know, and what is stored: held against each other.

A writer notes what it is about to send before it sends it, and that it was acknowledged once it was. What was sent and
never answered may have been done or not, and its writer leaves that score alone from then on; all else is certain.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from siege.calling import Caller
from siege.report import Report

PAGE = 1000


class State(NamedTuple):
    """A score as it stood: its comment, unique among everything sent, and its number."""

    comment: str
    number: float


@dataclass
class Story:
    """What one writer knows of one score.

    Attributes:
        id: once it was told.
        states: that were acknowledged, oldest first.
        pending: was sent and not answered; None in it for a deletion.
        deleted: a deletion was acknowledged.
    """

    id: str = ""
    states: list[State] = field(default_factory=list)
    pending: list[State | None] = field(default_factory=list)
    deleted: bool = False

    @property
    def first(self) -> str:
        """The comment that it began with."""
        return next((state.comment for state in (*self.states, *self.pending) if state is not None), "")

    def courses(self) -> Iterator[tuple[list[State], bool]]:
        """Yield what may have happened: the states that it went through, and whether it is deleted now."""
        yield self.states, self.deleted
        for after in self.pending:
            yield (self.states, True) if after is None else ([*self.states, after], False)


@dataclass
class Ledger:
    """What all writers know.

    Attributes:
        stories: of every score that was ever sent.
        others: answers that should not have been.
    """

    stories: list[Story] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> Story:
        """Open the story of another score."""
        story = Story()
        with self.lock:
            self.stories.append(story)
        return story

    @property
    def acknowledged(self) -> int:
        """How many changes were acknowledged."""
        return sum(len(story.states) + story.deleted for story in self.stories)


def same_id(id: str) -> str:
    """Return an id as it compares: a 128-bit id is one id with hyphens and without."""
    return id.replace("-", "") if len(id) == 36 else id


def state_of(score: Mapping[str, Any]) -> State:
    """Return what a score of the native API says."""
    return State(score["comment"], score["value"]["number"])


def all_scores(caller: Caller) -> Iterator[dict[str, Any]]:
    """Walk all scores of the project."""
    cursor = ""
    while True:
        page = caller.send("native", "GET", f"/v1/scores?limit={PAGE}{cursor}").json()
        yield from page["items"]
        if page["next"] is None:
            return
        cursor = f"&cursor={page['next']}"


def all_changes(caller: Caller) -> Iterator[dict[str, Any]]:
    """Follow the feed from its start to its present end."""
    after = ""
    while True:
        part = caller.send("native", "GET", f"/v1/changes?limit={PAGE}{after}").json()
        if not part["changes"]:
            return
        yield from part["changes"]
        after = f"&after={part['mark']}"


def hold_against(ledger: Ledger, caller: Caller, report: Report) -> None:
    """Claim that what is stored is what the writers know, that nothing else is, and that the feed tells the same."""
    stored = {same_id(score["id"]): score for score in all_scores(caller)}
    changes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    marks = []
    for change in all_changes(caller):
        marks.append(int(change["mark"].rpartition(".")[2]))
        if change["subject"] == "score":
            changes[same_id(change["id"])].append(change)
    told = {id: _told(each, stored.get(id)) for id, each in changes.items()}
    by_first = {course[0][0].comment: id for id, course in told.items() if course is not None and course[0]}
    report.claim(None not in told.values(), "the feed does not tell each score from created to deleted or now")
    report.claim(marks == sorted(set(marks)), "the marks of the feed are not in order, or stand twice")
    report.claim(set(stored) <= set(changes), "a score is stored that the feed does not know")
    known, wrong = set(), []
    for story in ledger.stories:
        id = by_first.get(story.first)
        seen = told.get(id) if id is not None else ([], False)
        known.add(id)
        if seen not in list(story.courses()) or (story.id and id != same_id(story.id)):
            wrong.append((story, seen))
    report.claim(not wrong, f"{len(wrong)} scores are not as they were acknowledged, first: {wrong[:1]}")
    report.claim(set(told) <= known, f"{len(set(told) - known)} scores are stored that nobody sent")
    report.claim(not ledger.others, f"{len(ledger.others)} unexpected answers, first: {ledger.others[:1]}")
    verdict = "all present and right" if not wrong else f"{len(wrong)} of them not as acknowledged"
    report.figure(f"{ledger.acknowledged} acknowledged changes of {len(ledger.stories)} scores, {verdict}")


def _told(changes: list[dict[str, Any]], now: Mapping[str, Any] | None) -> tuple[list[State], bool] | None:
    """Return the states that a score went through, and whether it is gone; None where the feed makes no sense."""
    actions = [change["action"] for change in changes]
    middle = actions[1:-1] if actions[-1] == "deleted" else actions[1:]
    if actions[0] != "created" or any(action != "changed" for action in middle):
        return None
    gone = actions[-1] == "deleted"
    if gone != (now is None):
        return None
    befores = [state_of(change["before"]) for change in changes[1:]]
    return (befores, True) if now is None else ([*befores, state_of(now)], False)
