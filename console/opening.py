"""What the console's ways in open: the bucket and the doorbell that the settings name. Nothing connects yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.settings.queue import QueueSettings
from runtime.settings.store import DeploymentSettings, StoreSettings

if TYPE_CHECKING:
    from archive.queue.doorbell import Doorbell
    from archive.store.bucket import Bucket


def open_bucket(store: StoreSettings) -> Bucket:
    """The bucket that the settings name. Raises SettingsRefused."""
    from archive.store import bucket  # noqa: PLC0415 - boto3 takes a third of a second

    return bucket.open_bucket(
        name=store.s3_bucket,
        prefix=store.s3_prefix,
        endpoint=store.s3_endpoint,
        options=store.store_options,
        connect_s=store.s3_connect_s,
        read_s=store.s3_read_s,
    )


def open_doorbell(store: DeploymentSettings, queue: QueueSettings) -> Doorbell:
    """The doorbell that the settings name. Nothing rides with its bells: a person's need not save a read."""
    from archive.queue.doorbell import Doorbell  # noqa: PLC0415 - celery takes another

    return Doorbell(queue.url.reveal(), store.deployment, expires_s=queue.lease_s)
