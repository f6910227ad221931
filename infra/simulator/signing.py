"""How callbacks are signed, each scheme from its documents.

https://github.com/standard-webhooks/standard-webhooks, https://docs.fal.ai/model-endpoints/webhooks,
https://github.com/black-forest-labs/skills, https://docs.kie.ai/common-api/webhook-verification and
https://wavespeed.ai/docs/docs-api/verifying_webhook.

The switch `signature` spoils it: `forged` is signed with a key of nobody's, `missing` has none, `old` is an hour old.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from nacl.signing import SigningKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.simulator.task import Task

# What the local stack tells its workers as every provider's secret.
SECRET = "whsec_YSBzZWNyZXQgb2YgdGhlIHNpbXVsYXRvcg=="  # noqa: S105 - of a provider that is played
FORGERS = b"a key of nobody's"
# Of who publishes its keys.
PRIVATE = SigningKey(hashlib.sha256(b"the simulator").digest())
FORGERS_PRIVATE = SigningKey(hashlib.sha256(FORGERS).digest())
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


def key_set() -> dict[str, object]:
    """Return the public keys, as a JWKS (RFC 8037)."""
    x = base64.urlsafe_b64encode(bytes(PRIVATE.verify_key)).decode()
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "simulator", "x": x}]}


def fal_webhook(task: Task, body: bytes, now: float) -> Mapping[str, str]:
    """Return fal's headers: Ed25519 in hexadecimal digits over request, user, time and the body's SHA-256, a line each."""
    private = FORGERS_PRIVATE if task.order.switches.signature == "forged" else PRIVATE
    told = {
        "X-Fal-Webhook-Request-Id": task.id,
        "X-Fal-Webhook-User-Id": "simulator|1",
        "X-Fal-Webhook-Timestamp": str(signed_at(task, now)),
    }
    message = "\n".join([*told.values(), hashlib.sha256(body).hexdigest()])
    return {**told, "X-Fal-Webhook-Signature": private.sign(message.encode()).signature.hex()}


def bfl_signature(task: Task, body: bytes, now: float) -> Mapping[str, str]:
    """Return BFL's header: `sha256=` over the body, by the secret of the request; without one there is none, and no time."""
    del now
    if task.order.secret is None:
        return {}
    key = hmac_key(task, task.order.secret.encode())
    return {"X-BFL-Signature": f"sha256={hmac.digest(key, body, hashlib.sha256).hex()}"}


def kie_webhook(task: Task, body: bytes, now: float) -> Mapping[str, str]:
    """Return kie.ai's headers: base64 over the task's id and the time; of the body nothing else is signed."""
    del body
    at = str(signed_at(task, now))
    digest = hmac.digest(hmac_key(task, SECRET.encode()), f"{task.id}.{at}".encode(), hashlib.sha256)
    return {"X-Webhook-Timestamp": at, "X-Webhook-Signature": base64.b64encode(digest).decode()}


def v3_webhook(task: Task, body: bytes, now: float) -> Mapping[str, str]:
    """Return WaveSpeedAI's headers: `v3,` and hexadecimal digits; the key is the text behind `whsec_`, not decoded."""
    key, at = hmac_key(task, SECRET.removeprefix("whsec_").encode()), str(signed_at(task, now))
    digest = hmac.digest(key, f"{task.id}.{at}.".encode() + body, hashlib.sha256)
    return {"webhook-id": task.id, "webhook-timestamp": at, "webhook-signature": f"v3,{digest.hex()}"}
