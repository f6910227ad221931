"""`fixative doctor`: named checks, each with its mend."""

from __future__ import annotations

import click

from console.checks.all_checks import all_checks
from console.checks.check import Check
from console.cli.desk import Desk
from console.cli.options import with_desk
from console.cli.verbs import PROBLEMS

NAME_COLUMNS = 24


@click.command()
@with_desk
def command(desk: Desk, /) -> None:
    """Check the settings, Redis, S3, a worker, the receiver, the clock, and what waits.

    Every check is bounded, and no secret is shown. Exit code 1: there is a problem.
    """
    hint = desk.find_variables()
    if hint:
        desk.output.say(hint)
    checks = []
    for check in all_checks(desk.environment):
        checks.append(check)
        if not desk.output.json:
            _show(desk, check)
    problems = [check for check in checks if not check.ok]
    if desk.output.json:
        desk.output.object(
            {"ok": not problems, "checks": [{"ok": check.ok, **check._asdict()} for check in checks]}
        )
    else:
        desk.output.line(
            f"\n{len(problems)} of {len(checks)} checks found a problem" if problems else "\nall is well"
        )
    if problems:
        raise click.exceptions.Exit(PROBLEMS)


def _show(desk: Desk, check: Check) -> None:
    said = f"{check.name:<{NAME_COLUMNS - 1}} {check.found or check.problem}"
    desk.output.marked("OK       " if check.ok else "PROBLEM  ", "green" if check.ok else "red", said)
    if check.mend and not check.ok:
        desk.output.line(f"         {'':<{NAME_COLUMNS}}{check.mend}")
