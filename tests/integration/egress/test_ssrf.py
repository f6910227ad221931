"""Names that lead where no download may go: the gate refuses, and a canary on every such form sees nothing.

The names are served by a DNS server of the test's own; the canary listens on every address of this machine.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from archive.errors import SourceLost, SourceTrouble, TryLater
from archive.reasons import Reason
from egress.download import Downloader, DownloadLimits
from egress.gate import Gate, Resolved
from tests.integration.egress.names import Names, Resolver
from tests.integration.egress.origin import Origin
from tests.unit.egress.addresses import FORBIDDEN_V4, FORBIDDEN_V6, OPEN

NAME = "files.evolink.ai"
URL = f"https://{NAME}/a.png?sig=secret"


class Canary:
    """Listens on one port of every address that this machine has, both families; counts who knocks."""

    def __init__(self) -> None:
        self.knocks: list[str] = []
        self._listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, peer = self._listener.accept()
                self.knocks.append(str(peer))
                connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.fixture(scope="module")
def listening() -> Iterator[Canary]:
    canary = Canary()
    with socket.create_connection(("127.0.0.1", canary.port), 5):
        pass  # it does hear whoever comes
    until, pause = time.monotonic() + 5, threading.Event()
    while not canary.knocks:
        assert time.monotonic() < until
        pause.wait(0.01)
    yield canary
    canary.close()


@pytest.fixture
def canary(listening: Canary) -> Iterator[Canary]:
    listening.knocks.clear()
    yield listening
    assert listening.knocks == []


def own_addresses() -> list[str]:
    """Every address of this machine that its kernel tells of, with zones where they need one."""
    found = {"127.0.0.1", "127.0.0.2", "127.255.255.254", "::1"}
    with suppress(OSError):
        for line in Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines():
            digits, *_, interface = line.split()
            address = ":".join(digits[at : at + 4] for at in range(0, 32, 4))
            found.add(f"{address}%{interface}" if digits.startswith("fe8") else address)
        for line in Path("/proc/net/fib_trie").read_text(encoding="ascii").splitlines():
            if "|--" in line:
                found.add(line.split()[-1])
    return sorted(found)


def refused(gate: Gate, tmp_path: Path) -> SourceLost | TryLater:
    downloader = Downloader(gate, user_agent="x", limits=DownloadLimits(connect_s=2.0, total_s=4.0))
    with pytest.raises((SourceLost, TryLater)) as caught:
        downloader.fetch(
            URL,
            tmp_path / "x",
            hosts=("evolink.ai",),
            deadline=time.monotonic() + 5,
            stopping=threading.Event(),
        )
    downloader.close()
    assert not (tmp_path / "x").exists()
    assert isinstance(caught.value, SourceLost | TryLater)
    return caught.value


@pytest.mark.parametrize("address", own_addresses())
def test_no_address_of_this_machine_is_reached(canary: Canary, tmp_path: Path, address: str) -> None:
    found: list[Resolved] = list(socket.getaddrinfo(address, canary.port, type=socket.SOCK_STREAM))
    error = refused(Gate(frozenset(), resolve=lambda _host, _port: found), tmp_path)
    assert error.reason is Reason.FORBIDDEN_SOURCE
    assert address not in str(error)


@pytest.mark.parametrize("address", [*FORBIDDEN_V4, *(one for one in FORBIDDEN_V6 if "%" not in one)])
def test_a_name_that_leads_to_a_forbidden_address_is_refused(
    canary: Canary, tmp_path: Path, address: str
) -> None:
    with Names([address]) as names:
        error = refused(Gate(frozenset(), resolve=Resolver(names.address, canary.port)), tmp_path)
    assert error.reason is Reason.FORBIDDEN_SOURCE
    assert names.times_asked() == 1
    assert address not in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize("bad", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fd00:ec2::254"])
@pytest.mark.parametrize("place", [0, 1, 40])
def test_one_bad_address_among_many_good_ones_refuses_the_name(
    canary: Canary, tmp_path: Path, bad: str, place: int
) -> None:
    # Were the name not refused whole, a good address would be connected to: these are asked of nobody.
    many = [address for address in OPEN if not address.startswith(("::ffff", "64:ff9b"))] * 2
    with Names([*many[:place], bad, *many[place:40]]) as names:
        error = refused(Gate(frozenset(), resolve=Resolver(names.address, canary.port)), tmp_path)
    assert error.reason is Reason.FORBIDDEN_SOURCE


def test_a_name_that_rebinds_is_connected_to_where_it_was_checked(canary: Canary) -> None:
    """Checked once, used once: what the name says the second time is never asked for."""
    with Origin() as origin, Names(["127.0.0.1"], ["127.0.0.2"]) as names:
        gate = Gate(frozenset({(NAME, 443)}), resolve=Resolver(names.address, origin.port))
        with gate.connect(NAME, 443, 2.0) as sock:
            assert sock.getpeername() == ("127.0.0.1", origin.port)
        assert names.times_asked() == 1
    assert canary.knocks == []


def test_a_name_that_turns_bad_is_refused_at_its_next_connection(canary: Canary, tmp_path: Path) -> None:
    """The first time it leads nowhere, so that nothing leaves this machine; the second time inwards."""
    with Names([], ["127.0.0.1"]) as names:
        gate = Gate(frozenset(), resolve=Resolver(names.address, canary.port))
        first, second = refused(gate, tmp_path), refused(gate, tmp_path)
    assert isinstance(first, SourceTrouble)
    assert (first.reason, second.reason) == (Reason.SOURCE_UNREACHABLE, Reason.FORBIDDEN_SOURCE)


def test_trouble_with_a_connection_tells_no_address(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Names(["127.0.0.1"]) as names:
        gate = Gate(frozenset({(NAME, 443)}), resolve=Resolver(names.address, port))
        error = refused(gate, tmp_path)
    assert error.reason is Reason.SOURCE_UNREACHABLE
    assert "127" not in str(error)
    assert str(port) not in str(error)
