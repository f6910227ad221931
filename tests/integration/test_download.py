"""Downloads over real sockets: what passes, what is refused, and that every wait ends."""

from __future__ import annotations

import gzip
import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import trustme

from archive.errors import FixativeError, SourceLost, SourceTrouble, TryLater
from archive.reasons import Reason
from tests.integration.origin import Asked, Origin, tls_server
from workers.connection import tls_context
from workers.download import Downloaded, Downloader, Limits
from workers.egress import Answer, Gate, resolve

BODY = bytes(range(256)) * 700
QUICK = Limits(connect_s=1.0, idle_s=0.3, total_s=1.0, max_bytes=1_000_000)
NOBODY = "files.evolink.ai"


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as started:
        started.answers["/a.png"] = lambda asked: asked.answer(BODY, Content_Type="image/png")
        yield started


@pytest.fixture
def downloader(origin: Origin) -> Iterator[Downloader]:
    opened = Downloader(Gate(frozenset({("127.0.0.1", origin.port)})), user_agent="Fixative/1", limits=QUICK)
    yield opened
    opened.close()


class Fetch:
    """One downloader and one file."""

    def __init__(self, downloader: Downloader, path: Path, port: int) -> None:
        self.downloader, self.path, self.port = downloader, path, port
        self.stopping = threading.Event()

    def __call__(self, url: str = "/a.png", *, within_s: float = 10.0) -> Downloaded:
        if url.startswith("/"):
            url = f"http://127.0.0.1:{self.port}{url}"
        deadline = time.monotonic() + within_s
        return self.downloader.fetch(
            url, self.path, hosts=(NOBODY,), deadline=deadline, stopping=self.stopping
        )

    def refused(self, url: str = "/a.png") -> FixativeError:
        with pytest.raises(FixativeError) as caught:
            self(url)
        assert not self.path.exists()
        assert "secret" not in str(caught.value)
        return caught.value

    def reason(self, url: str = "/a.png") -> Reason:
        error = self.refused(url)
        assert isinstance(error, SourceLost | TryLater)
        return error.reason


@pytest.fixture
def fetch(downloader: Downloader, tmp_path: Path, origin: Origin) -> Fetch:
    return Fetch(downloader, tmp_path / "source", origin.port)


def test_the_bytes_come_as_they_were_sent(fetch: Fetch) -> None:
    got = fetch("/a.png?X-Signature=secret%2f1")
    assert fetch.path.read_bytes() == BODY
    assert got.bytes == len(BODY)
    assert got.sha256 == hashlib.sha256(BODY).hexdigest()
    assert got.content_type == "image/png"
    assert got.final_url_without_query == f"127.0.0.1:{fetch.port}/a.png"
    assert got.download_ms >= 0


def test_the_request_says_who_asks_and_demands_identity(fetch: Fetch, origin: Origin) -> None:
    fetch("/a.png?X-Signature=secret%2f1")
    asked = origin.asked[0]
    assert asked.path == "/a.png?X-Signature=secret%2f1"
    assert asked.headers["host"] == f"127.0.0.1:{origin.port}"
    assert asked.headers["user-agent"] == "Fixative/1"
    assert asked.headers["accept-encoding"] == "identity"


def test_an_old_file_is_written_anew(fetch: Fetch) -> None:
    fetch.path.write_bytes(b"x" * (len(BODY) + 10))
    fetch()
    assert fetch.path.read_bytes() == BODY


