"""A REDIS_URL that can never work is refused, without showing it; one that is taken says what is meant."""

from __future__ import annotations

import pytest

from archive.queue.redis_address import Login, RedisAddress, Tls
from archive.queue.redis_url import SENTINELS_MOST, URL_MAX_CHARACTERS, read_redis_url, with_sentinel
from archive.queue.redis_url_parts import SOCKET_PATH_MAX_BYTES

WORDS = Login(password="hunter2")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://cache", RedisAddress(hosts=(("cache", 6379),))),
        ("REDIS://Cache:1/", RedisAddress(hosts=(("cache", 1),))),
        ("redis://127.0.0.1:6380/15", RedisAddress(hosts=(("127.0.0.1", 6380),), database=15)),
        ("redis://[::1]:6380/1", RedisAddress(hosts=(("::1", 6380),), database=1)),
        ("redis://my_cache-1.svc/0?db=0", RedisAddress(hosts=(("my_cache-1.svc", 6379),))),
        ("redis://cache?db=3", RedisAddress(hosts=(("cache", 6379),), database=3)),
        ("redis://:hunter2@cache", RedisAddress(hosts=(("cache", 6379),), login=WORDS)),
        (
            "redis://us%3Aer:p%40s%2Fs%3F%23%25+%C3%A9;,@cache",
            RedisAddress(hosts=(("cache", 6379),), login=Login(username="us:er", password="p@s/s?#%+é;,")),
        ),
        (
            "redis://user:a:b@cache",
            RedisAddress(hosts=(("cache", 6379),), login=Login(username="user", password="a:b")),
        ),
        ("redis://user@cache", RedisAddress(hosts=(("cache", 6379),), login=Login(username="user"))),
        ("rediss://cache", RedisAddress(hosts=(("cache", 6379),), tls=Tls())),
        (
            "rediss://cache/0?ssl_cert_reqs=CERT_NONE",
            RedisAddress(hosts=(("cache", 6379),), tls=Tls(verify=False, check_hostname=False)),
        ),
        (
            "rediss://cache?ssl_cert_reqs=optional&ssl_check_hostname=False&ssl_ca_certs=/etc/a%20b+c.pem",
            RedisAddress(hosts=(("cache", 6379),), tls=Tls(check_hostname=False, ca_certs="/etc/a b+c.pem")),
        ),
        (
            "rediss://cache?ssl_certfile=/c.pem&ssl_keyfile=/k.pem",
            RedisAddress(hosts=(("cache", 6379),), tls=Tls(certfile="/c.pem", keyfile="/k.pem")),
        ),
        ("redis+socket:///run/redis.sock", RedisAddress(path="/run/redis.sock")),
        (
            "redis+socket://:hunter2@/run/my%20redis.sock?virtual_host=2",
            RedisAddress(path="/run/my redis.sock", database=2, login=WORDS),
        ),
        (
            "sentinel://a,b:1/2?master_name=main",
            RedisAddress(hosts=(("a", 26379), ("b", 1)), database=2, master_name="main"),
        ),
        (
            "sentinel://:hunter2@a:1/2;sentinel://b:2;c:3?sentinel_master=main&sentinel_password=hunter3",
            RedisAddress(
                hosts=(("a", 1), ("b", 2), ("c", 3)),
                database=2,
                master_name="main",
                login=WORDS,
                sentinel_login=Login(password="hunter3"),
            ),
        ),
        (
            "sentinels://a/0?ssl_ca_certs=/ca.pem;sentinels://b?master_name=main",
            RedisAddress(hosts=(("a", 26379), ("b", 26379)), tls=Tls(ca_certs="/ca.pem"), master_name="main"),
        ),
    ],
)
def test_what_a_url_says(url: str, said: RedisAddress) -> None:
    assert said == read_redis_url(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "begins with none"),
        ("cache:6379", "begins with none"),
        ("http://cache", "begins with none"),
        ("memcached://cache", "begins with none"),
        ("redis:cache", "begins with none"),
        ("redis://", "no host"),
        ("redis:///0", "no host"),
        ("redis://:6379/0", "no host"),
        ("redis://:hunter2@/0", "no host"),
        ("redis://cache/prod", "database is no number"),
        ("redis://cache/-1", "database is no number"),
        ("redis://cache/0/", "database is no number"),
        ("redis://cache//0", "database is no number"),
        ("redis://cache/1.5", "database is no number"),
        ("redis://cache/٣", "database is no number"),
        ("redis://cache/2147483648", "database is no number"),
        ("redis://cache/99999999999999999999", "database is no number"),
        ("redis://cache/1?db=2", "two databases"),
        ("redis://cache?db=2&virtual_host=3", "differ"),
        ("redis://cache:0/0", "port"),
        ("redis://cache:65536", "port"),
        ("redis://cache:", "port"),
        ("redis://cache:port", "port"),
        ("redis://cache:-1", "port"),
        ("redis://[::1/0", "its host"),
        ("redis://[::g]/0", "its host"),
        ("redis://::1/0", "port"),
        ("redis://ca che/0", "white space"),
        ("redis://cache/0\n", "white space"),
        ("\tredis://cache/0", "white space"),
        ("redis://cache/0\x00", "white space"),
        ("redis://ca%20che/0", "no host's name"),
        ("redis://cache;redis://other", "port"),
        ("redis://cache,other", "no host's name"),
        ("redis://a..b", "no host's name"),
        ("redis://-cache", "no host's name"),
        ("redis://.", "no host's name"),
        (f"redis://{'a' * 64}.internal", "no host's name"),
        (f"redis://{'a.' * 126}ab", "no host's name"),
        ("redis://[fe80::1%25eth0]/0", "its host"),
        ("redis://:p@ss@cache/0", "percent-encoded"),
        ("redis://:pa/ss@cache/0", "percent-encoded"),
        ("redis://user:6379/ss@cache/0", "percent-encoded"),
        ("redis://user:6379?ss@cache/0", "percent-encoded"),
        ("redis://:pa#ss@cache/0", "a #"),
        ("redis://cache/0#", "a #"),
        ("rediss://:p@ss/wORd#1?@127.0.0.1:6379/0", "a #"),
        ("rediss://:p@ss/wORd1?@127.0.0.1:6379/0", "percent-encoded"),
        ("redis://:100%@cache", "a % in it"),
        ("redis://:a%zzb@cache", "a % in it"),
        ("redis://:%ff@cache", "UTF-8"),
        ("redis://cache/0?timeout=3", "not known"),
        ("redis://cache/0?socket_timeout=3", "not known"),
        ("redis://cache/0?", None),
        ("redis://cache/0?db", "empty, or stands twice"),
        ("redis://cache/0?db=", "empty, or stands twice"),
        ("redis://cache?db=1&db=1", "empty, or stands twice"),
        ("redis://cache?db=1&", "not known"),
        ("redis://cache/0?ssl_cert_reqs=none", "need rediss://"),
        ("redis://cache/0?master_name=main", "not known"),
        ("rediss://cache/0?ssl_cert_reqs=optional_", "ssl_cert_reqs is none of"),
        ("rediss://cache/0?ssl_check_hostname=maybe", "ssl_check_hostname is none of"),
        ("rediss://cache/0?ssl_keyfile=/k.pem", "no ssl_certfile"),
        ("rediss://cache/0?ssl_version=3", "not known"),
        ("redis+socket://run/redis.sock", "three slashes"),
        ("redis+socket://", "no file of a socket"),
        ("redis+socket:///", "no file of a socket"),
        ("redis+socket:///run/", "no file of a socket"),
        ("redis+socket:///run/redis.sock?virtual_host=prod", "database is no number"),
        ("redis+socket:///run/%00", "no file of a socket"),
        (f"redis+socket:///{'x' * SOCKET_PATH_MAX_BYTES}", "bytes at most"),
        ("sentinel://127.0.0.1:26379/0", "no master"),
        ("sentinel://a/main", "database is no number"),
        ("sentinel://?master_name=main", "no host"),
        ("sentinel://a,?master_name=main", "no host"),
        ("sentinel://a;?master_name=main", "no host"),
        ("sentinel://a,a:26379?master_name=main", "twice"),
        ("sentinel://a;redis://b?master_name=main", "different schemes"),
        ("sentinel://:x1@a;sentinel://:x2@b?master_name=main", "differ in login"),
        ("sentinel://a/1;sentinel://b/2?master_name=main", "differ in database"),
        ("sentinel://a?master_name=m1;sentinel://b?master_name=m2", "differ in master name"),
        ("sentinel://a?master_name=m1&sentinel_master=m2", "differ"),
        ("sentinel://a?master_name=main&sentinel_username=me", "no password"),
        ("sentinel://a?master_name=main&ssl_cert_reqs=none", "need rediss:// or sentinels://"),
        (
            "sentinel://" + ",".join(f"h{n}" for n in range(SENTINELS_MOST + 1)) + "?master_name=m",
            "more than",
        ),
        ("redis://" + "a" * URL_MAX_CHARACTERS, "more than"),
    ],
)
def test_what_can_never_work_is_refused_in_words_that_show_nothing_of_it(url: str, why: str | None) -> None:
    if why is None:
        read_redis_url(url)
        return
    with pytest.raises(ValueError, match=r"\w") as refused:
        read_redis_url(url)

    told = str(refused.value)
    assert why in told
    shown = [
        word for word in ("hunter2", "wORd", "p@ss", "prod", "pa/ss", "timeout=", "optional_") if word in told
    ]
    assert [] == shown


