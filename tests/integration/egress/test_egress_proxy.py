"""Downloads by way of an egress proxy: the gate's promises hold, and the proxy learns next to nothing."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from archive.errors import ProxyTrouble, SourceTrouble
from archive.reasons import Reason
from egress.connection import tls_context
from egress.download import Downloader
from egress.gate import Gate, Resolved
from egress.proxy import HEAD_MAX_BYTES, EgressProxy
from tests.integration.egress.connect_proxy import Tunnel, proxy_at, says
from tests.integration.egress.fetching import BODY, NOBODY, QUICK, Fetch, leads
from tests.integration.egress.origin import Asked, Origin, tls_server
from tests.pace import Stopwatch

# Addresses that the table lets pass; only the proxies here are ever connected to.
OPEN, OPEN_V6 = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
PLACE = f"{OPEN}:443"
URL = f"https://{NOBODY}/a.png?X-Signature=secret"


class Way:
    """A downloader behind a proxy that leads to a TLS origin; `addresses` is what every name resolves to."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.addresses, self.looked_up = [OPEN], list[str]()
        self.server_names: list[str | None] = []
        tls = tls_server(self.authority, NOBODY)
        tls.sni_callback = self._note
        self.origin, self.proxy = Origin(tls), Origin()
        self.origin.answers["/a.png"] = lambda asked: asked.answer(BODY)
        self.tunnel = Tunnel(self.origin.port)
        self.proxy.answers[PLACE] = self.tunnel
        self.authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        self._folder = folder
        self.fetch = self.through(proxy_at(self.proxy))

    def through(self, proxy: EgressProxy) -> Fetch:
        """A downloader through this proxy; no address is opened for it."""
        gate = Gate(frozenset(), resolve=self._resolve, proxy=proxy)
        tls = tls_context(str(self._folder / "ca.pem"))
        downloader = Downloader(gate, user_agent="x", limits=QUICK, tls=tls)
        return Fetch(downloader, self._folder / "source", 0)

    def _note(self, _sock: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
        self.server_names.append(name)

    def _resolve(self, host: str, port: int) -> list[Resolved]:
        addresses = [host] if host == "127.0.0.1" else self.addresses
        if host != "127.0.0.1":
            self.looked_up.append(host)
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Way]:
    way = Way(tmp_path)
    with way.origin, way.proxy:
        yield way
        way.fetch.downloader.close()


def test_a_download_goes_through_the_proxy_to_the_address_that_was_checked(way: Way) -> None:
    assert way.fetch(URL).sha256 == hashlib.sha256(BODY).hexdigest()

    assert ([PLACE], [NOBODY]) == ([asked.path for asked in way.proxy.asked], way.looked_up)
    assert ([NOBODY], NOBODY) == (way.server_names, way.origin.asked[0].headers["host"])


def test_the_proxy_learns_an_address_and_its_own_password_and_the_origin_neither(way: Way) -> None:
    way.fetch(URL)

    shown = "Basic " + b64encode(b"worker:pass:word").decode()
    assert way.proxy.asked[0].headers == {"host": PLACE, "proxy-authorization": shown}
    assert b"secret" not in way.tunnel.carried
    assert b"a.png" not in way.tunnel.carried
    assert "proxy-authorization" not in way.origin.asked[0].headers


def test_a_tunnel_is_used_again(way: Way) -> None:
    for _ in range(3):
        way.fetch(URL)

    assert (1, 3) == (way.proxy.connections, len(way.origin.asked))


@pytest.mark.parametrize("bad", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "64:ff9b::7f00:1"])
def test_a_name_with_a_forbidden_address_is_refused_before_the_proxy_hears_of_it(way: Way, bad: str) -> None:
    way.addresses = [OPEN, bad]

    error = way.fetch.refused(URL)
    assert Reason.FORBIDDEN_SOURCE is error.reason  # type: ignore[attr-defined] # a SourceTrouble
    assert bad not in str(error)
    assert 0 == way.proxy.connections


@pytest.mark.parametrize(
    "url", [f"http://{NOBODY}/", f"https://{NOBODY}:8443/", "https://evil.example/", f"https://u@{NOBODY}/"]
)
def test_a_link_that_must_not_be_followed_is_not_with_a_proxy_either(way: Way, url: str) -> None:
    assert Reason.FORBIDDEN_SOURCE is way.fetch.reason(url)
    assert 0 == way.proxy.connections


def test_a_redirect_goes_through_the_same_gate_and_the_same_proxy(way: Way) -> None:
    leads(way.origin, "/inwards", "https://127.0.0.1/a.png")
    leads(way.origin, "/onwards", URL)

    assert Reason.FORBIDDEN_SOURCE is way.fetch.reason(f"https://{NOBODY}/inwards")
    way.fetch(f"https://{NOBODY}/onwards")
    assert {PLACE} == {asked.path for asked in way.proxy.asked}


