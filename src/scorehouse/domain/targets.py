"""What a score is about: exactly one of trace, span, session or run.

A tagged thing, so that "a score on a session and a trace at once" cannot be built.
"""

from enum import StrEnum

from scorehouse.domain.frozen import Frozen
from scorehouse.domain.identity import checked_id


class TargetKind(StrEnum):
    """The four things that can be scored."""

    TRACE = "trace"
    SPAN = "span"
    SESSION = "session"
    RUN = "run"


class TraceTarget(Frozen, frozen=True):
    """A whole trace."""

    trace: str

    def __post_init__(self) -> None:
        checked_id(self.trace, "trace")

    @property
    def kind(self) -> TargetKind:
        """Tell which of the four it is."""
        return TargetKind.TRACE

    @property
    def id(self) -> str:
        """The id of the thing itself."""
        return self.trace


class SpanTarget(Frozen, frozen=True):
    """One span. `trace` may be unknown while offered (Respan and Tracia name only the span), never once recorded."""

    span: str
    trace: str | None = None

    def __post_init__(self) -> None:
        checked_id(self.span, "span")
        if self.trace is not None:
            checked_id(self.trace, "trace")

    @property
    def kind(self) -> TargetKind:
        """Tell which of the four it is."""
        return TargetKind.SPAN

    @property
    def id(self) -> str:
        """The id of the thing itself."""
        return self.span


class SessionTarget(Frozen, frozen=True):
    """A session: the traces that share its id."""

    session: str

    def __post_init__(self) -> None:
        checked_id(self.session, "session")

    @property
    def kind(self) -> TargetKind:
        """Tell which of the four it is."""
        return TargetKind.SESSION

    @property
    def id(self) -> str:
        """The id of the thing itself."""
        return self.session


class RunTarget(Frozen, frozen=True):
    """A run of a dataset or experiment."""

    run: str

    def __post_init__(self) -> None:
        checked_id(self.run, "run")

    @property
    def kind(self) -> TargetKind:
        """Tell which of the four it is."""
        return TargetKind.RUN

    @property
    def id(self) -> str:
        """The id of the thing itself."""
        return self.run


Target = TraceTarget | SpanTarget | SessionTarget | RunTarget
