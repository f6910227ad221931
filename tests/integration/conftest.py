"""What tests over real sockets, and of real decoders, share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from egress.download import Downloader
from egress.gate import Gate
from tests.integration.egress.fetching import BODY, QUICK, Fetch
from tests.integration.egress.origin import Origin
from tests.unit.workers.decoding.pictures import drawn


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


@pytest.fixture
def fetch(downloader: Downloader, tmp_path: Path, origin: Origin) -> Fetch:
    return Fetch(downloader, tmp_path / "source", origin.port)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A file with nothing wrong with it."""
    path = tmp_path / "sound"
    path.write_bytes(drawn("PNG"))
    return path


@pytest.fixture
def hanging(tmp_path: Path) -> Path:
    """A file whose reading does not end: the decoder is busy with it until somebody writes and closes."""
    path = tmp_path / "hanging"
    os.mkfifo(path)
    return path
