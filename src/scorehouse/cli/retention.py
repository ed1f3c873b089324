"""``scorehouse retention``: how long a project keeps things; on the data itself, beside a server that may run on it."""

import argparse
import json
import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict

from scorehouse.cli.export import project_named
from scorehouse.cli.progress import Progress
from scorehouse.domain.changes import Actor
from scorehouse.domain.refusals import Fault, Invalid
from scorehouse.domain.retention import RetentionPolicy, StandingPolicy
from scorehouse.server.composition import Premises, open_premises
from scorehouse.server.serving import run
from scorehouse.services.retention import Forecast, clear_policy, forecast, remove_aged, set_policy, standing_policy
from scorehouse.settings import Settings
from scorehouse.wire.times import microseconds_z

FOREVER = "forever"
COMMAND_LINE = Actor("", None, "command line")

_DAYS = re.compile(r"(\d{1,6})d", re.ASCII)


def show(settings: Settings, options: argparse.Namespace) -> int:
    """Print the policy of a project."""
    run(_show(settings, options))
    return 0


def set_days(settings: Settings, options: argparse.Namespace) -> int:
    """Set the policy of a project; what is too old then goes with the server's next look, or with ``apply``."""
    run(_set(settings, options))
    return 0


def clear(settings: Settings, options: argparse.Namespace) -> int:
    """Clear the policy of a project."""
    run(_clear(settings, options))
    return 0


def apply(settings: Settings, options: argparse.Namespace) -> int:
    """Remove now what is too old, or say what would go."""
    run(_apply(settings, options))
    return 0


async def _show(settings: Settings, options: argparse.Namespace) -> None:
    async with open_premises(settings) as premises:
        _tell(options, await standing_policy(premises.house, await _project(premises, options)))


async def _set(settings: Settings, options: argparse.Namespace) -> None:
    policy = RetentionPolicy(days_said(options.days, "days"), environments_said(options.environment or ()))
    async with open_premises(settings) as premises:
        project = await _project(premises, options)
        _tell(options, await set_policy(premises.house, project, COMMAND_LINE, policy))


async def _clear(settings: Settings, options: argparse.Namespace) -> None:
    async with open_premises(settings) as premises:
        await clear_policy(premises.house, await _project(premises, options), COMMAND_LINE)
    _tell(options, None)


async def _apply(settings: Settings, options: argparse.Namespace) -> None:
    async with open_premises(settings) as premises:
        standing = await standing_policy(premises.house, await _project(premises, options))
        if standing is None:
            _tell(options, None)
        elif options.dry_run:
            _tell_forecast(options, await forecast(premises.house, standing))
        else:
            await _remove(premises, standing, options)


async def _remove(premises: Premises, standing: StandingPolicy, options: argparse.Namespace) -> None:
    counts = {"scores": 0, "traces": 0, "spans": 0}
    step_rows = premises.settings.bounds.retention_step_rows
    with Progress("removed") as progress:
        async with aclosing(remove_aged(premises.house, standing, step_rows)) as steps:
            async for removed in steps:
                for kind in counts:
                    counts[kind] += getattr(removed, kind)
                progress.add(removed.scores + removed.traces + removed.spans)
    print(
        json.dumps(counts)
        if options.json
        else "Removed {scores} scores, {traces} traces, {spans} spans.".format(**counts)
    )


async def _project(premises: Premises, options: argparse.Namespace) -> int:
    return (await project_named(premises.house, options.project)).number


def days_said(text: str, *where: str) -> int | None:
    """Read ``90d``, or ``forever``.

    Raises:
        Invalid: it is neither.
    """
    days = _DAYS.fullmatch(text)
    if days is None and text != FOREVER:
        raise Invalid(Fault(where, "malformed", f"must be days such as 90d, or {FOREVER}"))
    return None if days is None else int(days[1])


def environments_said(given: Sequence[str]) -> dict[str, int | None]:
    """Read ``--environment NAME=90d``, each of them."""
    found = {}
    for said in given:
        name, _, text = said.rpartition("=")
        found[name] = days_said(text, "--environment")
    return found


def _tell(options: argparse.Namespace, standing: StandingPolicy | None) -> None:
    if options.json:
        print(json.dumps(_document(standing), indent=2))
    elif standing is None:
        print(f"Project {options.project} keeps everything.")
    else:
        print(f"Project {options.project} keeps, since {microseconds_z(standing.since)}:")
        for name, days in standing.policy.environments.items():
            print(f"  environment {name}: {_written(days)}")
        print(f"  everything else: {_written(standing.policy.days)}")


def _tell_forecast(options: argparse.Namespace, found: Sequence[Forecast]) -> None:
    if options.json:
        rows = [{**asdict(each), "before": microseconds_z(each.before)} for each in found]
        print(json.dumps(rows, indent=2))
        return
    for each in found:
        name = "(none)" if each.environment is None else each.environment
        before = microseconds_z(each.before)
        print(f"environment {name}: {each.scores} scores, {each.traces} traces from before {before}")


def _document(standing: StandingPolicy | None) -> dict[str, object]:
    if standing is None:
        return {"days": None, "environments": {}, "since": None}
    policy = standing.policy
    return {
        "days": policy.days,
        "environments": dict(policy.environments),
        "since": microseconds_z(standing.since),
    }


def _written(days: int | None) -> str:
    return FOREVER if days is None else f"{days} days"
