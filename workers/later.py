"""When trouble that passes is tried again. Pure arithmetic.

distance = random between half and all of  first * 2 ** tries,  at most `most`
the origin's Retry-After is a lower bound, clipped to `most`
a short life brings both nearer: the link is tried twenty times in it
before the link's death stands one more try, and at its death the last: nothing is given up while a link may live
a host that is left alone: when its rest is over, spread by the breaker; before the link's death all the same
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import NamedTuple

# A try needs this much of the link's life to be worth starting; of a short life, a quarter of what is left.
LAST_TRY_BEFORE_END = timedelta(seconds=60)
SHARE_BEFORE_END = 4
# Work that only our own trouble holds up is tried again for this long after its links should be dead.
OWN_PATIENCE = timedelta(hours=24)
# Closer than this to the last try, another one before it gains nothing.
CLOSEST = timedelta(seconds=5)
# Of a short life: so often it is tried, but not nearer together than these.
TRIES_A_LIFE = 20
FIRST_LEAST_S, MOST_LEAST_S = 5.0, 30.0
# Doubling ends here, so that the arithmetic cannot overflow after many tries.
_MOST_DOUBLINGS = 20


class Distances(NamedTuple):
    """How far apart later tries are, in seconds."""

    first_s: float
    most_s: float

    def within(self, link_life: timedelta) -> Distances:
        """The same, so near that a link of this life is tried twenty times at least."""
        life_s = link_life.total_seconds()
        return Distances(
            min(self.first_s, max(life_s / (2 * TRIES_A_LIFE), FIRST_LEAST_S)),
            min(self.most_s, max(life_s / TRIES_A_LIFE, MOST_LEAST_S)),
        )


def next_try(
    now: datetime,
    *,
    tries: int,
    expires_at: datetime,
    distances: Distances,
    retry_after_s: float | None = None,
) -> datetime | None:
    """When to try again after `tries` runs that failed in passing, or None when the link is dead."""
    distance_s = min(distances.most_s, distances.first_s * 2.0 ** min(tries, _MOST_DOUBLINGS))
    distance_s *= random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
    if retry_after_s is not None:
        distance_s = max(distance_s, min(retry_after_s, distances.most_s))
    when = now + timedelta(seconds=distance_s)
    last = expires_at - min(LAST_TRY_BEFORE_END, (expires_at - now) / SHARE_BEFORE_END)
    if when <= last:
        return when
    if last - now > CLOSEST:
        return last
    return expires_at if expires_at > now else None


def after_rest(now: datetime, *, rest_s: float, expires_at: datetime) -> datetime:
    """When to go on with a host that is left alone for so many seconds; the last try is not put off."""
    return max(now, min(now + timedelta(seconds=rest_s), expires_at - LAST_TRY_BEFORE_END))


def most_apart(life: timedelta, age: timedelta) -> timedelta:
    """How far apart a task is asked for at the most: a tenth of its links' life, later a tenth of its own age.

    Never more than half of that life: whenever the task ends, its links are found alive.
    """
    return min(max(life, age) / 10, life / 2)
