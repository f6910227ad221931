"""No spelling and no name reaches loopback, and TLS is checked under the name of the link."""

from __future__ import annotations

import hashlib
import socket
import ssl
from functools import partial
from pathlib import Path

import pytest
import trustme

from archive.errors import SourceTrouble
from archive.reasons import Reason
from egress.download import Downloader
from egress.gate import Gate, Resolved, resolve
from tests.integration.egress.fetching import BODY, NOBODY, QUICK, Fetch, Secure, leads, says
from tests.integration.egress.origin import Asked, Origin, tls_server

SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "017700000001", "127.0.0.2",
    "0.0.0.0",  # noqa: S104 - it is asked for, not bound
    "0", "localhost", "LOCALHOST.", "localhost.localdomain", "ip6-localhost", "127。0。0。1", "①②⑦.0.0.1",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "[::ffff:0:127.0.0.1]", "files.evolink.ai@127.0.0.1", "127.0.0.1%2f.evolink.ai", "127.0.0.1\\.evolink.ai",
]  # fmt: skip  # fmt: skip


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_loopback_reaches_the_canary(scheme: str, host: str, tmp_path: Path) -> None:
    downloader = Downloader(Gate(frozenset({("127.0.0.1", 1)})), user_agent="x", limits=QUICK)
    with Origin() as canary, Origin(address="::1") as canary6:
        for port in (canary.port, canary6.port):
            fetch = Fetch(downloader, tmp_path / "x", port)
            assert fetch.reason(f"{scheme}://{host}:{port}/?sig=secret") is Reason.FORBIDDEN_SOURCE
        assert (canary.connections, canary6.connections) == (0, 0)


def _leading_to(name: str, real_port: int, _host: str, _port: int) -> list[Resolved]:
    return resolve(name, real_port)


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "::1", "::ffff:127.0.0.1", "localhost"]
)
def test_a_name_of_the_allow_list_that_leads_to_loopback_reaches_nobody(name: str) -> None:
    with Origin() as canary, Origin(address="::1") as canary6:
        for port in (canary.port, canary6.port):
            gate = Gate(frozenset(), resolve=partial(_leading_to, name, port))
            with pytest.raises(SourceTrouble) as caught:
                gate.connect("files.evolink.ai", 443, 1.0)
            assert caught.value.reason is Reason.FORBIDDEN_SOURCE
        assert (canary.connections, canary6.connections) == (0, 0)


def test_each_address_of_a_name_is_tried(origin: Origin) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    found: list[Resolved] = [*resolve("127.0.0.1", closed), *resolve("127.0.0.1", origin.port)]
    gate = Gate(frozenset({("files.evolink.ai", 443)}), resolve=lambda _host, _port: found)
    with gate.connect("files.evolink.ai", 443, 1.0) as sock:
        assert sock.getpeername() == ("127.0.0.1", origin.port)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def test_tls_is_spoken_and_checked_under_the_name_of_the_url(authority: trustme.CA, tmp_path: Path) -> None:
    names: list[str | None] = []
    tls = tls_server(authority, NOBODY)

    def note(_sock: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
        names.append(name)

    tls.sni_callback = note
    with Origin(tls) as origin:
        origin.answers["/a.png"] = lambda asked: asked.answer(BODY)
        secure = Secure(origin, authority, tmp_path)
        for _ in range(3):
            assert secure.fetch(f"https://{NOBODY}/a.png").sha256 == hashlib.sha256(BODY).hexdigest()
        assert names == [NOBODY]
        assert origin.asked[0].headers["host"] == NOBODY
        assert origin.connections == 1
        secure.downloader.close()


def test_a_certificate_of_another_name_or_authority_is_not_accepted(
    authority: trustme.CA, tmp_path: Path
) -> None:
    with Origin(tls_server(authority, NOBODY)) as origin:
        secure = Secure(origin, authority, tmp_path)
        assert secure.fetch.reason("https://other.example/a.png") is Reason.SOURCE_UNREACHABLE
        untrusting = Secure(origin, authority, tmp_path, trusted=False)
        error = untrusting.fetch.refused(f"https://{NOBODY}/a.png")
        assert "certificate" in str(error)
        assert origin.asked == []


def test_a_redirect_from_https_to_http_is_refused_even_to_an_opened_address(
    authority: trustme.CA, origin: Origin, tmp_path: Path
) -> None:
    with Origin(tls_server(authority, NOBODY)) as secured:
        leads(secured, "/a.png", f"http://127.0.0.1:{secured.port}/a.png")
        secure = Secure(secured, authority, tmp_path)
        assert secure.fetch.reason(f"https://{NOBODY}/a.png") is Reason.FORBIDDEN_SOURCE
        assert secured.connections == 1
    assert origin.connections == 0


def test_a_body_over_tls_that_is_cut_or_drips_is_seen(authority: trustme.CA, tmp_path: Path) -> None:
    with Origin(tls_server(authority, NOBODY)) as origin:
        secure = Secure(origin, authority, tmp_path)
        says(origin, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 99)
        assert secure.fetch.reason(f"https://{NOBODY}/a.png") is Reason.CUT_OFF

        def drip(asked: Asked) -> bool:
            asked.send(b"HTTP/1.1 200 OK\r\n")
            while not asked.gone.wait(0.05):
                asked.send(b"X")
            return False

        origin.answers["/a.png"] = drip
        assert secure.fetch.reason(f"https://{NOBODY}/a.png") is Reason.SOURCE_SLOW