def test_the_environments_proxies_are_not_used(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    with Origin() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        fetch()
        assert proxy.connections == 0


def test_a_connection_is_used_again(fetch: Fetch, origin: Origin) -> None:
    for _ in range(5):
        fetch()
    assert (origin.connections, len(origin.asked)) == (1, 5)


def test_a_connection_that_the_origin_closed_is_replaced(fetch: Fetch, origin: Origin) -> None:
    closed = threading.Event()

    def once(asked: Asked) -> bool:
        asked.answer(BODY)
        closed.set()
        return False

    origin.answers["/a.png"] = once
    for _ in range(3):
        fetch()
        assert closed.wait(5)
    assert origin.connections == 3


def test_a_connection_is_not_used_again_after_an_error(fetch: Fetch, origin: Origin) -> None:
    origin.answers["/gone"] = lambda asked: asked.answer(b"HTTP/1.1 200 OK\r\n\r\n", status="404 Not Found")
    fetch.refused("/gone")
    fetch()
    assert origin.connections == 2


def test_a_connection_that_ends_at_its_second_request_is_replaced(fetch: Fetch, origin: Origin) -> None:
    served: set[int] = set()

    def once(asked: Asked) -> bool:
        number = asked.connection.fileno()
        if number in served:
            served.discard(number)
            return False
        served.add(number)
        return asked.answer(BODY)

    origin.answers["/a.png"] = once
    assert fetch().sha256 == fetch().sha256 == hashlib.sha256(BODY).hexdigest()
    assert (origin.connections, len(origin.asked)) == (2, 3)


def test_bytes_beyond_the_declared_length_never_become_the_next_answer(fetch: Fetch, origin: Origin) -> None:
    taken, sent = threading.Event(), threading.Event()

    def longer(asked: Asked) -> bool:
        asked.answer(BODY)
        taken.wait(5)
        asked.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        sent.set()
        return True

    origin.answers["/longer"] = longer
    fetch("/longer")
    taken.set()
    assert sent.wait(5)
    fetch()
    assert fetch.path.read_bytes() == BODY


def test_threads_share_a_downloader(downloader: Downloader, origin: Origin, tmp_path: Path) -> None:
    def one(number: int) -> str:
        return Fetch(downloader, tmp_path / str(number), origin.port)().sha256

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(one, range(100))) == {hashlib.sha256(BODY).hexdigest()}
    assert origin.connections <= 16


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + end


def says(origin: Origin, data: bytes, *, keeps: bool = False) -> None:
    """Let the origin send exactly these bytes."""

    def send(asked: Asked) -> bool:
        asked.send(data)
        return keeps

    origin.answers["/a.png"] = send


def test_a_chunked_body_comes_whole(fetch: Fetch, origin: Origin) -> None:
    says(origin, chunked(BODY[:1000], BODY[1000:]), keeps=True)
    assert fetch().sha256 == fetch().sha256 == hashlib.sha256(BODY).hexdigest()
    assert origin.connections == 1


def test_a_body_that_ends_with_the_connection_is_taken(fetch: Fetch, origin: Origin) -> None:
    says(origin, b"HTTP/1.1 200 OK\r\n\r\n" + BODY)
    assert fetch().bytes == len(BODY)


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 99,
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 99,
        chunked(BODY, end=b""),
        chunked(BODY, end=b"40\r\nxx"),
        chunked(BODY, end=b"40"),
        chunked(BODY, end=b"nonsense\r\n"),
        chunked(BODY, end=b"-5\r\nxxxxx\r\n0\r\n\r\n"),
        chunked(BODY, end=b"5;" + b"x" * 300_000),
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        chunked(),
    ],
)
def test_a_body_that_is_not_whole_is_cut_off(fetch: Fetch, origin: Origin, sent: bytes) -> None:
    says(origin, sent)
    assert fetch.reason() is Reason.CUT_OFF


@pytest.mark.parametrize(
    "sent",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nxxxxxx",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 200_000,
    ],
)
def test_an_answer_that_is_no_http_is_trouble_with_the_source(
    fetch: Fetch, origin: Origin, sent: bytes
) -> None:
    says(origin, sent)
    assert fetch.reason() in {Reason.SOURCE_TROUBLE, Reason.SOURCE_UNREACHABLE}


