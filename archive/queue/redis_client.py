"""Open a Redis with redis-py, and what kombu is to be told so that it opens the very same.

kombu verifies no certificate unless it is told to (its `rediss://` means CERT_NONE), and bounds no word with a
Sentinel unless that is given bounds of its own: so both are always said.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from archive.queue.redis_address import Login, RedisAddress, Tls, host_and_port

ONE_TRY = Retry(NoBackoff(), 0)


class Broker(NamedTuple):
    """What Celery is configured with. `url` holds the password."""

    url: str
    ssl: dict[str, Any] | None
    options: dict[str, Any]


def open_redis(address: RedisAddress, *, answer_s: float) -> redis.Redis:
    """A client of the Redis there: one attempt a question, each bounded. Nothing connects yet."""
    common: dict[str, Any] = {
        "db": address.database,
        "username": address.login.username or None,
        "password": address.login.password or None,
        "socket_timeout": answer_s,
        "retry": ONE_TRY,
    }
    if address.path:
        return redis.Redis(unix_socket_path=address.path, **common)
    tls = {"ssl": True, **_tls(address.tls)} if address.tls else {}
    common |= {"socket_connect_timeout": answer_s, **tls}
    if not address.master_name:
        ((host, port),) = address.hosts
        return redis.Redis(host=host, port=port, **common)
    sentinels = Sentinel(  # type: ignore[no-untyped-call]  # redis-py types half of it
        address.hosts, sentinel_kwargs=_to_sentinels(address, answer_s), **common
    )
    client: redis.Redis = sentinels.master_for(address.master_name)  # type: ignore[no-untyped-call]  # the same
    return client


def broker_of(address: RedisAddress, *, answer_s: float | None) -> Broker:
    """The broker that Celery is to use; `answer_s` bounds every answer, None: consumers wait for messages."""
    tls = _tls(address.tls) if address.tls else None
    options: dict[str, Any] = {"socket_timeout": answer_s}
    if address.path:
        where = f"redis+socket://{_login(address.login)}{quote(address.path)}?virtual_host={address.database}"
        return Broker(where, None, options)
    if not address.master_name:
        ((host, port),) = address.hosts
        scheme = "rediss" if address.tls else "redis"
        return Broker(_url(scheme, address, host, port), tls, options | _distinct(tls))
    # When one Sentinel does not answer, Celery goes on with the next part: each says everything.
    url = ";".join(_url("sentinel", address, host, port) for host, port in address.hosts)
    options |= {"master_name": address.master_name, **_distinct(tls)}
    # A Sentinel answers immediately or not at all, whoever asks.
    options["sentinel_kwargs"] = _to_sentinels(address, answer_s or 1.0)
    return Broker(url, tls, options)


def _distinct(tls: dict[str, Any] | None) -> dict[str, Any]:
    """Kombu shares its connections among brokers that differ in their TLS alone; an option of ours tells them apart."""
    return {"fixative_tls": tls} if tls else {}


def _to_sentinels(address: RedisAddress, answer_s: float) -> dict[str, Any]:
    login = address.sentinel_login
    return {
        "socket_timeout": answer_s,
        "socket_connect_timeout": answer_s,
        # redis-py's own three tries took nine seconds of a caller who was promised one.
        "retry": ONE_TRY,
        **({"username": login.username} if login.username else {}),
        **({"password": login.password} if login.password else {}),
        **({"ssl": True, **_tls(address.tls)} if address.tls else {}),
    }


def _tls(tls: Tls) -> dict[str, Any]:
    """TLS in redis-py's words, which kombu passes on."""
    return {
        "ssl_cert_reqs": "required" if tls.verify else "none",
        "ssl_check_hostname": tls.check_hostname,
        "ssl_ca_certs": tls.ca_certs or None,
        "ssl_certfile": tls.certfile or None,
        "ssl_keyfile": tls.keyfile or None,
    }


def _url(scheme: str, address: RedisAddress, host: str, port: int) -> str:
    return f"{scheme}://{_login(address.login)}{host_and_port(host, port)}/{address.database}"


def _login(login: Login) -> str:
    if login == Login():
        return ""
    password = f":{quote(login.password, safe='')}" if login.password else ""
    return f"{quote(login.username, safe='')}{password}@"
