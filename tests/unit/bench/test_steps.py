"""The clocks within processes that are measured: the steps are there, and threads tell their CPU by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.steps.clocks import clocked
from bench.steps.dump import DUMP
from bench.steps.measure import spent, with_clocks
from tests.pace import until
from tests.unit.docs.documents import ROOT

BUSY = """
import sys, threading, time
def spin():
    while time.thread_time() < 0.05: pass
    sys.stdout.write("spun\\n"); sys.stdout.flush(); time.sleep(60)
threading.Thread(target=spin, name="journal_1", daemon=True).start()
while True: time.sleep(0.01)
"""


@pytest.mark.parametrize(("owner", "name"), [(owner, name) for owner, name, _ in clocked()])
def test_each_step_that_has_a_clock_is_there(owner: type, name: str) -> None:
    assert callable(getattr(owner, name))


def test_a_receiver_tells_the_cpu_of_its_threads_by_name(tmp_path: Path) -> None:
    (tmp_path / "receiver.py").write_text(BUSY, encoding="utf-8")
    figures = tmp_path / "figures.json"
    told = with_clocks(figures)
    environment = {**os.environ, **told, "PYTHONPATH": f"{told['PYTHONPATH']}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "receiver"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert "spun\n" == process.stdout.readline()
        process.send_signal(DUMP)
        assert until(figures.exists, 30)
        process.kill()
    threads = json.loads(figures.read_text(encoding="utf-8"))["threads"]

    assert 50_000_000 <= threads["journal"]
    assert "MainThread" in threads


def test_what_was_spent_is_told_for_each_and_the_rest_is_that_of_children() -> None:
    before = {"steps": {"ring": 1_000_000}, "threads": {"MainThread": 5_000_000}}
    after = {"steps": {"ring": 3_000_000, "close": 2_000_000}, "threads": {"MainThread": 25_000_000}}
    told = spent(before, after, 0.05, 10)

    assert {"ring": 0.2, "close": 0.2} == told["steps"]
    assert (5.0, 3.0) == (told["total"], told["decoders"])