def test_a_reset_within_the_body_is_trouble_that_passes(fetch: Fetch, origin: Origin) -> None:
    def reset(asked: Asked) -> bool:
        asked.send(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + BODY)
        asked.gone.wait(0.1)  # the bytes are to arrive first
        return asked.reset()

    origin.answers["/a.png"] = reset
    assert fetch.reason() is Reason.SOURCE_UNREACHABLE


def test_a_hang_up_without_an_answer_is_trouble_that_passes(fetch: Fetch, origin: Origin) -> None:
    origin.answers["/a.png"] = lambda _: False
    assert fetch.reason() is Reason.SOURCE_UNREACHABLE


def test_a_port_that_nobody_listens_on_is_trouble_that_passes(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    downloader = Downloader(Gate(frozenset({("127.0.0.1", port)})), user_agent="x", limits=QUICK)
    assert Fetch(downloader, tmp_path / "x", port).reason() is Reason.SOURCE_UNREACHABLE


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_a_compressed_body_is_refused(fetch: Fetch, origin: Origin, encoding: str) -> None:
    body = gzip.compress(BODY)
    origin.answers["/a.png"] = lambda asked: asked.answer(body, Content_Encoding=encoding)
    assert fetch.reason() is Reason.CONTENT_ENCODED


@pytest.mark.parametrize("how", ["declared", "chunked", "until the end"])
@pytest.mark.parametrize("more", [0, 1])
def test_exactly_fifty_mebibytes_pass_and_one_byte_more_fails(
    origin: Origin, tmp_path: Path, how: str, more: int
) -> None:
    size = 52_428_800 + more
    piece = bytes(1_048_576)

    def huge(asked: Asked) -> bool:
        head = {"declared": f"Content-Length: {size}\r\n", "chunked": "Transfer-Encoding: chunked\r\n"}
        asked.send(f"HTTP/1.1 200 OK\r\n{head.get(how, '')}\r\n".encode())
        for part in [piece] * 50 + [bytes(more)] * bool(more):
            asked.send(b"%x\r\n%b\r\n" % (len(part), part) if how == "chunked" else part)
        if how == "chunked":
            asked.send(b"0\r\n\r\n")
        return False

    origin.answers["/a.png"] = huge
    downloader = Downloader(Gate(frozenset({("127.0.0.1", origin.port)})), user_agent="x")
    fetch = Fetch(downloader, tmp_path / "huge", origin.port)
    if more:
        assert fetch.reason() is Reason.TOO_LARGE
    else:
        assert fetch(within_s=60).bytes == 52_428_800
    downloader.close()


def test_a_length_that_is_too_large_is_refused_before_the_body(fetch: Fetch, origin: Origin) -> None:
    says(origin, b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n", keeps=True)
    error = fetch.refused()
    assert isinstance(error, SourceLost)
    assert "1000001 bytes are declared" in error.detail


def test_a_body_without_an_end_is_refused(fetch: Fetch, origin: Origin) -> None:
    def endless(asked: Asked) -> bool:
        asked.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while not asked.gone.is_set():
            asked.send(BODY)
        return False

    origin.answers["/a.png"] = endless
    assert fetch.reason() is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("head", "more"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 9_000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000),
    ],
)
def test_a_head_or_trailer_without_an_end_is_not_read_on(
    origin: Origin, tmp_path: Path, head: bytes, more: bytes
) -> None:
    def endless(asked: Asked) -> bool:
        asked.send(head)
        while not asked.gone.is_set():
            asked.send(more)
        return False

    origin.answers["/a.png"] = endless
    patient = Downloader(
        Gate(frozenset({("127.0.0.1", origin.port)})), user_agent="x", limits=Limits(max_bytes=10_000)
    )
    error = Fetch(patient, tmp_path / "x", origin.port).refused()
    assert isinstance(error, SourceTrouble)
    assert "has no end" in error.detail


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"", b"H"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_drip_ends_at_the_deadline_wherever_it_drips(
    fetch: Fetch, origin: Origin, head: bytes, drop: bytes
) -> None:
    def drip(asked: Asked) -> bool:
        asked.send(head)
        while not asked.gone.wait(0.05):
            asked.send(drop)
        return False

    origin.answers["/a.png"] = drip
    began = time.monotonic()
    assert fetch.reason() is Reason.SOURCE_SLOW
    assert 0.9 < time.monotonic() - began < 3


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
def test_silence_is_not_waited_out(fetch: Fetch, origin: Origin, head: bytes) -> None:
    says(origin, head, keeps=True)
    began = time.monotonic()
    assert fetch.reason() is Reason.SOURCE_SLOW
    assert time.monotonic() - began < 0.9


