"""The port where metrics are told."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from runtime.metrics.meters import Meters
from runtime.metrics.port import MetricsPort, told_at
from runtime.settings.metrics import MetricsSettings
from tests.pace import until

LOOPBACK = "127.0.0.1"


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that a test has time for."""
    monkeypatch.setattr("runtime.guarded.PAUSE_FIRST_S", 0.01)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[MetricsPort]:
    # Waited for in these tests, and nothing in them needs more.
    monkeypatch.setattr("runtime.metrics.port.CLIENT_S", 0.3)
    port = MetricsPort(Meters("console").complete(), LOOPBACK, 0)
    port.start()
    assert until(lambda: bool(port.port), 30)
    yield port
    port.stop(5)


def scraped(port: int, host: str = LOOPBACK) -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def answers(port: int) -> bool:
    try:
        return scraped(port)[0] == http.HTTPStatus.OK
    except OSError:
        return False


def test_a_scrape_is_answered_again_and_again(port: MetricsPort) -> None:
    for _ in range(3):
        status, text = scraped(port.port)

        assert 200 == status
        assert "fixative_build_info{" in text


def test_a_client_that_says_nothing_does_not_keep_the_others_out(port: MetricsPort) -> None:
    with socket.create_connection((LOOPBACK, port.port)):
        assert 200 == scraped(port.port)[0]


def test_nor_does_one_that_drips_or_never_ends(port: MetricsPort) -> None:
    with socket.create_connection((LOOPBACK, port.port)) as drips, contextlib.suppress(OSError):
        drips.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
        assert b"" == read_while(drips, lambda: drips.sendall(b"x"))
    with socket.create_connection((LOOPBACK, port.port)) as endless, contextlib.suppress(OSError):
        endless.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 20_000)
        assert b"" == endless.recv(1)

    assert 200 == scraped(port.port)[0]


def read_while(connection: socket.socket, keep_on: Callable[[], object]) -> bytes:
    """What comes, while something is done again and again."""
    connection.settimeout(0.2)
    while True:
        with contextlib.suppress(TimeoutError):
            return connection.recv(1)
        keep_on()


def test_a_port_that_is_taken_is_told_and_tried_again(quick: None, caplog: pytest.LogCaptureFixture) -> None:
    del quick
    with socket.create_server((LOOPBACK, 0)) as taken:
        wanted = taken.getsockname()[1]
        port = MetricsPort(Meters("console").complete(), LOOPBACK, wanted)
        port.start()
        assert until(lambda: "needs a port of its own" in caplog.text, 30)
        assert f"{LOOPBACK}:{wanted} (METRICS_HOST, METRICS_PORT)" in caplog.text
        assert "Traceback" not in caplog.text
    try:
        assert until(lambda: port.port == wanted, 30)
        assert 200 == scraped(wanted)[0]
    finally:
        port.stop(5)


def test_an_address_that_is_not_ours_is_told(caplog: pytest.LogCaptureFixture) -> None:
    port = MetricsPort(Meters("console").complete(), "192.0.2.1", 9464)
    port.start()
    assert until(lambda: "cannot be opened" in caplog.text, 30)
    port.stop(5)

    assert 0 == port.port


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_it_may_be_an_address_of_ipv6() -> None:
    port = MetricsPort(Meters("console").complete(), "::1", 0)
    port.start()
    try:
        assert until(lambda: bool(port.port), 30)
        assert 200 == scraped(port.port, "::1")[0]
    finally:
        port.stop(5)


def test_without_a_port_nothing_is_opened() -> None:
    with told_at(MetricsSettings(), Meters("console")):
        assert "metrics" not in {thread.name for thread in threading.enumerate()}


def test_it_is_open_as_long_as_the_process_works() -> None:
    with socket.create_server((LOOPBACK, 0)) as free:
        wanted = free.getsockname()[1]
    settings = MetricsSettings(metrics_port=wanted)
    with told_at(settings, Meters("console").complete()):
        assert until(lambda: answers(wanted), 30)

    assert until(lambda: not answers(wanted), 30)
