"""What the gauges of a worker are read from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from egress.breaker import Breaker
from runtime.metrics import registry as of
from runtime.metrics.meters import Meters
from runtime.pulse import Pulse
from workers.decoding.decoder_pool import DecoderPool
from workers.measuring.waiting_look import WaitingLook, told
from workers.sweep import Sweep


def tell_of_work(
    meters: Meters,
    pulse: Pulse,
    in_hand: Callable[[], int],
    breaker: Breaker,
    decoders: DecoderPool,
    threads: int,
) -> None:
    """What is in hand."""
    meters.read(of.LAST_SUCCESS, lambda: _unix_s(pulse.success_at))
    meters.read(of.JOBS_RUNNING, in_hand)
    meters.read(of.THREADS, lambda: threads)
    meters.read(of.RESTING, lambda: breaker.resting)
    meters.read(of.DECODERS, lambda: decoders.processes)
    meters.read(of.DECODERS_BUSY, lambda: decoders.busy)
    meters.read(of.DECODES_WAITING, lambda: decoders.waiting)
    meters.read(of.DECODER_DEATHS, lambda: decoders.deaths)


def tell_of_waiting(meters: Meters, sweep: Sweep, look: WaitingLook, now: Callable[[], datetime]) -> None:
    """What waits."""
    meters.read(of.LAST_SWEEP, lambda: _unix_s(sweep.swept_at))
    meters.read(of.INBOX_OLDEST, lambda: sweep.seen.inbox_oldest_s)
    meters.read(of.DUE_OLDEST, lambda: sweep.seen.due_oldest_s)
    meters.read(of.DUE_SEEN, lambda: sweep.seen.due)
    meters.read(of.LAST_LOOK, told(look, lambda seen: seen.at.timestamp()))
    meters.read(of.DUE_NOW, told(look, lambda seen: seen.now))
    meters.read(of.DUE_LATER, told(look, lambda seen: seen.later))
    meters.read(of.UNREAD, told(look, lambda seen: seen.unread))
    meters.read(of.OVERDUE, told(look, lambda seen: seen.overdue))
    meters.read(of.MOST_URGENT, told(look, lambda seen: seen.most_urgent_s(now())))


def _unix_s(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
