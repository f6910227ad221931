"""The proxy's address, read from its setting."""

from __future__ import annotations

import socket
import time
from base64 import b64decode

import pytest

from archive.errors import ProxyTrouble
from egress.proxy import EgressProxy, NotReached, proxy_at


@pytest.mark.parametrize(
    ("url", "host", "port", "shown"),
    [
        ("http://proxy.example:3128", "proxy.example", 3128, None),
        ("http://10.0.0.7:4750/", "10.0.0.7", 4750, None),
        ("HTTP://[::1]:8080", "::1", 8080, None),
        ("http://user:pass%40word@proxy.example:3128", "proxy.example", 3128, b"user:pass@word"),
        ("http://token@proxy.example:3128", "proxy.example", 3128, b"token:"),
        ("http://a%0d%0aX:%c3%a9@proxy.example:3128", "proxy.example", 3128, "a\r\nX:é".encode()),
    ],
)
def test_a_proxy_is_a_host_a_port_and_perhaps_a_user(
    url: str, host: str, port: int, shown: bytes | None
) -> None:
    proxy = EgressProxy.from_url(url)

    assert (host, port) == (proxy.host, proxy.port)
    scheme, _, words = proxy.authorization.partition(" ")
    assert (scheme, b64decode(words)) == (("Basic", shown) if shown else ("", b""))


@pytest.mark.parametrize(
    "url",
    [
        "proxy.example:3128",
        "https://proxy.example:3128",
        "socks5://proxy.example:1080",
        "http://proxy.example",
        "http://:3128",
        "http://proxy.example:0",
        "http://proxy.example:many",
        "http://proxy.example:99999",
        "http://proxy.example:3128/path",
        "http://proxy.example:3128?query",
        "http://proxy.example:3128#part",
        "http://[::1:3128",
    ],
)
def test_anything_else_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|host") as refused:
        EgressProxy.from_url(url)

    assert url not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_what_the_proxy_is_shown_stands_in_no_repr() -> None:
    proxy = EgressProxy.from_url("http://user:hunter2@proxy.example:3128")

    assert "EgressProxy(host='proxy.example', port=3128)" == repr(proxy)


def test_an_empty_setting_names_no_proxy() -> None:
    assert proxy_at("") is None


@pytest.mark.parametrize(
    ("status", "becomes"),
    [(503, NotReached), (502, NotReached), (403, ProxyTrouble), (407, ProxyTrouble), (200, ProxyTrouble)],
)
def test_a_page_behind_the_answer_does_not_hide_its_status(status: int, becomes: type[Exception]) -> None:
    page = b"<html>what proxies tell people</html>"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname(), timeout=5)
        theirs, _ = listener.accept()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 %d Word\r\nContent-Length: %d\r\n\r\n%b" % (status, len(page), page))
        with pytest.raises(becomes) as raised:
            EgressProxy("proxy.example", 3128).ask(ours, "192.0.2.1", 443, time.monotonic() + 5)

    assert str(status) in str(raised.value) or status == 200
