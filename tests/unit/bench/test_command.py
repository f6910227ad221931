"""The command's own words; nothing is measured here."""

from __future__ import annotations

import subprocess
import sys

from tests.unit.docs.documents import ROOT


def _bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )


def test_it_tells_its_parts() -> None:
    told = _bench("--help")

    assert 0 == told.returncode
    assert (
        "door, hands, steps, way, s3, backlog, short, growth, start, memory, list, thumbs, console"
        in " ".join(told.stdout.split())
    )


def test_a_part_that_is_none_is_refused() -> None:
    told = _bench("doorbell")

    assert 2 == told.returncode
    assert "doorbell is no part" in told.stderr
