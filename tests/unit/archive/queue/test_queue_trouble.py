"""What Redis's errors mean, as its servers word them."""

from __future__ import annotations

import pytest
from kombu.exceptions import OperationalError
from redis import exceptions as errors
from redis._parsers.base import BaseParser
from redis.sentinel import MasterNotFoundError

from archive.errors import QueueUnavailable, QueueUnusable
from archive.queue.queue_trouble import unavailable

PASSING = {
    "READONLY You can't write against a read only replica.": "replica",
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)": "replica",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.": "replica",
    "LOADING Redis is loading the dataset in memory": "loading",
    "OOM command not allowed when used memory > 'maxmemory'.": "no memory left",
    "ERR max number of clients reached": "no connection left",
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.": "save",
    "NOREPLICAS Not enough good replicas to write.": "replicas",
    "WRONGTYPE Operation against a key holding the wrong kind of value": "something else than a queue",
    "BUSY Redis is busy running a script.": "busy",
    "TRYAGAIN Multiple keys request during rehashing of slot": "busy",
    "ERR something new": "something new",
}
HOPELESS = {
    "CROSSSLOT Keys in request don't hash to the same slot": "cluster mode",
    "MOVED 3999 127.0.0.1:6381": "cluster mode",
    "ASK 3999 127.0.0.1:6381": "cluster mode",
    "CLUSTERDOWN Hash slot not served": "cluster mode",
    "ERR SELECT is not allowed in cluster mode": "cluster mode",
    "NOPERM User default has no permissions to run the 'brpop' command": "ACL denies",
    "NOPERM No permissions to access a key": "ACL denies",
    "NOAUTH Authentication required.": "password",
    "WRONGPASS invalid username-password pair or user is disabled.": "password",
    "ERR invalid password": "password",
    "ERR DB index is out of range": "no database of that number",
    "ERR unknown command 'BRPOP', with args beginning with: 'a' ": "does not know a command",
    "DENIED Redis is running in protected mode because protected mode is enabled": "protected mode",
}


def parsed(answer: str) -> BaseException:
    """The error that redis-py makes of an answer."""
    error: BaseException = BaseParser.parse_error(answer)  # type: ignore[no-untyped-call] # it has no types
    return error


@pytest.mark.parametrize(
    ("answer", "words", "hopeless"),
    [(answer, words, False) for answer, words in PASSING.items()]
    + [(answer, words, True) for answer, words in HOPELESS.items()],
    ids=lambda value: str(value)[:20],
)
def test_an_answer_of_redis_is_told_in_a_sentence_and_known_to_pass_or_not(
    answer: str,
    words: str,
    hopeless: bool,  # noqa: FBT001
) -> None:
    for error in (parsed(answer), OperationalError(answer)):
        told = unavailable(error)
        assert words in told.detail
        assert hopeless == isinstance(told, QueueUnusable)


@pytest.mark.parametrize(
    ("said", "words", "hopeless"),
    [
        ("certificate verify failed: Hostname mismatch, certificate is not valid for", "another name", True),
        (
            "certificate verify failed: IP address mismatch, certificate is not valid for",
            "another name",
            True,
        ),
        ("certificate verify failed: certificate has expired", "has expired", False),
        ("certificate verify failed: self-signed certificate in certificate chain", "no authority", True),
        ("tlsv13 alert certificate required", "asks for a certificate", True),
        ("tlsv1 alert unknown ca", "asks for a certificate", True),
    ],
)
def test_what_tls_says_is_told_in_a_sentence(said: str, words: str, hopeless: bool) -> None:  # noqa: FBT001
    verifying = said.startswith("certificate")
    code = "CERTIFICATE_VERIFY_FAILED" if verifying else said.upper().replace(" ", "_")
    told = unavailable(
        errors.ConnectionError(f"Error 1 connecting to h:1. [SSL: {code}] {said} (_ssl.c:1006).")
    )

    assert words in told.detail
    assert hopeless == isinstance(told, QueueUnusable)


def test_what_sentinels_say_is_told_in_a_sentence() -> None:
    def said(why: str) -> QueueUnavailable:
        return unavailable(
            MasterNotFoundError(f"No master found for 'main' : <redis.client.Redis(<...>)> - {why}")
        )

    assert "the Sentinels refuse the user or the password" in said("auth:AuthenticationError").detail
    assert "<" not in said("auth:AuthenticationError").detail
    assert isinstance(said("AuthenticationError('Authentication required.')"), QueueUnusable)
    assert "no Sentinel names a master" in said("network:ConnectionError").detail
    assert not isinstance(said("TimeoutError('Timeout reading from socket')"), QueueUnusable)


def test_what_kombu_wraps_is_looked_into() -> None:
    wrapped = OperationalError("it is wrapped")
    wrapped.__cause__ = errors.ReadOnlyError("You can't write against a read only replica.")

    assert "replica" in unavailable(wrapped).detail


def test_the_ways_to_redis_fail_in_passing() -> None:
    for error in (
        errors.ConnectionError("Error 111 connecting to h:1. Connection refused."),
        errors.TimeoutError("Timeout reading from socket"),
        errors.MaxConnectionsError("Too many connections"),
        ConnectionResetError(104, "reset"),
        OSError(24, "Too many open files"),
    ):
        assert not isinstance(unavailable(error), QueueUnusable)
    assert "cannot be reached" in unavailable(errors.ConnectionError("refused")).detail
