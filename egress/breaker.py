"""Leave a host alone that fails for everybody.

closed    every download goes out; failures are counted by link, and any answer at all forgets them
open      so many links failed and none was answered: for a while nothing goes out, and work is put off, spread
probing   the while is over: one download goes out. An answer closes; a failure opens for twice as long

Each process learns for itself. A 404 is an answer, a 429 too: the host is well. Why not a library: pybreaker
counts failures of one link as those of the host, and either holds its lock over the whole call or lets several
probes out; purgatory and circuitbreaker count the same way.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from archive.errors import SourceTrouble, TryLater
from archive.reasons import Reason

FAILURES: Final = frozenset({Reason.SOURCE_UNREACHABLE, Reason.SOURCE_TROUBLE, Reason.SOURCE_SLOW})
LINKS: Final = 5  # one bad link is asked four times a run; five different ones are no accident
REST_S: Final = (
    10.0  # long enough for a restart, short enough for good links that share the host with bad ones
)
REST_MOST_S: Final = 60.0  # a host that is back is noticed within this
MOST_HOSTS: Final = 256  # the hosts of providers are few; more is somebody's play with links


@dataclass
class _Host:
    """What is known of one host; times are of `time.monotonic()`."""

    failed: set[str] = field(default_factory=set)
    rest_s: float = 0.0  # 0: closed
    open_until: float = 0.0
    probing: bool = False


class Breaker:
    """Decides whether a host is asked. Safe to use from many threads."""

    def __init__(
        self, *, links: int = LINKS, rest_s: float = REST_S, rest_most_s: float = REST_MOST_S
    ) -> None:
        self._links, self._rest_s, self._rest_most_s = links, rest_s, rest_most_s
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def turn(self, host: str, link: str) -> Iterator[None]:
        """Ask a host for a link within this block.

        Raises:
            TryLater: SOURCE_RESTING, before the block, while the host is left alone.
        """
        probe = self._enter(host)
        answered: bool | None = None
        try:
            yield
            answered = True
        except SourceTrouble as error:
            answered = error.reason not in FAILURES
            raise
        except TryLater:
            raise  # our own end, not the host's
        except Exception:
            answered = True
            raise
        finally:
            self._leave(host, link, probe=probe, answered=answered)

    @property
    def resting(self) -> int:
        """How many hosts are left alone."""
        with self._lock:
            now = time.monotonic()
            return sum(host.open_until > now for host in self._hosts.values())

    def _enter(self, host: str) -> bool:
        """Whether this is the probe."""
        with self._lock:
            known = self._hosts.get(host)
            if known is None or not known.rest_s:
                return False
            left_s = known.open_until - time.monotonic()
            if left_s <= 0 and not known.probing:
                known.probing = True
                return True
            # Spread over another rest, so that those who waited do not all come back at the same time.
            wait_s = max(left_s, 0.0) + random.uniform(1.0, known.rest_s)  # noqa: S311 - jitter
            raise TryLater(Reason.SOURCE_RESTING, f"{host} fails for everybody", retry_after_s=wait_s)

    def _leave(self, host: str, link: str, *, probe: bool, answered: bool | None) -> None:
        """Learn from what came; None: nothing was learnt."""
        with self._lock:
            known = self._hosts.get(host)
            if answered:
                self._hosts.pop(host, None)
                return
            if known is not None and probe:
                known.probing = False
            if answered is None:
                return
            if known is None:
                if len(self._hosts) >= MOST_HOSTS:
                    self._hosts.pop(next(iter(self._hosts)))
                known = self._hosts[host] = _Host()
            known.failed.add(link)
            if probe or (not known.rest_s and len(known.failed) >= self._links):
                known.rest_s = min(known.rest_s * 2 or self._rest_s, self._rest_most_s)
                known.open_until = time.monotonic() + known.rest_s
                known.failed.clear()
