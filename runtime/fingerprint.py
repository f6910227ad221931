"""What a process was set up with, said without a secret, so that two that differ can be told apart. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta

from archive.deployment import Deployment
from archive.queue.redis_url import read_redis_url
from archive.records.record import Record
from providers.registry import PROVIDERS
from runtime.settings.keys import KeySettings
from runtime.settings.queue import QueueSettings
from runtime.settings.store import StoreSettings

# Eight bytes tell two keys apart. A ticket key has 32 random bytes, so nobody finds it by its digest.
DIGEST_BYTES = 8
KEYS_MOST = 16
_LABEL = b"fixative: the fingerprint of a ticket key"

Place = Annotated[str, Meta(max_length=1024)]
KeyId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,16}$")]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]


class Fingerprint(Record, frozen=True):
    """The settings that all processes of one deployment must share.

    `store` is the host of S3_ENDPOINT, empty for AWS. `redis` is host, port and database. Of a ticket key there is its id and
    a digest that does not lead back to it. `gateways` is a digest of what GATEWAYS_FILE declares, or empty.
    """

    bucket: Place
    prefix: Place
    store: Place
    redis: Place
    ticket_keys: Annotated[dict[KeyId, Digest], Meta(max_length=KEYS_MOST)]
    gateways: Annotated[str, Meta(pattern=r"^([0-9a-f]{16})?$")] = ""

    @property
    def deployment(self) -> str:
        """What makes it one deployment: where its objects are."""
        return Deployment(self.bucket, self.prefix).name


def fingerprint_of(store: StoreSettings, queue: QueueSettings, keys: KeySettings) -> Fingerprint:
    """The fingerprint of these settings."""
    return Fingerprint(
        bucket=store.s3_bucket,
        prefix=store.s3_prefix,
        store=urlsplit(store.s3_endpoint).netloc.rpartition("@")[2],
        redis=read_redis_url(queue.url.reveal()).place,
        ticket_keys={key_id: _digest(key) for key_id, key in list(keys.keys.items())[:KEYS_MOST]},
        gateways=PROVIDERS.digest,
    )


def differences(ours: Fingerprint, theirs: Fingerprint) -> tuple[str, ...]:
    """The settings in which two differ, by name, without a value that is secret.

    Redis and S3 are not among them: one and the same server is reached by many names.
    """
    wrong = [
        f"{name}: {there!r} there, {here!r} here"
        for name, here, there in (
            ("S3_BUCKET", ours.bucket, theirs.bucket),
            ("S3_PREFIX", ours.prefix, theirs.prefix),
        )
        if here != there
    ]
    if ours.gateways != theirs.gateways:
        wrong.append("GATEWAYS_FILE: it declares other gateways there, or was changed without a restart")
    return (*wrong, *_key_differences(ours.ticket_keys, theirs.ticket_keys))


def _key_differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    wrong = []
    for key_id in sorted({*ours, *theirs}):
        if key_id not in theirs:
            wrong.append(f"TICKET_KEYS: {key_id} is not there")
        elif key_id not in ours:
            wrong.append(f"TICKET_KEYS: {key_id} is there and not here")
        elif ours[key_id] != theirs[key_id]:
            wrong.append(f"TICKET_KEYS: {key_id} is another key there")
    return wrong


def _digest(key: bytes) -> str:
    return hmac.digest(key, _LABEL, hashlib.sha256)[:DIGEST_BYTES].hex()
