"""A proxy that does not know a Host: what a stock Caddy makes of it, and what `docs/operations.md` makes of that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.door.front import caddy
from tests.integration.door.lone_receiver import BODY, ROOT, LoneReceiver, receiving, status_of, until_closed

# A site by its name, as most write it.
NAMED = """
localhost:{port} {{
    bind 127.0.0.1
    tls {folder}/cert.pem {folder}/key.pem
    reverse_proxy 127.0.0.1:{receiver}
}}
"""
TLS = "tls {folder}/cert.pem {folder}/key.pem"


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    """One behind a proxy."""
    behind = {"TLS_CERT": "", "TLS_KEY": "", "TRUSTED_PROXIES": "127.0.0.1"}
    with receiving(tmp_path_factory.mktemp("behind"), behind) as door:
        yield door


def documented() -> str:
    """The sites of the document, with this machine's names, files and ports in the places of its own."""
    text = (ROOT / "docs" / "operations.md").read_text()
    block = text.partition("<!-- caddy: begin -->")[2].partition("<!-- caddy: end -->")[0]
    sites = (
        block.strip().removeprefix("```caddyfile\n").removesuffix("```").replace("{", "{{").replace("}", "}}")
    )
    return (
        sites.replace("cb.example.com {{", f"localhost {{{{\n    {TLS}")
        .replace("tls /etc/caddy/any.pem /etc/caddy/any.key", TLS)
        .replace("127.0.0.1:8443", "127.0.0.1:{receiver}")
    )


def callback(receiver: LoneReceiver, port: int, host: str) -> bytes:
    """All that is answered to a good callback at this port, with this Host."""
    there = LoneReceiver(port, receiver.trust, receiver.ticket, Path(), 0)
    head = f"POST {receiver.path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n"
    with there.connect() as connection:
        connection.sendall(head.encode() + BODY)
        return until_closed(connection)


def test_a_stock_caddy_answers_200_for_a_site_that_it_does_not_have(receiver: LoneReceiver) -> None:
    with caddy(receiver, NAMED) as port:
        assert 202 == status_of(callback(receiver, port, f"localhost:{port}"))
        swallowed = callback(receiver, port, "old.example.com")

    assert (200, b"") == (status_of(swallowed), swallowed.partition(b"\r\n\r\n")[2])


def test_with_the_site_that_the_document_names_such_a_callback_is_refused(receiver: LoneReceiver) -> None:
    with caddy(receiver, documented()) as port:
        assert 202 == status_of(callback(receiver, port, f"localhost:{port}"))
        assert [421] * 2 == [
            status_of(callback(receiver, port, host)) for host in ("old.example.com", "127.0.0.1")
        ]
