"""`sentinel://`: bells and heartbeats find the master, and go on after a failover. With a real Sentinel."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis

from archive.doorbell import Doorbell
from archive.errors import QueueUnavailable
from archive.fingerprint import Fingerprint
from archive.heartbeat import first_beat
from archive.heartbeats import Heartbeats
from infra.local.ports import LOOPBACK, free_block
from infra.local.process import Process
from infra.local.wait import until
from tests.fakes.words import HERE
from tests.integration.redis_servers import READY_S, Authority, Server, authority_in, program, serving

MASTER, OF_MASTER, OF_SENTINEL = "main", "pw-of-the-master", "pw-of-the-sentinel"
FINGERPRINT = Fingerprint(bucket="images", prefix="", store="", redis="cache:6379/0", ticket_keys={})
BEAT = first_beat("worker", FINGERPRINT, datetime(2026, 11, 21, 12, tzinfo=UTC))
FAILOVER_S = 60.0
# A Sentinel's answer and Redis's are each bounded by 1 s, a second Sentinel is asked; the rest is for a busy machine.
BOUNDED_S = 8.0


@dataclass(frozen=True)
class Watched:
    """A master with its replica, and the Sentinel that watches them."""

    sentinel: Any  # redis-py types half of what is asked of it
    port: int
    servers: tuple[Server, ...]
    watcher: Process

    def url(self, more: str = "", *, scheme: str = "sentinel", login: str = f":{OF_MASTER}@") -> str:
        """The URL through the Sentinel, with another before it that is not there."""
        return f"{scheme}://{login}127.0.0.1:1,127.0.0.1:{self.port}/0?master_name={MASTER}&sentinel_password={OF_SENTINEL}{more}"

    def master(self) -> Server:
        """Who is the master by the Sentinel's word."""
        told = self.sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)
        return next(server for server in self.servers if server.port == int(told[1]))

    def fail_over(self) -> Server:
        """Make the replica the master; the new one, once it is."""
        old = self.master()
        self.sentinel.execute_command("SENTINEL", "FAILOVER", MASTER)

        def done() -> bool:
            new = self.master()
            return (
                new is not old and bool(new.admin.role()[0] == b"master") and old.admin.role()[0] == b"slave"
            )

        assert until(done, FAILOVER_S)
        return self.master()


@contextlib.contextmanager
def watched(folder: Path, tls: Authority | None = None) -> Iterator[Watched]:
    """Start a master, a replica and a Sentinel."""
    words = ("--requirepass", OF_MASTER, "--masterauth", OF_MASTER)
    words = (*words, *(("--tls-replication", "yes") if tls else ()))
    login = {"password": OF_MASTER}
    with (
        serving(folder / "one", *words, tls=tls, login=login) as one,
        serving(folder / "two", *words, "--replicaof", f"{LOOPBACK} {one.port}", tls=tls, login=login) as two,
    ):
        assert until(lambda: two.admin.info("replication")["master_link_status"] == "up", READY_S)
        port = free_block(1)
        listening = [f"port {port}"] if tls is None else ["port 0", f"tls-port {port}"]
        if tls is not None:
            listening += [f"tls-ca-cert-file {tls.file}", f"tls-cert-file {tls.chain}"]
            listening += [f"tls-key-file {tls.key}", "tls-auth-clients no", "tls-replication yes"]
        told = [
            *listening,
            f"bind {LOOPBACK}",
            f"dir {folder}",
            f"requirepass {OF_SENTINEL}",
            f"sentinel monitor {MASTER} {LOOPBACK} {one.port} 1",
            f"sentinel auth-pass {MASTER} {OF_MASTER}",
            f"sentinel down-after-milliseconds {MASTER} 1000",
            f"sentinel failover-timeout {MASTER} 10000",
        ]
        (folder / "sentinel.conf").write_text("\n".join(told) + "\n")
        command = [program(), str(folder / "sentinel.conf"), "--sentinel"]
        watcher = Process("sentinel", command, folder=folder, log=folder / "sentinel.log")
        secure = {} if tls is None else {"ssl": True, "ssl_ca_certs": str(tls.file)}
        sentinel = redis.Redis(host=LOOPBACK, port=port, password=OF_SENTINEL, **secure)  # type: ignore[arg-type]
        watcher.start()
        try:
            watcher.ready(READY_S, lambda: _knows_both(sentinel))
            yield Watched(sentinel, port, (one, two), watcher)
        finally:
            sentinel.close()
            watcher.stop()


def _knows_both(sentinel: redis.Redis) -> bool:
    """Whether its first INFO of the replica has come; before that nothing can be failed over to it."""
    try:
        replicas = sentinel.sentinel_slaves(MASTER)
    except (redis.RedisError, OSError):
        return False
    return bool(replicas) and replicas[0]["master-link-status"] == "ok"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched(tmp_path_factory.mktemp("watched")) as running:
        yield running


def goes(way: Callable[[], object]) -> bool:
    """Whether it works now, within its bound."""
    began = time.monotonic()
    try:
        way()
    except QueueUnavailable:
        return False
    finally:
        assert time.monotonic() - began < BOUNDED_S
    return True


def test_bells_and_heartbeats_go_to_the_master_and_to_the_next_one(house: Watched) -> None:
    doorbell, heartbeats = Doorbell(house.url(), HERE), Heartbeats(house.url())
    first = house.master()
    doorbell.ring_settle("inbox/before")
    heartbeats.put(BEAT)
    assert 1 == doorbell.waiting()
    assert first.admin.llen(HERE.queues.inbox) == 1

    second = house.fail_over()
    assert until(lambda: goes(lambda: doorbell.ring_settle("inbox/after")), FAILOVER_S)
    assert until(lambda: goes(lambda: heartbeats.put(BEAT)), FAILOVER_S)

    assert second.port != first.port
    assert [BEAT] == [seen.heartbeat for seen in heartbeats.living()]
    assert second.admin.exists(f"fixative.heartbeat.{BEAT.id}")
    doorbell.close()
    heartbeats.close()


def test_a_master_that_no_sentinel_knows_is_trouble_within_the_bound(house: Watched) -> None:
    url = house.url().replace(f"master_name={MASTER}", "master_name=other")
    assert not goes(Doorbell(url, HERE).waiting)
    assert not goes(Heartbeats(url).living)


@pytest.mark.parametrize("wrong", [OF_MASTER, OF_SENTINEL])
def test_each_has_a_password_of_its_own(house: Watched, wrong: str) -> None:
    url = house.url().replace(wrong, "another")
    assert not goes(Doorbell(url, HERE).waiting)
    assert not goes(Heartbeats(url).living)


def test_both_are_verified_over_tls(tmp_path: Path) -> None:
    authority = authority_in(tmp_path / "tls")
    with watched(tmp_path / "watched", authority) as house:
        trusted = f"&ssl_ca_certs={quote(str(authority.file), safe='')}"
        url = house.url(trusted, scheme="sentinels")
        assert goes(lambda: Doorbell(url, HERE).ring_settle("inbox/x"))
        assert goes(lambda: Heartbeats(url).put(BEAT))

        for scheme, more in (("sentinels", ""), ("sentinel", "")):
            assert not goes(Doorbell(house.url(more, scheme=scheme), HERE).waiting)
            assert not goes(Heartbeats(house.url(more, scheme=scheme)).living)
