"""What counts as a finding.

A decoder may return or raise a Refusal; anything else that it raises is a defect. An answer may be anything but a
5xx; 501 is one only where the route does not say that it is not spoken. No answer tells the key, or anything of the
other project. Nothing takes more processor time than TIME_MAX_S.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import process_time

from scorehouse.domain.refusals import Refusal

TIME_MAX_S = 3.0
"""Of the processor for one input: a hundred times what the slowest honest one of this size takes, instrumented."""

UNSUPPORTED = 501


class Finding(Exception):
    """The input shows a defect; the message says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application sent.

    Attributes:
        media: content type, empty for none.
    """

    status: int
    media: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@contextmanager
def judged(seconds: Callable[[], float] = process_time) -> Iterator[None]:
    """Turn what is raised inside, beside refusals, and what takes too long, into a Finding."""
    began = seconds()
    try:
        yield
    except Refusal:
        pass
    except Finding:
        raise
    except Exception as error:
        raise Finding(f"{type(error).__name__}: {error}") from error
    taken = seconds() - began
    if taken > TIME_MAX_S:
        raise Finding(f"took {taken:.1f} s")


def judge(answer: Answer, unsupported: bool, secrets: tuple[str, ...]) -> None:
    """Raise a Finding where an answer is none that may be given.

    `secrets` are texts that the request did not say outside its credentials, so the answer must not either.
    """
    if answer.status >= 500 and not (answer.status == UNSUPPORTED and unsupported):
        raise Finding(f"status {answer.status}: {answer.body[:200]!r}")
    if answer.media.startswith("application/json") and answer.body:
        try:
            json.loads(answer.body)
        except ValueError as error:
            raise Finding(f"the body is not JSON: {error}") from error
    told = answer.body + repr(answer.headers).encode()
    for secret in secrets:
        if secret.encode() in told:
            raise Finding(f"the answer tells {secret[:6]}…")