def test_the_sentinels_settings_stand_beside_the_url() -> None:
    told = read_redis_url(with_sentinel("sentinel://:p@a/1;sentinel://b", "main", "p&=; %"))

    assert ("main", "p&=; %", "p", 1) == (
        told.master_name,
        told.sentinel_login.password,
        told.login.password,
        told.database,
    )
    assert "redis://cache" == with_sentinel("redis://cache", "", "")
    same = "sentinel://a?master_name=main"
    assert same == with_sentinel(same, "main", "")
    assert read_redis_url(with_sentinel("sentinel://a?sentinel_password=p", "main", "p")).master_name


@pytest.mark.parametrize(
    ("url", "master", "password"),
    [
        ("redis://cache", "main", ""),
        ("rediss://cache", "", "p"),
        ("sentinel://a?master_name=other", "main", ""),
        ("sentinel://a?master_name=main&sentinel_password=one", "", "two"),
        ("sentinel://a/prod", "main", ""),
    ],
)
def test_settings_that_say_something_else_than_the_url_are_refused(
    url: str, master: str, password: str
) -> None:
    with pytest.raises(ValueError, match=r"master|sentinel|SENTINEL|database"):
        with_sentinel(url, master, password)


def test_where_it_is_is_told_without_a_secret() -> None:
    assert "[::1]:6380/1" == read_redis_url("redis://:hunter2@[::1]:6380/1").place
    assert "/run/redis.sock/0" == read_redis_url("redis+socket://:hunter2@/run/redis.sock").place
    assert (
        "main@a:26379,b:1/0"
        == read_redis_url("sentinel://:hunter2@a,b:1?master_name=main&sentinel_password=hunter2").place
    )
    assert "hunter2" not in repr(read_redis_url("redis://:hunter2@cache"))
