"""`fixative doctor`: named checks, each with its mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import click

from archive.errors import SettingsRefused
from console.checks.check import Check
from console.checks.settings_checks import settings_checks
from console.cli.desk import Desk, Reading
from console.cli.local_stack import StackStopped, refuse_stopped
from console.cli.options import with_desk
from console.cli.verbs import PROBLEMS
from runtime.fingerprint import Fingerprint, fingerprint_of
from runtime.heartbeat import SeenHeartbeat
from runtime.settings.address import PublicAddress
from runtime.settings.keys import KeySettings
from runtime.settings.queue import QueueSettings
from runtime.settings.settings import Settings
from runtime.settings.store import DeploymentSettings, StoreSettings

NAME_COLUMNS = 24


class Ringing(Settings, frozen=True):
    """What the checks of Redis need."""

    store: DeploymentSettings
    queue: QueueSettings


class Shared(Settings, frozen=True):
    """What all processes of a deployment share."""

    store: StoreSettings
    queue: QueueSettings
    keys: KeySettings

    @property
    def fingerprint(self) -> Fingerprint:
        """These settings, said without a secret."""
        return fingerprint_of(self.store, self.queue, self.keys)


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
        ringing = Ringing.read(desk.environment)
        url = ringing.queue.url.reveal()
        doorbell = stack.enter_context(closing(desk.open_doorbell(ringing.store, ringing.queue)))
        heartbeats = stack.enter_context(closing(Heartbeats(url)))
        yield from redis_checks(url, doorbell, heartbeats)
        checks, here = heartbeat_checks(heartbeats, Shared.read(desk.environment).fingerprint)
        yield from checks
    with suppress(SettingsRefused):  # told above
        yield from _bucket_checks(desk, Reading.read(desk.environment).store, here)
    with suppress(SettingsRefused):  # told above
        yield from _door_checks(desk, PublicAddress.read(desk.environment).public_url)


def _bucket_checks(desk: Desk, store: StoreSettings, here: tuple[SeenHeartbeat, ...]) -> Iterator[Check]:
    from console.checks.bucket_checks import bucket_checks  # noqa: PLC0415 - the same for boto3
    from console.checks.heartbeats_checks import bucket_heartbeat_checks  # noqa: PLC0415 - the same

    try:
        bucket = desk.open_bucket(store)
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
        if well:
            yield from bucket_heartbeat_checks(bucket, here, Shared.read(desk.environment).fingerprint)


def _door_checks(desk: Desk, public_url: str) -> Iterator[Check]:
    from console.checks.door_checks import door_checks  # noqa: PLC0415 - the same for urllib3

    keys, deployment = None, ""
    with suppress(SettingsRefused):  # told above
        keys = KeySettings.read(desk.environment).keys
    with suppress(SettingsRefused):  # told above
        deployment = Shared.read(desk.environment).fingerprint.deployment
    yield from door_checks(public_url, keys, deployment)


def _show(desk: Desk, check: Check) -> None:
    said = f"{check.name:<{NAME_COLUMNS - 1}} {check.found or check.problem}"
    desk.output.marked("OK       " if check.ok else "PROBLEM  ", "green" if check.ok else "red", said)
    if check.mend and not check.ok:
        desk.output.line(f"         {'':<{NAME_COLUMNS}}{check.mend}")
