"""What an error of Redis means: a sentence, and whether it can ever pass. Pure.

https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors: the first word of an answer is its
code, which redis-py (8.1) makes a class of and cuts off, where it knows the code.
"""

from __future__ import annotations

from typing import NamedTuple

from redis import exceptions as errors
from redis.sentinel import MasterNotFoundError

from archive import connection_words
from archive.errors import QueueUnavailable, QueueUnusable

# Of an error's own words; they name keys, users and addresses, and no password.
DETAIL_MAX_CHARACTERS = 200


class _Kind(NamedTuple):
    """A kind of trouble, known by its class or by words in its text."""

    classes: tuple[type[BaseException], ...]
    words: tuple[str, ...]
    sentence: str
    hopeless: bool = False


# The ACL that is enough, and gives nothing more. A test works with no more than it.
ACL = "~fixative* +@connection +@list +@string +@keyspace +@transaction -@dangerous"

_KINDS = (
    # What Sentinels said stands in the text of the one error that redis-py makes of it.
    _Kind(
        (),
        ("AuthenticationError", "NoPermissionError"),
        "the Sentinels refuse the user or the password (REDIS_SENTINEL_PASSWORD), or their absence",
        hopeless=True,
    ),
    _Kind(
        (MasterNotFoundError,),
        ("No master found for",),
        "no Sentinel names a master: they do not answer, or know it by another name (REDIS_SENTINEL_MASTER)",
    ),
    # Before cluster mode, of whose class redis-py has made MASTERDOWN.
    _Kind(
        (errors.ReadOnlyError, errors.MasterDownError),
        ("READONLY", "UNBLOCKED", "MASTERDOWN"),
        "this Redis is a replica: a failover is under way, or REDIS_URL does not lead to the master",
    ),
    _Kind(
        (errors.AskError, errors.ClusterCrossSlotError, errors.ClusterDownError),
        ("MOVED ", "ASK ", "CROSSSLOT", "CLUSTERDOWN", "not allowed in cluster mode"),
        "this Redis runs in cluster mode, where nobody can wait on several queues; use one without",
        hopeless=True,
    ),
    _Kind(
        (errors.NoPermissionError,),
        ("NOPERM", "no permissions"),
        f"this user's ACL denies what is needed; enough is `{ACL}`",
        hopeless=True,
    ),
    _Kind(
        (errors.AuthenticationError, errors.AuthenticationWrongNumberOfArgsError, errors.AuthorizationError),
        ("NOAUTH", "WRONGPASS", "invalid password"),
        "Redis refuses the user or the password of REDIS_URL, or their absence",
        hopeless=True,
    ),
    _Kind(
        (),
        ("DB index is out of range", "invalid DB index"),
        "this Redis has no database of that number",
        hopeless=True,
    ),
    _Kind(
        (),
        ("unknown command", "Unknown command"),
        "this server does not know a command that is needed; use a Redis or Valkey itself, without a proxy between",
        hopeless=True,
    ),
    _Kind((), ("DENIED",), "this Redis is in protected mode and answers its own host alone", hopeless=True),
    _Kind((errors.BusyLoadingError,), ("LOADING",), "Redis is loading its data"),
    _Kind((errors.OutOfMemoryError,), ("OOM ",), "Redis has no memory left (maxmemory)"),
    _Kind(
        (errors.MaxConnectionsError,),
        ("max number of clients reached",),
        "Redis has no connection left (maxclients)",
    ),
    _Kind((), ("MISCONF",), "Redis cannot save to its disk and takes no writes"),
    _Kind((), ("NOREPLICAS",), "Redis has too few replicas to take writes"),
    _Kind((), ("WRONGTYPE",), "a key under a name of ours holds something else than a queue"),
    _Kind((errors.TryAgainError,), ("BUSY ", "TRYAGAIN"), "Redis is busy"),
    _Kind(
        (),
        ("Hostname mismatch", "IP address mismatch"),
        "Redis's certificate is for another name than the host that REDIS_URL (or the Sentinel) names",
        hopeless=True,
    ),
    _Kind(
        (),
        ("certificate has expired", "certificate is not yet valid"),
        "Redis's certificate has expired or is not valid yet, or this host's clock is wrong",
    ),
    _Kind(
        (),
        ("CERTIFICATE_VERIFY_FAILED",),
        "Redis's certificate is of no authority that is trusted here; ssl_ca_certs in REDIS_URL names one",
        hopeless=True,
    ),
    _Kind(
        (),
        ("CERTIFICATE_REQUIRED", "CERTIFICATE_UNKNOWN", "BAD_CERTIFICATE", "ALERT_UNKNOWN_CA"),
        "Redis asks for a certificate of ours that it trusts; ssl_certfile in REDIS_URL names one",
        hopeless=True,
    ),
    _Kind((errors.TimeoutError, TimeoutError), (), "Redis did not answer in time"),
    _Kind((errors.ConnectionError, OSError), (), "Redis cannot be reached"),
)


def unavailable(error: BaseException) -> QueueUnavailable:
    """The error of ours for one of Redis's or of the ways to it; QueueUnusable where it cannot pass."""
    causes = tuple(_causes(error))
    kind = next((kind for kind in _KINDS for cause in causes if _is(kind, cause)), None)
    # Of Sentinels redis-py tells whole clients, behind a colon.
    said = str(causes[-1]).partition(" : <")[0]
    told = (" ".join(said.split()) or connection_words.why(causes[-1]))[:DETAIL_MAX_CHARACTERS]
    if kind is None:
        return QueueUnavailable(told)
    return (QueueUnusable if kind.hopeless else QueueUnavailable)(f"{kind.sentence} ({told})")


def _is(kind: _Kind, error: BaseException) -> bool:
    return isinstance(error, kind.classes) or any(word in str(error) for word in kind.words)


def _causes(error: BaseException | None) -> list[BaseException]:
    """An error and what it was raised for: kombu wraps what redis-py raises."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__
    return found
