"""Where a Redis is and how one enters: what a REDIS_URL comes to. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Tls:
    """How the other side is verified. `ca_certs` is a file that is trusted beside the system's authorities."""

    verify: bool = True
    check_hostname: bool = True
    ca_certs: str = ""
    certfile: str = ""
    keyfile: str = ""


@dataclass(frozen=True, kw_only=True)
class Login:
    """Who one says that one is."""

    username: str = ""
    password: str = field(default="", repr=False)


NOBODY = Login()


@dataclass(frozen=True, kw_only=True)
class RedisAddress:
    """What a REDIS_URL says. `hosts` are the Redis itself, or its Sentinels; of a socket there is its `path`."""

    hosts: tuple[tuple[str, int], ...] = ()
    path: str = ""
    login: Login = NOBODY
    database: int = 0
    tls: Tls | None = None
    master_name: str = ""
    sentinel_login: Login = NOBODY

    @property
    def place(self) -> str:
        """Where it is, without a secret: host:port/0, /run/redis.sock/0, or main@sentinel:port,sentinel:port/0."""
        master = f"{self.master_name}@" if self.master_name else ""
        where = ",".join(host_and_port(*each) for each in self.hosts) or self.path
        return f"{master}{where}/{self.database}"


def host_and_port(host: str, port: int) -> str:
    """The two as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
