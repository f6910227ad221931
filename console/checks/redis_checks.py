"""Is Redis one that the processes can use? Everything that they do with it is done, and each cause is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archive.errors import QueueUnavailable, QueueUnusable, SettingsRefused
from archive.queue.doorbell import Doorbell
from archive.queue.redis_address import RedisAddress
from archive.queue.redis_facts import RedisFacts, facts_of, spoken_at
from archive.queue.redis_tls import refuse_unreadable
from archive.queue.redis_url import read_redis_url
from console.checks.check import Check, checked
from runtime.heartbeats import Heartbeats

MEND = "See that REDIS_URL is right and that Redis runs; meanwhile the sweep finds the work, only later."
UNUSABLE_MEND = "Mend it there, or in REDIS_URL: no process can work with it so. docs/operations.md, Redis, has what is needed."
MEMORY_MEND = "CONFIG SET maxmemory-policy noeviction, and in redis.conf."
FULL_MEND = "Give Redis more memory, or find out what fills it: bells take some kilobytes each."
CONNECTIONS_MEND = "Raise maxclients, or find out who holds them: a receiver has 3, a worker 5, a command up to 4 for a moment."
# What is left is soon taken by others who share it.
NEARLY_ALL = 0.9


def redis_checks(redis_url: str, doorbell: Doorbell, heartbeats: Heartbeats) -> Iterator[Check]:
    """Each check of Redis; where bells cannot be rung, only the cause is looked for."""
    address = read_redis_url(redis_url)
    try:
        refuse_unreadable(redis_url)
    except SettingsRefused as refusal:
        yield Check("Redis TLS", problem=refusal.problems[0], mend="Name a file that can be read there.")
        return
    first = _done("Redis", lambda: _bells(doorbell), address)
    yield first
    if not first.ok:
        return
    if address.tls is not None:
        yield Check("Redis TLS", _verified(address))
    yield _done("Redis heartbeats", lambda: _heartbeats(heartbeats), address)
    facts: list[RedisFacts | None] = []
    yield checked("Redis memory", lambda: _memory(_told(facts, address)), MEND)
    yield checked("Redis connections", lambda: _connections(_told(facts, address)), MEND)


def _done(name: str, trial: Callable[[], Check], address: RedisAddress) -> Check:
    """What a trial found, or why it failed."""
    try:
        return trial()
    except QueueUnusable as error:
        return Check(name, problem=error.detail, mend=UNUSABLE_MEND)
    except QueueUnavailable as error:
        return _other_tongue(name, address) or Check(name, problem=error.detail, mend=MEND)


def _bells(doorbell: Doorbell) -> Check:
    doorbell.try_out()
    return Check("Redis", f"does what bells need; bells that wait: {doorbell.waiting():,}")


def _heartbeats(heartbeats: Heartbeats) -> Check:
    heartbeats.try_out()
    return Check("Redis heartbeats", "can be written and read")


def _other_tongue(name: str, address: RedisAddress) -> Check | None:
    """TLS where none is spoken, or none where it is: Redis only falls silent or hangs up then."""
    if len(address.hosts) != 1 or address.master_name:
        return None
    spoken = spoken_at(*address.hosts[0])
    if spoken == "tls with a certificate" and (address.tls is None or not address.tls.certfile):
        mend = "Name it by rediss://...?ssl_certfile=FILE&ssl_keyfile=FILE."
        return Check(
            name, problem="Redis asks for a certificate of ours, and REDIS_URL names none", mend=mend
        )
    if spoken == "plain" and address.tls is not None:
        mend = "Let REDIS_URL begin with redis://, or name the port that speaks TLS."
        return Check(name, problem="this port speaks no TLS, and REDIS_URL asks for it", mend=mend)
    if spoken.startswith("tls") and address.tls is None:
        mend = "Let REDIS_URL begin with rediss://, or name the port that speaks no TLS."
        return Check(name, problem="this port speaks TLS, and REDIS_URL does not ask for it", mend=mend)
    return None


def _verified(address: RedisAddress) -> str:
    assert address.tls is not None
    if not address.tls.verify:
        return "not verified: REDIS_URL says ssl_cert_reqs=none"
    if not address.tls.check_hostname:
        return "the certificate is verified, the host's name is not: REDIS_URL says ssl_check_hostname=false"
    return "certificate and host name are verified"


def _told(facts: list[RedisFacts | None], address: RedisAddress) -> RedisFacts | None:
    """What Redis tells of itself, asked once."""
    if not facts:
        facts.append(facts_of(address))
    return facts[0]


def _memory(facts: RedisFacts | None) -> Check:
    name = "Redis memory"
    if facts is None or not facts.eviction_policy:
        return Check(name, "cannot be asked: this user may not INFO, and need not")
    if facts.eviction_policy != "noeviction":
        problem = f"maxmemory-policy is {facts.eviction_policy}: bells are thrown away when memory is short"
        return Check(name, problem=problem, mend=MEMORY_MEND)
    if facts.memory_most and facts.memory >= facts.memory_most * NEARLY_ALL:
        problem = f"{facts.memory:,} of {facts.memory_most:,} bytes are taken, and nothing is thrown away"
        return Check(name, problem=problem, mend=FULL_MEND)
    return Check(name, facts.eviction_policy)


def _connections(facts: RedisFacts | None) -> Check:
    name = "Redis connections"
    if facts is None or not facts.connections_most:
        return Check(name, "cannot be asked: this user may not INFO, and need not")
    told = f"{facts.connections:,} of {facts.connections_most:,} are taken"
    if facts.connections >= facts.connections_most * NEARLY_ALL:
        return Check(name, problem=told, mend=CONNECTIONS_MEND)
    return Check(name, told)
