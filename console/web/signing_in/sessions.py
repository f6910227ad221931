"""Sessions: a signed word in a cookie, which the console keeps no list of. Pure but for the clock that is given.

    <claims>.<mac>   claims   base64url of JSON: who, by which way, since when, and a mark of the password
                     mac      base64url of HMAC-SHA-256 under a key that is made of the first of TICKET_KEYS

Another first key ends all sessions; another password, role or name those of one person.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# A working day, and some of the evening.
SESSION_S = 12 * 3600.0
SESSION_MAX_CHARACTERS = 1024
# Another console may have made it, whose clock is ahead.
SKEW_S = 60.0

_PURPOSE = b"fixative console session 1"


class SessionClaims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a session says. `mark` is of what signed in: a digest of the password's hash, or nothing."""

    id: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
    name: Annotated[str, Meta(min_length=1, max_length=255)]
    by: Literal["password", "link"]
    mark: Annotated[str, Meta(max_length=64)] = ""
    since_s: Annotated[float, Meta(ge=0)]


class Sessions:
    """Makes sessions and reads them. `now_s` is the time in Unix seconds."""

    def __init__(self, key: bytes, now_s: Callable[[], float]) -> None:
        self._key = hmac.digest(key, _PURPOSE, hashlib.sha256)
        self._now_s = now_s

    def new(self, name: str, by: Literal["password", "link"], mark: str = "") -> str:
        """The word of a session that begins now."""
        claims = SessionClaims(id=secrets.token_hex(16), name=name, by=by, mark=mark, since_s=self._now_s())
        told = _encode(msgspec.json.encode(claims))
        return f"{told}.{self._mac(told)}"

    def read(self, word: str) -> SessionClaims | None:
        """What a session says, or None: it is none, or over, or of another key."""
        told, _, mac = word.partition(".")
        if (
            len(word) > SESSION_MAX_CHARACTERS
            or not word.isascii()
            or not hmac.compare_digest(mac, self._mac(told))
        ):
            return None
        try:
            claims = msgspec.json.decode(_decode(told), type=SessionClaims)
        except (msgspec.MsgspecError, binascii.Error, ValueError):
            return None
        age_s = self._now_s() - claims.since_s
        return claims if -SKEW_S <= age_s < SESSION_S else None

    def _mac(self, told: str) -> str:
        return _encode(hmac.digest(self._key, told.encode(), hashlib.sha256))


def mark_of(password_hash: str) -> str:
    """A mark of a password's hash, which tells nothing of it: another password ends what was begun with this one."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
