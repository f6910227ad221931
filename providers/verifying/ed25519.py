"""Schemes that sign with a provider's private key: Ed25519 (RFC 8032), its public keys in a JWKS (RFC 8037)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Final

import msgspec
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

KEY_BYTES: Final = 32
# A provider publishes the present key and the next one.
KEYS_MOST: Final = 16


def ed25519_fits(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature of the message is by the owner of this public key (32 bytes)."""
    try:
        VerifyKey(key).verify(message, signature)
    except (CryptoError, ValueError):  # forged, or not 64 bytes
        return False
    return True


def public_key(told: str) -> bytes:
    """A public key in base64url, padded or not. Raises ValueError."""
    try:
        key = base64.b64decode(told + "=" * (-len(told) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("a public key is no base64url") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"a public key has {len(key)} bytes, not {KEY_BYTES}")
    return key


def told_public_key(told: str) -> bytes:
    """A public key as an operator writes it: 64 hexadecimal digits, base64 or base64url. Raises ValueError."""
    if len(told) == 2 * KEY_BYTES:
        with suppress(ValueError):
            return bytes.fromhex(told)
    return public_key(told.translate(str.maketrans("+/", "-_")))


def keys_in_set(body: bytes) -> tuple[bytes, ...]:
    """The Ed25519 keys of a JWKS; keys of other kinds, and what is no key, are passed over: one good key is enough.

    Raises:
        ValueError: if it is no JWKS, or holds no such key.
    """
    try:
        told: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ValueError("the key set is no JSON") from error
    listed = told.get("keys") if isinstance(told, dict) else None
    found = list(islice(_keys_in(listed if isinstance(listed, list) else []), KEYS_MOST))
    if not found:
        raise ValueError("the key set holds no Ed25519 key")
    return tuple(found)


def _keys_in(listed: Iterable[Any]) -> Iterator[bytes]:
    for each in listed:
        if isinstance(each, dict) and (each.get("kty"), each.get("crv")) == ("OKP", "Ed25519"):
            with suppress(ValueError):
                yield public_key(str(each.get("x", "")))
