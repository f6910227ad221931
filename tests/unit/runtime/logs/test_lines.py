"""What a process logs: no line that a stranger wrote, no secret."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import tickets
from archive.records.order import Claims
from runtime.logs.begin import OURS
from runtime.logs.lines import LogLines
from runtime.logs.words import RECORD_MAX_CHARACTERS, secrets_of

TICKET = tickets.mint(Claims(label="shop"), "evolink", tickets.read_keys(tickets.new_key("k1")))
KEY = tickets.new_key("k9")


def line(message: str, *arguments: object, secrets: tuple[str, ...] = ()) -> str:
    record = logging.LogRecord("receiver", logging.INFO, "file", 1, message, arguments, None)
    return LogLines(secrets).format(record)


@given(st.text())
def test_whatever_is_logged_is_one_printable_line(text: str) -> None:
    told = line("delivery %s", text)

    assert told.isprintable()
    assert " INFO receiver delivery " in told


def test_a_line_break_forges_no_line() -> None:
    assert r"got x\n2026-11-21 00:00:00,000 INFO receiver all is well" in line(
        "got %s", "x\n2026-11-21 00:00:00,000 INFO receiver all is well"
    )


@pytest.mark.parametrize("secret", [TICKET, "a secret of the process"], ids=["a ticket", "a known secret"])
def test_of_a_secret_at_the_end_of_a_long_line_nothing_is_left(secret: str) -> None:
    for left in range(len(secret) + 60):
        told = line("%s%s", "x " * ((RECORD_MAX_CHARACTERS - left) // 2), secret, secrets=(secret,))

        assert len(told) <= RECORD_MAX_CHARACTERS
        assert secret[:4] not in told[-100:]


def test_a_traceback_stands_behind_bars_and_shows_no_secret() -> None:
    def fails() -> None:
        raise ValueError(f"x\nINFO forged https://h/a.png?sig={'s' * 20} {TICKET}")

    try:
        fails()
    except ValueError:
        record = logging.LogRecord("r", logging.ERROR, "file", 1, "failed", (), sys.exc_info())
    head, *below = LogLines().format(record).splitlines()

    assert head.endswith("failed")
    assert all(told.startswith("    | ") for told in below)
    assert "sss" not in "".join(below)
    assert TICKET not in "".join(below)


@pytest.mark.parametrize(
    "text",
    [
        "POST /callbacks/evolink/TICKET HTTP/1.1",
        "bad TICKET.",
        "https://files.evolink.ai/a.png?X-Amz-Signature=SECRET&x=1",
        "https://files.evolink.ai/a.png?SECRET",
        "https://files.evolink.ai/a.png#SECRET",
        "GET /a.png?sig=SECRET HTTP/1.1",
        "redis://:SECRET@127.0.0.1:6379/0",
        "https://user:SECRET@host/path",
        "Authorization: Bearer SECRET-and-more",
        "the key sk-SECRETSECRET is wrong",
    ],
)
def test_what_looks_like_a_secret_is_cut_out(text: str) -> None:
    # The ticket is of a key of this run, which may not be part of a test's name.
    told = line("%s", text.replace("TICKET", TICKET))

    assert "SECRET" not in told
    assert TICKET not in told


@pytest.mark.parametrize(
    "text", ["is it so? yes", "dims 1024x1024 v1.2.3", "https://files.evolink.ai/a.png", "why?"]
)
def test_innocent_words_stay(text: str) -> None:
    assert line("%s", text).endswith(text)


def test_every_secret_of_the_settings_is_known_and_cut_out() -> None:
    environment = {
        "S3_BUCKET": "bucket", "REDIS_URL": "sentinel://:pass-word@redis.example:26379/0;sentinel://:pass-word@b?sentinel_password=of%20sentinels",
        "REDIS_SENTINEL_MASTER": "main", "TICKET_KEYS": f"{KEY},{KEY}",
        "EVOLINK_API_KEY": "evolink-key", "APIINONE_API_KEY": "apiinone-key", "API_TOKEN": "token-of-programs",
        "AWS_SECRET_ACCESS_KEY": "aws-secret", "AWS_SESSION_TOKEN": "aws-session",
        "EGRESS_PROXY": "http://user:proxy%20word@proxy.example:3128",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-team=collector-key,authorization=Basic%20collector-password",
    }  # fmt: skip
    secrets = tuple(secrets_of(environment))
    marks = [
        "pass-word",
        "of%20sentinels",
        "of sentinels",
        KEY,
        KEY[3:],
        "evolink-key",
        "apiinone-key",
        "token-of-programs",
        "aws-secret",
        "aws-session",
        "proxy%20word",
        "proxy word",
        "collector-key",
        "collector-password",
    ]
    told = line("%s %s", marks, "redis.example", secrets=secrets)

    assert [] == [mark for mark in marks if mark in told]
    assert "redis.example" in told


def test_what_each_of_our_packages_says_is_logged_at_the_level_that_is_set() -> None:
    root = Path(__file__).parents[4]
    packages = {folder.name for folder in root.iterdir() if (folder / "__init__.py").exists()}

    assert set(OURS) == packages - {"bench"}  # which is a program to measure with
