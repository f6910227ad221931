"""Links that sign in once, on the machine that the console runs on: `make up` and `fixative open` make them.

    /enter/<id>.<since>.<mac>     a random id, Unix seconds, HMAC-SHA-256 under a key made of the first of TICKET_KEYS

Who can make one can read the keys, and so everything. One that was made before this process started is refused: it
may have been used then, and used ones are remembered in memory alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable

# `make demo` takes two minutes before one looks up from it; a link in an old terminal is of no use to anybody.
LINK_LIVES_S = 3600.0
# Of links that were used; an hour of one in each second.
LINKS_REMEMBERED = 3600
# A clock that was set back a little in between.
SKEW_S = 60.0

_PURPOSE = b"fixative console link 1"
_LINK = re.compile(r"([0-9a-f]{32})\.(\d{1,12})\.([A-Za-z0-9_-]{43})")


def new_link(key: bytes, now_s: float) -> str:
    """The last part of the address of a new link."""
    told = f"{secrets.token_hex(16)}.{int(now_s)}"
    return f"{told}.{_mac(key, told)}"


class OneTimeLinks:
    """Takes each link once. `now_s` is the time in Unix seconds."""

    def __init__(self, key: bytes, now_s: Callable[[], float]) -> None:
        self._key, self._now_s = key, now_s
        self._started_s = int(now_s())
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, link: str) -> bool:
        """Whether the link is good; from now on it is not."""
        found = _LINK.fullmatch(link)
        if found is None:
            return False
        told = f"{found[1]}.{found[2]}"
        since_s, now_s = int(found[2]), self._now_s()
        if not hmac.compare_digest(found[3], _mac(self._key, told)):
            return False
        if since_s < self._started_s or not -SKEW_S <= now_s - since_s < LINK_LIVES_S:
            return False
        with self._lock:
            self._used = {
                used: at_s for used, at_s in self._used.items() if now_s - at_s < LINK_LIVES_S + SKEW_S
            }
            if found[1] in self._used or len(self._used) >= LINKS_REMEMBERED:
                return False
            self._used[found[1]] = since_s
            return True


def _mac(key: bytes, told: str) -> str:
    own = hmac.digest(key, _PURPOSE, hashlib.sha256)
    return base64.urlsafe_b64encode(hmac.digest(own, told.encode(), hashlib.sha256)).rstrip(b"=").decode()
