"""A bell: which job it asks for, of which key, what rides along, and when it ends. Pure.

Whoever reaches Redis can write a bell, or write down one of ours and send it again. So

    a key           is of `inbox/` or `due/`, in a shape that leads nowhere else; else it is no bell of ours
    what rides      is used only under a seal that holds; else the bucket is read, as for a bell of the sweep
    the end         is sealed too: one that is sent again is no more than one that came twice within its lease

The seal is an HMAC-SHA-256 over deployment, job, key, end and what rides, with a key that is derived from one of
`TICKET_KEYS`, which both sides have anyway.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from archive import layout
from archive.errors import ForeignBell

Job = Literal["fixative.settle", "fixative.archive"]
SETTLE: Job = "fixative.settle"
ARCHIVE: Job = "fixative.archive"

# Redis holds what rides in memory, and a worker reads it whole.
CARRY_MAX_BYTES = 65_536
_SEAL_MAX_CHARACTERS = 100
_ARGUMENTS = 4


class Bell(NamedTuple):
    """One bell. `ends_unix_ms` is by S3's clock; `carried` is the object that stands under the key."""

    job: Job
    key: str
    carried: bytes | None = None
    ends_unix_ms: int | None = None
    seal: str | None = None

    @property
    def arguments(self) -> list[str | int | None]:
        """What a message carries, in the order in which `read` takes it."""
        carried = self.carried.decode() if self.carried is not None else None
        return [self.key, carried, self.ends_unix_ms, self.seal]


class Seals:
    """Puts seals on bells, and says whether one holds. Any of the live keys will do, so that they can be rotated."""

    def __init__(self, keys: Mapping[str, bytes], deployment: str) -> None:
        label = f"fixative: the seal of bells of {deployment}".encode()
        self._keys = {key_id: hmac.digest(key, label, "sha256") for key_id, key in keys.items()}

    def sealed(self, bell: Bell) -> Bell:
        """The bell with a seal of the first key."""
        key_id = next(iter(self._keys))
        return bell._replace(seal=f"{key_id}.{_mac(self._keys[key_id], bell)}")

    def holds(self, bell: Bell) -> bool:
        """Whether a process with one of these keys has sealed this very bell."""
        key_id, _, mac = (bell.seal or "").partition(".")
        key = self._keys.get(key_id)
        return key is not None and hmac.compare_digest(_mac(key, bell).encode(), mac.encode())


def read(job: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Bell:
    """The bell that a message is.

    Raises:
        ForeignBell: if none of ours says this, with what is wrong, and no word of what stands in it.
    """
    if job not in {SETTLE, ARCHIVE}:
        raise ForeignBell("it asks for a job that there is not")
    if named or len(arguments) != _ARGUMENTS:
        raise ForeignBell("it has other arguments than ours")
    key, carried, ends, seal = arguments
    folder, fits = (layout.INBOX, layout.is_in_inbox) if job == SETTLE else (layout.DUE, layout.is_in_due)
    if not isinstance(key, str) or not fits(key):
        raise ForeignBell(f"its key leads elsewhere than into {folder}")
    if ends is not None and type(ends) is not int:
        raise ForeignBell("its end is no time")
    if seal is not None and not (
        isinstance(seal, str) and seal.isascii() and len(seal) <= _SEAL_MAX_CHARACTERS
    ):
        raise ForeignBell("its seal is none")
    return Bell(SETTLE if job == SETTLE else ARCHIVE, key, _carried(carried), ends, seal)


def _carried(text: object) -> bytes | None:
    if text is None:
        return None
    if not isinstance(text, str) or len(text) > CARRY_MAX_BYTES:
        raise ForeignBell("what rides with it is too long, or no text")
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise ForeignBell("what rides with it is no text") from error
    if len(data) > CARRY_MAX_BYTES:
        raise ForeignBell("what rides with it is too long")
    return data


def _mac(key: bytes, bell: Bell) -> str:
    # No field but the last can hold a line break: a key that did is none of ours.
    head = f"{bell.job}\n{bell.key}\n{bell.ends_unix_ms}\n{'bare' if bell.carried is None else 'carries'}\n"
    mac = hmac.digest(key, head.encode("utf-8", "surrogatepass") + (bell.carried or b""), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
