"""Downloads over real sockets: what passes, and how connections are used."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from egress.download import Downloader
from tests.integration.egress.fetching import BODY, Fetch
from tests.integration.egress.origin import Asked, Origin


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
