"""Schemes that sign with a secret of the operator's: HMAC-SHA256 (https://www.rfc-editor.org/rfc/rfc2104).

The `standardwebhooks` library reads its clock itself, and a delivery is checked when it is settled, which may be an hour
after it came; tests hold this file to what it signs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final

from providers.verifying.verifier import Signed, Verifier

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what secrets begin with
_ID, _TIME, _SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def hmac_fits(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the HMAC-SHA256 of the message under the key."""
    return hmac.compare_digest(hmac.digest(key, message, hashlib.sha256), signature)


def base64_in(text: str) -> bytes:
    """The bytes of a base64 text, padded or not. Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("a signature or a key is no base64") from error


def hex_in(text: str) -> bytes:
    """The bytes of a text of hexadecimal digits. Raises ValueError."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise ValueError("a signature is no hexadecimal number") from error


def text_key(told: str) -> bytes:
    """A secret that is taken as it is written. Raises ValueError."""
    if not told:
        raise ValueError("a secret is empty")
    return told.encode()


def standard_key(told: str) -> bytes:
    """A secret of Standard Webhooks: base64 behind `whsec_`. Raises ValueError."""
    key = base64_in(told.removeprefix(SECRET_PREFIX))
    if not key:
        raise ValueError("a secret is empty")
    return key


def prefixed_text_key(told: str) -> bytes:
    """A secret that is taken as it is written, but for `whsec_` before it. Raises ValueError."""
    return text_key(told.removeprefix(SECRET_PREFIX))


def versioned(version: str, decoded: Callable[[str], bytes], headers: Mapping[str, str]) -> tuple[bytes, ...]:
    """The signatures of one version in a list parted by spaces: `v1,<...> v1a,<...>`. Raises ValueError."""
    listed = [each.partition(",") for each in headers[_SIGNATURE].split()]
    found = tuple(decoded(value) for name, _, value in listed if name == version)
    if not found:
        raise ValueError(f"{_SIGNATURE} holds none of version {version}")
    return found


def id_time_body(signed: Signed) -> bytes:
    """`{webhook-id}.{webhook-timestamp}.{body}`."""
    return f"{signed.headers[_ID]}.{signed.headers[_TIME]}.".encode("latin-1", "replace") + signed.body


def signed_versioned(
    version: str, encoded: Callable[[bytes], str], key: bytes, body: bytes, now: datetime
) -> dict[str, str]:
    """The headers that Standard Webhooks has, with one signature of a version."""
    told = {_ID: f"msg_{hashlib.sha256(body).hexdigest()[:27]}", _TIME: str(int(now.timestamp()))}
    digest = hmac.digest(key, id_time_body(Signed(told, body, now)), hashlib.sha256)
    return {**told, _SIGNATURE: f"{version},{encoded(digest)}"}


def prefixed_hex(header: str, prefix: str) -> Callable[[Mapping[str, str]], tuple[bytes, ...]]:
    """One signature in hexadecimal digits behind a prefix."""

    def signature_in(headers: Mapping[str, str]) -> tuple[bytes, ...]:
        told = headers[header]
        if not told.startswith(prefix):
            raise ValueError(f"{header} does not begin with {prefix}")
        return (hex_in(told.removeprefix(prefix)),)

    return signature_in


def signed_body(header: str, prefix: str) -> Callable[[bytes, bytes, datetime], dict[str, str]]:
    """The header of a body that is signed alone, in hexadecimal digits behind a prefix."""

    def sign(key: bytes, body: bytes, _now: datetime) -> dict[str, str]:
        return {header: prefix + hmac.digest(key, body, hashlib.sha256).hex()}

    return sign


# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
STANDARD_WEBHOOKS: Final = Verifier(
    scheme="standard webhooks",
    headers=(_ID, _TIME, _SIGNATURE),
    message=id_time_body,
    signatures=partial(versioned, "v1", base64_in),
    fits=hmac_fits,
    key_of=standard_key,
    time_header=_TIME,
    sign=partial(signed_versioned, "v1", lambda digest: base64.b64encode(digest).decode()),
)
# A look-alike: hexadecimal digits, and a key that is no base64. https://wavespeed.ai/docs/docs-api/verifying_webhook
V3_WEBHOOKS: Final = Verifier(
    scheme="standard webhooks' look-alike v3",
    headers=(_ID, _TIME, _SIGNATURE),
    message=id_time_body,
    signatures=partial(versioned, "v3", hex_in),
    fits=hmac_fits,
    key_of=prefixed_text_key,
    time_header=_TIME,
    sign=partial(signed_versioned, "v3", bytes.hex),
)
