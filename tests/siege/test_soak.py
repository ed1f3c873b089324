"""The judge of the soak sees growth and slowness, and lets a busy machine off."""

import pytest

from siege.report import Report
from siege.soak import CONTROL, SAMPLES, Course, Sample, judge

HOUR_S = 3600.0


def course(
    *, grows: float = 0.0, files: float = 0.0, slows: float = 0.0, machine: float = 0.0, dearer: float = 0.0
) -> Course:
    """Make an hour of a request a second, in which something grows by a share of itself from begin to end."""
    made = Course()
    processor_s = 0.0
    for number in range(SAMPLES + 1):
        part = number / SAMPLES
        processor_s += 0.01 * (1 + dearer * part)
        made.samples.append(
            Sample(HOUR_S * part, 100 * (1 + grows * part), round(20 * (1 + files * part)), processor_s, number * 15)
        )
    for second in range(3600):
        part = second / HOUR_S
        made.latencies[CONTROL].append((second, 0.002 * (1 + machine * part)))
        made.latencies["write"].append((second, 0.01 * (1 + machine * part) * (1 + slows * part)))
    return made


def broken(made: Course) -> str:
    """Return the claims that did not hold."""
    report = Report()
    judge(report, made, HOUR_S)
    return " ".join(report.broken)


def test_a_flat_hour_holds() -> None:
    """Nothing grows, nothing is claimed to."""
    assert not broken(course())


@pytest.mark.parametrize(
    ("made", "claim"),
    [
        (course(grows=0.2), "memory grew"),
        (course(files=0.5), "open files grew"),
        (course(slows=3.0), "write slowed"),
        (course(dearer=2.0), "dearer"),
    ],
)
def test_what_grows_is_found(made: Course, claim: str) -> None:
    """Memory, open files, latency and cost each have a bound."""
    assert claim in broken(made)


def test_a_machine_that_slows_down_is_let_off() -> None:
    """What slows a request for nothing down as much is not the server's."""
    assert not broken(course(machine=3.0))
    assert "write slowed" in broken(course(machine=3.0, slows=3.0))
