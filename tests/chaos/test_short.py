"""The short form of the chaos suite: its own process, as by hand, so that a hang or a crash of it is seen as one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.parts.process import PROJECT

SEED = 7
# What hangs is ended by this. A run takes three minutes, and six times that where ten other things run.
HANGS_S = 1500


@pytest.mark.timeout(HANGS_S + 30)
def test_a_short_run_of_faults_ends_with_balanced_books(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--short", "--seed", str(SEED), "--folder", str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
    )
    sys.stdout.write(done.stdout)

    assert done.returncode == 0, f"seed {SEED}\n{done.stdout}\n{done.stderr[-4000:]}"
