"""A master, its replica, and the Sentinel that watches them: real ones, for tests that fail over."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from infra.local.parts.process import Process
from infra.local.ports import LOOPBACK, free_block
from tests.integration.queue.redis_servers import READY_S, Authority, Server, program, serving
from tests.pace import until

MASTER, OF_MASTER, OF_SENTINEL = "main", "pw-of-the-master", "pw-of-the-sentinel"
FAILOVER_S = 60.0


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

    def is_followed(self, old: Server) -> None:
        """Wait until the Sentinel has put another master in the place of one that died."""

        def done() -> bool:
            new = self.master()
            return new is not old and bool(new.admin.role()[0] == b"master")

        assert until(done, FAILOVER_S)


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
