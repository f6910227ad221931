"""Every wait of a download ends."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from archive.errors import SourceTrouble, TryLater
from archive.reasons import Reason
from egress.download import Downloader, DownloadLimits
from egress.gate import Gate, resolve
from tests.integration.egress.fetching import NOBODY, Fetch, says
from tests.integration.egress.origin import Asked, Origin
from tests.pace import Stopwatch


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
    with Stopwatch() as watch:
        assert fetch.reason() is Reason.SOURCE_SLOW
    assert watch.took_s > 0.9
    assert watch.within(3), watch


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
def test_silence_is_not_waited_out(fetch: Fetch, origin: Origin, head: bytes) -> None:
    says(origin, head, keeps=True)
    with Stopwatch() as watch:
        assert fetch.reason() is Reason.SOURCE_SLOW
    assert watch.within(0.9), watch


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
    with Stopwatch() as watch:
        assert fetch.reason() is Reason.STOPPING
    assert watch.within(5), watch


def test_a_handshake_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        gate = Gate(
            frozenset({(NOBODY, 443)}),
            resolve=lambda _host, _port: resolve("127.0.0.1", silent.getsockname()[1]),
        )
        downloader = Downloader(gate, user_agent="x", limits=DownloadLimits(connect_s=0.3))
        fetch = Fetch(downloader, tmp_path / "x", 443)
        with Stopwatch() as watch:
            assert fetch.reason(f"https://{NOBODY}/a.png") is Reason.SOURCE_UNREACHABLE
        assert watch.within(3), watch


def test_a_transfer_that_drips_too_slowly_to_ever_end_is_given_up(origin: Origin, tmp_path: Path) -> None:
    slow = DownloadLimits(idle_s=5.0, window_s=0.5, window_bytes=1_000, total_s=60.0)
    downloader = Downloader(Gate(frozenset({("127.0.0.1", origin.port)})), user_agent="x", limits=slow)
    fetch = Fetch(downloader, tmp_path / "x", origin.port)

    def drip(asked: Asked) -> bool:
        asked.send(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + bytes(50_000))
        while not asked.gone.wait(0.02):  # each byte comes long before the connection counts as idle
            asked.send(b"x")
        return False

    origin.answers["/a.png"] = drip
    with Stopwatch() as watch:
        error = fetch.refused()
    assert isinstance(error, SourceTrouble)
    assert error.reason is Reason.SOURCE_SLOW
    assert "fewer than 1000" in error.detail
    assert watch.within(5), watch
    downloader.close()


def test_a_transfer_that_keeps_the_least_throughput_is_not_given_up(origin: Origin, tmp_path: Path) -> None:
    modest = DownloadLimits(idle_s=5.0, window_s=0.3, window_bytes=1_000, total_s=60.0)
    downloader = Downloader(Gate(frozenset({("127.0.0.1", origin.port)})), user_agent="x", limits=modest)

    def steady(asked: Asked) -> bool:
        asked.send(b"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n")
        for _ in range(20):
            asked.gone.wait(0.05)
            asked.send(bytes(2_000))
        return True

    origin.answers["/a.png"] = steady
    assert Fetch(downloader, tmp_path / "x", origin.port)().bytes == 40_000
    downloader.close()
