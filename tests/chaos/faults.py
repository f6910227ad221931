"""What goes wrong, one function a kind. Each ends when the fault is over, and tells what it did."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import redis

from tests.chaos.house import House
from tests.chaos.weather import BUSY, CALM, FORGETFUL, SLOW, STOPPED, Sky
from tests.system.stack import until

# A point that nobody passes in this time is taken back, and the process is killed where it is.
_REACHED_S = 8.0
FREEZE_S = 4.0
STEP_S = 6.0

RECEIVER_POINTS = ("before-commit", "after-commit")
WORKER_POINTS = (
    "settle-between-lines",
    "settle-before-delete",
    "before-asset",
    "in-place-before-asset",
    "in-place-after-manifest",
    "before-batch-delete",
    "in-download",
    "asset-before-manifest",
    "before-manifest",
    "manifest-before-catalogue",
    "while-lines-wait",
    "catalogue-before-delete",
    "before-due-delete",
    "after-due-delete",
    "claim-before-delete",
    "put-off-before-delete",
)
# Only while the catalogue is rolled up.
ROLL_UP_POINTS = ("before-roll-up", "roll-up-before-delete", "between-replaced")
RELAY_POINT = "relay-before-unlink"


@dataclass(frozen=True)
class Fault:
    """A thing that goes wrong; `lasts_s` is about how long it takes. What it does, it tells in a few words."""

    name: str
    lasts_s: float
    deed: Callable[[], str]


class Faults:
    """All kinds of faults on one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._over = threading.Event()  # never set: what waits on it waits for its time

    def kill(self, name: str) -> Fault:
        """SIGKILL for a part, wherever it is."""
        return Fault(f"kill {name}", 0.5, partial(self._kill, name))

    def kill_at(self, name: str, point: str) -> Fault:
        """SIGKILL for a part at an exact place."""
        return Fault(f"kill {name}", 2.0, partial(self._kill_at, name, point))

    def restart_redis(self) -> Fault:
        """Redis ends in order and comes back."""
        return Fault("restart redis", 0.5, partial(self._signal, "redis", signal.SIGTERM))

    def flush_redis(self) -> Fault:
        """Redis forgets everything."""
        return Fault("flush redis", 0.5, self._flush)

    def freeze(self, name: str, seconds: float = FREEZE_S) -> Fault:
        """A part stands still for a while."""
        return Fault(f"freeze {name}", seconds, partial(self._freeze, name, seconds))

    def weather(self, name: str, sky: Sky, seconds: float) -> Fault:
        """S3 seen through bad weather."""
        return Fault(name, seconds, partial(self._weather, sky, seconds))

    def outage(self, number: int, seconds: float) -> Fault:
        """S3 away for long: stopped, frozen or refusing, in turn."""
        deeds: tuple[Callable[[], str], ...] = (
            partial(self._weather, STOPPED, seconds),
            partial(self._freeze, "s3", seconds),
            partial(self._weather, BUSY, seconds),
        )
        return Fault("S3 outage", seconds, deeds[number % len(deeds)])

    def squalls(self, seconds: float) -> list[Fault]:
        """The shorter kinds of trouble with S3, and S3 with something else."""
        return [
            self.weather("S3 slow", SLOW, seconds),
            self.weather("S3 answers 503", BUSY, seconds),
            self.weather("S3 loses answers", FORGETFUL, seconds),
            Fault("Redis and S3 away", seconds, partial(self._both_away, seconds)),
            Fault("S3 away, spool full", seconds, partial(self._spool_full, seconds)),
            Fault("kill receiver", seconds, partial(self._kill_relay, seconds)),
        ]

    def roll_up(self, what: str, ahead_h: int, seconds: float) -> Fault:
        """The catalogue is rolled up so many hours ahead, for a while; a worker is killed at each place of that."""
        return Fault(what, seconds, partial(self._roll_up, ahead_h, seconds))

    def clock_step(self, seconds: int) -> Fault:
        """The clock of the second host steps, and back after a while."""
        return Fault("clock steps by a day", STEP_S, partial(self._clock, seconds))

    def kill_all(self) -> Fault:
        """Everything of ours and S3, at the same time."""
        return Fault("kill everything", 15.0, self._kill_all)

    def _kill(self, name: str) -> str:
        self._signal(name, signal.SIGKILL)
        return "anywhere"

    def _kill_at(self, name: str, point: str) -> str:
        armed = self._house.points / point
        armed.touch()
        try:
            until(point, lambda: not armed.exists(), _REACHED_S, 0.05)
        except AssertionError:
            try:
                armed.unlink()
            except FileNotFoundError:
                return point
            return self._kill(name)
        return point

    def _kill_relay(self, seconds: float) -> str:
        """S3 goes away and comes back; the relay is killed when it has carried a batch over."""
        self._weather(STOPPED, seconds / 2)
        return self._kill_at("receiver", RELAY_POINT)

    def _signal(self, name: str, number: signal.Signals) -> str:
        self._house.signal(name, number)
        return number.name

    def _flush(self) -> str:
        client = redis.Redis.from_url(self._house.stack.line["redis"], socket_timeout=2)

        def flushed() -> bool:
            try:
                return bool(client.flushall())
            except redis.RedisError:
                return False

        until("FLUSHALL", flushed, 60)
        client.close()
        return "FLUSHALL"

    def _freeze(self, name: str, seconds: float) -> str:
        self._house.signal(name, signal.SIGSTOP)
        self._over.wait(seconds)
        self._house.signal(name, signal.SIGCONT)
        return "SIGSTOP"

    def _weather(self, sky: Sky, seconds: float) -> str:
        self._house.sky(sky)
        self._over.wait(seconds)
        self._house.sky(CALM)
        return str(sky)

    def _both_away(self, seconds: float) -> str:
        self._house.signal("redis", signal.SIGSTOP)
        self._weather(STOPPED, seconds)
        self._house.signal("redis", signal.SIGCONT)
        return "both"

    def _spool_full(self, seconds: float) -> str:
        with self._house.spool.full(lambda: self._house.pid("receiver")):
            self._weather(STOPPED, seconds)
        return "full"

    def _roll_up(self, ahead_h: int, seconds: float) -> str:
        self._house.roll_up(ahead_h)
        self._over.wait(seconds)
        return f"{ahead_h} h ahead"

    def _clock(self, seconds: int) -> str:
        self._house.clock.step(seconds)
        self._over.wait(STEP_S)
        self._house.clock.step(0)
        return f"{seconds} s"

    def _kill_all(self) -> str:
        self._house.kill_all()
        until("the stack to be back", self._house.is_back, 90)
        return "everything"