def test_the_callers_deadline_ends_a_download(fetch: Fetch, origin: Origin) -> None:
    says(origin, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", keeps=True)
    with pytest.raises(TryLater) as caught:
        fetch(within_s=0.1)
    assert caught.value.reason is Reason.OUT_OF_TIME
    with pytest.raises(TryLater) as caught:
        fetch(within_s=-1)
    assert caught.value.reason is Reason.OUT_OF_TIME


def test_a_worker_that_stops_gives_the_download_back(origin: Origin, tmp_path: Path) -> None:
    patient = Downloader(Gate(frozenset({("127.0.0.1", origin.port)})), user_agent="x")
    fetch = Fetch(patient, tmp_path / "x", origin.port)

    def silent(asked: Asked) -> bool:
        asked.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
        fetch.stopping.set()
        return True

    origin.answers["/a.png"] = silent
    began = time.monotonic()
    assert fetch.reason() is Reason.STOPPING
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("404 Not Found", Reason.SOURCE_GONE),
        ("403 Forbidden", Reason.SOURCE_GONE),
        ("410 Gone", Reason.SOURCE_GONE),
        ("451 Unavailable", Reason.SOURCE_REFUSED),
        ("206 Partial Content", Reason.SOURCE_REFUSED),
        ("204 No Content", Reason.SOURCE_REFUSED),
        ("304 Not Modified", Reason.SOURCE_REFUSED),
        ("302 Found", Reason.SOURCE_REFUSED),
        ("103 Early Hints", Reason.SOURCE_REFUSED),
        ("500 Oops", Reason.SOURCE_TROUBLE),
        ("408 Request Timeout", Reason.SOURCE_TROUBLE),
    ],
)
def test_a_status_has_its_reason(fetch: Fetch, origin: Origin, status: str, reason: Reason) -> None:
    origin.answers["/a.png"] = lambda asked: asked.answer(b"", status=status)
    assert fetch.reason("/a.png?sig=secret") is reason


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_an_origin_that_is_busy_says_how_long(fetch: Fetch, origin: Origin, status: str) -> None:
    origin.answers["/a.png"] = lambda asked: asked.answer(b"", status=status, Retry_After="7")
    error = fetch.refused()
    assert isinstance(error, SourceTrouble)
    assert (error.reason, error.retry_after_s) == (Reason.SOURCE_BUSY, 7.0)


def leads(origin: Origin, path: str, location: str) -> None:
    origin.answers[path] = lambda asked: asked.answer(b"moved", status="302 Found", Location=location)


def test_three_redirects_are_followed_and_a_fourth_is_not(fetch: Fetch, origin: Origin) -> None:
    leads(origin, "/3", "2?x=secret")
    leads(origin, "/2", f"http://127.0.0.1:{origin.port}/1")
    leads(origin, "/1", "//127.0.0.1:" + str(origin.port) + "/a.png?sig=secret")
    leads(origin, "/4", "/3")
    assert fetch("/3").final_url_without_query.endswith("/a.png")
    assert fetch.reason("/4") is Reason.TOO_MANY_REDIRECTS


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{canary}/",
        "https://127.0.0.1:{canary}/",
        "http://localhost:{canary}/",
        "//127.0.0.1:{canary}/",
        "http://user@127.0.0.1:{origin}/a.png",
        "https://files.evolink.ai:{canary}/",
        "http://files.evolink.ai/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{canary}/_x",
        "http://[::ffff:127.0.0.1]:{canary}/",
    ],
)
def test_a_redirect_to_a_forbidden_place_is_not_followed(fetch: Fetch, origin: Origin, location: str) -> None:
    with Origin() as canary:
        leads(origin, "/r", location.format(canary=canary.port, origin=origin.port))
        assert fetch.reason("/r") is Reason.FORBIDDEN_SOURCE
        assert canary.connections == 0


SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "017700000001", "127.0.0.2",
    "0.0.0.0",  # noqa: S104 - it is asked for, not bound
    "0", "localhost", "LOCALHOST.", "localhost.localdomain", "ip6-localhost", "127。0。0。1", "①②⑦.0.0.1",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "[::ffff:0:127.0.0.1]", "files.evolink.ai@127.0.0.1", "127.0.0.1%2f.evolink.ai", "127.0.0.1\\.evolink.ai",
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_loopback_reaches_the_canary(scheme: str, host: str, tmp_path: Path) -> None:
    downloader = Downloader(Gate(frozenset({("127.0.0.1", 1)})), user_agent="x", limits=QUICK)
    with Origin() as canary, Origin(address="::1") as canary6:
        for port in (canary.port, canary6.port):
            fetch = Fetch(downloader, tmp_path / "x", port)
            assert fetch.reason(f"{scheme}://{host}:{port}/?sig=secret") is Reason.FORBIDDEN_SOURCE
        assert (canary.connections, canary6.connections) == (0, 0)


def _leading_to(name: str, real_port: int, _host: str, _port: int) -> list[Answer]:
    return resolve(name, real_port)


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "::1", "::ffff:127.0.0.1", "localhost"]
)
def test_a_name_of_the_allow_list_that_leads_to_loopback_reaches_nobody(name: str) -> None:
    with Origin() as canary, Origin(address="::1") as canary6:
        for port in (canary.port, canary6.port):
            gate = Gate(frozenset(), resolve=partial(_leading_to, name, port))
            with pytest.raises(SourceLost) as caught:
                gate.connect("files.evolink.ai", 443, 1.0)
            assert caught.value.reason is Reason.FORBIDDEN_SOURCE
        assert (canary.connections, canary6.connections) == (0, 0)


def test_each_address_of_a_name_is_tried(origin: Origin) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    found: list[Answer] = [*resolve("127.0.0.1", closed), *resolve("127.0.0.1", origin.port)]
    gate = Gate(frozenset({("files.evolink.ai", 443)}), resolve=lambda _host, _port: found)
    with gate.connect("files.evolink.ai", 443, 1.0) as sock:
        assert sock.getpeername() == ("127.0.0.1", origin.port)


class Secure:
    """A TLS origin for one name, which resolves to it for this downloader alone."""

    def __init__(
        self, origin: Origin, authority: trustme.CA, tmp_path: Path, *, trusted: bool = True
    ) -> None:
        ca_file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        gate = Gate(
            frozenset({(NOBODY, 443), ("127.0.0.1", origin.port), ("other.example", 443)}),
            resolve=lambda _host, _port: resolve("127.0.0.1", origin.port),
        )
        tls = tls_context(str(ca_file)) if trusted else tls_context()
        self.downloader = Downloader(gate, user_agent="x", limits=QUICK, tls=tls)
        self.fetch = Fetch(self.downloader, tmp_path / "source", origin.port)


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


def test_a_handshake_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        gate = Gate(
            frozenset({(NOBODY, 443)}),
            resolve=lambda _host, _port: resolve("127.0.0.1", silent.getsockname()[1]),
        )
        downloader = Downloader(gate, user_agent="x", limits=Limits(connect_s=0.3))
        began = time.monotonic()
        fetch = Fetch(downloader, tmp_path / "x", 443)
        assert fetch.reason(f"https://{NOBODY}/a.png") is Reason.SOURCE_UNREACHABLE
        assert time.monotonic() - began < 3
