"""Redis servers that differ from the one of the local stack: with TLS, users, few connections, a Sentinel.

They need Debian's redis-server, since the wheel of the local stack has no TLS and an older ACL.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import trustme

from infra.local.parts.process import Process
from infra.local.ports import LOOPBACK, free_block

READY_S = 30.0


@dataclass(frozen=True)
class Server:
    """One that runs; `admin` may do everything there."""

    port: int
    process: Process
    admin: Any  # redis-py types half of it

    def url(self, login: str = "", scheme: str = "redis", more: str = "") -> str:
        """Its URL, for this user and with these parameters."""
        return f"{scheme}://{login}{LOOPBACK}:{self.port}/0{more}"


@dataclass(frozen=True)
class Authority:
    """An authority of the test's own, and the files of a certificate that it gave to 127.0.0.1."""

    ca: trustme.CA
    file: Path
    chain: Path
    key: Path


def authority_in(folder: Path, *names: str) -> Authority:
    """A new authority with a certificate for these names, by default this host's."""
    folder.mkdir(parents=True, exist_ok=True)
    ca = trustme.CA()
    issued = ca.issue_cert(*(names or (LOOPBACK, "localhost")))
    made = Authority(ca, folder / "ca.pem", folder / "chain.pem", folder / "key.pem")
    ca.cert_pem.write_to_path(made.file)
    made.chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(made.key)
    return made


@contextlib.contextmanager
def serving(
    folder: Path, *more: str, tls: Authority | None = None, login: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A redis-server with these arguments more; with `tls` it speaks nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_block(1)
    ports = ["--port", str(port)]
    if tls is not None:
        ports = ["--port", "0", "--tls-port", str(port), "--tls-ca-cert-file", str(tls.file)]
        ports += ["--tls-cert-file", str(tls.chain), "--tls-key-file", str(tls.key)]
        if "--tls-auth-clients" not in more:
            ports += ["--tls-auth-clients", "no"]
    command = [program(), *ports, "--bind", LOOPBACK, "--dir", str(folder), "--save", "", *more]
    process = Process("redis", command, folder=folder, log=folder / "redis.log")
    secure = {}
    if tls is not None:
        secure = {"ssl": True, "ssl_ca_certs": str(tls.file), "ssl_check_hostname": False}
        secure |= {"ssl_certfile": str(tls.chain), "ssl_keyfile": str(tls.key)}
    admin = redis.Redis(host=LOOPBACK, port=port, **secure, **(login or {}))  # type: ignore[arg-type]  # both are its own
    process.start()
    try:
        process.ready(READY_S, lambda: _answers(admin))
        yield Server(port, process, admin)
    finally:
        admin.close()
        process.stop()


def program() -> str:
    """The `redis-server` of the machine."""
    found = shutil.which("redis-server")
    assert found, "redis-server is missing: TEST_PACKAGES in the Makefile"
    return found


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
