"""What a process and its children use is counted; the origin serves what its links say."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from bench.hands.origin import LOOPBACK
from bench.hands.originals import original
from bench.hands.tree import Watch, cpu_s, members, memory_mb
from infra.local import ports
from infra.local.parts.process import PROJECT
from tests.pace import until

# A child that has a child; each is busy for a while and holds some memory, says so, and waits for its end.
BUSY = """
import subprocess, sys, time
held = bytearray(b"x" * 20_000_000)
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], "", "leaf"]) if sys.argv[2] == "root" else None
while time.process_time() < 0.2: pass
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def root() -> Iterator[int]:
    """The tree, when both have said that they are ready: however slow the machine, nothing is guessed."""
    command = [sys.executable, "-c", BUSY, BUSY, "root"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        try:
            assert [b"ready\n", b"ready\n"] == [process.stdout.readline() for _ in range(2)]
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def test_a_tree_is_counted_with_its_children(root: int) -> None:
    with Watch(root) as watch:
        assert 2 == len(members(root))
        assert cpu_s(root) >= 0.3  # in ticks of the kernel, of 0.4 s
        assert memory_mb(root) > 40
    assert watch.peak_mb > 40
    assert 0 <= watch.cpu_s_at(0) <= watch.cpu_s_at(time.monotonic())


def test_a_process_that_is_gone_counts_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    assert (0, 0) == (cpu_s(gone.pid), memory_mb(gone.pid))
    assert os.getpid() in members(os.getpid())


def test_the_origin_serves_each_number_its_own_bytes_and_counts(tmp_path: Path) -> None:
    image = original("png_64", tmp_path)
    port = ports.free_block(1)
    command = [sys.executable, "-m", "bench.hands.origin", str(port), str(tmp_path), "png_64"]
    with subprocess.Popen(command, cwd=PROJECT) as origin:
        try:
            assert until(lambda: ports.is_open(port), 120)
            address = f"http://{LOOPBACK}:{port}"
            began = time.monotonic()
            for number, latency_ms in ((1, 0), (2, 150)):
                got = urllib3.request("GET", f"{address}/{latency_ms}/png_64/{number}.png", timeout=60)
                assert image.sha256(number) == hashlib.sha256(got.data).hexdigest()
                assert "image/png" == got.headers["Content-Type"]
            assert time.monotonic() - began >= 0.15
            most, first_s = urllib3.request("GET", f"{address}/asked", timeout=60).data.split()
            assert 1 == int(most)
            assert began <= float(first_s) <= time.monotonic()
        finally:
            origin.terminate()
