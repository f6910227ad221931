"""Schemes that sign which task a callback is of, and when it was sent: what the body says of the task is left uncovered.

Whoever saw one callback can put other links under its signature for as long as the time is near. So where such a signature is
required, the task is asked for at its provider before its links are trusted (`workers/asking/fresh_links.py`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

from providers.verifying.hmac_sha256 import base64_in, hmac_fits, text_key
from providers.verifying.verifier import Signed, Verifier


def signed_task(
    read_task_id: Callable[[bytes], str | None], *, time_header: str, signature_header: str
) -> Verifier:
    """HMAC-SHA256 in base64 over `{task id}.{unix seconds}`; the id is that which the provider's reader finds in the body."""

    def message(signed: Signed) -> bytes:
        task_id = read_task_id(signed.body)
        if task_id is None:
            raise ValueError("the body names no task, which is what is signed")
        return f"{task_id}.{signed.headers[time_header]}".encode()

    def sign(key: bytes, body: bytes, now: datetime) -> dict[str, str]:
        told = {time_header: str(int(now.timestamp()))}
        digest = hmac.digest(key, message(Signed(told, body, now)), hashlib.sha256)
        return {**told, signature_header: base64.b64encode(digest).decode()}

    return Verifier(
        scheme="HMAC over task and time",
        headers=(time_header, signature_header),
        message=message,
        signatures=lambda headers: (base64_in(headers[signature_header]),),
        fits=hmac_fits,
        key_of=text_key,
        time_header=time_header,
        covers_body=False,
        sign=sign,
    )
