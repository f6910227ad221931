"""How callbacks are signed, each scheme from its documents: https://github.com/standard-webhooks/standard-webhooks.

The switch `signature` spoils it: `forged` is signed with a key of nobody's, `missing` has none, `old` is an hour old.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.simulator.task import Task

# What the local stack tells its workers as every provider's secret.
SECRET = "whsec_YSBzZWNyZXQgb2YgdGhlIHNpbXVsYXRvcg=="  # noqa: S105 - of a provider that is played
FORGERS = b"a key of nobody's"
OLD_S = 3600


def signed_at(task: Task, now: float) -> int:
    """Return the time that is signed, in unix seconds."""
    return int(now) - (OLD_S if task.order.switches.signature == "old" else 0)


def hmac_key(task: Task, key: bytes) -> bytes:
    """Return the key that a callback is signed with."""
    return FORGERS if task.order.switches.signature == "forged" else key


def standard_webhooks(task: Task, body: bytes, now: float) -> Mapping[str, str]:
    """Return the headers of Standard Webhooks: `v1,` and base64 over id, time and body."""
    key = hmac_key(task, base64.b64decode(SECRET.removeprefix("whsec_")))
    message_id, at = f"msg_{task.id}", str(signed_at(task, now))
    digest = hmac.digest(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": signature}
