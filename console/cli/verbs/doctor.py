"""`fixative doctor`: named checks, each with its mend."""

from __future__ import annotations

from collections.abc import Iterator

import click

from archive.rights import PROCESSES
from console.checks.all_checks import all_checks, checks_from_outside
from console.checks.check import Check
from console.cli.desk import Desk
from console.cli.options import Sentence, with_desk
from console.cli.verbs import PROBLEMS

# The longest name of a check that stands on every machine, and two spaces.
NAME_COLUMNS = 25


@click.command()
@click.option(
    "--as",
    "process",
    type=click.Choice(PROCESSES),
    help="Only whether these credentials may do with the bucket what this process does, and nothing else.",
)
@click.option(
    "--url", metavar="URL", help="Check this address of a deployment from outside, as a provider would come."
)
@click.option(
    "--http-port", type=click.IntRange(1, 65_535), default=80, help="With --url: where plain HTTP would be."
)
@with_desk
def command(desk: Desk, /, *, process: str | None, url: str | None, http_port: int) -> None:
    """Check the settings, Redis, S3, a worker, the way out, the receiver, the clock, and what waits.

    With --url https://host: its name and addresses, certificate, plain HTTP, answer time, and whether a callback comes
    through unredirected to a receiver and back. That needs no other setting; with TICKET_KEYS it sends a signed probe,
    with S3_BUCKET (and S3_PREFIX) it tells a door of another deployment.

    Every check is bounded, and no secret is shown. Exit code 1: there is a problem.
    """
    # What the local stack has is of no use for another address.
    hint = desk.find_variables() if url is None else desk.find_variables(())
    if hint:
        desk.output.say(hint)
    checks = []
    for check in _checks(desk, process, url, http_port):
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


def _checks(desk: Desk, process: str | None, url: str | None, http_port: int) -> Iterator[Check]:
    if process is not None:
        if url is not None:
            raise Sentence("--as and --url ask for different checks: take one of them")
        from console.checks.rights_checks import rights_checks  # noqa: PLC0415 - boto3 takes a third of a second

        return rights_checks(desk.environment, process)
    if url is None:
        return all_checks(desk.environment)
    try:
        return checks_from_outside(url, http_port, desk.environment)
    except ValueError as error:
        raise Sentence(f"--url: {error}") from error


def _show(desk: Desk, check: Check) -> None:
    said = f"{check.name:<{NAME_COLUMNS - 2}}  {check.found or check.problem}"
    desk.output.marked("OK       " if check.ok else "PROBLEM  ", "green" if check.ok else "red", said)
    if check.mend and not check.ok:
        desk.output.line(f"         {'':<{NAME_COLUMNS}}{check.mend}")
