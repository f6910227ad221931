"""Does Redis answer, and is it set up for what rests on it?"""

from __future__ import annotations

from collections.abc import Iterator

from archive.doorbell import Doorbell
from console.check import Check, checked

REDIS_MEND = (
    "See that REDIS_URL is right and that Redis runs; meanwhile the sweep finds the work, only later."
)


def redis_checks(doorbell: Doorbell) -> Iterator[Check]:
    """Redis; where it does not answer, nothing more is asked."""
    first = checked("Redis", lambda: _redis(doorbell), REDIS_MEND)
    yield first
    if first.ok:
        yield checked("Redis memory", lambda: _memory(doorbell), REDIS_MEND)


def _redis(doorbell: Doorbell) -> Check:
    waiting = doorbell.waiting()
    return Check("Redis", f"answers; bells that wait: {waiting:,}")


def _memory(doorbell: Doorbell) -> Check:
    policy = doorbell.eviction_policy()
    if policy in {"noeviction", ""}:
        return Check("Redis memory", policy or "its policy cannot be asked")
    return Check(
        "Redis memory",
        problem=f"maxmemory-policy is {policy}: bells are thrown away when memory is short",
        mend="CONFIG SET maxmemory-policy noeviction, and in redis.conf.",
    )
