"""All checks of a deployment, in the order in which one would mend: settings, Redis, processes, S3, the way out, the door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, suppress

from archive.errors import SettingsRefused
from console.checks.check import Check
from console.checks.settings_checks import settings_checks
from console.cli.local_stack import StackStopped, refuse_stopped
from console.opening import open_bucket, open_doorbell
from runtime.environment import said
from runtime.fingerprint import Fingerprint, fingerprint_of
from runtime.heartbeat import SeenHeartbeat
from runtime.settings.address import PublicAddress
from runtime.settings.egress import EgressSettings
from runtime.settings.keys import KeySettings
from runtime.settings.queue import QueueSettings
from runtime.settings.settings import Settings
from runtime.settings.store import DeploymentSettings, StoreSettings
from runtime.settings.task_apis import TaskApis


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


def all_checks(environment: Mapping[str, str]) -> Iterator[Check]:
    """All checks, those that need a setting only where it can be read."""
    # Wrong settings are told before celery loads.
    from console.checks.heartbeats_checks import heartbeat_checks  # noqa: PLC0415
    from console.checks.redis_checks import redis_checks  # noqa: PLC0415
    from runtime.heartbeats import Heartbeats  # noqa: PLC0415

    yield from settings_checks(environment)
    try:
        refuse_stopped(environment)
    except StackStopped as error:
        yield Check("local stack", problem=str(error), mend="Start it; the other checks wait for that.")
        return
    here: tuple[SeenHeartbeat, ...] = ()
    with suppress(SettingsRefused), ExitStack() as stack:  # told above
        ringing = Ringing.read(environment)
        url = ringing.queue.url.reveal()
        doorbell = stack.enter_context(closing(open_doorbell(ringing.store, ringing.queue)))
        heartbeats = stack.enter_context(closing(Heartbeats(url)))
        yield from redis_checks(url, doorbell, heartbeats)
        checks, here = heartbeat_checks(heartbeats, Shared.read(environment).fingerprint)
        yield from checks
    with suppress(SettingsRefused):  # told above
        yield from _bucket_checks(environment, StoreSettings.read(environment), here)
    with suppress(SettingsRefused):  # told above
        yield from _egress_checks(environment)
    with suppress(SettingsRefused):  # told above
        yield from _door_checks(environment, PublicAddress.read(environment).public_url)


def checks_from_outside(url: str, http_port: int, environment: Mapping[str, str]) -> Iterator[Check]:
    """How an address of a deployment looks from here, with what the environment holds. Raises ValueError."""
    from console.checks.outside_checks import Outside, outside_checks  # noqa: PLC0415 - the same for urllib3

    keys, deployment = None, ""
    there = Outside.of(url, http_port)
    if said(environment, "TICKET_KEYS"):
        keys = KeySettings.read(environment).keys
    if said(environment, "S3_BUCKET"):
        deployment = DeploymentSettings.read(environment).deployment.name
    return outside_checks(there, keys, deployment)


def _bucket_checks(
    environment: Mapping[str, str], store: StoreSettings, here: tuple[SeenHeartbeat, ...]
) -> Iterator[Check]:
    from console.checks.bucket_checks import bucket_checks  # noqa: PLC0415 - the same for boto3
    from console.checks.heartbeats_checks import bucket_heartbeat_checks  # noqa: PLC0415 - the same

    try:
        bucket = open_bucket(store)
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
            yield from bucket_heartbeat_checks(bucket, here, Shared.read(environment).fingerprint)


def _egress_checks(environment: Mapping[str, str]) -> Iterator[Check]:
    from console.checks.egress_checks import egress_checks  # noqa: PLC0415 - providers load with it

    if proxy := EgressSettings.read(environment).proxy:
        yield from egress_checks(proxy, TaskApis.read(environment))


def _door_checks(environment: Mapping[str, str], public_url: str) -> Iterator[Check]:
    from console.checks.door_checks import door_checks  # noqa: PLC0415 - the same for urllib3

    keys, deployment = None, ""
    with suppress(SettingsRefused):  # told above
        keys = KeySettings.read(environment).keys
    with suppress(SettingsRefused):  # told above
        deployment = Shared.read(environment).fingerprint.deployment
    yield from door_checks(public_url, keys, deployment)
