"""kombu and redis-py are told the same, whatever the URL: compared by what each would connect with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import redis
from hypothesis import given
from hypothesis import strategies as st
from kombu import Connection
from kombu.transport.redis import Channel, SentinelChannel, SentinelTransport, Transport

from archive.queue.redis_client import broker_of, open_redis
from archive.queue.redis_url import SENTINEL_PORT, read_redis_url

ANSWER_S = 0.75
# What decides where one connects, as whom, and whether the other side is verified.
TOLD = (
    *("host", "port", "path", "db", "username", "password", "socket_timeout", "socket_connect_timeout"),
    *("ssl_cert_reqs", "ssl_check_hostname", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"),
)

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
encoded = words.map(lambda text: quote(text, safe=""))
hosts = st.sampled_from(["cache", "10.0.0.1", "[::1]", "[2001:db8::7]", "my_cache.svc.local"])
places = st.builds(lambda host, port: f"{host}{port}", hosts, st.sampled_from(["", ":1", ":6379", ":65535"]))
logins = st.one_of(
    st.just(""),
    encoded.map(lambda password: f":{password}@"),
    st.builds(lambda user, password: f"{user}:{password}@", encoded, encoded),
    encoded.map(lambda user: f"{user}@"),
)
databases = st.sampled_from(["", "/", "/0", "/7", "/2147483647"])
files = st.text(st.characters(codec="ascii", categories=("L", "N", "Zs", "S")), min_size=1, max_size=9).map(
    lambda name: quote(f"/etc/{name}.pem", safe="")
)
tls = st.lists(
    st.one_of(
        st.sampled_from(["none", "required", "optional", "CERT_NONE"]).map(lambda v: f"ssl_cert_reqs={v}"),
        st.sampled_from(["true", "False", "0"]).map(lambda v: f"ssl_check_hostname={v}"),
        files.map(lambda v: f"ssl_ca_certs={v}"),
        files.map(lambda v: f"ssl_certfile={v}&ssl_keyfile={v}"),
    ),
    max_size=4,
    unique_by=lambda word: word.partition("=")[0],
).map("&".join)
urls = st.one_of(
    st.builds("redis://{}{}{}".format, logins, places, databases),
    st.builds("rediss://{}{}{}?{}".format, logins, places, databases, tls),
    st.builds(
        "redis+socket://{}/run/{}.sock?virtual_host={}".format,
        logins,
        words.map(lambda text: quote(text, safe="")),
        st.integers(0, 99),
    ),
)
sentinel_urls = st.builds(
    "{0}://{1}{2}{3}?master_name={4}{5}{6}".format,
    st.just("sentinel"),
    logins,
    st.lists(
        places, min_size=1, max_size=3, unique_by=lambda place: place.partition("]")[0].partition(":")[0]
    ).map(",".join),
    databases,
    encoded,
    st.one_of(st.just(""), encoded.map(lambda password: f"&sentinel_password={password}")),
    st.just(""),
)


def kombus_channel(url: str) -> Any:
    """Kombu's channel for this URL, as Celery would open it, but without its first PING."""
    broker = broker_of(read_redis_url(url), answer_s=ANSWER_S)
    options = {**broker.options, "socket_connect_timeout": ANSWER_S}
    connection = Connection(broker.url, ssl=broker.ssl or False, transport_options=options)
    assert connection.transport_cls in {"redis", "rediss", "sentinel"}
    kind, transport = (
        (SentinelChannel, SentinelTransport)
        if connection.transport_cls == "sentinel"
        else (Channel, Transport)
    )
    channel: Any = kind.__new__(kind)
    channel.connection = SimpleNamespace(client=connection, default_port=transport.default_port)
    channel._registered, channel._sentinel_manager = False, None
    for name in kind.from_transport_options:
        if name in options:
            setattr(channel, name, options[name])
    return channel


def told(kwargs: dict[str, Any]) -> dict[str, Any]:
    """What decides, without what is not said."""
    return {name: kwargs[name] for name in TOLD if kwargs.get(name) not in {None, ""}}


@given(urls)
def test_both_would_connect_to_the_same_place_as_the_same_user_with_the_same_verification(url: str) -> None:
    ours = open_redis(read_redis_url(url), answer_s=ANSWER_S).connection_pool
    theirs = kombus_channel(url)._connparams()

    assert told(ours.connection_kwargs) == told(theirs)
    assert ours.connection_class in theirs["connection_class"].__mro__
    if ours.connection_class is redis.SSLConnection:
        assert "ssl_cert_reqs" in told(theirs)


@given(sentinel_urls, st.booleans())
def test_both_would_ask_the_same_sentinels_for_the_same_master(url: str, secure: bool) -> None:  # noqa: FBT001 - drawn
    url = url.replace("sentinel://", "sentinels://") if secure else url
    address = read_redis_url(url)
    ours: Any = open_redis(address, answer_s=ANSWER_S).connection_pool
    theirs: Any = kombus_channel(url)._sentinel_managed_pool()

    assert ours.service_name == theirs.service_name == address.master_name
    assert told(ours.connection_kwargs) == told(theirs.connection_kwargs)
    assert secure == issubclass(theirs.connection_class, redis.SSLConnection)
    assert secure == issubclass(ours.connection_class, redis.SSLConnection)
    nodes = [
        [
            (type(node).__name__, told(node.connection_pool.connection_kwargs))
            for node in pool.sentinel_manager.sentinels
        ]
        for pool in (ours, theirs)
    ]
    assert nodes[0] == nodes[1]
    assert [(host, port) for host, port in address.hosts] == [
        (node["host"], node["port"]) for _, node in nodes[0]
    ]
    assert all(node["socket_timeout"] == ANSWER_S for _, node in nodes[0])
    assert secure == all(node.get("ssl_cert_reqs") == "required" for _, node in nodes[0])


def test_a_sentinel_has_its_own_port_and_its_own_password() -> None:
    url = "sentinel://me:of-the-master@a/3?master_name=main&sentinel_username=s&sentinel_password=of-the-sentinel"
    pool: Any = kombus_channel(url)._sentinel_managed_pool()
    (sentinel,) = pool.sentinel_manager.sentinels
    node = sentinel.connection_pool.connection_kwargs

    assert ("a", SENTINEL_PORT, "s", "of-the-sentinel") == tuple(
        node[name] for name in ("host", "port", "username", "password")
    )
    assert ("me", "of-the-master", 3) == tuple(
        pool.connection_kwargs[name] for name in ("username", "password", "db")
    )


def test_a_certificate_is_verified_unless_somebody_says_that_it_is_not() -> None:
    def verification(url: str) -> tuple[object, object]:
        theirs = kombus_channel(url)._connparams()
        return theirs["ssl_cert_reqs"], theirs["ssl_check_hostname"]

    assert ("required", True) == verification("rediss://cache/0")
    assert ("none", False) == verification("rediss://cache/0?ssl_cert_reqs=none")
    assert ("required", False) == verification("rediss://cache/0?ssl_check_hostname=false")
