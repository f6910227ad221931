"""What a Redis tells of itself, and what its port speaks: for who looks for the cause of trouble."""

from __future__ import annotations

import socket
import ssl
from typing import Any, Literal, NamedTuple

from redis.exceptions import NoPermissionError, RedisError, ResponseError

from archive.queue.queue_trouble import unavailable
from archive.queue.redis_address import RedisAddress
from archive.queue.redis_client import open_redis

ANSWER_S = 1.0
# As a Redis begins any answer to a word that it was not asked in TLS: https://redis.io/docs/latest/develop/reference/protocol-spec/
_ANSWERS = (b"+", b"-")


class RedisFacts(NamedTuple):
    """Memory in bytes (`memory_most` 0: no limit), connections, and what happens when memory is full."""

    eviction_policy: str
    memory: int
    memory_most: int
    connections: int
    connections_most: int


def facts_of(address: RedisAddress) -> RedisFacts | None:
    """What INFO tells; None where this user may not ask. Raises QueueUnavailable."""
    client = open_redis(address, answer_s=ANSWER_S)
    try:
        memory: Any = client.info("memory")
        clients: Any = client.info("clients")
    except NoPermissionError:
        return None
    except ResponseError:
        return None  # a server that knows no INFO, or not these parts of it
    except (RedisError, OSError) as error:
        raise unavailable(error) from error
    finally:
        client.close()
    return RedisFacts(
        eviction_policy=str(memory.get("maxmemory_policy", "")),
        memory=_number(memory, "used_memory"),
        memory_most=_number(memory, "maxmemory"),
        connections=_number(clients, "connected_clients"),
        connections_most=_number(clients, "maxclients"),
    )


def spoken_at(host: str, port: int) -> Literal["tls", "tls with a certificate", "plain", ""]:
    """What this port speaks; empty where nobody says. No password is said, and no certificate is believed."""
    try:
        with socket.create_connection((host, port), ANSWER_S) as plain:
            plain.settimeout(ANSWER_S)
            plain.sendall(b"PING\r\n")
            if plain.recv(1) in _ANSWERS:
                return "plain"
    except OSError:
        pass  # a server that speaks TLS hangs up
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), ANSWER_S) as raw,
            context.wrap_socket(raw, server_hostname=host) as secure,
        ):
            return "tls with a certificate" if _wants_certificate(secure) else "tls"
    except (OSError, ValueError):
        return ""


def _wants_certificate(secure: ssl.SSLSocket) -> bool:
    """Whether the server goes on only with a certificate of ours; with TLS 1.3 it says so after the handshake."""
    secure.settimeout(ANSWER_S)
    try:
        return secure.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def _number(told: Any, name: str) -> int:
    value = told.get(name, 0)
    return value if isinstance(value, int) and value >= 0 else 0
