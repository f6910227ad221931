"""A receiver behind proxies that end TLS: what they say holds, and a refusal says what to set."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import tickets
from tests.integration.door.lone_receiver import ROOT, LoneReceiver, receiving
from tests.integration.door.test_bad_tickets import MANY, WRONG
from tests.integration.door.test_sockets import idle, open_among

PLAIN = {"TLS_CERT": "", "TLS_KEY": ""}
# A socket that listens for IPv6 and IPv4: an IPv4 peer is ::ffff:127.0.0.1 there.
DUAL = {**PLAIN, "HOST": "::"}
HTTPS = "X-Forwarded-Proto: https\r\n"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    """Behind a proxy at 127.0.0.1, and at 127.0.0.2 nobody is one."""
    with receiving(tmp_path_factory.mktemp("proxied"), {**PLAIN, "TRUSTED_PROXIES": "127.0.0.1"}) as receiver:
        yield receiver


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (HTTPS, 202),
        ("X-Forwarded-Proto: https, https\r\n", 202),
        ("X-Forwarded-Proto: HTTPS\r\n", 202),
        ("x-forwarded-proto:https ,\tHttps\r\n", 202),
        (HTTPS * 2, 202),
        ("X-Forwarded-Proto: http\r\n", 403),
        ("X-Forwarded-Proto: https, http\r\n", 403),
        (HTTPS + "X-Forwarded-Proto: http\r\n", 403),
        ("Forwarded: proto=https\r\n", 403),
        ("", 403),
    ],
)
def test_a_callback_is_taken_where_every_hop_was_https(door: LoneReceiver, header: str, status: int) -> None:
    assert status == door.callback(header=header)


@pytest.mark.parametrize("header", [HTTPS, ""])
def test_nobody_else_is_believed_and_the_log_says_what_to_set(door: LoneReceiver, header: str) -> None:
    assert [403] * 50 == [door.callback("127.0.0.2", header=header) for _ in range(50)]

    lines = [line for line in door.log.read_text().splitlines() if "127.0.0.2" in line]
    assert any(("TRUSTED_PROXIES=127.0.0.2" if header else "TLS_CERT") in line for line in lines)
    assert len(lines) < 20
    assert door.ticket not in door.log.read_text()


@pytest.mark.parametrize(
    "trusted", ["127.0.0.1", "::ffff:127.0.0.1", "127.0.0.0/8", "::ffff:127.0.0.0/104", "*"]
)
def test_an_ipv4_proxy_at_a_socket_for_both_is_the_proxy_that_is_named(tmp_path: Path, trusted: str) -> None:
    with receiving(tmp_path, {**DUAL, "TRUSTED_PROXIES": trusted}) as door:
        assert 202 == door.callback(header=HTTPS)
        # An address that a proxy tells is the same party, mapped or not, with a port or without.
        spelt = ["198.51.100.1", "::ffff:198.51.100.1", "198.51.100.1:4711", "[::ffff:198.51.100.1]:4711"]
        answers = {
            door.callback(path=WRONG, header=f"{HTTPS}X-Forwarded-For: 1.2.3.{place}, {spelt[place % 4]}\r\n")
            for place in range(MANY)
        }
        assert {404, 429} == answers
        assert 404 == door.callback(path=WRONG, header=f"{HTTPS}X-Forwarded-For: 198.51.100.2\r\n")


def test_beside_a_proxy_strangers_have_the_bound_of_one_client(tmp_path: Path) -> None:
    few = {"CONNECTIONS_MAX": "60", "CONNECTIONS_PER_CLIENT": "4", "TRUSTED_PROXIES": "127.0.0.1"}
    with receiving(tmp_path, {**DUAL, **few}) as door, contextlib.ExitStack() as stack:
        proxy = [stack.enter_context(idle(door, "127.0.0.1")) for _ in range(20)]
        stranger = [stack.enter_context(idle(door, "127.0.0.2")) for _ in range(20)]

        assert list(range(16, 20)) == open_among(stranger, 4)
        assert list(range(20)) == open_among(proxy, 20)


def test_a_receiver_that_would_refuse_everybody_says_so_at_its_start(tmp_path: Path) -> None:
    with receiving(tmp_path, PLAIN) as door:
        assert "every callback will be answered 403" in door.log.read_text()
        assert "TRUSTED_PROXIES" in door.log.read_text()
        assert 403 == door.callback(header=HTTPS)


def test_one_that_takes_callbacks_says_nothing_of_the_sort(door: LoneReceiver) -> None:
    assert "every callback will be answered" not in door.log.read_text()


def test_a_trusted_proxy_that_is_no_address_is_refused_at_the_start_by_name() -> None:
    environment = {
        "S3_BUCKET": "nowhere", "REDIS_URL": "redis://127.0.0.1:9/0", "TICKET_KEYS": tickets.new_key("k1"),
        "TRUSTED_PROXIES": "127.0.0.1, proxy.internal",
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-m", "receiver"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (2, True, False) == (
        ran.returncode,
        "TRUSTED_PROXIES" in ran.stderr,
        "proxy.internal" in ran.stderr,
    )
