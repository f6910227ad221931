"""The public keys that providers publish, fetched and remembered: one question an hour, and one where no key fits.

A set is used for an hour, and asked for again before that only where a signature fits none of its keys (they may have
been exchanged), and then once a minute at most. Where it cannot be had it is asked for again after a minute; what
was fetched less than a day ago is used meanwhile (https://docs.fal.ai/model-endpoints/webhooks: at most 24 hours).
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from archive.errors import ApiTrouble
from archive.reasons import Reason
from egress.api_call import call
from egress.proxy import EgressProxy

FRESH_S = 3600.0
USED_S = 86_400.0
AGAIN_S = 60.0
# It is waited for while a batch is settled.
TOTAL_S = 5.0

KeysIn = Callable[[bytes], tuple[bytes, ...]]


class _Fetched(NamedTuple):
    """The last keys, when they came, and when they were asked for last."""

    keys: tuple[bytes, ...]
    came_at: float
    asked_at: float
    trouble: ApiTrouble | None


class KeySets:
    """Key sets by their address. Safe to use from many threads; each address is asked by one at a time."""

    def __init__(
        self,
        *,
        user_agent: str = "Fixative",
        proxy: EgressProxy | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._user_agent, self._proxy, self._now_s = user_agent, proxy, now_s
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._known: dict[str, _Fetched] = {}

    def keys(self, url: str, keys_in: KeysIn, *, fresh_s: float = FRESH_S) -> tuple[bytes, ...]:
        """The keys of a set that came within `fresh_s`, or as near to that as may be asked for.

        Raises:
            ApiTrouble: if it cannot be had, and none is known that came within a day.
        """
        with self._lock:
            lock = self._locks.setdefault(url, threading.Lock())
        with lock:
            known, now = self._known.get(url), self._now_s()
            if known is None or (now - known.came_at >= fresh_s and now - known.asked_at >= AGAIN_S):
                known = self._known[url] = self._asked(url, keys_in, known, now)
            if known.keys and now - known.came_at < USED_S:
                return known.keys
            raise known.trouble or ApiTrouble(Reason.API_TROUBLE, "its key set is a day old")

    def _asked(self, url: str, keys_in: KeysIn, known: _Fetched | None, now: float) -> _Fetched:
        """What is known after one question."""
        try:
            return _Fetched(self._fetch(url, keys_in), now, now, None)
        except ApiTrouble as trouble:
            keys, came_at = (known.keys, known.came_at) if known else ((), -math.inf)
            return _Fetched(keys, came_at, now, trouble)

    def _fetch(self, url: str, keys_in: KeysIn) -> tuple[bytes, ...]:
        headers = {"User-Agent": self._user_agent, "Accept": "application/json"}
        answer = call("GET", url, headers=headers, total_s=TOTAL_S, proxy=self._proxy)
        if answer.status != HTTPStatus.OK:
            raise ApiTrouble(Reason.API_TROUBLE, f"the key set answers {answer.status}")
        try:
            return keys_in(answer.body)
        except ValueError as error:
            raise ApiTrouble(Reason.API_TROUBLE, str(error)) from error
