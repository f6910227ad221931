"""A secret that the sender shows in a header, with every callback the same: it says who sent it, and signs nothing.

https://piapi.ai/blogs/piapi-task-polling-webhooks (`x-webhook-secret`) and
https://docs.leonardo.ai/docs/guide-to-the-webhook-callback-feature (`Authorization: Bearer`) have it so. Whoever sees one
callback knows it for good, so it is exchanged by having two for a while. The header is a credential: it is kept with the
delivery alone, and is shown nowhere.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime

from providers.verifying.hmac_sha256 import text_key
from providers.verifying.verifier import Verifier


def shared_secret(header: str, prefix: str = "") -> Verifier:
    """The secret in a header (lower case), behind a prefix such as `Bearer `, whose case is of no account."""

    def shown(headers: Mapping[str, str]) -> tuple[bytes, ...]:
        told = headers[header].strip()
        if told[: len(prefix)].lower() != prefix.lower():
            raise ValueError(f"{header} does not begin with {prefix.strip()}")
        return (told[len(prefix) :].strip().encode("latin-1", "replace"),)

    def sign(key: bytes, _body: bytes, _now: datetime) -> dict[str, str]:
        return {header: prefix + key.decode()}

    return Verifier(
        scheme="a secret in a header",
        headers=(header,),
        message=lambda _signed: b"",
        signatures=shown,
        fits=_is_the_secret,
        key_of=text_key,
        covers_body=False,
        sign=sign,
    )


def _is_the_secret(key: bytes, _message: bytes, shown: bytes) -> bool:
    """In constant time: how far they agree is told to nobody; only their lengths may be."""
    return hmac.compare_digest(key, shown)
