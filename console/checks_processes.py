"""Do the others answer: Redis, a worker, the receiver?"""

from __future__ import annotations

from collections.abc import Iterator

from archive.doorbell import Doorbell
from console import http
from console.check import Check, checked

REDIS_MEND = (
    "See that REDIS_URL is right and that Redis runs; meanwhile the sweep finds the work, only later."
)
WORKER_MEND = "Start one: `python -m workers`."
# Workers answer within milliseconds, whatever they have in hand: a thread of its own hears the question.
WORKER_S = 1.5
# The receiver's own probe of S3 is bounded by 1.5 s.
RECEIVER_S = 5.0
_READY = 200


def redis_checks(doorbell: Doorbell) -> Iterator[Check]:
    """Redis, and the workers through it."""
    first = checked("Redis", lambda: _redis(doorbell), REDIS_MEND)
    yield first
    if not first.ok:
        yield Check("worker", problem="cannot be asked without Redis", mend=WORKER_MEND)
        return
    yield checked("Redis memory", lambda: _memory(doorbell), REDIS_MEND)
    yield checked("worker", lambda: _worker(doorbell), WORKER_MEND)


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


def _worker(doorbell: Doorbell) -> Check:
    alive = doorbell.workers_alive(WORKER_S)
    if alive:
        return Check("worker", f"{len(alive)} alive: {', '.join(alive)}")
    return Check("worker", problem=f"none answered within {WORKER_S:g} s", mend=WORKER_MEND)
