"""The Caddyfiles of `infra/deploy`, run by Caddy itself in front of a receiver."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.integration.deploy.caddy_site import NAME, Site, caddy
from tests.integration.door.lone_receiver import (
    BODY,
    ROOT,
    LoneReceiver,
    receiving,
    status_of,
    until_closed,
)  # fmt: skip

VM = ROOT / "infra" / "deploy" / "vm" / "Caddyfile"


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    behind = {"TLS_CERT": "", "TLS_KEY": "", "TRUSTED_PROXIES": "127.0.0.1"}
    with receiving(tmp_path_factory.mktemp("behind"), behind) as door:
        yield door


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, receiver: LoneReceiver) -> Iterator[Site]:
    places = {"cb.example.com": NAME, "127.0.0.1:8443": f"127.0.0.1:{receiver.port}"}
    with caddy(tmp_path_factory.mktemp("site") / "caddy", VM, places) as started:
        yield started


def status(site: Site, receiver: LoneReceiver, host: str, server_name: str = NAME) -> int:
    """The status of a good callback for this host, over a connection that was opened for this name."""
    head = f"POST {receiver.path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", site.port), 10) as plain,
        site.trust.wrap_socket(plain, server_hostname=server_name) as connection,
    ):
        connection.sendall(head.encode() + BODY)
        return status_of(until_closed(connection))


def test_a_callback_over_https_is_taken(site: Site, receiver: LoneReceiver) -> None:
    assert 202 == status(site, receiver, NAME)


@pytest.mark.parametrize("host", ["old.example.com", "203.0.113.7"])
def test_a_callback_for_another_name_is_not_answered_in_the_receivers_place(
    site: Site, receiver: LoneReceiver, host: str
) -> None:
    assert 421 == status(site, receiver, host)


def test_who_asks_for_a_name_that_has_no_certificate_is_not_served(
    site: Site, receiver: LoneReceiver
) -> None:
    with pytest.raises(ssl.SSLError, match="alert internal error"):
        status(site, receiver, "old.example.com", "old.example.com")
