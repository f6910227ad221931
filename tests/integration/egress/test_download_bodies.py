"""What a body may be: whole, plain, and of a bounded size."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest

from archive.errors import Damaged, SourceLost, SourceTrouble
from archive.reasons import Reason
from egress.download import Downloader, DownloadLimits
from egress.gate import Gate
from tests.integration.egress.fetching import BODY, QUICK, Fetch, chunked, says
from tests.integration.egress.origin import Asked, Origin
from tests.unit.workers.decoding.pictures import drawn
from workers.decoding.decoder import examine


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
        Gate(frozenset({("127.0.0.1", origin.port)})), user_agent="x", limits=DownloadLimits(max_bytes=10_000)
    )
    error = Fetch(patient, tmp_path / "x", origin.port).refused()
    assert isinstance(error, SourceTrouble)
    assert "has no end" in error.detail


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_cut_body_without_a_length_is_caught_by_the_formats_own_end(
    fetch: Fetch, origin: Origin, kind: str
) -> None:
    whole = drawn(kind)
    says(origin, b"HTTP/1.1 200 OK\r\n\r\n" + whole)
    assert examine(fetch().path.read_bytes()).trailing_bytes == 0
    says(origin, b"HTTP/1.1 200 OK\r\n\r\n" + whole[:-3])
    cut = fetch().path  # HTTP cannot tell
    with pytest.raises(Damaged):
        examine(cut.read_bytes())


def test_a_page_of_html_is_no_image_whatever_its_type_says(fetch: Fetch, origin: Origin) -> None:
    page = b"<!DOCTYPE html><title>limit reached</title>"
    origin.answers["/a.png"] = lambda asked: asked.answer(page, Content_Type="image/png")
    with pytest.raises(Damaged) as caught:
        examine(fetch().path.read_bytes())
    assert caught.value.reason is Reason.NOT_AN_IMAGE
