r"""The ids that become part of keys, as types: what is read from the bucket or from Redis is held to them too.

A record in which one of them is something else cannot be read: `archive.errors.MalformedRecord`. Patterns that begin
and end so match the whole text, and JSON Schema reads them too (unlike `\Z`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from archive.layout import DEAD_KEY, DELIVERY_ID, KEY_MAX_BYTES, ORIGIN, PROVIDER
from archive.task_ids import FILED_MOST, TASK_ID

_END = r"(?![\s\S])"

ProviderName = Annotated[str, Meta(pattern=f"^{PROVIDER.pattern}{_END}", extra={"most_bytes": 32})]
TaskId = Annotated[str, Meta(pattern=f"^{TASK_ID.pattern}{_END}", extra={"most_bytes": FILED_MOST})]
DeliveryId = Annotated[str, Meta(pattern=f"^{DELIVERY_ID.pattern}{_END}", extra={"most_bytes": 200})]
# What made work due: a digest, a word of ours, or a replay's id.
Origin = Annotated[str, Meta(pattern=f"^{ORIGIN.pattern}{_END}", extra={"most_bytes": 64})]
# A key of ours: printable ASCII without a space. Of which place it is, is looked at where it is read.
Key = Annotated[str, Meta(pattern=rf"^[!-~]{{1,{KEY_MAX_BYTES}}}{_END}", extra={"most_bytes": KEY_MAX_BYTES})]
# A moment without a zone cannot be compared with S3's time.
Moment = Annotated[datetime, Meta(tz=True)]
# A count or a place: nothing here is larger than JSON's programs can hold.
Count = Annotated[int, Meta(ge=0, le=2**53)]
DeadKey = Annotated[str, Meta(pattern=f"^{DEAD_KEY.pattern}{_END}", extra={"most_bytes": KEY_MAX_BYTES})]
Sha256 = Annotated[str, Meta(pattern=rf"^[0-9a-f]{{64}}{_END}", extra={"most_bytes": 64})]
# A task's own address at its provider, as that gave it: whether a key may be shown there, is asked where it is shown.
TASK_URL_MAX_BYTES = 1024
TaskUrl = Annotated[
    str,
    Meta(
        pattern=rf"^https?://[!-~]{{1,{TASK_URL_MAX_BYTES - 8}}}{_END}",
        extra={"most_bytes": TASK_URL_MAX_BYTES},
    ),
]