def test_a_certificate_of_another_name_is_not_accepted_within_the_tunnel(way: Way) -> None:
    error = way.fetch.refused(f"https://other.{NOBODY}/a.png")

    assert "certificate" in str(error)
    assert [] == way.origin.asked


@pytest.mark.parametrize(
    "status", ["407 Proxy Authentication Required", "403 Forbidden", "302 Found", "101 Up"]
)
def test_a_refusal_of_the_proxy_is_trouble_of_our_own_and_tells_no_address(way: Way, status: str) -> None:
    way.proxy.answers[PLACE] = says(f"HTTP/1.1 {status}\r\nX-Secret: secret\r\n\r\n".encode())

    error = way.fetch.refused(URL)
    assert isinstance(error, ProxyTrouble)
    assert f"proxy_trouble: the egress proxy answered {status[:3]}" == str(error)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_origin_that_the_proxy_cannot_reach_is_trouble_of_the_origin(way: Way, status: int) -> None:
    way.proxy.answers[PLACE] = says(f"HTTP/1.1 {status} No\r\n\r\n".encode())

    error = way.fetch.refused(URL)
    assert isinstance(error, SourceTrouble)
    assert f"source_unreachable: {NOBODY}: the egress proxy answered {status}" == str(error)


def test_each_address_of_a_name_is_tried_by_way_of_the_proxy(way: Way) -> None:
    way.addresses = [OPEN_V6, OPEN]
    way.proxy.answers[f"[{OPEN_V6}]:443"] = says(b"HTTP/1.1 502 No route\r\n\r\n")
    way.fetch(URL)

    assert [f"[{OPEN_V6}]:443", PLACE] == [asked.path for asked in way.proxy.asked]


@pytest.mark.parametrize("host", ["127.0.0.1", "proxy.internal.test"])
def test_a_proxy_that_is_away_is_trouble_of_our_own_and_tells_no_address(way: Way, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    way.addresses = ["127.0.0.1"] if host != "127.0.0.1" else way.addresses
    gate = Gate(frozenset({(NOBODY, 443)}), resolve=way._resolve, proxy=EgressProxy(host, port))
    with pytest.raises(ProxyTrouble) as caught:
        gate.connect(NOBODY, 443, 1.0)

    assert "proxy_trouble: the egress proxy cannot be reached: Connection refused" == str(caught.value)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "the egress proxy's answer is no HTTP"),
        (b"HTTP/1.1 2x0 Well\r\n\r\n", "the egress proxy's answer is no HTTP"),
        (b"HTTP/1.1 200 OK\r\n\r\nx", "the egress proxy says more than it was asked"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * HEAD_MAX_BYTES, "the egress proxy's answer has no end"),
    ],
)
def test_an_answer_that_is_none_is_trouble_of_our_own(way: Way, answer: bytes, told: str) -> None:
    way.proxy.answers[PLACE] = says(answer, waits=lambda asked: asked.gone.wait(5))

    assert f"proxy_trouble: {told}" == str(way.fetch.refused(URL))


def drip(asked: Asked) -> None:
    """A byte every 50 ms, for ever."""
    while not asked.gone.wait(0.05):
        asked.send(b"x")


@pytest.mark.parametrize("waits", [drip, lambda asked: asked.gone.wait(10)], ids=["drips", "silent"])
def test_an_answer_that_does_not_come_ends_at_the_deadline(way: Way, waits: object) -> None:
    way.proxy.answers[PLACE] = says(b"HTTP/1.1 200 OK\r\nX: ", waits=waits)  # type: ignore[arg-type] # a Callable
    with Stopwatch() as watch:
        assert Reason.SOURCE_UNREACHABLE is way.fetch.reason(URL)

    assert watch.within(QUICK.connect_s + 1), watch


def test_what_the_origin_does_to_the_tunnel_ends_as_without_one(way: Way) -> None:
    def hang(asked: Asked) -> bool:
        asked.gone.wait(5)
        return False

    way.origin.answers["/a.png"] = hang
    assert Reason.SOURCE_SLOW is way.fetch.reason(URL)
    way.origin.answers["/a.png"] = lambda asked: asked.reset()
    assert way.fetch.reason(URL) in {Reason.SOURCE_UNREACHABLE, Reason.CUT_OFF}


def test_the_environments_proxies_are_ignored_beside_the_one_of_the_setting(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Origin() as other:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")
        monkeypatch.setenv("NO_PROXY", "*")
        way.fetch(URL)

        assert (0, 1) == (other.connections, way.proxy.connections)


def test_threads_share_a_proxy(way: Way, tmp_path: Path) -> None:
    fetched: list[str] = []

    def one(number: int) -> None:
        fetch = Fetch(way.fetch.downloader, tmp_path / str(number), 0)
        fetched.append(fetch(URL).sha256)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert [hashlib.sha256(BODY).hexdigest()] * 8 == fetched
