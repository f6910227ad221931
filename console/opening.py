"""What the console's ways in open: the bucket and the doorbell that the settings name. Nothing connects yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.environment import said
from runtime.settings.index import IndexSettings
from runtime.settings.queue import QueueSettings
from runtime.settings.store import DeploymentSettings, StoreSettings

if TYPE_CHECKING:
    from archive.library.index.index_file import IndexFile
    from archive.queue.doorbell import Doorbell
    from archive.store.bucket import Bucket


def open_bucket(store: StoreSettings, attempts: int = 3) -> Bucket:
    """The bucket that the settings name. Raises SettingsRefused."""
    from archive.store import bucket  # noqa: PLC0415 - boto3 takes a third of a second

    return bucket.open_bucket(
        name=store.s3_bucket,
        prefix=store.s3_prefix,
        endpoint=store.s3_endpoint,
        options=store.store_options,
        connect_s=store.s3_connect_s,
        read_s=store.s3_read_s,
        attempts=attempts,
    )


def open_doorbell(store: DeploymentSettings, queue: QueueSettings) -> Doorbell:
    """The doorbell that the settings name. Nothing rides with its bells: a person's need not save a read."""
    from archive.queue.doorbell import Doorbell  # noqa: PLC0415 - celery takes another

    return Doorbell(queue.url.reveal(), store.deployment, expires_s=queue.lease_s)


def open_index(store: StoreSettings, index: IndexSettings, environment: Mapping[str, str]) -> IndexFile:
    """The file of the index of this bucket on this machine; it may not be there."""
    from archive.library.index.index_file import IndexFile, default_folder, index_path  # noqa: PLC0415 - as boto3

    folder = Path(index.index_folder).expanduser() if index.index_folder else None
    folder = folder or default_folder(said(environment, "XDG_CACHE_HOME") or "", Path.home())
    return IndexFile(index_path(folder, store.s3_endpoint, store.s3_bucket, store.s3_prefix))
