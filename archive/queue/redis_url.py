"""REDIS_URL: read and checked, so that one that can never work is refused when a process starts. Pure.

    redis://[user:password@]host[:port][/database]
    rediss://...                         the same over TLS, the certificate and the host's name verified
    redis+socket://[user:password@]/path[?db=database]
    sentinel://[user:password@]host[:port][,host[:port]...][/database]?master_name=NAME
    sentinels://...                      the same over TLS, to the Sentinels and to their master

kombu and redis-py read such a URL differently, and each takes what cannot work: so neither is given it
(`archive/queue/redis_client.py`). No sentence of a refusal shows a part of the URL.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlsplit

from archive.queue import redis_url_parts as parts_of
from archive.queue.redis_address import NOBODY, Login, RedisAddress, Tls
from archive.queue.redis_url_parts import DATABASE, ENCODE, MASTER, TLS, decoded, either

REDIS, REDIS_TLS, SOCKET = "redis", "rediss", "redis+socket"
SENTINEL, SENTINEL_TLS = "sentinel", "sentinels"
SCHEMES = (REDIS, REDIS_TLS, SOCKET, SENTINEL, SENTINEL_TLS)
SENTINELS = frozenset({SENTINEL, SENTINEL_TLS})
PORT, SENTINEL_PORT = 6379, 26379
SENTINELS_MOST = 32
URL_MAX_CHARACTERS = 4096


def read_redis_url(text: str) -> RedisAddress:
    """What a REDIS_URL says.

    Raises:
        ValueError: if it can never work: what is wrong with it, in words that show nothing of it.
    """
    told = _read(text)
    if _scheme(text) in SENTINELS and not told.master_name:
        raise ValueError("it names no master: set REDIS_SENTINEL_MASTER, or ?master_name=NAME at its end")
    if told.sentinel_login.username and not told.sentinel_login.password:
        raise ValueError("it has sentinel_username and no password for it")
    return told


def with_sentinel(text: str, master_name: str, password: str) -> str:
    """A REDIS_URL with what REDIS_SENTINEL_MASTER and REDIS_SENTINEL_PASSWORD say beside it.

    Raises:
        ValueError: if it is no Sentinel's, or says another master or password itself; else as `read_redis_url`.
    """
    if not master_name and not password:
        return text
    told = _read(text)
    if _scheme(text) not in SENTINELS:
        raise ValueError("REDIS_SENTINEL_MASTER or _PASSWORD is set, and it is no sentinel:// URL")
    more = []
    for name, said, value in (
        ("master_name", told.master_name, master_name),
        ("sentinel_password", told.sentinel_login.password, password),
    ):
        if said and value and said != value:
            raise ValueError(f"its {name} is another one than that of REDIS_SENTINEL_MASTER or _PASSWORD")
        if value and not said:
            more.append(f"{name}={quote(value, safe='')}")
    if not more:
        return text
    return f"{text}{'&' if '?' in text.rpartition(';')[2] else '?'}{'&'.join(more)}"


def _scheme(text: str) -> str:
    return text.partition("://")[0].lower()


def _read(text: str) -> RedisAddress:
    """All but whether it is complete."""
    if len(text) > URL_MAX_CHARACTERS:
        raise ValueError(f"it has more than {URL_MAX_CHARACTERS} characters")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError("it holds white space or control characters")
    scheme = _scheme(text)
    if "://" not in text or scheme not in SCHEMES:
        raise ValueError(f"it begins with none of {', '.join(f'{name}://' for name in SCHEMES)}")
    if "#" in text:
        raise ValueError(f"it holds a #; {ENCODE}")
    if scheme in SENTINELS:
        return _united([_read_one(scheme, part) for part in _sentinels_in(scheme, text)])
    return _read_one(scheme, text)


def _sentinels_in(scheme: str, text: str) -> list[str]:
    """One URL a Sentinel, as kombu writes them: sentinel://a:1;sentinel://b:2. A later one may be host and port alone."""
    parts = [part if "://" in part else f"{scheme}://{part}" for part in text.split(";")]
    if len(parts) > SENTINELS_MOST:
        raise ValueError(f"it names more than {SENTINELS_MOST} Sentinels")
    if any(_scheme(part) != scheme for part in parts):
        raise ValueError("its parts have different schemes")
    return parts


def _read_one(scheme: str, text: str) -> RedisAddress:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise ValueError(f"its host cannot be read; {ENCODE}") from error
    if "@" in parts.path + parts.query or parts.netloc.count("@") > 1:
        raise ValueError(f"its password is not percent-encoded: {ENCODE}")
    userinfo, _, where = parts.netloc.rpartition("@")
    username, _, password = userinfo.partition(":")
    login = Login(username=decoded(username), password=decoded(password))
    tls = scheme in {REDIS_TLS, SENTINEL_TLS}
    parameters = parts_of.parameters_in(
        parts.query,
        (
            *DATABASE,
            *(TLS if tls else ()),
            *((*MASTER, "sentinel_username", "sentinel_password") if scheme in SENTINELS else ()),
        ),
    )
    if scheme == SOCKET:
        if where:
            raise ValueError("a socket has no host: redis+socket:///path, with three slashes")
        path = parts_of.socket_path_in(parts.path)
        return RedisAddress(path=path, login=login, database=parts_of.database_in("", parameters))
    words, port = (where.split(","), SENTINEL_PORT) if scheme in SENTINELS else ([where], PORT)
    return RedisAddress(
        hosts=tuple(parts_of.host_in(word, port) for word in words),
        login=login,
        database=parts_of.database_in(decoded(parts.path.removeprefix("/")), parameters),
        tls=parts_of.tls_in(parameters) if tls else None,
        master_name=either(parameters, MASTER),
        sentinel_login=Login(
            username=parameters.get("sentinel_username", ""), password=parameters.get("sentinel_password", "")
        ),
    )


def _united(read: list[RedisAddress]) -> RedisAddress:
    """Several Sentinels as one; what more than one of them says must be the same."""
    hosts = tuple(host for one in read for host in one.hosts)
    if len(set(hosts)) != len(hosts) or len(hosts) > SENTINELS_MOST:
        raise ValueError(f"it names a Sentinel twice, or more than {SENTINELS_MOST}")
    told = replace(read[0], hosts=hosts)
    for name, nothing in (
        ("login", NOBODY),
        ("database", 0),
        ("tls", Tls()),
        ("master_name", ""),
        ("sentinel_login", NOBODY),
    ):
        said = {getattr(one, name) for one in read} - {nothing}
        if len(said) > 1:
            raise ValueError(f"its parts differ in {name.replace('_', ' ')}")
        if said:
            told = replace(told, **{name: said.pop()})
    return told
