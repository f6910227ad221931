"""What the tests of downloads share: one downloader, one file, an origin that says what a test wants."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import trustme

from archive.errors import FixativeError, SourceLost, TryLater
from archive.reasons import Reason
from egress.connection import tls_context
from egress.download import Downloaded, Downloader, DownloadLimits
from egress.gate import Gate, resolve
from tests.integration.egress.origin import Asked, Origin

BODY = bytes(range(256)) * 700


QUICK = DownloadLimits(connect_s=1.0, idle_s=0.3, total_s=1.0, max_bytes=1_000_000)


NOBODY = "files.evolink.ai"


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


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + end


def says(origin: Origin, data: bytes, *, keeps: bool = False) -> None:
    """Let the origin send exactly these bytes."""

    def send(asked: Asked) -> bool:
        asked.send(data)
        return keeps

    origin.answers["/a.png"] = send


def leads(origin: Origin, path: str, location: str) -> None:
    origin.answers[path] = lambda asked: asked.answer(b"moved", status="302 Found", Location=location)


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
