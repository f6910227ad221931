"""What a test waited for too long stands in the summary of its run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.local.parts.process import PROJECT

NESTED = """
from tests import late_waits

def test_that_waits():
    late_waits.note("the images: came after 100 s")

def test_that_does_not():
    late_waits.note("")
"""


def test_a_late_wait_is_told_once_with_its_test(tmp_path: Path) -> None:
    nested = tmp_path / "test_nested.py"
    nested.write_text(NESTED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.late_waits", f"--rootdir={tmp_path}", f"--basetemp={tmp_path / 'own'}", str(nested)],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("test_nested.py::test_that_waits: the images: came after 100 s") == 1
    assert "test_that_does_not" not in done.stdout
