"""Settings from the environment."""

from __future__ import annotations

import pytest

from archive import tickets
from archive.errors import SettingsRefused
from archive.queue.redis_url import read_redis_url
from runtime.settings.every import EverySetting
from runtime.settings.group import description
from runtime.settings.kinds import Secret
from runtime.settings.settings import fields_of

KEY = tickets.new_key("k1")
LEAST = {"S3_BUCKET": "images", "REDIS_URL": "redis://:hunter2@host/0", "TICKET_KEYS": KEY}


def test_the_least_is_a_bucket_a_queue_and_a_key() -> None:
    settings = EverySetting.read(LEAST)

    assert ("images", 240.0, "") == (
        settings.store.s3_bucket,
        settings.queue.lease_s,
        settings.door.spool_dir,
    )


def test_all_problems_are_told_at_once_by_name() -> None:
    with pytest.raises(SettingsRefused) as refused:
        EverySetting.read({"PORT": "many", "TLS_CERT": "cert.pem", "ACCEPT_S": "-1", "S3_PREFIX": "no-slash"})

    told = " ".join(refused.value.problems)
    assert 7 == len(refused.value.problems)
    for name in ("S3_BUCKET", "REDIS_URL", "TICKET_KEYS", "PORT", "TLS_KEY", "ACCEPT_S", "S3_PREFIX"):
        assert name in told


def test_a_refusal_never_shows_a_value() -> None:
    with pytest.raises(SettingsRefused) as refused:
        EverySetting.read({**LEAST, "PORT": "hunter2", "S3_ENDPOINT": "hunter2", "ALLOW_SOURCES": "hunter2"})

    assert 3 == len(refused.value.problems)
    assert "hunter2" not in str(refused.value)


def test_a_form_is_told_in_words_and_not_as_a_pattern() -> None:
    with pytest.raises(SettingsRefused) as refused:
        EverySetting.read({**LEAST, "S3_BUCKET": "x", "S3_ENDPOINT": "127.0.0.1:9000", "LOG_LEVEL": "loud"})

    assert [
        "S3_BUCKET (1 character of text): it is not 2 to 255 letters, digits and . _ - , a letter or digit first.",
        "S3_ENDPOINT (14 characters of text): it has another form.",
        "LOG_LEVEL (4 characters of text): it has another form.",
    ] == [problem.partition(" Expected: ")[0] for problem in refused.value.problems]
    assert all(" Expected: " in problem for problem in refused.value.problems)


def test_a_secret_shows_itself_nowhere() -> None:
    settings = EverySetting.read(LEAST)

    assert "hunter2" not in repr(settings)
    assert KEY.partition(":")[2] not in repr(settings)
    assert "redis://:hunter2@host/0" == settings.queue.redis_url.reveal()
    assert Secret("a") != Secret("b")


def test_addresses_are_host_and_port() -> None:
    settings = EverySetting.read({**LEAST, "ALLOW_SOURCES": "127.0.0.1:8080, [::1]:81"})

    assert (("127.0.0.1", 8080), ("::1", 81)) == settings.downloads.allow_sources


@pytest.mark.parametrize(
    "url",
    [
        "https://cb.example.com", "https://cb.example.com/", "https://cb.example.com:8443/door", "https://[2001:db8::1]:8443",
        "https://127.0.0.1:8443", "https://xn--exmple-cua.com",
    ],
)  # fmt: skip
def test_a_public_address_that_urls_can_be_minted_for_is_taken(url: str) -> None:
    assert url == EverySetting.read({**LEAST, "PUBLIC_URL": url}).address.public_url


@pytest.mark.parametrize(
    "url",
    [
        "https://", "https:///x", "http://cb.example.com", "cb.example.com", "https://cb.example.com?x", "https://cb.example.com/?x",
        "https://cb.example.com#x", "https://user:pw@cb.example.com", "https://cb.example.com:", "https://cb.example.com:443443",
        "https://cb.exämple.com", "https://cb\\example.com", "https://2001:db8::1/", "https://cb.example.com,cb2.example.com",
    ],
)  # fmt: skip
def test_one_that_a_ticket_cannot_stand_behind_is_refused_by_name(url: str) -> None:
    with pytest.raises(SettingsRefused, match="PUBLIC_URL"):
        EverySetting.read({**LEAST, "PUBLIC_URL": url})


def test_a_run_is_shorter_than_its_lease() -> None:
    with pytest.raises(SettingsRefused, match="RUN_S"):
        EverySetting.read({**LEAST, "LEASE_S": "100"})


def test_every_setting_has_its_sentence() -> None:
    for field in fields_of(EverySetting):
        assert description(field).endswith((".", "https://host", "...", "example.net]", "one.")), field.name
        assert len(description(field)) > 20, field.name


def test_a_proxy_that_is_none_is_refused_without_being_shown() -> None:
    with pytest.raises(SettingsRefused, match="EGRESS_PROXY") as refused:
        EverySetting.read({**LEAST, "EGRESS_PROXY": "socks5://user:hunter2@proxy.example:1080"})

    assert not {"hunter2", "proxy.example"} & set(
        str(refused.value).replace(":", " ").replace("@", " ").split()
    )


def test_a_proxy_hides_its_password() -> None:
    settings = EverySetting.read({**LEAST, "EGRESS_PROXY": "http://user:hunter3@proxy.example:1"})

    assert "hunter3" not in repr(settings)


def test_what_is_said_of_sentinels_stands_in_the_url_by_then() -> None:
    settings = EverySetting.read(
        {
            **LEAST,
            "REDIS_URL": "sentinel://:pw@a,b:1/2",
            "REDIS_SENTINEL_MASTER": "main",
            "REDIS_SENTINEL_PASSWORD": "hunter3 ",
        }
    )

    told = read_redis_url(settings.queue.url.reveal())
    assert ("main", "hunter3", "pw") == (told.master_name, told.sentinel_login.password, told.login.password)


def test_a_master_without_sentinels_is_a_mistake() -> None:
    with pytest.raises(SettingsRefused, match="REDIS_SENTINEL_MASTER"):
        EverySetting.read({**LEAST, "REDIS_SENTINEL_MASTER": "main"})


@pytest.mark.parametrize(
    "url", ["localhost:6379", "http://host", "redis://host:many", "redis://host:0", "hunter2"]
)
def test_a_queue_that_is_no_redis_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(SettingsRefused, match="REDIS_URL") as refused:
        EverySetting.read({**LEAST, "REDIS_URL": url})
    assert url not in str(refused.value)
