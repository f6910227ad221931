"""White space around a value of the environment is no part of it: of any setting, and of what libraries read."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive import tickets
from archive.errors import SettingsRefused
from runtime.environment import said, tidy
from runtime.logs.words import secrets_of
from runtime.settings.door import DoorSettings
from runtime.settings.every import EverySetting, names

# As `kubectl create secret --from-file`, `echo | base64`, a file of Windows and a hand leave them.
AROUND = ["{}\n", "{}\r\n", " {}", "\t{}  ", "\n{}\n\n"]
LEAST = {"S3_BUCKET": "images", "REDIS_URL": "redis://:hunter2@host/0", "TICKET_KEYS": tickets.new_key("k1")}
# A value of each setting that is not its default.
GOOD = LEAST | {
    "S3_ENDPOINT": "http://127.0.0.1:1", "S3_PREFIX": "a/", "PUBLIC_URL": "https://cb.example.com", "HOST": "::",
    "PORT": "1", "TLS_CERT": "c.pem", "TLS_KEY": "k.pem", "TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1", "SPOOL_DIR": "spool",
    "SPOOL_MAX_BYTES": "2000000", "BODY_MAX_BYTES": "2048", "CONNECTIONS_MAX": "9", "CONNECTIONS_PER_CLIENT": "8",
    "WORKER_THREADS": "3", "DECODERS": "2", "ANIMATED": "refuse", "DECODE_MAX_BYTES": "200000000",
    "DOWNLOAD_MAX_BYTES": "4096", "ALLOW_SOURCES": "127.0.0.1:80", "SOURCE_HOSTS": "cdn.example.net",
    "EGRESS_PROXY": "http://user:hunter3@proxy.internal:3128", "LINK_LIFE_H": "2", "CONFIRM_TASKS": "true",
    "API_TOKEN": "abcdefghijklmnopqrstuvwxyz", "LOG_LEVEL": "debug", "LOG_FORMAT": "json", "AWS_REGION": "eu-west-1",
    "S3_ADDRESSING": "virtual", "S3_CHECKSUM_HEADER": "false", "S3_ENCRYPTION": "AES256", "S3_IMAGE_CLASS": "STANDARD_IA",
    "S3_KMS_KEY": "alias/kept", "CONSOLE_HOST": "::1", "CONSOLE_URL": "https://console.example.com",
    "CONSOLE_USERS": "anna:viewer:argon2id.v=19.m=65536,t=3,p=4.c29tZXNhbHRzb21l.c29tZSBoYXNoIG9mIG5vYm9keSBhdCBhbGw",
    "CONSOLE_PROXIES": "10.0.0.0/8", "CONSOLE_IDENTITY_HEADER": "X-User",
    "GATEWAYS_FILE": str(Path(__file__).with_name("gateways.toml")),
}  # fmt: skip


# Of every provider's, by how their names end.
GOOD_ENDINGS = {
    "_API": "https://api.example", "_API_KEY": "sk-abc", "_SIGNATURES": "off", "_SIGNING_KEYS": "whsec_b2xkIHNlY3JldA==",
    "_KEY_SET": "https://keys.example",
}  # fmt: skip


# What a setting is refused without.
NEEDED = {
    "S3_KMS_KEY": {"S3_ENCRYPTION": "aws:kms"},
    "CONSOLE_IDENTITY_HEADER": {"CONSOLE_PROXIES": "10.0.0.0/8"},
}


def good(name: str) -> str:
    """A value that the setting takes; a duration needs no line of its own, where no other must be shorter."""
    ending = next((value for end, value in GOOD_ENDINGS.items() if name.endswith(end)), None)
    return ending or GOOD.get(name, "200" if name in {"LEASE_S", "ACCEPT_S"} else "1")


def least_for(name: str) -> dict[str, str]:
    """The least that a setting stands beside."""
    sentinel = {"REDIS_URL": "sentinel://host/0", "REDIS_SENTINEL_MASTER": "main"}
    return LEAST | (sentinel if name.startswith("REDIS_SENTINEL_") else {})


def taken(environment: dict[str, str]) -> EverySetting:
    return EverySetting.read(
        {
            "TLS_CERT": "c",
            "TLS_KEY": "k",
            **NEEDED.get(next(iter(environment.keys() - LEAST.keys()), ""), {}),
            **environment,
        }
    )


def test_white_space_around_any_setting_is_cut_off() -> None:
    bare = {name: taken({**least_for(name), name: good(name)}) for name in names()}
    kept = [
        (name, around)
        for name in names()
        for around in AROUND
        if bare[name] != taken({**least_for(name), name: around.format(good(name))})
    ]

    assert [] == kept


@pytest.mark.parametrize("within", ["\n", "\0", "\u200b", "\ufeff", "\x7f"], ids=ascii)
def test_what_cannot_be_printed_within_a_setting_is_refused_by_name_and_not_shown(within: str) -> None:
    for name in names():
        with pytest.raises(SettingsRefused) as refused:
            taken({**least_for(name), name: f"hunt{within}er"})

        assert any(problem.startswith(name) for problem in refused.value.problems), name
        assert "hunt" not in str(refused.value), name


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_value_in_quotes_is_refused_by_name_and_not_shown(quote: str) -> None:
    """A shell and systemd take them off, `docker --env-file` does not: a token that would never be right."""
    for name in (*names(), "AWS_SECRET_ACCESS_KEY"):
        with pytest.raises(SettingsRefused) as refused:
            EverySetting.read({**least_for(name), name: f"{quote}hunter-hunter-hunter{quote}\n"})

        told = refused.value.problems
        assert any(problem.startswith(name) and "quotes" in problem for problem in told), name
        assert "hunter" not in str(refused.value), name


@pytest.mark.parametrize("value", ["it's", "'", "'so' and so", "so, 'so'", "'so\""])
def test_a_quote_elsewhere_is_a_part_of_the_value(value: str) -> None:
    assert value == DoorSettings.read({"SPOOL_DIR": value}).spool_dir


@pytest.mark.parametrize("name", LEAST)
def test_white_space_alone_is_nothing(name: str) -> None:
    with pytest.raises(SettingsRefused, match=f"{name} is not set"):
        EverySetting.read({**LEAST, name: " \n"})


@pytest.mark.parametrize("name", ["API_TOKEN", "EVOLINK_API_KEY", "APIINONE_API_KEY"])
@pytest.mark.parametrize("value", ["0123456789 abcdef", "0123456789abcdé"])
def test_a_secret_that_no_header_can_hold_is_refused_by_name(name: str, value: str) -> None:
    """It would be a token that is never right, and a key with which every call fails."""
    with pytest.raises(SettingsRefused, match=f"{name} cannot stand in a header") as refused:
        EverySetting.read({**LEAST, name: value})

    assert value not in str(refused.value)


@pytest.mark.parametrize("name", ["SOURCE_HOSTS", "ALLOW_SOURCES", "TRUSTED_PROXIES"])
def test_a_list_that_is_parted_by_spaces_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingsRefused, match=rf"{name} .*commas"):
        EverySetting.read({**LEAST, name: "10.0.0.1:80 10.0.0.2:80"})


def test_what_libraries_read_for_themselves_is_tidied_and_nothing_else() -> None:
    environment = {
        "AWS_SECRET_ACCESS_KEY": "secret\n", "SSL_CERT_FILE": " ca.pem\r\n", "PATH": " /bin ", "PORT": "1\n", "HOST": "h\n",
    }  # fmt: skip
    tidy(environment, {"PORT"})

    assert environment == {
        "AWS_SECRET_ACCESS_KEY": "secret", "SSL_CERT_FILE": "ca.pem", "PATH": " /bin ", "PORT": "1", "HOST": "h\n",
    }  # fmt: skip


def test_an_aws_variable_with_a_line_break_within_is_refused_by_name_and_not_shown() -> None:
    with pytest.raises(SettingsRefused, match="AWS_SECRET_ACCESS_KEY") as refused:
        EverySetting.read({**LEAST, "AWS_SECRET_ACCESS_KEY": "hun\nter", "AWS_PROFILE": "fine\n"})

    assert ("hun" not in str(refused.value), 1) == (True, len(refused.value.problems))


def test_what_is_not_set_says_nothing() -> None:
    assert ("", "") == (said({}, "PORT"), said({"PORT": " \n"}, "PORT"))


def test_the_secrets_that_are_cut_out_of_logs_are_those_without_white_space() -> None:
    environment = {**LEAST, "API_TOKEN": "abcdefghijklmnopqrstuvwxyz\n", "AWS_SESSION_TOKEN": "session\n"}
    secrets = set(secrets_of(environment))

    assert {"abcdefghijklmnopqrstuvwxyz", "session"} <= secrets
