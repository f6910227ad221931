"""`fixative doctor`: named checks, each with its mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import click

from archive import tickets
from archive.errors import SettingsRefused
from console.checks.check import Check
from console.checks.settings_checks import settings_checks
from console.cli.demands import BUCKET, KEYS, PUBLIC_URL, QUEUE, settings_for
from console.cli.desk import Desk
from console.cli.local_stack import StackStopped, refuse_stopped
from console.cli.options import with_desk
from console.cli.verbs import PROBLEMS
from runtime.fingerprint import fingerprint_of
from runtime.heartbeat import SeenHeartbeat
from runtime.settings import Settings

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
    for check in _checks(desk):
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


def _checks(desk: Desk) -> Iterator[Check]:
    """All checks, those that need a setting only where it can be read."""
    # Wrong settings are told before celery loads.
    from console.checks.heartbeats_checks import heartbeat_checks  # noqa: PLC0415
    from console.checks.redis_checks import redis_checks  # noqa: PLC0415
    from runtime.heartbeats import Heartbeats  # noqa: PLC0415

    yield from settings_checks(desk.environment)
    try:
        refuse_stopped(desk.environment)
    except StackStopped as error:
        yield Check("local stack", problem=str(error), mend="Start it; the other checks wait for that.")
        return
    here: tuple[SeenHeartbeat, ...] = ()
    with suppress(SettingsRefused), ExitStack() as stack:  # told above
        settings = settings_for(desk.environment, [QUEUE])
        doorbell = stack.enter_context(closing(desk.open_doorbell(settings)))
        heartbeats = stack.enter_context(closing(Heartbeats(settings.redis_url.reveal())))
        yield from redis_checks(settings.redis_url.reveal(), doorbell, heartbeats)
        ours = fingerprint_of(settings_for(desk.environment, [QUEUE, BUCKET, KEYS]))
        checks, here = heartbeat_checks(heartbeats, ours)
        yield from checks
    with suppress(SettingsRefused):  # told above
        yield from _bucket_checks(desk, settings_for(desk.environment, [BUCKET]), here)
    with suppress(SettingsRefused):  # told above
        yield from _door_checks(desk, settings_for(desk.environment, [PUBLIC_URL]).public_url)


def _bucket_checks(desk: Desk, settings: Settings, here: tuple[SeenHeartbeat, ...]) -> Iterator[Check]:
    from console.checks.bucket_checks import bucket_checks  # noqa: PLC0415 - the same for boto3
    from console.checks.heartbeats_checks import bucket_heartbeat_checks  # noqa: PLC0415 - the same

    try:
        bucket = desk.open_bucket(settings)
    except SettingsRefused as refusal:
        yield Check(
            "S3", problem=refusal.problems[0], mend="Mend what it names; nothing was asked of S3 yet."
        )
        return
    well = True
    for check in bucket_checks(bucket):
        well = well and check.ok
        yield check
    with suppress(SettingsRefused):  # told above
        ours = fingerprint_of(settings_for(desk.environment, [QUEUE, BUCKET, KEYS]))
        if well:
            yield from bucket_heartbeat_checks(bucket, here, ours)


def _door_checks(desk: Desk, public_url: str) -> Iterator[Check]:
    from console.checks.door_checks import door_checks  # noqa: PLC0415 - the same for urllib3

    keys, deployment = None, ""
    with suppress(SettingsRefused):  # told above
        keys = tickets.read_keys(settings_for(desk.environment, [KEYS]).ticket_keys.reveal())
    with suppress(SettingsRefused):  # told above
        deployment = fingerprint_of(settings_for(desk.environment, [QUEUE, BUCKET, KEYS])).deployment
    yield from door_checks(public_url, keys, deployment)


def _show(desk: Desk, check: Check) -> None:
    said = f"{check.name:<{NAME_COLUMNS - 1}} {check.found or check.problem}"
    desk.output.marked("OK       " if check.ok else "PROBLEM  ", "green" if check.ok else "red", said)
    if check.mend and not check.ok:
        desk.output.line(f"         {'':<{NAME_COLUMNS}}{check.mend}")
