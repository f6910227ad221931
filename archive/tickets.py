"""Mint and read the signed token in a callback URL. Pure.

    https://<public host>/callbacks/<provider>/<ticket>
    ticket = <key id>.<claims>.<mac>
             key id   which of the live keys signed it
             claims   base64url of JSON: the order in short, and perhaps an expiry
             mac      base64url of HMAC-SHA-256(key, "<provider>.<key id>.<claims>")

EvoLink signs nothing, so the URL is the credential. Two keys live at the same time, for rotation; the first one mints.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime

from archive.errors import MalformedRecord, SettingsRefused, TicketRefused
from archive.records.order import Claims

# The whole callback URL may have 2,048 characters at EvoLink; a ticket of ours has well under 1,000.
TICKET_MAX_CHARACTERS = 1500
# RFC 2104 advises keys of at least the hash's length: 32 bytes.
KEY_MIN_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9]{1,16}")

TicketKeys = Mapping[str, bytes]


def new_key(key_id: str) -> str:
    """A fresh key as it stands in `TICKET_KEYS`: <id>:<base64url of 32 random bytes>."""
    return f"{key_id}:{_encode(secrets.token_bytes(KEY_MIN_BYTES))}"


def read_keys(text: str) -> TicketKeys:
    """The keys of `TICKET_KEYS`, the minting one first.

    Raises:
        SettingsRefused: if a key has no id, no base64url or too few bytes.
    """
    keys: dict[str, bytes] = {}
    problems = []
    for place, word in enumerate((word.strip() for word in text.split(",")), start=1):
        key_id, _, secret = word.partition(":")
        try:
            key = _decode(secret)
        except (binascii.Error, ValueError):
            key = b""
        if not _KEY_ID.fullmatch(key_id) or len(key) < KEY_MIN_BYTES:
            problems.append(
                f"TICKET_KEYS: key {place} is no `id:secret`. Expected: an id of 1 to 16 letters and "
                "digits, a colon, and base64url of 32 bytes or more; `fixative url --new-key` makes one."
            )
        keys.setdefault(key_id, key)
    if problems:
        raise SettingsRefused(problems)
    return keys


def mint(claims: Claims, provider: str, keys: TicketKeys) -> str:
    """A ticket for callbacks of one provider, signed with the first key."""
    key_id, key = next(iter(keys.items()))
    body = f"{key_id}.{_encode(claims.to_json())}"
    return f"{body}.{_encode(_mac(key, provider, body))}"


def read(ticket: str, provider: str, keys: TicketKeys, now: datetime) -> Claims:
    """What a ticket says, if it is one of ours, for this provider, unaltered and still valid.

    Raises:
        TicketRefused: in every other case; the caller gives one answer for all.
    """
    claims = signed(ticket, provider, keys)
    refuse_expired(claims, now)
    return claims


def signed(ticket: str, provider: str, keys: TicketKeys) -> Claims:
    """What a ticket says that is of ours, for this provider and unaltered. Raises TicketRefused."""
    body, _, mac = ticket.rpartition(".")
    key_id, _, claims_text = body.partition(".")
    # An unknown key id costs the same time as a known one: a random key is checked in its place.
    key = keys.get(key_id) or secrets.token_bytes(KEY_MIN_BYTES)
    expected = _encode(_mac(key, provider, body))
    same = hmac.compare_digest(expected.encode(), mac.encode("utf-8", "surrogatepass"))
    if not same or len(ticket) > TICKET_MAX_CHARACTERS:
        raise TicketRefused("no ticket of ours")
    try:
        claims = Claims.from_json(_decode(claims_text))
    except (MalformedRecord, binascii.Error, ValueError) as error:
        raise TicketRefused("signed, but its claims cannot be read") from error
    return claims


def refuse_expired(claims: Claims, now: datetime) -> None:
    """Raise TicketRefused for what a ticket said that is valid no more."""
    if claims.expires_unix_s is not None and claims.expires_unix_s <= now.timestamp():
        raise TicketRefused("expired")


def _mac(key: bytes, provider: str, body: str) -> bytes:
    # Not `hmac.digest`, which lets go of Python's lock for these few bytes: whoever takes it then has it for longer
    # than all of this takes.
    return hmac.new(key, f"{provider}.{body}".encode("utf-8", "surrogatepass"), "sha256").digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
