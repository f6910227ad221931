"""Do the others answer: Redis and the receiver?"""

from __future__ import annotations

from collections.abc import Iterator

from archive.doorbell import Doorbell
from console import http
from console.check import Check, checked

REDIS_MEND = (
    "See that REDIS_URL is right and that Redis runs; meanwhile the sweep finds the work, only later."
)
# The receiver's own probe of S3 is bounded by 1.5 s.
RECEIVER_S = 5.0
_READY = 200


def redis_checks(doorbell: Doorbell) -> Iterator[Check]:
    """Redis; where it does not answer, nothing more is asked."""
    first = checked("Redis", lambda: _redis(doorbell), REDIS_MEND)
    yield first
    if first.ok:
        yield checked("Redis memory", lambda: _memory(doorbell), REDIS_MEND)


def receiver_check(public_url: str) -> Check:
    """The receiver, at the address that providers call."""
    name = "receiver"
    try:
        answer = http.ask("GET", f"{public_url.rstrip('/')}/readyz", timeout_s=RECEIVER_S)
    except http.NoAnswer as error:
        return Check(
            name, problem=str(error), mend="Start it: `python -m receiver`; see that PUBLIC_URL leads to it."
        )
    if answer.status == _READY:
        return Check(name, f"ready, in {answer.took_ms} ms")
    return Check(
        name,
        problem=f"{http.place(public_url)}/readyz answered {answer.status}",
        mend="503: neither S3 nor the spool takes callbacks, see its log. Else PUBLIC_URL leads elsewhere.",
    )


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
